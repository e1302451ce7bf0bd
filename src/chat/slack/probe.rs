//! What Slack says of the bot itself: at the start, and for `callout check --online`. Changes nothing.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Slack;
use super::api::{ApiError, Ask, Meaning};
use super::manifest::{OPTIONAL_SCOPES, SCOPES};
use crate::chat::turns::Urgency;

/// The header in which Slack says what a token may do.
const SCOPES_HEADER: &str = "x-oauth-scopes";

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Myself {
    /// The workspace's id, `T…`.
    pub team: String,
    /// What it is called.
    pub team_name: String,
    /// The bot's name.
    pub name: String,
    /// Scopes without which something does not work.
    pub lacks: Vec<&'static str>,
    /// Scopes without which something is less comfortable.
    pub could_have: Vec<&'static str>,
}

/// Whether the bot can post in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It can; this is the channel's name.
    Member(String),
    /// It is not in it. In a public channel it can post all the same, with `chat:write.public`.
    NotInvited {
        /// The channel's name.
        name: String,
        /// Whether it is private.
        is_private: bool,
    },
    /// Nobody can.
    Archived(String),
    /// The bot can't see it, or there is none.
    NotThere,
}

/// Whether somebody is a person of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// They are.
    Member,
    /// They were.
    Gone,
    /// A bot is.
    Bot,
    /// Slack knows nobody of that id.
    Nobody,
}

/// Why Slack could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The token is void.
    #[error("Slack refuses the token: copy it again from the app's page at Slack, and set {0}")]
    Token(&'static str),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<ApiError> for ProbeError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Token(variable) => Self::Token(variable),
            other => Self::Other(other.to_string()),
        }
    }
}

impl Slack {
    /// Whose token it is, and what it may do.
    ///
    /// # Errors
    /// [`ProbeError::Token`] when it is void.
    pub async fn myself(&self) -> Result<Myself, ProbeError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            team: String,
            team_id: String,
            #[serde(default)]
            user: String,
        }
        let ask = Ask::form("auth.test", Urgency::Board, Vec::new());
        let (answer, headers) = self.api.ask_with_headers::<Answer>(ask).await?;
        let granted = headers.get(SCOPES_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (could_have, lacks) = missing(granted.as_deref());
        self.state.lacks(lacks.clone(), self.clock.now());
        Ok(Myself { team: answer.team_id, team_name: answer.team, name: answer.user, lacks, could_have })
    }

    /// Whether the app's token opens Socket Mode; `None`: there is none.
    ///
    /// # Errors
    /// [`ProbeError`] when it does not.
    pub async fn socket(&self) -> Result<Option<()>, ProbeError> {
        if self.settings.app_token.is_none() {
            return Ok(None);
        }
        let ask = Ask::form("apps.connections.open", Urgency::Board, Vec::new()).by_app();
        self.api.ask::<IgnoredAny>(ask).await?;
        Ok(Some(()))
    }

    /// Whether the bot can post in a channel.
    ///
    /// # Errors
    /// [`ProbeError`] when Slack can't tell.
    pub async fn channel(&self, channel: &str) -> Result<Access, ProbeError> {
        #[derive(Deserialize)]
        struct Answer {
            channel: Channel,
        }
        #[derive(Deserialize)]
        struct Channel {
            #[serde(default)]
            name: String,
            #[serde(default)]
            is_archived: bool,
            #[serde(default)]
            is_member: bool,
            #[serde(default)]
            is_private: bool,
        }
        let ask = Ask::form("conversations.info", Urgency::Board, vec![("channel", channel.to_owned())]);
        match self.api.ask::<Answer>(ask).await {
            Ok(Answer { channel: Channel { name, is_archived: true, .. } }) => Ok(Access::Archived(name)),
            Ok(Answer { channel: Channel { name, is_member: true, .. } }) => Ok(Access::Member(name)),
            Ok(Answer { channel: Channel { name, is_private, .. } }) => {
                Ok(Access::NotInvited { name, is_private })
            }
            Err(error) if error.meaning() == Meaning::Shut => Ok(Access::NotThere),
            Err(error) => Err(error.into()),
        }
    }
}

impl Slack {
    /// Whether `user` is a person of the workspace.
    ///
    /// # Errors
    /// [`ProbeError`] when Slack can't tell.
    pub async fn user(&self, user: &str) -> Result<Known, ProbeError> {
        #[derive(Deserialize)]
        struct Answer {
            user: User,
        }
        #[derive(Deserialize)]
        struct User {
            #[serde(default)]
            deleted: bool,
            #[serde(default)]
            is_bot: bool,
        }
        let ask = Ask::form("users.info", Urgency::Board, vec![("user", user.to_owned())]);
        match self.api.ask::<Answer>(ask).await {
            Ok(Answer { user: User { deleted: true, .. } }) => Ok(Known::Gone),
            Ok(Answer { user: User { is_bot: true, .. } }) => Ok(Known::Bot),
            Ok(_) => Ok(Known::Member),
            Err(error) if error.meaning() == Meaning::Shut => Ok(Known::Nobody),
            Err(error) => Err(error.into()),
        }
    }
}

/// The optional and the needed scopes that are not `granted`. None, when Slack does not say what is.
fn missing(granted: Option<&str>) -> (Vec<&'static str>, Vec<&'static str>) {
    let Some(granted) = granted else { return (Vec::new(), Vec::new()) };
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    let lacks = SCOPES.iter().map(|(scope, _)| *scope).filter(|scope| !granted.contains(scope));
    lacks.partition(|scope| OPTIONAL_SCOPES.contains(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_what_is_missing_is_named() {
        let all: Vec<&str> = SCOPES.iter().map(|(scope, _)| *scope).collect();
        assert_eq!(missing(Some(&all.join(","))), (vec![], vec![]));
        let some = "commands, chat:write,app_mentions:read,users:read,channels:read,groups:read";
        assert_eq!(missing(Some(some)), (vec!["chat:write.public"], vec!["im:write", "pins:write"]));
        assert_eq!(missing(None), (vec![], vec![]));
    }
}
