//! A page played by hand: phones and limits that do as they are told.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;
use crate::domain::call::{Call, CallEvent, Caller, Media, NewCall, Outcome, Purpose, Record, Verdict};
use crate::domain::escalation::{Policy, Redial, Scene, Step, Target};
use crate::domain::ids::{Account, EngineCallId, PageId, PersonId, PolicyId};
use crate::domain::oncall::{Overrides, Schedules};
use crate::domain::page::{
    Asked, Deck, Moved, NewPage, Notice, Opener, Page, PageState, Turnstile, Urgency, Verdict as Says,
};
use crate::domain::person::Directory;
use crate::domain::report::{Place, page_story};

/// Limits that a test sets.
#[derive(Default)]
pub(super) struct Gate {
    /// Who may not be rung before when.
    pub(super) held: HashMap<&'static str, u64>,
    /// Held by the first limit only.
    pub(super) first_only: HashSet<&'static str>,
    /// Who is not in the file.
    pub(super) unlisted: HashSet<&'static str>,
    /// Whom no chat knows.
    pub(super) unwritable: HashSet<&'static str>,
    pub(super) now: Duration,
}

impl Turnstile for Gate {
    fn is_listed(&self, person: &PersonId) -> bool {
        !self.unlisted.contains(person.as_str())
    }

    fn can_write(&self, person: &PersonId) -> bool {
        !self.unwritable.contains(person.as_str())
    }

    fn ask(&mut self, asked: &Asked<'_>) -> Says {
        let until = self.held.get(asked.person.as_str()).copied().map(Duration::from_secs);
        match until.filter(|until| *until > self.now) {
            None => Says::Rings,
            Some(_) if asked.beyond && self.first_only.contains(asked.person.as_str()) => {
                Says::Beyond("3/15m".to_owned())
            }
            Some(until) => Says::Held(at(until), "3/15m".to_owned()),
        }
    }

    fn force(&mut self, _person: &PersonId) {}
}

/// `after` the start.
pub(super) fn at(after: Duration) -> Timestamp {
    later(Timestamp::UNIX_EPOCH, after)
}

pub(super) fn step(ring: &[&str], wait: u64, redial: Option<(u32, u64)>) -> Step {
    Step {
        ring: ring.iter().map(|target| Target::read(target)).collect(),
        post: Vec::new(),
        wait: Duration::from_secs(wait),
        redial: redial.map(|(times, after)| Redial { times, after: Duration::from_secs(after) }),
        ..Step::default()
    }
}

pub(super) fn policy(repeat: u32, steps: Vec<Step>) -> Policy {
    Policy { id: PolicyId::new("p"), repeat, ack_timeout: None, owner: None, steps }
}

/// A page under way.
pub(super) struct Played {
    pub(super) page: Page,
    pub(super) calls: Vec<Call>,
    pub(super) gate: Gate,
    pub(super) now: Duration,
    /// The engine takes its time to say that a phone was stopped: a test says when.
    pub(super) is_slow: bool,
    /// Every ring, as `+75s jack`.
    pub(super) rung: Vec<String>,
    /// Every line of the timeline.
    pub(super) told: Vec<String>,
    pub(super) notices: Vec<Notice>,
    /// Ids of what programs were told.
    pub(super) posted: Vec<String>,
}

impl Played {
    pub(super) fn of(policy: Policy) -> Self {
        Self::with(policy, Gate::default())
    }

    pub(super) fn with(policy: Policy, gate: Gate) -> Self {
        Self::begun(policy, gate, |_| {})
    }

    /// One that begins as `differs` says.
    pub(super) fn begun(policy: Policy, gate: Gate, differs: impl FnOnce(&mut NewPage)) -> Self {
        let mut new = NewPage {
            id: PageId::new("p1"),
            by: Opener::Person(PersonId::new("ana")),
            policy,
            group: String::new(),
            urgency: Urgency::High,
            title: "db is down".to_owned(),
            places: vec![Place { chat: "desk".into(), channel: "main".into(), thread: None }],
            alerts: Vec::new(),
            nth: 0,
            rest: None,
        };
        differs(&mut new);
        let moved = Page::open(new, at(Duration::ZERO));
        let mut played = Self {
            page: moved.page.clone(),
            calls: Vec::new(),
            gate,
            now: Duration::ZERO,
            is_slow: false,
            rung: Vec::new(),
            told: Vec::new(),
            notices: Vec::new(),
            posted: Vec::new(),
        };
        played.settle(moved);
        played
    }

    /// Does `verb`, and lets the page decide.
    pub(super) fn does<T>(&mut self, verb: impl FnOnce(&mut Moved, &mut Deck<'_>, Timestamp) -> T) -> T {
        let mut moved = Moved::of(self.page.clone());
        let (schedules, overrides) = (Schedules::default(), Overrides::default());
        let people = Directory::default();
        let ring = Duration::from_secs(45);
        let scene = Scene { schedules: &schedules, overrides: &overrides, people: &people, ring };
        self.gate.now = self.now;
        let said = verb(&mut moved, &mut Deck { scene, gate: &mut self.gate }, at(self.now));
        self.settle(moved);
        said
    }

    pub(super) fn decide(&mut self) {
        self.settle(Moved::of(self.page.clone()));
    }

    fn settle(&mut self, mut moved: Moved) {
        let (schedules, overrides) = (Schedules::default(), Overrides::default());
        let people = Directory::default();
        let ring = Duration::from_secs(45);
        let scene = Scene { schedules: &schedules, overrides: &overrides, people: &people, ring };
        self.gate.now = self.now;
        moved.play(&self.calls, &mut Deck { scene, gate: &mut self.gate }, at(self.now));
        self.page = moved.page;
        let told =
            moved.happened.iter().map(|happened| page_story(&self.page, happened, at(self.now)).detail);
        self.told.extend(told);
        self.notices.extend(moved.notices);
        self.posted.extend(moved.tell.iter().map(|telling| telling.id(&self.page.id)));
        for id in moved.place {
            let ring = self.page.rings.iter().find(|ring| ring.call == id).expect("it is one of the page's");
            self.rung.push(format!("+{}s {}", self.now.as_secs(), ring.person));
            let account = Account::new(ring.person.as_str());
            let new = NewCall {
                id,
                by: Caller::Page(self.page.id.clone()),
                purpose: Purpose::Talk,
                place: Place::direct("desk"),
                media: Media::Audio,
                note: None,
                reason: None,
                ring: Duration::from_secs(45),
                callees: vec![(ring.person.clone(), account)],
                announcement: None,
                duties: Vec::new(),
            };
            self.calls.push(Call::place(new, at(self.now)));
        }
        for id in moved.end {
            let by = Caller::Page(self.page.id.clone());
            let id = id.to_string();
            self.tell_call(&id, CallEvent::HangUp(by));
            let rang =
                |call: &Call| call.id.as_str() == id && call.engine_call_id.is_some() && !call.has_ended();
            if !self.is_slow && self.calls.iter().any(rang) {
                self.record(&id, Outcome::Cancelled);
                self.decide();
            }
        }
    }

    fn tell_call(&mut self, id: &str, event: CallEvent) {
        let now = at(self.now);
        let call =
            self.calls.iter_mut().find(|call| call.id.as_str() == id).expect("it is one of the page's");
        if let Some(applied) = call.apply(event, now) {
            *call = applied.call;
        }
    }

    /// The last call to `person`.
    pub(super) fn call(&self, person: &str) -> &Call {
        let theirs = |call: &&Call| call.legs[0].person.as_str() == person;
        self.calls.iter().rev().find(theirs).expect("they were rung")
    }

    pub(super) fn tell(&mut self, person: &str, events: impl IntoIterator<Item = CallEvent>) {
        let id = self.call(person).id.to_string();
        events.into_iter().for_each(|event| self.tell_call(&id, event));
        self.decide();
    }

    /// Their phone rings.
    pub(super) fn rings(&mut self, person: &str) {
        let engine = EngineCallId::new(format!("e-{}", self.call(person).id));
        self.tell(person, [CallEvent::Sending, CallEvent::Dialed(Some(engine), Vec::new())]);
    }

    pub(super) fn answers(&mut self, person: &str) {
        self.tell(person, [CallEvent::Answered(Account::new(person))]);
    }

    /// The ring, which rang, is over.
    pub(super) fn ends(&mut self, person: &str, outcome: Outcome) {
        let id = self.call(person).id.to_string();
        self.ends_call(&id, outcome);
    }

    pub(super) fn ends_call(&mut self, id: &str, outcome: Outcome) {
        let engine = EngineCallId::new(format!("e-{id}"));
        for event in [CallEvent::Sending, CallEvent::Dialed(Some(engine), Vec::new())] {
            if self.calls.iter().any(|call| call.id.as_str() == id && call.engine_call_id.is_none()) {
                self.tell_call(id, event);
            }
        }
        self.record(id, outcome);
        self.decide();
    }

    fn record(&mut self, id: &str, outcome: Outcome) {
        let verdict = match outcome {
            Outcome::Declined => Verdict::Declined,
            Outcome::Busy => Verdict::Busy,
            Outcome::Offline | Outcome::Dropped => Verdict::Offline,
            Outcome::NoAnswer => Verdict::RangOut,
            Outcome::Cancelled => Verdict::Cancelled,
            Outcome::Unknown => Verdict::Other("odd".to_owned()),
            Outcome::Completed | Outcome::Failed => Verdict::Normal,
        };
        let call = self.calls.iter().find(|call| call.id.as_str() == id).expect("it is one of the page's");
        let record = Record {
            call: call.engine_call_id.clone().expect("it rang"),
            room: Some(call.room.clone()),
            callees: call.callees(),
            started_at: call.placed_at,
            answered_at: call.answered_at,
            ended_at: at(self.now),
            verdict,
        };
        self.tell_call(id, CallEvent::Ended(record));
    }

    /// Lets time pass, waking the page whenever it asked for it.
    pub(super) fn until(&mut self, seconds: u64) {
        let to = Duration::from_secs(seconds);
        while let Some(wake) = self.page.wake().filter(|wake| *wake <= at(to)) {
            let wake = crate::clock::until(Timestamp::UNIX_EPOCH, wake);
            assert!(wake > self.now || self.rung.is_empty(), "it asks to be woken at once, for ever");
            self.now = wake;
            self.decide();
        }
        self.now = to;
    }

    pub(super) fn is(&self, state: PageState) -> bool {
        self.page.state == state
    }

    /// Lets every phone that is dialled ring out after 45 s, until the chain is over.
    pub(super) fn nobody_answers(&mut self) {
        for _ in 0..100_000 {
            let is_fresh = |call: &&Call| call.dialed_at.is_none() && !call.has_ended();
            let fresh: Vec<String> =
                self.calls.iter().filter(is_fresh).map(|call| call.legs[0].person.to_string()).collect();
            fresh.iter().for_each(|person| self.rings(person));
            let open = self.calls.iter().filter(|call| !call.has_ended());
            let out = open.filter_map(|call| Some((call.rings_until()?, call.id.to_string()))).min();
            match (out, self.page.wake()) {
                (Some((end, id)), wake) if wake.is_none_or(|wake| end <= wake) => {
                    self.now = self.now.max(crate::clock::until(Timestamp::UNIX_EPOCH, end));
                    self.ends_call(&id, Outcome::NoAnswer);
                }
                (_, Some(wake)) => {
                    self.now = crate::clock::until(Timestamp::UNIX_EPOCH, wake);
                    self.decide();
                }
                _ => return,
            }
        }
        panic!("it never ends");
    }
}

/// No dial went through, the engine says; nobody was told of it before.
pub(super) fn no_dial(people: Vec<PersonId>, why: Option<&str>) -> Notice {
    Notice::NoDial { people, know: Vec::new(), why: why.map(str::to_owned) }
}
