//! Where Discord is, and how it may be reached: checked once, so that the token never goes to a host that was not meant.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serenity::http::{Http, HttpBuilder};

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long an idle connection is kept: shorter than servers do, so that none is closed under a request.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// The host that serenity writes into every address.
const DISCORD_HOST: &str = "discord.com";
/// The domain of Discord's gateways: `gateway.discord.gg`, and one of its own for each region.
const GATEWAY_DOMAIN: &str = "discord.gg";

/// What the Discord arm must be told. Shows no secret in `Debug`.
#[derive(Debug, Clone)]
pub struct DiscordSettings {
    /// The bot's token (`DISCORD_TOKEN`).
    pub token: SecretString,
    /// Where Discord is.
    pub reach: Reach,
}

/// Where Discord is. Each way has its own limiter, and there is no fourth: serenity ignores its proxy setting while its
/// limiter is on, and would send the token to the real host (chat platforms, trap 1).
#[derive(Debug, Clone)]
pub enum Reach {
    /// Discord itself. serenity's limiter is on.
    Discord,
    /// A peer on this machine that speaks plain HTTP. serenity's limiter is off, and ours is on.
    Loopback(Loopback),
    /// A peer with TLS that says it is discord.com. serenity's limiter is on.
    Private(Private),
}

/// A peer on this machine.
#[derive(Debug, Clone)]
pub struct Loopback {
    root: Url,
}

/// A peer whose certificate another authority has signed.
#[derive(Clone)]
pub struct Private {
    root: Url,
    address: SocketAddr,
    authority: Certificate,
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Private").field("root", &self.root.as_str()).finish_non_exhaustive()
    }
}

/// What is wrong with the settings: one line that names the variable and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(super) String);

impl Reach {
    /// Discord itself, or the peer at `over`, an address that was checked to be https, or http on this machine.
    /// `authority` is the certificate in PEM that an https peer is proved by. Blocks while a name is looked up.
    ///
    /// # Errors
    /// [`SettingsError`]: an address that cannot work, or a certificate too many or too few.
    pub fn checked(over: Option<&str>, authority: Option<&[u8]>) -> Result<Self, SettingsError> {
        let wrong = |text: String| Err(SettingsError(text));
        let Some(over) = over else {
            return match authority {
                None => Ok(Self::Discord),
                Some(_) => wrong(
                    "DISCORD_CA_FILE does nothing alone: set DISCORD_API_URL as well, or unset it".to_owned(),
                ),
            };
        };
        let root = Url::parse(over).map_err(|why| SettingsError(format!("DISCORD_API_URL: {why}")))?;
        if root.path() != "/" {
            return wrong("DISCORD_API_URL: it has a path, write scheme, host and port only".to_owned());
        }
        match (root.scheme(), authority) {
            ("http", None) if is_loopback(&root) => Ok(Self::Loopback(Loopback { root })),
            ("http", None) => {
                wrong("DISCORD_API_URL: plain http is for this machine only, write https://…".to_owned())
            }
            ("http", Some(_)) => wrong("DISCORD_CA_FILE is for an https address: unset it".to_owned()),
            (_, None) => wrong(
                "DISCORD_CA_FILE is not set: name the certificate authority of the https peer in DISCORD_API_URL"
                    .to_owned(),
            ),
            (_, Some(pem)) => Private::new(root, pem).map(Self::Private),
        }
    }

    /// Whether `url` may be the gateway's: the peer that answers the API has to be the one that serves it.
    #[must_use]
    pub fn takes_gateway(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let host = url.host_str().unwrap_or_default();
        let is_safe = url.scheme() == "wss" || (url.scheme() == "ws" && is_loopback(&url));
        is_safe
            && match self {
                Self::Discord => host
                    .strip_suffix(GATEWAY_DOMAIN)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
                Self::Loopback(Loopback { root }) | Self::Private(Private { root, .. }) => {
                    root.host_str() == Some(host)
                }
            }
    }

    /// The address that replaces `https://discord.com` in requests that serenity's limiter does not see.
    pub(super) fn proxy(&self) -> Option<&str> {
        match self {
            Self::Loopback(Loopback { root }) => Some(root.as_str()),
            Self::Discord | Self::Private(_) => None,
        }
    }

    /// What requests are sent with.
    pub(super) fn client(&self) -> Result<Client, SettingsError> {
        let builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX);
        let builder = match self {
            Self::Private(Private { address, authority, .. }) => builder
                .dns_resolver(Arc::new(Only(*address)))
                .tls_built_in_root_certs(false)
                .add_root_certificate(authority.clone()),
            Self::Discord | Self::Loopback(_) => builder,
        };
        builder
            .build()
            .map_err(|why| SettingsError(format!("the HTTP client for Discord could not be made: {why}")))
    }

    /// serenity's own client: the one place that sets its proxy, and never without taking its limiter away.
    pub(super) fn http(&self, token: &SecretString, client: Client) -> Http {
        let builder = HttpBuilder::new(token.expose_secret()).client(client);
        match self {
            Self::Loopback(Loopback { root }) => {
                builder.proxy(root.as_str()).ratelimiter_disabled(true).build()
            }
            Self::Discord | Self::Private(_) => builder.build(),
        }
    }
}

impl Private {
    fn new(root: Url, pem: &[u8]) -> Result<Self, SettingsError> {
        let none = || SettingsError("DISCORD_CA_FILE holds no certificate in PEM".to_owned());
        let authority =
            Certificate::from_pem_bundle(pem).map_err(|_| none())?.into_iter().next().ok_or_else(none)?;
        let addresses = root.socket_addrs(|| None);
        let address = addresses.ok().and_then(|found| found.into_iter().next());
        let address = address.ok_or_else(|| {
            SettingsError("DISCORD_API_URL: its host is not known, check the name".to_owned())
        })?;
        Ok(Self { root, address, authority })
    }
}

/// Knows the way to discord.com alone, and that it leads to the peer.
#[derive(Debug)]
struct Only(SocketAddr);

impl Resolve for Only {
    fn resolve(&self, name: Name) -> Resolving {
        let address = (name.as_str() == DISCORD_HOST).then_some(self.0);
        Box::pin(std::future::ready(match address {
            Some(address) => Ok(Box::new(std::iter::once(address)) as Addrs),
            None => Err("only discord.com is known here".into()),
        }))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &[u8] = include_bytes!("../../../tests/data/test-ca.pem");

    fn said(over: Option<&str>, authority: Option<&[u8]>) -> String {
        Reach::checked(over, authority).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_work_is_refused() {
        insta::assert_snapshot!(said(None, Some(PEM)), @"DISCORD_CA_FILE does nothing alone: set DISCORD_API_URL as well, or unset it");
        insta::assert_snapshot!(said(Some("http://10.0.0.1"), None), @"DISCORD_API_URL: plain http is for this machine only, write https://…");
        insta::assert_snapshot!(said(Some("http://127.0.0.1:9/api"), None), @"DISCORD_API_URL: it has a path, write scheme, host and port only");
        insta::assert_snapshot!(said(Some("http://127.0.0.1:9"), Some(PEM)), @"DISCORD_CA_FILE is for an https address: unset it");
        insta::assert_snapshot!(said(Some("https://127.0.0.1:9"), None), @"DISCORD_CA_FILE is not set: name the certificate authority of the https peer in DISCORD_API_URL");
        insta::assert_snapshot!(said(Some("https://127.0.0.1:9"), Some(b"x")), @"DISCORD_CA_FILE holds no certificate in PEM");
    }

    /// serenity ignores the proxy while its limiter is on: then the token would go to the real host.
    #[test]
    fn no_client_has_both_a_proxy_and_serenitys_limiter() {
        let token = SecretString::from("t");
        let ways = [
            Reach::checked(None, None),
            Reach::checked(Some("http://127.0.0.1:9"), None),
            Reach::checked(Some("https://127.0.0.1:9"), Some(PEM)),
        ];
        for reach in ways.map(Result::unwrap) {
            let http = reach.http(&token, reach.client().unwrap());
            assert_ne!(http.proxy.is_some(), http.ratelimiter.is_some(), "{reach:?}");
            assert_eq!(http.proxy.as_deref(), reach.proxy());
        }
    }

    #[test]
    fn the_gateway_is_the_apis_own() {
        let real = Reach::checked(None, None).unwrap();
        assert!(real.takes_gateway("wss://gateway.discord.gg"));
        assert!(real.takes_gateway("wss://gateway-us-east1-b.discord.gg"));
        for bad in [
            "ws://gateway.discord.gg",
            "wss://discord.gg.evil.example",
            "wss://evildiscord.gg",
            "",
            "ws://127.0.0.1:1",
        ] {
            assert!(!real.takes_gateway(bad), "{bad}");
        }
        let here = Reach::checked(Some("http://127.0.0.1:9"), None).unwrap();
        assert!(here.takes_gateway("ws://127.0.0.1:9/gw"));
        for bad in ["wss://gateway.discord.gg", "ws://localhost:9", "ws://10.0.0.1:9"] {
            assert!(!here.takes_gateway(bad), "{bad}");
        }
        let private = Reach::checked(Some("https://127.0.0.1:9"), Some(PEM)).unwrap();
        assert!(
            private.takes_gateway("ws://127.0.0.1:8/gw")
                && !private.takes_gateway("wss://gateway.discord.gg")
        );
    }
}
