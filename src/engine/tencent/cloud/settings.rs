//! What the client of the cloud API must be told, checked once.

use std::num::NonZeroU32;

use secrecy::{ExposeSecret as _, SecretString};

use super::super::rooms::RoomTypes;
use super::super::settings::{ACCOUNT_MAX, SettingsError, checked_override};

/// The host for accounts of the Chinese site, and that for all others (wire reference section 6.1).
const HOSTS: [&str; 2] = ["https://trtc.tencentcloudapi.com", "https://trtc.intl.tencentcloudapi.com"];

/// How the names of the international hosts end.
const INTERNATIONAL: &str = ".intl.tencentcloudapi.com";

/// The one region where the international site speaks (wire reference section 9.2).
const SPEECH_REGION: &str = "ap-singapore";

/// Requests per second of each action, as documented.
pub const CLOUD_RATE: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// An English voice that the vendor's SDK names.
pub const VOICE: &str = "v-female-P6q9LmR2";

/// What [`TencentCloud`](super::TencentCloud) must be told. Shows no secret in `Debug`.
#[derive(Debug, Clone)]
pub struct CloudSettings {
    /// Half of the cloud account's credential (`TENCENTCLOUD_SECRET_ID`).
    pub secret_id: SecretString,
    /// The other half (`TENCENTCLOUD_SECRET_KEY`).
    pub secret_key: SecretString,
    /// Where feeds run (`TENCENTCLOUD_REGION`), like `ap-singapore`.
    pub region: String,
    /// Where requests go: from [`checked_cloud_root`].
    pub root: String,
    /// The call application (`TENCENT_SDK_APP_ID`).
    pub sdk_app_id: u32,
    /// Who is heard (`TENCENT_ROBOT_ACCOUNT`).
    pub robot_account: String,
    /// The application's SecretKey (`TENCENT_USERSIG_KEY`): the robot enters the room with a UserSig.
    pub usersig_key: SecretString,
    /// Which numbers of room kinds are tried first.
    pub room_types: RoomTypes,
    /// Who speaks: [`VOICE`], or another of the vendor's.
    pub voice: String,
    /// Requests per second of each action: [`CLOUD_RATE`].
    pub rate_per_second: NonZeroU32,
}

impl CloudSettings {
    /// Refuses what can't work.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let wrong = |text: &str| Err(SettingsError::Invalid(text.to_owned()));
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_word(self.secret_id.expose_secret()) {
            return wrong("TENCENTCLOUD_SECRET_ID must be a word of letters and digits");
        }
        if !is_word(self.secret_key.expose_secret()) {
            return wrong("TENCENTCLOUD_SECRET_KEY must be a word of letters and digits");
        }
        if !is_word(&self.region) {
            return wrong("TENCENTCLOUD_REGION must be a region like ap-singapore");
        }
        if self.sdk_app_id == 0 || self.usersig_key.expose_secret().is_empty() {
            return wrong("TENCENT_SDK_APP_ID and TENCENT_USERSIG_KEY must be set");
        }
        if !(1..=ACCOUNT_MAX).contains(&self.robot_account.len()) {
            return wrong("TENCENT_ROBOT_ACCOUNT must be 1 to 32 bytes long");
        }
        if self.voice.is_empty() {
            return wrong("the voice of announcements is empty: name one, or leave it out");
        }
        checked_override(VARIABLE, &self.root).map(drop).map_err(SettingsError::Invalid)
    }

    /// Where texts are spoken.
    pub(super) fn speech_region(&self) -> &str {
        if self.root.ends_with(INTERNATIONAL) { SPEECH_REGION } else { &self.region }
    }
}

const VARIABLE: &str = "TENCENT_TRTC_URL";

/// Where requests to the cloud API go: the host for the call application's `region` (`TENCENT_REGION`: `china`, or
/// any other; the two sites share names of cloud regions, so this one tells whose account it is), or `over`
/// (`TENCENT_TRTC_URL`) in its place. Without a slash at the end.
///
/// # Errors
/// A sentence that names the variable and says what to do.
pub fn checked_cloud_root(region: &str, over: Option<&str>) -> Result<String, String> {
    let [china, others] = HOSTS;
    let host = if region.eq_ignore_ascii_case("china") { china } else { others };
    over.map_or_else(|| Ok(host.to_owned()), |over| checked_override(VARIABLE, over))
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;

    #[test]
    fn each_site_has_its_host_unless_it_is_replaced() {
        let root = |region, over| checked_cloud_root(region, over).unwrap();
        assert_eq!(root("China", None), "https://trtc.tencentcloudapi.com");
        assert_eq!(root("singapore", None), "https://trtc.intl.tencentcloudapi.com");
        let over = Some("http://127.0.0.1:8080/sandbox/trtc/");
        assert_eq!(root("china", over), "http://127.0.0.1:8080/sandbox/trtc");
    }

    #[test]
    fn an_unsafe_override_is_refused_in_words() {
        for over in ["http://far.example", "trtc", "https://a.example/?x=1", "https://me:pa55@a.example"] {
            let text = checked_cloud_root("china", Some(over)).unwrap_err();
            assert!(text.starts_with("TENCENT_TRTC_URL") && !text.contains("pa55"), "{text}");
        }
    }

    #[test]
    fn the_international_site_speaks_in_singapore() {
        let of = |region, root: String| CloudSettings { region: String::from(region), ..settings(&root) };
        let root = |region| checked_cloud_root(region, None).unwrap();
        assert_eq!(of("ap-tokyo", root("seoul")).speech_region(), "ap-singapore");
        assert_eq!(of("ap-guangzhou", root("china")).speech_region(), "ap-guangzhou");
        assert_eq!(of("ap-tokyo", "http://127.0.0.1:1".to_owned()).speech_region(), "ap-tokyo");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let ok = settings("https://trtc.tencentcloudapi.com");
        ok.check().unwrap();
        let said = |settings: CloudSettings| settings.check().unwrap_err().to_string();
        assert!(said(CloudSettings { secret_id: "".into(), ..ok.clone() }).contains("SECRET_ID"));
        assert!(said(CloudSettings { secret_id: "a\nb".into(), ..ok.clone() }).contains("SECRET_ID"));
        assert!(said(CloudSettings { secret_key: "".into(), ..ok.clone() }).contains("SECRET_KEY"));
        assert!(said(CloudSettings { region: "ap guang".to_owned(), ..ok.clone() }).contains("REGION"));
        assert!(said(CloudSettings { sdk_app_id: 0, ..ok.clone() }).contains("SDK_APP_ID"));
        assert!(said(CloudSettings { robot_account: "r".repeat(33), ..ok.clone() }).contains("ROBOT"));
        assert!(said(CloudSettings { voice: String::new(), ..ok.clone() }).contains("voice"));
        assert!(said(CloudSettings { root: "http://far.example".to_owned(), ..ok }).contains("TRTC_URL"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", settings("https://a.example"));
        for secret in ["AKIDfixture", "cloudsecret", "topsecret"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
