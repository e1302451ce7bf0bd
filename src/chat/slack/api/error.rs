//! What Slack answers when it does not do as asked: mostly with status 200 and a word, which is looked up here.

use std::time::Duration;

/// Longest text of Slack's that is shown or logged, in characters.
const WORDS_MAX: usize = 200;

/// What a refusal means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chat::slack) enum Meaning {
    /// The message was deleted.
    Gone,
    /// The message is there, and takes no more edits.
    WornOut,
    /// The channel is closed to the bot: archived, unknown, or it was not invited.
    Shut,
    /// A scope is missing.
    Scope,
    /// The token is void: nothing is asked with it any more.
    Token,
    /// It is already as we want it.
    Done,
    /// Slack's own trouble, or a limit: later.
    Later,
    /// A mistake of ours, or a word that we don't know.
    Never,
}

/// Slack's words (its documentation, "Errors" of each method), what they mean, and what a person is told; an empty text
/// stands for Slack's word.
const TABLE: &[(&str, Meaning, &str)] = &[
    ("message_not_found", Meaning::Gone, ""),
    ("thread_not_found", Meaning::Gone, ""),
    ("no_item_specified", Meaning::Gone, ""),
    ("edit_window_closed", Meaning::WornOut, "the workspace allows no edits of a message that old"),
    ("cant_update_message", Meaning::WornOut, "the message may not be edited"),
    ("is_inactive", Meaning::WornOut, "the channel is archived"),
    ("is_archived", Meaning::Shut, "the channel is archived"),
    (
        "channel_not_found",
        Meaning::Shut,
        "there is no such channel, or it is private and I am not in it: /invite me",
    ),
    ("not_in_channel", Meaning::Shut, "I am not in the channel: /invite me"),
    ("user_not_in_channel", Meaning::Shut, "the person is not in the channel"),
    ("restricted_action", Meaning::Shut, "an admin's settings keep apps from posting there"),
    ("restricted_action_read_only_channel", Meaning::Shut, "the channel is read-only"),
    ("restricted_action_thread_only_channel", Meaning::Shut, "the channel takes replies only"),
    ("restricted_action_non_threadable_channel", Meaning::Shut, "the channel takes no replies"),
    ("restricted_action_thread_locked", Meaning::Shut, "the thread is locked"),
    ("cannot_reply_to_message", Meaning::Shut, "the message takes no replies"),
    (
        "messages_tab_disabled",
        Meaning::Shut,
        "direct messages are switched off in the app's settings at Slack",
    ),
    ("cannot_dm_bot", Meaning::Shut, ""),
    ("user_disabled", Meaning::Shut, "the person has left the workspace"),
    ("user_not_found", Meaning::Shut, "Slack has no such person"),
    ("user_not_visible", Meaning::Shut, "Slack has no such person that I may see"),
    ("missing_scope", Meaning::Scope, "a scope is missing"),
    ("no_permission", Meaning::Scope, "a scope is missing"),
    ("invalid_auth", Meaning::Token, ""),
    ("not_authed", Meaning::Token, ""),
    ("account_inactive", Meaning::Token, ""),
    ("token_revoked", Meaning::Token, ""),
    ("token_expired", Meaning::Token, ""),
    ("not_allowed_token_type", Meaning::Token, ""),
    ("already_pinned", Meaning::Done, ""),
    ("no_pin", Meaning::Done, ""),
    ("ratelimited", Meaning::Later, ""),
    ("rate_limited", Meaning::Later, ""),
    ("message_limit_exceeded", Meaning::Later, ""),
    ("internal_error", Meaning::Later, ""),
    ("fatal_error", Meaning::Later, ""),
    ("service_unavailable", Meaning::Later, ""),
    ("request_timeout", Meaning::Later, ""),
    ("team_added_to_org", Meaning::Later, ""),
];

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::chat::slack) enum ApiError {
    /// Slack said no.
    #[error("{}", said(.error, .detail))]
    Refused {
        /// Slack's word.
        error: String,
        /// What it added: the scopes that it wants, what is wrong with the blocks.
        detail: String,
    },
    /// No usable answer came, though it was tried again.
    #[error("Slack cannot be reached: {0}")]
    Unreached(String),
    /// Slack takes nothing more for that long.
    #[error("Slack takes no more for {} s", .0.as_secs())]
    Limited(Duration),
    /// Its own trouble, a limit, or others before us lasted for longer than the request may take.
    #[error("Slack did not take it within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// A token is void: nothing is asked with it any more.
    #[error(
        "Slack refuses the token: it is tried again every five minutes. If the app's page at Slack has a new one, set {0} and restart"
    )]
    Token(&'static str),
}

fn said(error: &str, detail: &str) -> String {
    let words = TABLE.iter().find(|(word, ..)| *word == error).map_or("", |(_, _, words)| *words);
    let known = if words.is_empty() { String::new() } else { format!("{words} ") };
    let more = if detail.is_empty() { String::new() } else { format!(": {detail}") };
    format!("{known}(Slack says {error}{more})")
}

/// What a word of Slack's means.
fn meaning(error: &str) -> Meaning {
    TABLE.iter().find(|(word, ..)| *word == error).map_or(Meaning::Never, |(_, meaning, _)| *meaning)
}

impl ApiError {
    /// Slack's refusal, from the body of its answer.
    pub(super) fn refused(body: &serde_json::Value) -> Self {
        let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let messages = body.pointer("/response_metadata/messages").and_then(|list| list.as_array());
        let messages = messages.into_iter().flatten().filter_map(|message| message.as_str());
        let detail = match text("needed") {
            "" => messages.take(2).collect::<Vec<&str>>().join(", "),
            needed => format!("add {needed} to the app and install it again"),
        };
        let error = match text("error") {
            "" => "nothing",
            error => error,
        };
        let short = |text: &str| text.chars().take(WORDS_MAX).collect();
        Self::Refused { error: short(error), detail: short(&detail) }
    }

    /// What it means for us.
    pub(in crate::chat::slack) fn meaning(&self) -> Meaning {
        match self {
            Self::Refused { error, .. } => meaning(error),
            Self::Token(_) => Meaning::Token,
            Self::Unreached(_) | Self::Limited(_) | Self::TimedOut(_) => Meaning::Later,
        }
    }

    /// For how long Slack takes nothing, if it said that.
    pub(in crate::chat::slack) const fn said(&self) -> Option<Duration> {
        match self {
            Self::Limited(span) => Some(*span),
            _ => None,
        }
    }

    /// The same request may succeed at once.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreached(_))
            || matches!(self, Self::Refused { .. } if self.meaning() == Meaning::Later)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_word_stands_once() {
        let mut words: Vec<&str> = TABLE.iter().map(|(word, ..)| *word).collect();
        words.sort_unstable();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let said = |body| ApiError::refused(&body).to_string();
        insta::assert_snapshot!(said(json!({ "ok": false, "error": "not_in_channel" })), @"I am not in the channel: /invite me (Slack says not_in_channel)");
        insta::assert_snapshot!(said(json!({ "ok": false, "error": "missing_scope", "needed": "im:write", "provided": "commands" })), @"a scope is missing (Slack says missing_scope: add im:write to the app and install it again)");
        let blocks = json!({ "ok": false, "error": "invalid_blocks", "response_metadata": { "messages": ["[ERROR] must be less than 76 characters"] } });
        insta::assert_snapshot!(said(blocks), @"(Slack says invalid_blocks: [ERROR] must be less than 76 characters)");
        insta::assert_snapshot!(said(json!({ "ok": false })), @"(Slack says nothing)");
    }

    #[test]
    fn an_unknown_word_is_for_ever_and_slacks_trouble_is_not() {
        let of = |error: &str| ApiError::refused(&json!({ "error": error }));
        assert_eq!(of("new_word").meaning(), Meaning::Never);
        assert_eq!((of("internal_error").meaning(), of("internal_error").may_pass()), (Meaning::Later, true));
        assert!(!of("message_not_found").may_pass() && !ApiError::Limited(Duration::from_secs(1)).may_pass());
    }
}
