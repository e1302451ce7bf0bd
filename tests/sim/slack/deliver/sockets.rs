//! Open sockets, tickets for new ones, and envelopes that wait for their acknowledgement.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use callout::clock::{Busy, later};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::super::ids::random;

/// Connections of one app.
pub(super) const CONNECTIONS_MAX: usize = 10;
/// How long the address of a new connection works.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// What goes to a client.
#[derive(Debug)]
pub(in super::super) enum Out {
    Frame(Value),
    /// Time stands still until it has been answered, or a while has passed.
    Ping(Option<Busy>),
    Close,
    /// The connection is cut without a word.
    Cut,
    /// Nothing is read or said any more, and nobody notices.
    Freeze,
}

/// A connection.
pub(super) type Wire = UnboundedSender<Out>;

/// All that Socket Mode remembers.
#[derive(Debug, Default)]
pub(in super::super) struct Sockets {
    tickets: HashMap<String, Timestamp>,
    open: BTreeMap<u64, Line>,
    next: u64,
    turn: usize,
    waiting: HashMap<String, oneshot::Sender<Value>>,
    /// How many connections there were.
    pub(in super::super) count: usize,
}

#[derive(Debug)]
struct Line {
    wire: Wire,
    /// It gets no more envelopes.
    is_leaving: bool,
}

impl Sockets {
    /// The right to one connection.
    pub(in super::super) fn ticket(&mut self, now: Timestamp) -> String {
        let ticket = random(40).to_lowercase();
        self.tickets.insert(ticket.clone(), now);
        ticket
    }

    /// Uses a ticket up.
    pub(super) fn admit(&mut self, now: Timestamp, ticket: &str) -> bool {
        self.tickets.remove(ticket).is_some_and(|made| now <= later(made, TICKET_LIFE))
    }

    /// Notes a connection: its number, and how many there are with it. `None` when there are enough.
    pub(super) fn join(&mut self, wire: Wire) -> Option<(u64, usize)> {
        if self.open.len() >= CONNECTIONS_MAX {
            return None;
        }
        self.next += 1;
        self.count += 1;
        self.open.insert(self.next, Line { wire, is_leaving: false });
        Some((self.next, self.open.len()))
    }

    pub(super) fn leave(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// Whether a connection gets no more envelopes, from now on.
    pub(in super::super) fn retire(&mut self, number: u64) {
        if let Some(line) = self.open.get_mut(&number) {
            line.is_leaving = true;
        }
    }

    /// Sends an envelope over one of the connections, and waits for its acknowledgement.
    pub(super) fn send(&mut self, envelope: Value) -> Option<oneshot::Receiver<Value>> {
        let open: Vec<&Line> = self.open.values().filter(|line| !line.is_leaving).collect();
        let line = open.get(self.turn % open.len().max(1))?;
        self.turn += 1;
        let id = envelope["envelope_id"].as_str()?.to_owned();
        line.wire.send(Out::Frame(envelope)).ok()?;
        let (tell, told) = oneshot::channel();
        self.waiting.insert(id, tell);
        Some(told)
    }

    /// Takes an acknowledgement. Returns what is wrong with it.
    pub(super) fn acknowledge(&mut self, id: &str, payload: Value) -> Option<&'static str> {
        let Some(tell) = self.waiting.remove(id) else {
            return Some("is not known, or was acknowledged before");
        };
        tell.send(payload).is_err().then_some("came too late")
    }

    /// The numbers of the connections that get envelopes.
    pub(in super::super) fn numbers(&self) -> Vec<u64> {
        self.open.iter().filter(|(_, line)| !line.is_leaving).map(|(number, _)| *number).collect()
    }

    /// How many connections there are, those that get no more envelopes too.
    pub(in super::super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Says something to one connection.
    pub(in super::super) fn tell(&self, number: u64, out: Out) {
        if let Some(line) = self.open.get(&number) {
            // One that has just gone away needs not hear it.
            drop(line.wire.send(out));
        }
    }

    /// Says something to all of them.
    pub(in super::super) fn to_all(&self, make: impl Fn() -> Out) {
        for line in self.open.values() {
            drop(line.wire.send(make()));
        }
    }
}
