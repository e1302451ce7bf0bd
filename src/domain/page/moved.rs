//! A page on its way from one state to the next, and what has to be done for it.

use jiff::Timestamp;

use super::{Page, PageHappened, PageState, Stage};
use crate::domain::ids::{CallId, PageId, PersonId, WebhookId};
use crate::domain::webhook::PageNews;

/// A page on its way from one state to the next, and what has to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// As it is by now.
    pub page: Page,
    /// What happened, in order.
    pub happened: Vec<PageHappened>,
    /// Calls to place, one a person: the newest of the page's rings.
    pub place: Vec<CallId>,
    /// Calls to end.
    pub end: Vec<CallId>,
    /// Whom a dial did not ring after all, and when it was decided: the limits of rings don't count it.
    pub unrung: Vec<(PersonId, Timestamp)>,
    /// Other programs to be told of its steps.
    pub tell: Vec<StepTells>,
    /// People to be told in private.
    pub notices: Vec<Notice>,
}

/// A webhook that a step of a page tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTells {
    /// Which.
    pub webhook: WebhookId,
    /// The step.
    pub stage: Stage,
    /// The step's turn.
    pub turn: u32,
}

impl StepTells {
    /// By what the webhook knows what it is told of `page` by this step: the same whenever it is told it again.
    #[must_use]
    pub fn id(&self, page: &PageId) -> String {
        format!("{page}-{}-{}", self.turn, self.webhook)
    }
}

/// What somebody is told in private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Their phone could not be rung.
    InsteadOfRing(PersonId),
    /// No dial has gone through for a while: the owner, and those of whom should have been rung who do not know.
    NoDial {
        /// Who should have been rung.
        people: Vec<PersonId>,
        /// Those of them who were told when their ring failed.
        know: Vec<PersonId>,
        /// What the engine says, if it says anything.
        why: Option<String>,
    },
    /// They had it, and somebody else wants others rung.
    TakenFrom {
        /// Who had it.
        from: PersonId,
        /// Who wants it.
        by: PersonId,
        /// Who is rung; `None`: whoever comes next.
        to: Option<PersonId>,
    },
    /// Neither could their phone be rung, nor does a chat know them: the owner.
    NoWay(PersonId),
    /// Another program could not be told this of it: the owner.
    NotPosted(WebhookId, PageNews),
    /// And none does yet: one more who should have been rung. The owner knows.
    StillNoDial(PersonId),
    /// The chain is over: the owner.
    Exhausted {
        /// Whether any phone rang at all.
        reached: bool,
    },
}

impl Moved {
    /// Nothing has happened to `page` yet.
    #[must_use]
    pub const fn of(page: Page) -> Self {
        Self {
            page,
            happened: Vec::new(),
            place: Vec::new(),
            end: Vec::new(),
            unrung: Vec::new(),
            tell: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// It is over: `by` says so, or nobody, because its last alert is. Rings stop; who talks may go on.
    pub fn close(&mut self, by: Option<PersonId>, now: Timestamp) {
        self.close_as(by.clone(), PageHappened::Closed(by), now);
    }

    /// The same, told as `happened`.
    pub(super) fn close_as(&mut self, by: Option<PersonId>, happened: PageHappened, now: Timestamp) {
        if !self.page.is_open() {
            return;
        }
        self.quieten();
        self.page.state = PageState::Closed;
        (self.page.closed_at, self.page.closed_by) = (Some(now), by);
        self.page.emptied = happened == PageHappened::Emptied;
        self.happened.push(happened);
    }

    /// Stops every ring and forgets who would have been rung.
    pub(super) fn quieten(&mut self) {
        let ringing = self.page.rings.iter().filter(|ring| ring.is_ringing());
        self.end.extend(ringing.map(|ring| ring.call.clone()));
        self.page.again.clear();
        self.page.holds.clear();
        self.page.silence = None;
        self.page.chain.ends_at = None;
    }
}
