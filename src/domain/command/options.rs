//! The options of the commands, in the order of the table.

use super::table::{OptionKind, OptionSpec};

pub(super) const CALLEES: OptionSpec = OptionSpec {
    name: "callees",
    kind: OptionKind::Callees,
    required: true,
    help: "Who shall be rung: ids or mentions, several for a group call",
};
pub(super) const MEDIA: OptionSpec = OptionSpec {
    name: "media",
    kind: OptionKind::Media,
    required: false,
    help: "audio or video; audio when left out",
};
pub(super) const NOTE: OptionSpec = OptionSpec {
    name: "note",
    kind: OptionKind::Note,
    required: false,
    help: "What it is about; shown on their phone",
};
pub(super) const WHO: OptionSpec =
    OptionSpec { name: "who", kind: OptionKind::Person, required: false, help: "Only this person's calls" };
pub(super) const ID: OptionSpec =
    OptionSpec { name: "id", kind: OptionKind::CallId, required: true, help: "The call's id, from its card" };
pub(super) const SCHEDULE: OptionSpec = OptionSpec {
    name: "schedule",
    kind: OptionKind::Schedule,
    required: false,
    help: "Only this schedule; all of them when left out",
};
pub(super) const POLICY: OptionSpec = OptionSpec {
    name: "policy",
    kind: OptionKind::Policy,
    required: true,
    help: "The policy, or a person who would be paged",
};
pub(super) const PAGED: OptionSpec = OptionSpec { help: "The policy, or the person to page", ..POLICY };
pub(super) const MESSAGE: OptionSpec = OptionSpec {
    name: "message",
    kind: OptionKind::Message,
    required: true,
    help: "What it is about; shown on their phones",
};
pub(super) const PAGE: OptionSpec = OptionSpec {
    name: "id",
    kind: OptionKind::PageId,
    required: false,
    help: "The page's id, from its card; the thread's page, or yours, when left out",
};
pub(super) const A_PAGE: OptionSpec =
    OptionSpec { required: true, help: "The page's id, from its card", ..PAGE };
pub(super) const PROMISE: OptionSpec = OptionSpec {
    name: "for",
    kind: OptionKind::Promise,
    required: false,
    help: "30m, or snooze: nothing rings until then; still open, I am rung first",
};
pub(super) const ALSO: OptionSpec = OptionSpec {
    name: "who",
    kind: OptionKind::Person,
    required: false,
    help: "Ring this person as well; the next step when left out",
};
pub(super) const TO: OptionSpec = OptionSpec {
    name: "to",
    kind: OptionKind::Instead,
    required: false,
    help: "Ring this person instead of whoever is rung now",
};
pub(super) const A_SCHEDULE: OptionSpec = OptionSpec { required: true, help: "The schedule", ..SCHEDULE };
pub(super) const UNTIL: OptionSpec = OptionSpec {
    name: "until",
    kind: OptionKind::When,
    required: true,
    help: "2h, 18:00, Mon 09:00 or 2026-03-29 02:30",
};
pub(super) const REPLACEMENT: OptionSpec = OptionSpec {
    name: "who",
    kind: OptionKind::Replacement,
    required: true,
    help: "@who as well, @who for @other, nobody for @who, or nobody at all",
};
pub(super) const FROM_TO: OptionSpec = OptionSpec {
    name: "span",
    kind: OptionKind::FromTo,
    required: true,
    help: "From and to: now 2h, Mon 09:00 Tue 17:00, 2026-03-29 02:30 2026-03-29 08:00",
};
pub(super) const OVERRIDE: OptionSpec = OptionSpec {
    name: "id",
    kind: OptionKind::OverrideId,
    required: true,
    help: "The change's id, from /oncall with the schedule",
};
pub(super) const WHEN: OptionSpec = OptionSpec {
    name: "when",
    kind: OptionKind::When,
    required: false,
    help: "2026-03-29 02:30, Sun 02:30, 02:30 or 2h; now when left out",
};
pub(super) const TOPIC: OptionSpec =
    OptionSpec { name: "command", kind: OptionKind::Topic, required: false, help: "Only this command" };
pub(super) const ACCOUNT: OptionSpec = OptionSpec {
    name: "account",
    kind: OptionKind::Account,
    required: true,
    help: "Who you are: a person's id, or the account in the call app",
};
pub(super) const CODE: OptionSpec = OptionSpec {
    name: "code",
    kind: OptionKind::Code,
    required: false,
    help: "The six digits that the phone shows; without them, it is rung",
};
pub(super) const LINKED_USER: OptionSpec = OptionSpec {
    name: "user",
    kind: OptionKind::ChatUser,
    required: false,
    help: "For admins: link this chat user, without a ring",
};
pub(super) const UNLINKED_USER: OptionSpec = OptionSpec {
    name: "user",
    kind: OptionKind::ChatUser,
    required: false,
    help: "Another chat user of yours, or anybody's for admins",
};
pub(super) const QUIET_WHO: OptionSpec = OptionSpec {
    name: "who",
    kind: OptionKind::Person,
    required: false,
    help: "For admins: somebody else's",
};
pub(super) const QUIET: OptionSpec = OptionSpec {
    name: "hours",
    kind: OptionKind::Quiet,
    required: false,
    help: "Local hours, off, for a while, or default: as callout.toml says",
};
