//! What Discord answers when it does not do as asked. Codes are from Discord's documentation, "Opcodes and Status Codes".

use std::time::Duration;

use serde::Deserialize;

/// The channel is not there, or the bot may not know of it.
const UNKNOWN_CHANNEL: i64 = 10_003;
/// The server is not there, or the bot is not in it.
const UNKNOWN_GUILD: i64 = 10_004;
/// The message was deleted.
const UNKNOWN_MESSAGE: i64 = 10_008;
/// The interaction's time is over: 3 s for the first answer.
const UNKNOWN_INTERACTION: i64 = 10_062;
/// Too many edits of a message that is older than an hour.
pub(super) const EDITED_TOO_OFTEN: i64 = 30_046;
/// The interaction has its first answer.
const ALREADY_ANSWERED: i64 = 40_060;
/// The bot may not see the channel.
const MISSING_ACCESS: i64 = 50_001;
/// The person takes no direct messages.
const CANNOT_WRITE: i64 = 50_007;
/// The bot may not do this there.
const MISSING_PERMISSION: i64 = 50_013;
/// The thread is archived, and the bot may not open it again.
const THREAD_ARCHIVED: i64 = 50_083;
/// The bot may not read what was written before, and so not reply to it.
const NO_HISTORY: i64 = 160_002;
/// The message has its thread.
const THREAD_IS_THERE: i64 = 160_004;
/// Nobody may write into the thread.
const THREAD_LOCKED: i64 = 160_005;

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::chat::discord) enum RestError {
    /// Discord said no.
    #[error("Discord says: {message} (HTTP {status}, code {code})")]
    Refused {
        /// HTTP.
        status: u16,
        /// Discord's own; 0 when it gave none.
        code: i64,
        /// Discord's words.
        message: String,
    },
    /// An earlier try of ours had answered it already; how was lost.
    #[error("Discord has our answer, and did not say what became of it")]
    AnsweredBefore,
    /// No usable answer came, though it was tried again.
    #[error("Discord cannot be reached: {0}")]
    Unreached(String),
    /// Its own failure, or a limit, lasted for longer than the request may take.
    #[error("Discord did not take it within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The token was refused before: nothing is asked with it any more.
    #[error(
        "Discord refuses the token: make a new one in the developer portal, set DISCORD_TOKEN, and restart"
    )]
    Token,
}

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
    pub(super) retry_after: Option<f64>,
    #[serde(default)]
    pub(super) global: bool,
}

impl RestError {
    fn has(&self, codes: &[i64]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(code))
    }

    /// The same request may succeed at once: a failure of the way, or of Discord's own.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Unreached(_) => true,
            Self::TimedOut(_) | Self::Token | Self::AnsweredBefore => false,
        }
    }

    /// The same request may succeed later.
    pub(in crate::chat::discord) fn is_temporary(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            Self::Unreached(_) | Self::TimedOut(_) | Self::Token => true,
            Self::AnsweredBefore => false,
        }
    }

    /// Discord may have done it, or do it yet.
    pub(in crate::chat::discord) fn is_uncertain(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Unreached(_) | Self::TimedOut(_) | Self::AnsweredBefore => true,
            Self::Token => false,
        }
    }

    /// The message is not there any more.
    pub(in crate::chat::discord) fn is_gone(&self) -> bool {
        self.has(&[UNKNOWN_MESSAGE])
    }

    /// The channel or thread is not there for the bot.
    pub(in crate::chat::discord) fn is_no_channel(&self) -> bool {
        self.has(&[UNKNOWN_CHANNEL])
    }

    /// The bot is not in the server.
    pub(in crate::chat::discord) fn is_no_guild(&self) -> bool {
        self.has(&[UNKNOWN_GUILD])
    }

    /// The message is old, and was edited too often since.
    pub(in crate::chat::discord) fn is_worn_out(&self) -> bool {
        self.has(&[EDITED_TOO_OFTEN])
    }

    /// Somebody else answered it, or another delivery of it was answered.
    pub(in crate::chat::discord) fn is_answered(&self) -> bool {
        self.has(&[ALREADY_ANSWERED])
    }

    /// It came too late for the interaction.
    pub(in crate::chat::discord) fn is_too_late(&self) -> bool {
        self.has(&[UNKNOWN_INTERACTION])
    }

    /// The bot may not do that there.
    pub(in crate::chat::discord) fn is_forbidden(&self) -> bool {
        self.has(&[MISSING_ACCESS, MISSING_PERMISSION, CANNOT_WRITE])
    }

    /// The thread takes no message.
    pub(in crate::chat::discord) fn is_shut(&self) -> bool {
        self.has(&[THREAD_ARCHIVED, THREAD_LOCKED])
    }

    /// The bot may write there, but reply to nothing.
    pub(in crate::chat::discord) fn is_no_history(&self) -> bool {
        self.has(&[NO_HISTORY])
    }

    /// The message has a thread already.
    pub(in crate::chat::discord) fn has_thread(&self) -> bool {
        self.has(&[THREAD_IS_THERE])
    }
}
