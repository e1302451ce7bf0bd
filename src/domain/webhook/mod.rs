//! Webhooks: other programs that a policy's steps tell of a page, and then of what becomes of it.

mod body;
mod event;
mod telling;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use secrecy::{ExposeSecret as _, SecretString};

use super::ids::WebhookId;
use super::listed::{Listed, Named};

pub use self::body::BODY_MAX;
pub use self::event::PageNews;
pub use self::telling::{Telling, Tried, tellings};

/// One webhook of the file. Where it is, and what signs for it, the environment knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// What steps call it.
    pub id: WebhookId,
    /// The variable with its address.
    pub url_env: String,
    /// The variable with the secret that signs.
    pub secret_env: String,
    /// It is in a network of our own: private addresses, and plain http, are meant.
    pub private: bool,
}

/// Every webhook of the file.
pub type Webhooks = Listed<Webhook>;

impl Named for Webhook {
    fn name(&self) -> &str {
        self.id.as_str()
    }
}

/// Which addresses a webhook's name may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Those of the internet.
    Public,
    /// Those, and of networks of our own.
    Private,
    /// Those, and of this machine: its address says so itself.
    Here,
}

impl Reach {
    /// Whether what is at `ip` may be told. What belongs to a link or to a machine's metadata may never.
    #[must_use]
    pub fn allows(self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.allows_v4(ip),
            IpAddr::V6(ip) => match ip.to_ipv4_mapped().or_else(|| translated(ip)) {
                Some(ip) => self.allows_v4(ip),
                None => self.allows_v6(ip),
            },
        }
    }

    fn allows_v4(self, ip: Ipv4Addr) -> bool {
        /// Where clouds tell a machine its secrets: Alibaba's, Azure's.
        const METADATA: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
        let [a, b, c, _] = ip.octets();
        // 192.0.0.0/24 is the protocols' own (RFC 6890), and Oracle's metadata is in it.
        if METADATA.contains(&ip) || (a, b, c) == (192, 0, 0) {
            return false;
        }
        if ip.is_loopback() {
            return self != Self::Public;
        }
        // Carriers share 100.64.0.0/10 (RFC 6598), benchmarks have 198.18.0.0/15 (RFC 2544).
        if ip.is_private() || (a == 100 && b & 0xc0 == 64) || (a == 198 && b & 0xfe == 18) {
            return self == Self::Private;
        }
        // Nothing is served at 0.0.0.0/8, on a link, to groups, in documents, or from 240.0.0.0 on.
        !(a == 0 || ip.is_link_local() || ip.is_multicast() || ip.is_documentation() || a >= 240)
    }

    fn allows_v6(self, ip: Ipv6Addr) -> bool {
        /// Where clouds tell a machine its secrets: Amazon's, Google's.
        const METADATA: [Ipv6Addr; 2] = [
            Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
            Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
        ];
        if ip.is_loopback() {
            return self != Self::Public;
        }
        if ip.is_unique_local() && !METADATA.contains(&ip) {
            return self == Self::Private;
        }
        // Global unicast is 2000::/3 (RFC 4291); of that, 2001::/32 and 2002::/16 carry addresses of the older kind.
        let [a, b, ..] = ip.segments();
        a & 0xe000 == 0x2000 && a != 0x2002 && (a, b) != (0x2001, 0) && (a, b) != (0x2001, 0xdb8)
    }
}

/// What a network translates to an address of the older kind: 64:ff9b::/96 (RFC 6052).
fn translated(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = ip.octets();
    let is_translated = octets[..12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
    is_translated.then(|| Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]))
}

/// Where a webhook is, and what signs for it. Shows neither.
#[derive(Clone)]
pub struct Endpoint {
    /// Its address: the path and the query may hold a secret.
    pub url: SecretString,
    /// What signs.
    pub secret: SecretString,
    /// Which addresses its name may come to.
    pub reach: Reach,
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        let parts = |one: &Self| {
            (one.url.expose_secret().to_owned(), one.secret.expose_secret().to_owned(), one.reach)
        };
        parts(self) == parts(other)
    }
}

impl Eq for Endpoint {}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("reach", &self.reach).finish_non_exhaustive()
    }
}

/// Where every webhook is.
pub type Endpoints = BTreeMap<WebhookId, Endpoint>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_internet_is_told_only_where_that_is_meant() {
        let may = |text: &str| {
            let ip: IpAddr = text.parse().unwrap();
            [Reach::Public, Reach::Private, Reach::Here].map(|reach| reach.allows(ip))
        };
        for public in ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"] {
            assert_eq!(may(public), [true; 3], "{public}");
        }
        for ours in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "fd12::1",
            "64:ff9b::a01:203",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(may(ours), [false, true, false], "{ours}");
        }
        for here in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(may(here), [false, true, true], "{here}");
        }
        let never = [
            "169.254.169.254",
            "fd00:ec2::254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "192.0.2.1",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "64:ff9b::a9fe:a9fe",
            "::ffff:169.254.169.254",
        ];
        for never in never {
            assert_eq!(may(never), [false; 3], "{never}");
        }
    }

    #[test]
    fn an_endpoint_shows_neither_its_address_nor_its_secret() {
        let (url, secret) = ("https://a.example/hook?token=t0ken".to_owned(), "s3cret".to_owned());
        let one = Endpoint { url: url.into(), secret: secret.into(), reach: Reach::Public };
        assert_eq!(format!("{one:?}"), "Endpoint { reach: Public, .. }");
        assert_ne!(one, Endpoint { secret: "another".to_owned().into(), ..one.clone() });
        assert_eq!(one, one.clone());
    }
}
