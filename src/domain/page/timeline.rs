//! What happens to a page: said in order, each with its reason.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::RingWhy;
use crate::domain::call::Outcome;
use crate::domain::escalation::{Picked, Rest};
use crate::domain::ids::{PageId, PersonId, PolicyId, SourceId, WebhookId};
use crate::domain::report::Place;
use crate::domain::webhook::{PageNews, Tried};

/// What happened, for timeline and thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageHappened {
    /// It was started.
    Opened,
    /// An alert joined.
    Joined {
        /// Its title.
        title: String,
        /// How many alerts the page has with it.
        total: usize,
        /// The rule that sent it here, from 1; `None`: the source itself.
        rule: Option<usize>,
    },
    /// An alert that fired already is more urgent now.
    Louder {
        /// Its title.
        title: String,
        /// The rule that says so, from 1; `None`: the source itself.
        rule: Option<usize>,
    },
    /// An alert is another page's from here on.
    Left {
        /// Its title.
        title: String,
        /// How many go on without it.
        firing: usize,
        /// Of how many.
        total: usize,
        /// Whose.
        to: Whither,
    },
    /// An alert is over.
    Resolved {
        /// Its title.
        title: String,
        /// How many go on without it.
        firing: usize,
        /// Of how many.
        total: usize,
    },
    /// An alert that is over is still told to fire: nobody is rung for it. Once an end.
    StillTold {
        /// Who tells it.
        source: SourceId,
        /// Its title.
        title: String,
        /// When it began, as that says.
        began: Timestamp,
        /// When it was over.
        ended: Timestamp,
    },
    /// Further alerts did the same at once, and are not named.
    MoreAlerts {
        /// How many joined, or are more urgent now.
        joined: usize,
        /// How many are over.
        resolved: usize,
        /// How many are other pages' from here on.
        left: usize,
        /// How many are over, and still told.
        late: usize,
    },
    /// Nothing rings yet.
    Rests(Rest),
    /// A step began.
    Step {
        /// What its targets came to.
        picked: Picked,
        /// Whose phones ring for this page already, or are held back.
        busy: Vec<PersonId>,
    },
    /// A step would have rung nobody.
    Skipped {
        /// Which.
        at: Stage,
        /// What its targets came to.
        picked: Picked,
    },
    /// This step is for pages that are more urgent.
    PassedOver(Stage),
    /// A step tells channels that did not see the page before, and other programs.
    Tells(Vec<Place>, Vec<WebhookId>),
    /// What became of telling another program something of the page.
    Posted(WebhookId, PageNews, Posted),
    /// Somebody of the policy is listed no more.
    Unlisted(PersonId),
    /// Somebody is rung.
    Rung(PersonId, RingWhy),
    /// Somebody is rung although the first limit says no: it is urgent, and this happens once.
    RungBeyond(PersonId, String),
    /// A limit keeps a ring back.
    Held {
        /// Whose.
        person: PersonId,
        /// Until when.
        until: Timestamp,
        /// The limit.
        rule: String,
    },
    /// A phone rings.
    Rings(PersonId),
    /// Nobody knows whether it rings.
    Unsettled(PersonId, Timestamp),
    /// Somebody answered. That is no acknowledgement.
    Answered(PersonId),
    /// A ring is over.
    RingOver(PersonId, Outcome),
    /// Somebody hung up a ring before it was answered, and nobody has the page.
    Stopped {
        /// Who.
        by: PersonId,
        /// Whose phone rang.
        person: PersonId,
    },
    /// The same person again later.
    AgainAt(PersonId, RingWhy, Timestamp),
    /// A person who could not be rung is written to instead.
    Written(PersonId),
    /// A person who could not be rung cannot be written to either.
    NoWay(PersonId),
    /// Nobody of the step may still answer: the next one begins before its time.
    MovedOn(PersonId, Outcome),
    /// Nothing was dialled for a while.
    NoDial {
        /// What the engine says, if it says anything.
        why: Option<String>,
    },
    /// Somebody has it.
    Acknowledged {
        /// Who.
        by: PersonId,
        /// Until when they promise to have it done; `None`: no promise.
        until: Option<Timestamp>,
    },
    /// Somebody has this alert elsewhere, its source says.
    AcknowledgedThere {
        /// Which source.
        source: SourceId,
        /// The alert's title.
        title: String,
    },
    /// Whoever has it promised something else.
    Promised(PersonId, Timestamp),
    /// Whoever was rung as well has heard of it; the page stays whose it was.
    Helps(PersonId),
    /// It was acknowledged, and is still open.
    Recalled {
        /// Who had it.
        person: PersonId,
        /// They had promised to be done by now.
        promised: bool,
    },
    /// Somebody wants the next step now.
    Escalated {
        /// Who wants it.
        by: PersonId,
        /// Who had it.
        from: Option<PersonId>,
    },
    /// Somebody wants somebody rung.
    Called {
        /// Who wants it.
        by: PersonId,
        /// Who is rung.
        person: PersonId,
    },
    /// Somebody has somebody else rung instead.
    HandedOver {
        /// Who wants it.
        by: PersonId,
        /// Who is rung.
        to: PersonId,
    },
    /// The chain begins again: a new alert, or a more urgent one.
    Restarted,
    /// Somebody has it go on by the policy as it is by now.
    PolicyApplied(PersonId),
    /// Somebody says that it is not over.
    Reopened(PersonId),
    /// The chain is over. Nobody acknowledged.
    Exhausted {
        /// Whether any phone rang at all.
        reached: bool,
    },
    /// It is over: by a person, or because its last alert is.
    Closed(Option<PersonId>),
    /// It is over: its last alert is another page's.
    Emptied,
}

/// Where an alert goes that leaves a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whither {
    /// To this page.
    pub page: PageId,
    /// Its policy.
    pub policy: PolicyId,
    /// The rule that sends it there, from 1; `None`: the source itself.
    pub rule: Option<usize>,
    /// It was over, because a person had closed the page, and begins again; otherwise it is more urgent now.
    pub again: bool,
}

/// What became of telling another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It took it.
    Took {
        /// What it answered, by HTTP.
        status: u16,
        /// How often it was told until then.
        tries: u32,
    },
    /// It did not yet, and is told again.
    Again {
        /// Why not.
        why: String,
        /// When.
        at: Timestamp,
        /// By now.
        tried: Tried,
    },
    /// It did not, and is not told any more.
    GivenUp {
        /// Why not, at last.
        why: String,
        /// How often it was told.
        tries: u32,
        /// For how long.
        span: Duration,
    },
}

/// A step of a round. What is told of one is told when the chain may be further already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// The step, from 1.
    pub step: usize,
    /// The round, from 1.
    pub round: u32,
}

/// Alerts named of each delivery that has many: as many of those that join, that are over, that leave, and that are late.
const NAMED_MAX: usize = 20;

impl PageHappened {
    /// All of `happened`, but of alerts only the first; the others are counted, where the last of them was.
    #[must_use]
    pub fn in_brief(happened: Vec<Self>) -> Vec<Self> {
        Self::with_named(happened, NAMED_MAX)
    }

    /// The same without the names of any: a further part of a delivery whose first alerts were named.
    #[must_use]
    pub fn counted(happened: Vec<Self>) -> Vec<Self> {
        Self::with_named(happened, 0)
    }

    /// Whether it is news of one alert, by its name.
    #[must_use]
    pub const fn names_an_alert(&self) -> bool {
        matches!(
            self,
            Self::Joined { .. }
                | Self::Louder { .. }
                | Self::Resolved { .. }
                | Self::Left { .. }
                | Self::StillTold { .. }
        )
    }

    fn with_named(happened: Vec<Self>, most: usize) -> Vec<Self> {
        let (mut joins, mut ends, mut leaves, mut lates) = (0, 0, 0, 0);
        let mut brief = Vec::with_capacity(happened.len().min(4 * NAMED_MAX));
        let mut last = None;
        for one in happened {
            let count = match one {
                Self::Joined { .. } | Self::Louder { .. } => &mut joins,
                Self::Resolved { .. } => &mut ends,
                Self::Left { .. } => &mut leaves,
                Self::StillTold { .. } => &mut lates,
                _ => {
                    brief.push(one);
                    continue;
                }
            };
            *count += 1;
            if *count <= most {
                brief.push(one);
            } else {
                last = Some(brief.len());
            }
        }
        if let Some(last) = last {
            let more = |count: usize| count.saturating_sub(most);
            let (joined, resolved, left, late) = (more(joins), more(ends), more(leaves), more(lates));
            brief.insert(last, Self::MoreAlerts { joined, resolved, left, late });
        }
        brief
    }
}

/// `Step 1 of round 2`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step {} of round {}", self.step, self.round)
    }
}
