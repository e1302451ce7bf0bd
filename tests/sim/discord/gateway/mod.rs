//! The gateway: sessions, what they are told, and the frames that carry it.

mod frames;
mod socket;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use callout::clock::{Busy, Clock, later};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

pub(super) use frames::{invalid_session, reconnect};
pub(super) use socket::{Opening, converse};

/// Events that a session keeps for its client to resume.
const KEPT_MAX: usize = 10_000;
/// Between two Identifies.
const IDENTIFY_PACE: Duration = Duration::from_secs(5);

/// Intents: what a client wants to be told.
pub(crate) mod intents {
    pub(crate) const GUILDS: u64 = 1;
    pub(crate) const GUILD_MEMBERS: u64 = 1 << 1;
    pub(crate) const GUILD_PRESENCES: u64 = 1 << 8;
    pub(crate) const GUILD_MESSAGES: u64 = 1 << 9;
    pub(crate) const DIRECT_MESSAGES: u64 = 1 << 12;
    pub(crate) const MESSAGE_CONTENT: u64 = 1 << 15;
    /// Those that an application must be granted.
    pub(crate) const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
    /// Every bit that means something.
    pub(crate) const KNOWN: u64 = (1 << 26) - 1;
    /// Needs none: interactions.
    pub(crate) const NONE: u64 = 0;
}

/// What goes to a client.
#[derive(Debug)]
pub(super) enum Out {
    /// A frame. Simulated time stands still until the client has read an event.
    Frame(Value, Option<Busy>),
    /// A close frame.
    Close(u16, &'static str),
    /// The connection is cut without a word.
    Cut,
}

/// A connection.
pub(super) type Wire = UnboundedSender<Out>;

/// All sessions, with a client or waiting for one.
#[derive(Debug)]
pub(super) struct Sessions {
    clock: Clock,
    sessions: BTreeMap<String, Session>,
    identified: VecDeque<Timestamp>,
    count: u32,
}

#[derive(Debug)]
struct Session {
    intents: u64,
    seq: u64,
    /// Sent, and perhaps not seen.
    kept: VecDeque<(u64, Value)>,
    wire: Option<Wire>,
    /// When it lost its client.
    lost: Timestamp,
}

impl Session {
    fn tell(&mut self, event: &str, data: &Value, clock: &Clock) {
        self.seq += 1;
        let frame = json!({ "op": 0, "t": event, "s": self.seq, "d": data });
        if let Some(wire) = &self.wire {
            // A client that went away meanwhile resumes, or is gone.
            drop(wire.send(Out::Frame(frame.clone(), Some(clock.busy()))));
        }
        self.kept.push_back((self.seq, frame));
        if self.kept.len() > KEPT_MAX {
            self.kept.pop_front();
        }
    }
}

/// Why a session cannot be resumed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotResumed {
    /// There is no such session any more.
    Unknown,
    /// The client claims to have seen what was never sent.
    BadSequence,
}

impl Sessions {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, sessions: BTreeMap::new(), identified: VecDeque::new(), count: 0 }
    }

    /// Tells every session that wants to know. Returns whether a client that is connected was told.
    pub(super) fn tell(&mut self, wanted: u64, event: &str, data: &Value) -> bool {
        let mut reached = false;
        for session in self.sessions.values_mut().filter(|session| session.intents & wanted == wanted) {
            session.tell(event, data, &self.clock);
            reached |= session.wire.is_some();
        }
        reached
    }

    /// Tells one session.
    pub(super) fn tell_one(&mut self, id: &str, event: &str, data: &Value) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.tell(event, data, &self.clock);
        }
    }

    /// Whether an Identify comes too soon after the last one.
    pub(super) fn is_hasty(&self, now: Timestamp) -> bool {
        self.identified.back().is_some_and(|last| now < later(*last, IDENTIFY_PACE))
    }

    /// How often clients identified within a day.
    pub(super) fn identifies(&self) -> u32 {
        u32::try_from(self.identified.len()).unwrap_or(u32::MAX)
    }

    /// Begins a session. Returns its id.
    pub(super) fn begin(&mut self, now: Timestamp, intents: u64, wire: Wire) -> String {
        self.identified.push_back(now);
        let day = Duration::from_secs(24 * 3600);
        while self.identified.front().is_some_and(|first| now > later(*first, day)) {
            self.identified.pop_front();
        }
        self.count += 1;
        let id = format!("{:032x}", u128::from(self.count) << 64 | u128::from(rand::random::<u64>()));
        let session = Session { intents, seq: 0, kept: VecDeque::new(), wire: Some(wire), lost: now };
        self.sessions.insert(id.clone(), session);
        id
    }

    /// Gives a session a new client, which has seen everything up to `seen`.
    pub(super) fn resume(
        &mut self,
        (now, window): (Timestamp, Duration),
        id: &str,
        seen: u64,
        wire: Wire,
    ) -> Result<(), NotResumed> {
        let clock = &self.clock;
        let session = self.sessions.get_mut(id).ok_or(NotResumed::Unknown)?;
        let is_lost = session.wire.is_none() && now > later(session.lost, window);
        let first = session.kept.front().map_or(session.seq + 1, |(seq, _)| *seq);
        if is_lost || seen + 1 < first {
            self.sessions.remove(id);
            return Err(NotResumed::Unknown);
        }
        if seen > session.seq {
            return Err(NotResumed::BadSequence);
        }
        for (_, frame) in session.kept.iter().filter(|(seq, _)| *seq > seen) {
            drop(wire.send(Out::Frame(frame.clone(), Some(clock.busy()))));
        }
        if let Some(old) = session.wire.replace(wire) {
            drop(old.send(Out::Cut));
        }
        session.tell("RESUMED", &json!({ "_trace": [] }), clock);
        Ok(())
    }

    /// Notes that a session's client is gone. It may have another one by now.
    pub(super) fn lost(&mut self, id: &str, wire: &Wire, now: Timestamp) {
        if let Some(session) = self.sessions.get_mut(id)
            && session.wire.as_ref().is_some_and(|its| its.same_channel(wire))
        {
            session.wire = None;
            session.lost = now;
        }
    }

    /// Ends a session for good.
    pub(super) fn end(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    /// Ends all sessions for good; their clients are not told.
    pub(super) fn forget_all(&mut self) {
        for session in self.sessions.values_mut() {
            session.kept.clear();
            session.wire = None;
        }
        self.sessions.clear();
    }

    /// How many clients are connected.
    pub(super) fn connected(&self) -> usize {
        self.sessions.values().filter(|session| session.wire.is_some()).count()
    }

    /// Says something to every client that is connected.
    pub(super) fn to_all(&self, make: impl Fn() -> Out) {
        for wire in self.sessions.values().filter_map(|session| session.wire.as_ref()) {
            drop(wire.send(make()));
        }
    }
}
