//! Every sentence the bot says, and the shapes they are said in. Held by snapshots.

mod alerts;
mod audit;
mod board;
mod call;
mod chat;
mod digest;
mod home;
mod link;
mod lists;
mod oncall;
mod page;
mod page_alerts;
mod page_now;
mod page_story;
mod page_thread;
mod page_words;
mod quiet;
mod receipts;
mod simulated;
mod slack;
mod sorry;
mod story;
pub mod text;
mod when;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::alerts::{alerts_refused, alerts_too_large, may_heal};
pub use self::audit::audit_list;
pub use self::board::{BOARD_CALLS_MAX, board_card};
pub use self::call::{call_card, subject, whom};
pub use self::chat::{
    EMPTY_FORM, NOT_HERE, UNKNOWN_BUTTON, board_not_shown, form_words, goes_on_below, no_thread, not_shown,
    outage, page_not_shown, reload_refused, unreadable,
};
pub use self::home::{Mine, SHIFTS_DAYS, home, home_of_stranger};
pub use self::link::{
    link_asked, link_card, link_lost, link_moved, link_ring_over, link_rings, link_spoken, linked_by_admin,
    linked_for, linked_now, linked_to_you, stranger, unlinked, wrong_code,
};
pub use self::lists::{LISTED_MAX, about_me, history_list, left_out, live_list, question, timeline};
pub use self::oncall::{
    Reader, change_in_short, duties, duty, duty_by_file, idle, laid, laid_news, lifted, lifted_news,
    shift_lines,
};
pub use self::page::{page_card, page_subject, page_title};
pub use self::page_story::page_story;
pub use self::page_thread::{ALERTS_COME_AND_GO, page_lines, page_tells, page_thread_is_full};
pub use self::page_words::{
    TO_WHOM, called_in, closes_for_others, handed_over, not_paged, nothing_goes_on, notice, page_is,
    page_list, page_timeline, paging, rung_anyway, takes_from, took, took_all,
};
pub use self::quiet::{chosen_for_you, my_quiet, their_quiet};
pub use self::receipts::{
    BOARD_POSTED, BOARD_REMOVED, NOBODY_RUNG, NOT_RECORDED_YET, StatusFacts, TEST_TITLE, call_push, calling,
    hanging_up, status, went_wrong,
};
pub use self::simulated::{held_until, simulated, simulated_lines, why};
pub use self::slack::{
    CALL_ABOUT_TITLE, CALL_ABOUT_WHAT, CALL_FORM, CallForm, DIGEST_LINES_MAX, NOBODY_CHOSEN, NOBODY_TO_PAGE,
    NOT_IN_WORKSPACE, NOTHING_TO_TELL, ONE_TO_PAGE, PAGE_ABOUT_TITLE, PAGE_ABOUT_WHAT, PAGE_FORM, PageForm,
    UNKNOWN_IDS, digest_of, goes_on_anew, no_card_here, no_form,
};
pub use self::story::{
    ALERT_LINES_MAX, DECISIVE_LINES, THREAD_LINES_MAX, Weight, is_told_in_thread, story, thread_is_full,
};
pub use self::when::no_such_time;
use super::call::CallState;
use super::ids::{CardId, PersonId};

/// Where something was said, and is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Which chat: `desk`, `slack`, `discord`.
    pub chat: String,
    /// The channel there.
    pub channel: String,
    /// The thread in it, if any.
    pub thread: Option<String>,
}

impl Place {
    /// No channel of `chat`: wherever one user can be told something in private.
    pub fn direct(chat: impl Into<String>) -> Self {
        Self { chat: chat.into(), channel: String::new(), thread: None }
    }
}

/// A message that is edited in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Unique; a call's card has the call's id, and so have a page's.
    pub id: CardId,
    /// The sentences, escaped, one a line.
    pub text: String,
    /// What the state allows, nothing else.
    pub buttons: Vec<Button>,
    /// How far the call is, for colour; `None` on a board, and while a page is open.
    pub state: Option<CallState>,
}

/// What can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Button {
    /// End the call.
    #[serde(rename = "Hang up")]
    HangUp,
    /// Place the same call again.
    #[serde(rename = "Ring again")]
    RingAgain,
    /// Yes, in spite of the quiet hours.
    #[serde(rename = "Ring anyway")]
    RingAnyway,
    /// Yes, the word was no callee.
    #[serde(rename = "Ring anyway, it is my note")]
    RingAnywayNote,
    /// No.
    #[serde(rename = "Don't ring")]
    DontRing,
    /// Take the board away.
    #[serde(rename = "Remove board")]
    RemoveBoard,
    /// Here is the code that the phone shows: takes a text.
    #[serde(rename = "Enter code")]
    EnterCode,
    /// What was asked before we knew who asks.
    #[serde(rename = "Do it now")]
    DoItNow,
    /// An admin knows that it is them.
    Confirm,
    /// I have this page.
    Acknowledge,
    /// I have it, although I was not paged.
    #[serde(rename = "Acknowledge anyway")]
    AcknowledgeAnyway,
    /// I have this page in a while: nothing rings until then.
    Snooze,
    /// The same, although I was not paged.
    #[serde(rename = "Snooze anyway")]
    SnoozeAnyway,
    /// Somebody else shall be rung for this page: takes their name.
    #[serde(rename = "Hand over")]
    HandOver,
    /// The page's next step, now.
    Escalate,
    /// The same, although somebody else has the page.
    #[serde(rename = "Escalate anyway")]
    EscalateAnyway,
    /// The page is over.
    Close,
    /// The same, although I was not paged.
    #[serde(rename = "Close anyway")]
    CloseAnyway,
    /// The page is not over.
    Reopen,
    /// It is not over, although its alerts are.
    #[serde(rename = "Reopen anyway")]
    ReopenAnyway,
    /// Go on by the policy as it is now.
    #[serde(rename = "Apply the new policy")]
    ApplyPolicy,
}

impl Button {
    /// Every button there is.
    pub const ALL: [Self; 21] = [
        Self::HangUp,
        Self::RingAgain,
        Self::RingAnyway,
        Self::RingAnywayNote,
        Self::DontRing,
        Self::RemoveBoard,
        Self::EnterCode,
        Self::DoItNow,
        Self::Confirm,
        Self::Acknowledge,
        Self::AcknowledgeAnyway,
        Self::Snooze,
        Self::SnoozeAnyway,
        Self::HandOver,
        Self::Escalate,
        Self::EscalateAnyway,
        Self::Close,
        Self::CloseAnyway,
        Self::Reopen,
        Self::ReopenAnyway,
        Self::ApplyPolicy,
    ];

    /// What is written on it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::HangUp => "Hang up",
            Self::RingAgain => "Ring again",
            Self::RingAnyway => "Ring anyway",
            Self::RingAnywayNote => "Ring anyway, it is my note",
            Self::DontRing => "Don't ring",
            Self::RemoveBoard => "Remove board",
            Self::EnterCode => "Enter code",
            Self::DoItNow => "Do it now",
            Self::Confirm => "Confirm",
            Self::Acknowledge => "Acknowledge",
            Self::AcknowledgeAnyway => "Acknowledge anyway",
            Self::Snooze => "Snooze",
            Self::SnoozeAnyway => "Snooze anyway",
            Self::HandOver => "Hand over",
            Self::Escalate => "Escalate",
            Self::EscalateAnyway => "Escalate anyway",
            Self::Close => "Close",
            Self::CloseAnyway => "Close anyway",
            Self::Reopen => "Reopen",
            Self::ReopenAnyway => "Reopen anyway",
            Self::ApplyPolicy => "Apply the new policy",
        }
    }

    /// Whether a text may be given with it on `card`: a chat with forms asks for one. Nobody gives a page a reason to ring.
    #[must_use]
    pub fn takes_text_on(self, card: &CardId) -> bool {
        match self {
            Self::EnterCode | Self::HandOver => true,
            Self::RingAnyway => card.page().is_none(),
            _ => false,
        }
    }

    /// The button with this label; case does not matter.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.label().eq_ignore_ascii_case(label.trim()))
    }
}

impl CardState {
    /// A card that was not posted yet.
    #[must_use]
    pub const fn new(id: CardId, kind: CardKind, place: Place, by: PersonId) -> Self {
        Self {
            id,
            kind,
            place,
            by,
            message: None,
            former: Vec::new(),
            shown: None,
            lines: 0,
            told_lines: Some(0),
            alert_lines: 0,
            said_full: false,
            beside: false,
            told: Vec::new(),
            told_over: false,
            shown_at: None,
            retired: false,
        }
    }

    /// From which line on its story has to be read for its thread; `None`: the thread is full.
    #[must_use]
    pub fn unread(&self) -> Option<u32> {
        match self.told_lines {
            Some(told) if told >= THREAD_LINES_MAX => None,
            Some(_) => Some(self.lines),
            None => Some(0),
        }
    }

    /// Its message is gone, or takes no more edits: the next one is another. People may still write in the old one's thread.
    pub fn give_up_message(&mut self) {
        let Some(old) = self.message.take() else { return };
        self.beside = false;
        self.former.retain(|known| *known != old);
        self.former.push(old);
        let beyond = self.former.len().saturating_sub(FORMER_MAX);
        self.former.drain(..beyond);
    }
}

/// Messages of a card that are remembered beside its present one: people are where one of the last was.
pub const FORMER_MAX: usize = 8;

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// One call.
    Call,
    /// The live calls of everyone.
    Board,
    /// One page.
    Page,
    /// A link that its ring could not prove.
    Link,
}

/// What was last shown of a card: kept, so that it can be edited after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardState {
    /// The card.
    pub id: CardId,
    /// What it is about.
    pub kind: CardKind,
    /// Where it is.
    pub place: Place,
    /// Who caused it.
    pub by: PersonId,
    /// The chat's id of the message; `None` before it was posted, and after it was deleted.
    pub message: Option<String>,
    /// Messages that it was before, oldest first: their threads may go on.
    #[serde(default)]
    pub former: Vec<String>,
    /// A digest of what is shown, so that an edit that changes nothing is not sent.
    pub shown: Option<String>,
    /// How many lines of its story were looked at.
    pub lines: u32,
    /// How many of those its thread has had; `None`: it is older than that is counted.
    #[serde(default)]
    pub told_lines: Option<u32>,
    /// How many of those were of alerts.
    #[serde(default)]
    pub alert_lines: u32,
    /// One of them says that more has happened than fits.
    #[serde(default)]
    pub said_full: bool,
    /// Its thread can't be used, and that was said: lines stand beside the card.
    #[serde(default)]
    pub beside: bool,
    /// Who was told in private that its channel can't show it, since it was shown last.
    #[serde(default)]
    pub told: Vec<PersonId>,
    /// They were told as well that it is over.
    #[serde(default)]
    pub told_over: bool,
    /// When it was last shown.
    pub shown_at: Option<Timestamp>,
    /// It was taken away.
    pub retired: bool,
}
