//! What the client must be told, checked once.

use std::net::IpAddr;
use std::num::NonZeroU32;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

/// Every region by the name that people configure, with its host (wire reference section 1.1).
pub const REGIONS: [(&str, &str); 6] = [
    ("china", "console.tim.qq.com"),
    ("singapore", "adminapisgp.im.qcloud.com"),
    ("seoul", "adminapikr.im.qcloud.com"),
    ("frankfurt", "adminapiger.im.qcloud.com"),
    ("silicon-valley", "adminapiusa.im.qcloud.com"),
    ("jakarta", "adminapiidn.im.qcloud.com"),
];

/// Longest account, in bytes (wire reference section 7.3).
pub(super) const ACCOUNT_MAX: usize = 32;

/// How long a callback token may be (wire reference section 3.6).
const TOKEN: std::ops::RangeInclusive<usize> = 1..=128;

/// What [`Tencent`](super::Tencent) must be told. Shows no secret in `Debug`.
#[derive(Debug, Clone)]
pub struct TencentSettings {
    /// The call application (`TENCENT_SDK_APP_ID`).
    pub sdk_app_id: u32,
    /// The application's SecretKey, which makes UserSigs (`TENCENT_USERSIG_KEY`).
    pub usersig_key: SecretString,
    /// An App admin account, who asks (`TENCENT_ADMIN_ACCOUNT`).
    pub admin_account: String,
    /// Who the ring comes from (`TENCENT_ROBOT_ACCOUNT`).
    pub robot_account: String,
    /// Where requests go, without the `/v4/…`: from [`checked_root`].
    pub root: String,
    /// Last path segment of our callback address (`TENCENT_CALLBACK_SECRET`).
    pub callback_secret: Option<SecretString>,
    /// Signs callbacks, if the vendor's console was told so: 1 to 128 characters. Without it, the path alone.
    pub callback_token: Option<SecretString>,
    /// Where the outside world reaches us (`PUBLIC_URL`).
    pub public_url: Option<String>,
    /// Requests per second of each command (`limits.engine`); the vendor documents 200.
    pub rate_per_second: NonZeroU32,
    /// Laid over our `OfflinePushInfo`, field by field: channels, sounds and categories of the phones' makers.
    pub push: Option<Map<String, Value>>,
}

/// What is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A setting can't be right; the text names it and says what to do.
    #[error("{0}")]
    Invalid(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Http(String),
}

impl TencentSettings {
    /// Refuses what can't work.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let wrong = |text: String| Err(SettingsError::Invalid(text));
        if self.sdk_app_id == 0 {
            return wrong("TENCENT_SDK_APP_ID is 0: set it to the SDKAppID of the console".to_owned());
        }
        if self.usersig_key.expose_secret().is_empty() {
            return wrong("TENCENT_USERSIG_KEY is empty: set it to the application's SecretKey".to_owned());
        }
        for (name, account) in
            [("TENCENT_ADMIN_ACCOUNT", &self.admin_account), ("TENCENT_ROBOT_ACCOUNT", &self.robot_account)]
        {
            if !(1..=ACCOUNT_MAX).contains(&account.len()) {
                return wrong(format!("{name} must be 1 to {ACCOUNT_MAX} bytes long"));
            }
        }
        if self.callback_secret.as_ref().is_some_and(|secret| secret.expose_secret().is_empty()) {
            return wrong(
                "TENCENT_CALLBACK_SECRET is empty: set a long random text, or leave it out".to_owned(),
            );
        }
        if self.callback_token.as_ref().is_some_and(|token| !TOKEN.contains(&token.expose_secret().len())) {
            return wrong("the callback token must have 1 to 128 characters".to_owned());
        }
        checked_root("china", Some(&self.root)).map(|_| ()).or_else(wrong)
    }
}

/// Where requests go: the host of `region`, or `over` in its place, without a slash at the end.
///
/// # Errors
/// A sentence that names the variable and says what to do.
pub fn checked_root(region: &str, over: Option<&str>) -> Result<String, String> {
    let Some(over) = over else { return root_of_region(region) };
    checked_override("TENCENT_CALL_URL", over)
}

/// An address that replaces the vendor's: https, or plain http on this machine. It may have a path.
pub(super) fn checked_override(variable: &str, over: &str) -> Result<String, String> {
    let url = Url::parse(over).map_err(|why| format!("{variable} is not an address: {why}"))?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let wrong = match url.scheme() {
        _ if !is_plain => "must end before any ? or #: the path of each request is appended to it",
        _ if has_user => "must not hold a user name or password",
        "https" => return Ok(url.as_str().trim_end_matches('/').to_owned()),
        "http" if is_loopback(&url) => return Ok(url.as_str().trim_end_matches('/').to_owned()),
        "http" => "must be https: plain http is for this machine only (127.0.0.1)",
        _ => "must start with https:// (or http:// on this machine)",
    };
    Err(format!("{variable} {wrong}"))
}

fn root_of_region(region: &str) -> Result<String, String> {
    let known = REGIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(region));
    known.map(|(_, host)| format!("https://{host}")).ok_or_else(|| {
        let names: Vec<&str> = REGIONS.iter().map(|(name, _)| *name).collect();
        format!("TENCENT_REGION is {region:?}, which is none of {}", names.join(", "))
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tencent::stub::settings;

    #[test]
    fn each_region_has_its_host() {
        let root = |region| checked_root(region, None).unwrap();
        assert_eq!(root("china"), "https://console.tim.qq.com");
        assert_eq!(root("singapore"), "https://adminapisgp.im.qcloud.com");
        assert_eq!(root("seoul"), "https://adminapikr.im.qcloud.com");
        assert_eq!(root("frankfurt"), "https://adminapiger.im.qcloud.com");
        assert_eq!(root("silicon-valley"), "https://adminapiusa.im.qcloud.com");
        assert_eq!(root("Jakarta"), "https://adminapiidn.im.qcloud.com");
        let wrong = checked_root("mars", None).unwrap_err();
        assert!(wrong.contains("\"mars\"") && wrong.contains("silicon-valley"), "{wrong}");
    }

    #[test]
    fn an_override_replaces_the_host_and_keeps_its_path() {
        let root = |over| checked_root("mars", Some(over)).unwrap();
        assert_eq!(root("http://127.0.0.1:8080/sandbox/engine/"), "http://127.0.0.1:8080/sandbox/engine");
        assert_eq!(root("http://localhost:1"), "http://localhost:1");
        assert_eq!(root("http://[::1]:1/"), "http://[::1]:1");
        assert_eq!(root("https://engine.example.com"), "https://engine.example.com");
    }

    #[test]
    fn an_unsafe_override_is_refused_in_words() {
        let wrong = |over, said: &str| {
            let text = checked_root("china", Some(over)).unwrap_err();
            assert!(text.contains(said) && text.contains("TENCENT_CALL_URL"), "{over}: {text}");
            assert!(!text.contains("pa55"), "{text}");
        };
        wrong("http://engine.example.com", "must be https");
        wrong("http://127.0.0.1.example.com", "must be https");
        wrong("ftp://127.0.0.1", "https://");
        wrong("engine", "not an address");
        wrong("https://me:pa55@engine.example.com", "user name");
        wrong("https://engine.example.com/?pa55=1", "before any ?");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let ok = settings("https://engine.example.com");
        ok.check().unwrap();
        let said = |settings: TencentSettings| settings.check().unwrap_err().to_string();
        assert!(said(TencentSettings { sdk_app_id: 0, ..ok.clone() }).contains("TENCENT_SDK_APP_ID"));
        assert!(
            said(TencentSettings { usersig_key: "".into(), ..ok.clone() }).contains("TENCENT_USERSIG_KEY")
        );
        assert!(said(TencentSettings { admin_account: String::new(), ..ok.clone() }).contains("ADMIN"));
        assert!(said(TencentSettings { robot_account: "r".repeat(33), ..ok.clone() }).contains("ROBOT"));
        assert!(
            said(TencentSettings { callback_secret: Some("".into()), ..ok.clone() }).contains("CALLBACK")
        );
        for token in [String::new(), "t".repeat(129)] {
            let token = Some(token.into());
            assert!(said(TencentSettings { callback_token: token, ..ok.clone() }).contains("token"));
        }
        assert!(said(TencentSettings { root: "http://far.example".into(), ..ok }).contains("https"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", settings("https://engine.example.com"));
        assert!(shown.contains("administrator"), "{shown}");
        assert!(!shown.contains("topsecret") && !shown.contains("hookpath"), "{shown}");
    }
}
