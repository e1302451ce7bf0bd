//! Where Slack is, and by what it knows us. Checked once, so that no token goes to a host that was not meant.

use std::time::Duration;

use reqwest::{Client, Url};
use secrecy::SecretString;

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long an idle connection is kept: shorter than servers do, so that none is closed under a request.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Slack's own API.
const SLACK_API: &str = "https://slack.com/api";
/// The domain of Slack's sockets and late answers: `wss-primary.slack.com`, `hooks.slack.com`.
const SLACK_DOMAIN: &str = "slack.com";

/// What the Slack arm must be told. Shows no secret in `Debug`.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// `xoxb-…` (`SLACK_BOT_TOKEN`).
    pub bot_token: SecretString,
    /// `xapp-…` (`SLACK_APP_TOKEN`): opens Socket Mode.
    pub app_token: Option<SecretString>,
    /// Signs what comes over HTTP (`SLACK_SIGNING_SECRET`): opens the doors under `/slack`.
    pub signing_secret: Option<SecretString>,
    /// Where Slack is.
    pub root: ApiRoot,
    /// How often it may be asked.
    pub pace: Pace,
}

/// How often Slack may be asked. The defaults are what its documentation allows ("Rate Limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two messages in one channel, in the long run.
    pub post_every: Duration,
    /// Messages that one channel takes at once.
    pub post_burst: u32,
    /// `chat.update` in any minute, for all channels together (tier 3).
    pub edits_per_minute: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { post_every: Duration::from_secs(1), post_burst: 2, edits_per_minute: 50 }
    }
}

/// The root of Slack's API. Its sockets and late answers live under the same roof, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiRoot(Url);

/// Why no client can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address.
    #[error("SLACK_API_URL is not an address, write it as in {SLACK_API}")]
    BadRoot,
    /// The HTTP client.
    #[error("no HTTP client can be made for Slack: {0}")]
    Client(String),
}

impl ApiRoot {
    /// Slack itself, or what replaces it.
    ///
    /// # Errors
    /// [`SettingsError::BadRoot`].
    pub fn checked(replaced: Option<&str>) -> Result<Self, SettingsError> {
        let url: Url = replaced.unwrap_or(SLACK_API).parse().map_err(|_| SettingsError::BadRoot)?;
        if url.host_str().is_none() {
            return Err(SettingsError::BadRoot);
        }
        Ok(Self(url))
    }

    /// The address of a method.
    pub(super) fn method(&self, name: &str) -> String {
        format!("{}/{name}", self.0.as_str().trim_end_matches('/'))
    }

    /// Whether a socket's address is one that we may go to: with TLS at Slack, or at the very host that replaces it.
    pub(super) fn takes_socket(&self, address: &str) -> bool {
        let Ok(url) = address.parse::<Url>() else { return false };
        match url.scheme() {
            "wss" => self.is_ours(&url),
            "ws" => self.0.scheme() == "http" && self.is_ours(&url),
            _ => false,
        }
    }

    /// Whether a late answer may be sent to this address.
    pub(super) fn takes_answer(&self, address: &str) -> bool {
        let Ok(url) = address.parse::<Url>() else { return false };
        url.scheme() == self.0.scheme() && self.is_ours(&url)
    }

    fn is_ours(&self, url: &Url) -> bool {
        let (Some(host), Some(mine)) = (url.host_str(), self.0.host_str()) else { return false };
        if mine == SLACK_DOMAIN {
            return host.strip_suffix(SLACK_DOMAIN).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        }
        host == mine && url.port_or_known_default() == self.0.port_or_known_default()
    }

    pub(super) fn client(&self) -> Result<Client, SettingsError> {
        let client = Client::builder()
            .user_agent(concat!("callout/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .redirect(reqwest::redirect::Policy::none());
        // A peer on this machine is not behind the machine's proxy.
        let client = if self.0.scheme() == "http" { client.no_proxy() } else { client.https_only(true) };
        client.build().map_err(|error| SettingsError::Client(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_answers_go_to_slack_only() {
        let slack = ApiRoot::checked(None).unwrap();
        assert_eq!(slack.method("auth.test"), "https://slack.com/api/auth.test");
        assert!(slack.takes_socket("wss://wss-primary.slack.com/link/?ticket=1"));
        assert!(slack.takes_answer("https://hooks.slack.com/commands/T1/2/3"));
        for bad in [
            "ws://wss-primary.slack.com/",
            "wss://slack.com.evil.example/",
            "wss://evilslack.com/",
            "https://slack.com/",
            "x",
        ] {
            assert!(!slack.takes_socket(bad), "{bad}");
        }
        assert!(!slack.takes_answer("http://hooks.slack.com/1") && !slack.takes_answer("https://10.0.0.1/"));
    }

    #[test]
    fn a_replaced_root_takes_its_own_host_and_port_only() {
        let peer = ApiRoot::checked(Some("http://127.0.0.1:9000/api/")).unwrap();
        assert_eq!(peer.method("auth.test"), "http://127.0.0.1:9000/api/auth.test");
        assert!(
            peer.takes_socket("ws://127.0.0.1:9000/link")
                && peer.takes_answer("http://127.0.0.1:9000/commands/1")
        );
        assert!(
            !peer.takes_socket("ws://127.0.0.1:9001/link")
                && !peer.takes_socket("wss://wss-primary.slack.com/")
        );
        assert_eq!(ApiRoot::checked(Some("no")), Err(SettingsError::BadRoot));
    }
}
