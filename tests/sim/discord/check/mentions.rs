//! Who is pinged: what a text mentions, and what `allowed_mentions` lets through.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::ids::Id;
use super::super::problem::Form;

/// Ids in one list of `allowed_mentions`.
const LIST_MAX: usize = 100;

/// What may ping. Without a word about it, everything may.
#[derive(Debug, Clone)]
pub(in super::super) struct Allowed {
    users: Which,
    roles: Which,
    everyone: bool,
    replied_user: bool,
}

#[derive(Debug, Clone)]
enum Which {
    All,
    These(BTreeSet<Id>),
}

impl Default for Allowed {
    fn default() -> Self {
        Self { users: Which::All, roles: Which::All, everyone: true, replied_user: true }
    }
}

impl Which {
    fn lets(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

/// What a text means to ping.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Mentioned {
    pub(in super::super) users: BTreeSet<Id>,
    pub(in super::super) roles: BTreeSet<Id>,
    pub(in super::super) everyone: bool,
}

impl Allowed {
    pub(super) fn read(form: &mut Form, value: &Value) -> Self {
        if !value.is_object() {
            return Self::default();
        }
        let parse = form.list("allowed_mentions.parse", &value["parse"]);
        let parses = |word: &str| parse.iter().any(|known| known == word);
        let known = ["users", "roles", "everyone"];
        if parse.iter().any(|word| !known.iter().any(|known| word == known)) {
            form.one_of("allowed_mentions.parse", "'users', 'roles', 'everyone'");
        }
        let mut which = |kind: &str| {
            let ids = form.list(&format!("allowed_mentions.{kind}"), &value[kind]);
            form.length(&format!("allowed_mentions.{kind}"), ids.len(), 0, LIST_MAX);
            if parses(kind) && !ids.is_empty() {
                let message = format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
                form.wrong("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", &message);
            }
            if parses(kind) { Which::All } else { Which::These(ids.iter().filter_map(Id::of).collect()) }
        };
        let (users, roles) = (which("users"), which("roles"));
        Self { users, roles, everyone: parses("everyone"), replied_user: value["replied_user"] == true }
    }

    /// What is left of what a text mentions.
    pub(in super::super) fn narrow(&self, mentioned: Mentioned) -> Mentioned {
        Mentioned {
            users: mentioned.users.into_iter().filter(|id| self.users.lets(*id)).collect(),
            roles: mentioned.roles.into_iter().filter(|id| self.roles.lets(*id)).collect(),
            everyone: mentioned.everyone && self.everyone,
        }
    }

    /// Whether the author of the message that is replied to may be pinged.
    pub(in super::super) fn pings_replied(&self) -> bool {
        self.replied_user
    }
}

/// What `text` mentions. A backslash before it does not help: only `allowed_mentions` is sure.
pub(in super::super) fn mentioned(text: &str) -> Mentioned {
    let mut found =
        Mentioned { everyone: text.contains("@everyone") || text.contains("@here"), ..<_>::default() };
    for part in text.split("<@").skip(1) {
        let Some((inside, _)) = part.split_once('>') else { continue };
        match inside.strip_prefix('&') {
            Some(role) => found.roles.extend(Id::read(role)),
            None => found.users.extend(Id::read(inside.trim_start_matches('!'))),
        }
    }
    found
}
