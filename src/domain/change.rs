//! What is committed together: rows, effects (to do outside), timers (due later).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alert::Alert;
pub use super::ask::Ask;
pub use super::audit::Audit;
use super::call::{Call, TimelineEntry};
use super::ids::{CallId, CardId, DeliveryKey, OverrideId, PageId, PersonId, PolicyId, UserId, WebhookId};
use super::inbound::Receipt;
use super::link::Linking;
use super::oncall::Laid;
use super::page::{Page, PageEntry};
use super::person::{ChatUser, Link, QuietChoice};
use super::report::{CardState, Place};
use super::webhook::{Telling, Tried};

/// One transaction. All of it becomes durable, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The delivery that caused it. Known before: the commit fails with `Duplicate`.
    pub delivery: Option<Delivery>,
    /// Calls as they shall be. [`Call::version`] is what was loaded (0: new); the store counts it up, and
    /// fails with `Conflict` when the row has moved on.
    pub calls: Vec<Call>,
    /// Lines for timelines.
    pub timeline: Vec<(CallId, TimelineEntry)>,
    /// Cards as they shall be; one that is [`CardState::retired`] is deleted.
    pub cards: Vec<CardState>,
    /// Cards as they were shown. A board that was removed meanwhile stays away.
    pub shown: Vec<CardState>,
    /// Questions asked.
    pub asks: Vec<Ask>,
    /// Questions answered; one that is gone already makes the commit fail with `Conflict`.
    pub answered: Vec<CardId>,
    /// What it says of people. Boxed: few changes do, and a change is handed on often.
    pub people: Option<Box<PeopleChange>>,
    /// What it says of schedules. Boxed as the people are.
    pub duty: Option<Box<DutyChange>>,
    /// What it says of pages. Boxed as the people are.
    pub pages: Option<Box<PageChange>>,
    /// Limits used.
    pub spent: Vec<Spent>,
    /// To do outside. An effect of the same id that waits already is replaced, and its revision counted up.
    pub effects: Vec<EffectRow>,
    /// Effects carried out, by id and revision: one that was asked for again meanwhile stays.
    pub done: Vec<(String, i64)>,
    /// Due later. A timer of the same id is replaced.
    pub timers: Vec<TimerRow>,
    /// Timers that are over, by id and the instant they were due: one that was armed anew stays.
    pub fired: Vec<(String, Timestamp)>,
    /// Timers that are not wanted any more, by id.
    pub disarmed: Vec<String>,
}

/// What a change says of schedules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DutyChange {
    /// New changes of schedules; one whose id is there already, over or not, makes the commit fail with `Conflict`.
    pub laid: Vec<Laid>,
    /// Known ones with another span, which keep their place; one that is gone is a `Conflict`.
    pub moved: Vec<Laid>,
    /// Changes of schedules that are taken back; one that is gone already makes the commit fail with `Conflict`.
    pub lifted: Vec<OverrideId>,
}

/// What a change says of pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageChange {
    /// Pages as they shall be. [`Page::version`] works as a call's; a new one, or one opened again, also fails with
    /// `Conflict` when an open one of its source, policy and group is there.
    pub pages: Vec<Page>,
    /// Lines for their timelines.
    pub lines: Vec<(PageId, PageEntry)>,
    /// Alerts as they shall be. [`Alert::version`] works as a call's.
    pub alerts: Vec<Alert>,
    /// Turns that were taken.
    pub turns: Vec<Turns>,
    /// What webhooks are to be told; one whose id is there already is left as it is.
    pub tellings: Vec<Telling>,
    /// Of these, by id, that were tried in vain.
    pub tried: Vec<(String, Tried)>,
    /// Of these, by id, that were told, or given up.
    pub told: Vec<String>,
}

/// The turns of a policy, of which its new pages take some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns {
    /// Whose.
    pub policy: PolicyId,
    /// The first one taken. Taken already: the commit fails with `Conflict`.
    pub from: u64,
    /// The next that is free.
    pub to: u64,
}

/// What a change says of people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleChange {
    /// What waits for chat users to be linked, as it shall be. [`Linking::version`] works as a call's.
    pub linkings: Vec<Linking>,
    /// Chat users linked. A link of the same user is replaced, and so is the person's other one in that chat.
    pub links: Vec<Link>,
    /// Chat users linked no more, and to whom they are: one who is linked to somebody else by now, or to nobody, makes
    /// the commit fail with `Conflict`.
    pub unlinked: Vec<(ChatUser, PersonId)>,
    /// What people chose about being disturbed.
    pub choices: Vec<(PersonId, QuietChoice)>,
    /// What admins may want to know.
    pub audit: Vec<Audit>,
}

/// A delivery, and what was answered to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Unique.
    pub key: DeliveryKey,
    /// When it came.
    pub at: Timestamp,
    /// What was answered; a repeat gets the same.
    pub receipt: Receipt,
}

/// Before the key of a use that was none. No key begins so.
const BACK: &str = "back:";

/// One use of a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    /// When the command arrived.
    pub at: Timestamp,
    /// Whose limit, as the limiter keys it: `caller:ana`, `callee:jack`; behind `back:`, a use that was none after all.
    pub key: String,
}

impl Spent {
    /// Says that this use was none.
    #[must_use]
    pub fn back(self) -> Self {
        Self { key: format!("{BACK}{}", self.key), ..self }
    }

    /// The use that this says was none; `None`: it is a use.
    #[must_use]
    pub fn given_back(&self) -> Option<Self> {
        let key = self.key.strip_prefix(BACK)?;
        Some(Self { at: self.at, key: key.to_owned() })
    }
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Ask the engine to ring, for a person who asked for it by hand.
    Dial(CallId),
    /// Ask the engine to ring, for a page: nothing else is waited for.
    DialForPage(CallId),
    /// Ask the engine to end the call.
    EndCall(CallId),
    /// Let a page decide: something became of one of its calls.
    Advance(PageId),
    /// Have a call's announcement spoken, before anybody answers.
    Speak(CallId),
    /// Play a call's announcement into its room.
    StartFeed(CallId),
    /// Play it from the beginning again.
    RestartFeed(CallId),
    /// End it.
    StopFeed(CallId),
    /// Bring a card and its thread up to date in its chat.
    Report {
        /// The card.
        card: CardId,
        /// The chat it lives in: each has a queue of its own.
        chat: String,
    },
    /// Take a posted card away.
    TakeDown {
        /// The card.
        card: CardId,
        /// Where it is.
        place: Place,
        /// The chat's id of the message.
        message: String,
    },
    /// Pin a posted card, where its chat pins it.
    Pin {
        /// The card.
        card: CardId,
        /// Where it is.
        place: Place,
        /// The chat's id of the message.
        message: String,
    },
    /// Tell a channel something that concerns the bot itself.
    Tell {
        /// Unique: the message is a card that never changes.
        card: CardId,
        /// Where.
        place: Place,
        /// What, escaped.
        text: String,
    },
    /// Tell one user something in private.
    Whisper {
        /// Unique.
        key: DeliveryKey,
        /// Where they are.
        place: Place,
        /// Who, by the chat's own id.
        to: UserId,
        /// What, with the buttons of a question.
        said: Receipt,
    },
    /// Tell another program what waits to be told of a page, the first of it: see [`PageChange::tellings`].
    Post {
        /// Which program.
        webhook: WebhookId,
        /// The page.
        page: PageId,
    },
}

/// Something due later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// By now the ring must be over: find out how it went.
    RingOver(CallId),
    /// Fetch the record of a call that is over.
    Record(CallId),
    /// See whether a call's announcement still plays.
    Feed(CallId),
    /// See whether a call that ended because there was no record has one by now.
    LateRecord(CallId),
    /// Let a page decide: a step is over, somebody is rung again, a hold ends, a promise is due.
    Page(PageId),
}

/// An effect as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRow {
    /// What.
    pub effect: Effect,
    /// Not before.
    pub due: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The commit that wrote it: a later one's is higher. Ignored on writing.
    pub rev: i64,
    /// Who does it at once: `(owner, until)`. `None`: whoever claims it.
    pub lease: Option<(String, Timestamp)>,
}

/// A timer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// What.
    pub timer: Timer,
    /// When.
    pub due: Timestamp,
    /// The commit that armed it, or the claim that found it: a later one's is higher. Not written.
    pub rev: i64,
    /// Who watches it: `(owner, until)`. `None`: whoever claims it.
    pub lease: Option<(String, Timestamp)>,
}

impl Effect {
    /// What rings the phones of `call`.
    #[must_use]
    pub fn dial(call: &Call) -> Self {
        match call.page() {
            Some(_) => Self::DialForPage(call.id.clone()),
            None => Self::Dial(call.id.clone()),
        }
    }

    /// Unique for what it does: asking twice does it once.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Dial(call) | Self::DialForPage(call) => format!("dial:{call}"),
            Self::EndCall(call) => format!("end:{call}"),
            Self::Advance(page) => format!("advance:{page}"),
            Self::Speak(call) => format!("speak:{call}"),
            Self::StartFeed(call) => format!("start_feed:{call}"),
            Self::RestartFeed(call) => format!("restart_feed:{call}"),
            Self::StopFeed(call) => format!("stop_feed:{call}"),
            Self::Report { card, .. } => format!("report:{card}"),
            Self::TakeDown { card, .. } => format!("take_down:{card}"),
            Self::Pin { card, .. } => format!("pin:{card}"),
            Self::Tell { card, .. } => format!("tell:{card}"),
            Self::Whisper { key, .. } => format!("whisper:{key}"),
            Self::Post { webhook, page } => format!("post:{page}:{webhook}"),
        }
    }

    /// The queues beside the chats': of the engine, for dials by hand, for pages and for hang-ups; of its cloud, for
    /// texts and for feeds; and that of pages that decide.
    pub const QUEUES: [&str; 6] = ["dials", "pages", "hang-ups", "texts", "feeds", "chains"];

    /// The webhook whose it is. Such an effect waits in the store until its webhook has room for it, and for nothing else.
    #[must_use]
    pub const fn webhook(&self) -> Option<&WebhookId> {
        match self {
            Self::Post { webhook, .. } => Some(webhook),
            _ => None,
        }
    }

    /// The queue that carries it out: one of [`QUEUES`](Self::QUEUES), or its chat's, so that none delays another. What is a
    /// [`webhook`](Self::webhook)'s is in none.
    #[must_use]
    pub fn queue(&self) -> &str {
        let [dials, pages, hang_ups, texts, feeds, chains] = Self::QUEUES;
        match self {
            Self::Dial(_) => dials,
            Self::DialForPage(_) => pages,
            Self::EndCall(_) => hang_ups,
            Self::Advance(_) => chains,
            Self::Speak(_) => texts,
            Self::StartFeed(_) | Self::RestartFeed(_) | Self::StopFeed(_) => feeds,
            Self::Post { .. } => "webhooks",
            Self::Report { chat, .. } => chat,
            Self::TakeDown { place, .. }
            | Self::Pin { place, .. }
            | Self::Tell { place, .. }
            | Self::Whisper { place, .. } => &place.chat,
        }
    }
}

impl Timer {
    /// Unique for what it waits for: arming twice moves it.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::RingOver(call) => format!("ring_over:{call}"),
            Self::Record(call) => format!("record:{call}"),
            Self::Feed(call) => format!("feed:{call}"),
            Self::LateRecord(call) => format!("late_record:{call}"),
            Self::Page(page) => format!("page:{page}"),
        }
    }
}

impl Change {
    /// Adds an effect, not before `due`.
    pub fn act(&mut self, effect: Effect, due: Timestamp) {
        self.effects.push(EffectRow { effect, due, attempts: 0, rev: 0, lease: None });
    }

    /// What it says of people, to be added to.
    pub fn people(&mut self) -> &mut PeopleChange {
        self.people.get_or_insert_default()
    }

    /// What it says of pages, to be added to.
    pub fn pages(&mut self) -> &mut PageChange {
        self.pages.get_or_insert_default()
    }

    /// Adds a timer.
    pub fn arm(&mut self, timer: Timer, due: Timestamp) {
        self.timers.push(TimerRow { timer, due, rev: 0, lease: None });
    }
}
