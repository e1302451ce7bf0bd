//! What a test can choose about the model: the app's configuration, and the workspace's. What it cannot choose is
//! a rule of the platform.

use std::time::Duration;

use super::limits::Limits;

/// What the model is like.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Scopes of the bot's token.
    pub(crate) scopes: Vec<String>,
    /// Scopes of the app-level token.
    pub(crate) app_scopes: Vec<String>,
    /// How often requests may come.
    pub(crate) limits: Limits,
    /// How deliveries reach the app.
    pub(crate) transport: Transport,
    /// The app's slash commands, with their slash.
    pub(crate) commands: Vec<String>,
    /// `should_escape` of every command.
    pub(crate) should_escape: bool,
    /// Callback ids of the shortcuts: of a message, or everywhere.
    pub(crate) message_shortcuts: Vec<String>,
    /// Callback ids of the shortcuts that need no message.
    pub(crate) global_shortcuts: Vec<String>,
    /// Events that the app has subscribed to.
    pub(crate) events: Vec<String>,
    /// The app's home tab is switched on.
    pub(crate) home_tab: bool,
    /// The app's messages tab is switched on.
    pub(crate) messages_tab: bool,
    /// How long after its posting a message can be edited; for ever when it is `None`.
    pub(crate) edit_window: Option<Duration>,
    /// A new socket says hello; until then nothing is delivered over it.
    pub(crate) greets: bool,
    /// How often the server pings a socket. By the model's clock; never when it is `None`.
    pub(crate) ping_every: Option<Duration>,
    /// How deliveries over HTTP are signed.
    pub(crate) signing: Signing,
}

/// How deliveries reach the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Socket Mode.
    Socket,
    /// Request URLs.
    Http(Doors),
}

/// The app's request URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doors {
    pub(crate) commands: String,
    pub(crate) interactions: String,
    pub(crate) events: String,
}

/// Whether deliveries over HTTP are Slack's or an impostor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    /// As Slack does.
    Good,
    /// With another secret.
    WrongSecret,
    /// With a timestamp that is older by this.
    Stale(Duration),
    /// Not at all.
    None,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |words: &str| words.split_whitespace().map(str::to_owned).collect();
        Self {
            scopes: owned(
                "commands chat:write users:read users:read.email im:write pins:write app_mentions:read \
                 channels:read groups:read",
            ),
            app_scopes: owned("connections:write"),
            limits: Limits::usual(),
            transport: Transport::Socket,
            commands: owned("/call /calls /callout /page /pages /ack /close /escalate /oncall"),
            should_escape: true,
            message_shortcuts: owned("page_about"),
            global_shortcuts: Vec::new(),
            events: owned("app_mention app_home_opened"),
            home_tab: true,
            messages_tab: true,
            edit_window: None,
            greets: true,
            ping_every: Some(Duration::from_secs(10)),
            signing: Signing::Good,
        }
    }
}
