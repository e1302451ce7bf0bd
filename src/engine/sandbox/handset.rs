//! A person's phone, as its owner sees it and what they may do with it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

/// What a handset is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HandsetState {
    /// Switched on, nothing going on.
    Idle,
    /// A call waits for an answer.
    Ringing,
    /// In a call of this engine.
    InCall,
    /// In some other call: the engine finds it busy.
    Busy,
    /// Switched off, or without a network.
    Offline,
}

impl fmt::Display for HandsetState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Ringing => "ringing",
            Self::InCall => "in a call",
            Self::Busy => "busy",
            Self::Offline => "offline",
        })
    }
}

/// A handset as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handset {
    /// Whose it is, as a user id of the engine.
    pub account: String,
    /// What it is doing.
    pub state: HandsetState,
    /// First line of the push notification; empty without a call.
    pub title: String,
    /// Second line of it.
    pub text: String,
    /// `Audio` or `Video`.
    pub media: Option<String>,
    /// The engine's id of the call.
    pub call: Option<String>,
    /// The room of the call.
    pub room: Option<String>,
    /// The address of what it plays: somebody feeds it into the room of the call.
    pub hears: Option<String>,
    /// Ringing, but silenced by its owner.
    pub ignored: bool,
    /// In this state since then.
    pub since: Timestamp,
}

/// What its owner does with a handset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandsetAction {
    /// Takes the ringing call.
    Answer,
    /// Refuses it.
    Decline,
    /// Leaves the call it is in.
    Hangup,
    /// Silences the ringing; the engine is told nothing.
    Ignore,
    /// Gets into another call, or out of it.
    Busy,
    /// Loses power or network.
    Offline,
    /// Comes back, free.
    Online,
}

/// Every action: as it is spelled in a route, and as people say it.
const ACTIONS: [(&str, HandsetAction, &str); 7] = [
    ("answer", HandsetAction::Answer, "answer"),
    ("decline", HandsetAction::Decline, "decline"),
    ("hangup", HandsetAction::Hangup, "hang up"),
    ("ignore", HandsetAction::Ignore, "ignore a call"),
    ("busy", HandsetAction::Busy, "get busy"),
    ("offline", HandsetAction::Offline, "go offline"),
    ("online", HandsetAction::Online, "come online"),
];

impl fmt::Display for HandsetAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = ACTIONS.iter().find(|(_, action, _)| action == self).map_or("", |(.., said)| said);
        f.write_str(said)
    }
}

impl FromStr for HandsetAction {
    type Err = HandsetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = ACTIONS.iter().find(|(word, ..)| *word == text);
        known.map(|(_, action, _)| *action).ok_or_else(|| HandsetError::NoSuchAction(text.to_owned()))
    }
}

/// Why a handset did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandsetError {
    /// The account is not known.
    #[error("No handset belongs to {0}.")]
    NoSuchAccount(String),
    /// The action is not known.
    #[error(
        "No handset knows the action {0}: there are answer, decline, hangup, ignore, busy, offline and online."
    )]
    NoSuchAction(String),
    /// The state does not allow it.
    #[error("{account}'s handset is {state}, so it cannot {action}.")]
    WrongState {
        /// Whose handset.
        account: String,
        /// What it is doing.
        state: HandsetState,
        /// What was asked of it.
        action: HandsetAction,
    },
}
