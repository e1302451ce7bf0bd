//! A typed "no", with the reason and, where there is one, the time it changes.

use std::time::Duration;

use jiff::Timestamp;

use super::call::{Caller, Outcome};
use super::command::ParseError;
use super::ids::{CallId, OverrideId, PageId, PersonId, ScheduleId};
use super::oncall::{Outlook, Schedules};
use super::page::{Page, Taken};
use super::person::{ChatUser, Quiet};
use super::settings::LimitRule;
use super::span::Misread;

/// Why a person's command is not carried out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The line is not a command, or names nobody.
    Unreadable(ParseError),
    /// The chat user is not listed.
    Stranger(String),
    /// Nobody is linked, or not by this.
    Link(LinkRefusal),
    /// The person may only look.
    ViewerOnly,
    /// Only an admin may.
    NotAdmin,
    /// Only the caller, a callee, or an admin may hang a call up.
    NotYours(CallId),
    /// A limit was reached.
    TooSoon {
        /// Whose.
        whose: Whose,
        /// The rule that decides.
        rule: LimitRule,
        /// The first instant at which it is allowed.
        next: Timestamp,
    },
    /// The person has this many calls open already.
    TooManyOpen(usize),
    /// No call has this id, or an id that starts so.
    NoSuchCall(String),
    /// Several calls have an id that starts so.
    Ambiguous(String, Vec<CallId>),
    /// The call is over.
    AlreadyEnded(CallId, Option<Outcome>),
    /// Somebody hangs it up already.
    AlreadyHungUp(CallId, Caller),
    /// *Ring again* was pressed before.
    AlreadyRungAgain(CallId),
    /// The question was answered, or is too old.
    AskGone,
    /// The question was put to somebody else.
    NotAsked(PersonId),
    /// The card has no such button now.
    NoSuchButton(String),
    /// The thread understands other words.
    NotUnderstood(String),
    /// Somebody who was rung is listed no more.
    Unlisted(PersonId),
    /// The channel has a board.
    BoardIsThere,
    /// A schedule came to nobody.
    NobodyOnCall {
        /// The schedule.
        schedule: ScheduleId,
        /// When.
        at: Timestamp,
        /// What is ahead.
        outlook: Outlook,
    },
    /// A change of a schedule that is over before it begins, or lasts too long.
    BadSpan(SpanTrouble),
    /// A change of a schedule that would put somebody on call who can't be.
    CannotCover(PersonId, CoverTrouble),
    /// The schedule has this many changes ahead.
    TooManyOverrides(ScheduleId, usize),
    /// No change of a schedule has this id, or it is over.
    NoSuchOverride(String),
    /// Only whoever made a change, or an admin, may take it back.
    NotYourOverride(OverrideId, PersonId),
    /// A time could not be read.
    NoTime(Misread),
    /// Of a page.
    Page(PageRefusal),
}

/// Why nothing is done to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageRefusal {
    /// A page's thread understands other words.
    NotUnderstood {
        /// What was said.
        text: String,
        /// Whether the page is open: another one understands less.
        is_open: bool,
    },
    /// No page has this id, or an id that starts so.
    NoSuch(String),
    /// Several pages may be meant: with what each is about.
    Which(Vec<(PageId, String)>),
    /// No open page concerns whoever named none.
    NoneOfYours,
    /// The thread where none was named is about none; these are theirs.
    NoneOfThread(Vec<PageId>),
    /// The page is over.
    Over {
        /// Which.
        page: PageId,
        /// Who closed it; `None`: its last alert did.
        by: Option<PersonId>,
        /// Since when.
        at: Timestamp,
        /// Its last alert is another page's.
        emptied: bool,
    },
    /// Whoever acknowledges has it already.
    IsYours(PageId),
    /// Somebody else has it.
    Taken {
        /// Who, since when.
        taken: Taken,
        /// When the other one said so.
        at: Timestamp,
    },
    /// The person's phone rings for the page already.
    RingsAlready(PersonId),
    /// The person talks for the page.
    Talks(PersonId),
    /// A limit keeps the person's ring for the page back until then.
    IsHeld(PersonId, Timestamp),
    /// These pages are theirs already: none is left to acknowledge.
    AllYours(Vec<PageId>),
    /// The person has the page.
    IsTheirs(PageId, PersonId),
    /// The person may only look: nobody else's phone stops for them.
    OnlyLooks(PersonId),
    /// It is not over.
    NotOver(PageId),
    /// Another page of the same source, policy and group is open.
    OtherOpen(PageId),
    /// The page goes by its policy as that is.
    SamePolicy(PageId),
    /// No ring of the page is held back.
    NobodyHeld(PageId),
}

impl PageRefusal {
    /// It is over: by whom, and since when.
    #[must_use]
    pub fn over(page: &Page) -> Self {
        let at = page.closed_at.unwrap_or(page.opened_at);
        Self::Over { page: page.id.clone(), by: page.closed_by.clone(), at, emptied: page.emptied }
    }

    /// One of `pages` may be meant.
    #[must_use]
    pub fn which(pages: &[Page]) -> Self {
        Self::Which(
            pages
                .iter()
                .map(|page| (page.id.clone(), format!("{}: {}", page.policy.id, page.title)))
                .collect(),
        )
    }

    /// Nobody is rung anew: `person` is rung, talks, or is held back for `page`.
    #[must_use]
    pub fn in_hand(page: &Page, person: &PersonId) -> Self {
        if let Some(hold) = page.holds.iter().find(|hold| hold.person == *person) {
            return Self::IsHeld(person.clone(), hold.until);
        }
        let talks =
            page.rings.iter().any(|ring| ring.person == *person && !ring.is_over() && !ring.is_ringing());
        if talks { Self::Talks(person.clone()) } else { Self::RingsAlready(person.clone()) }
    }
}

/// Why nobody is linked, or unlinked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkRefusal {
    /// The chat user is somebody already: the file says so, and it wins.
    InFile(ChatUser, PersonId),
    /// The file names another user of this chat for the person, and it wins.
    OtherInFile(PersonId),
    /// The chat user is linked to the person already.
    Already(PersonId),
    /// The phone rings and shows the code at this moment.
    CodeAwaited(PersonId),
    /// No ring's code is awaited from this chat user.
    NoCodeAwaited,
    /// The code was shown too long ago.
    CodeOld(PersonId),
    /// Whoever has the phone said that it was not them.
    Declined(PersonId),
    /// What was pressed takes six digits.
    NotACode(String),
    /// The person is not to be disturbed, least of all by somebody unknown.
    QuietNow(PersonId, Quiet),
    /// The chat has no ids of that form: it is a name, perhaps.
    NotAUser(ChatUser),
    /// The chat user is not linked.
    NotLinked(ChatUser),
    /// The file, and no stored link, says who the chat user is: it is not undone here.
    OnlyInFile(PersonId),
    /// A link is undone by whom it concerns, or by an admin.
    NotYours,
    /// What was asked before is not there any more.
    NothingWaits,
}

impl From<PageRefusal> for Refusal {
    fn from(refusal: PageRefusal) -> Self {
        Self::Page(refusal)
    }
}

impl From<LinkRefusal> for Refusal {
    fn from(refusal: LinkRefusal) -> Self {
        Self::Link(refusal)
    }
}

/// What is wrong with a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanTrouble {
    /// It ends before it begins, or has ended.
    Over,
    /// It is longer than this.
    Longer(Duration),
    /// It begins later than this.
    Later(Duration),
}

/// Why a change of a schedule puts nobody on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverTrouble {
    /// They are listed no more.
    Unlisted,
    /// Who may only look could not acknowledge.
    Viewer,
}

/// Whose limit was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The caller's: ad-hoc calls placed.
    Caller,
    /// A callee's: rings.
    Callee(PersonId),
    /// A chat user's: rings to be linked.
    Linker,
    /// A person's: rings to be linked to them.
    Linked(PersonId),
}

impl Refusal {
    /// There is no such schedule: the nearest are offered.
    #[must_use]
    pub fn no_schedule(id: &ScheduleId, schedules: &Schedules) -> Self {
        let nearest = schedules.nearest(id.as_str());
        Self::Unreadable(ParseError::UnknownSchedule { word: id.to_string(), nearest })
    }
}
