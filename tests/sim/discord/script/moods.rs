//! The platform's moods, and what it remembers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::Discord;
use super::super::faults::Fault;
use super::super::gateway::{Out, invalid_session, reconnect};
use super::super::journal::Exchange;
use super::super::settings::Settings;

impl Discord {
    /// With the next `times` requests of `pattern` (`PATCH /channels/*/messages/*`, `* *`), this goes wrong.
    pub(crate) fn next(&self, pattern: &str, times: u32, fault: Fault) {
        self.faults.lock().unwrap().add(pattern, times, fault);
    }

    /// Nothing more goes wrong.
    pub(crate) fn clear_faults(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// Changes what can be chosen.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Settings)) {
        self.change(|state| change(&mut state.settings));
    }

    /// Interactions are delivered without these fields (`locale`, `member.permissions`). None: whole again.
    pub(crate) fn leave_out(&self, paths: &[&str]) {
        self.change(|state| state.left_out = paths.iter().map(|path| (*path).to_owned()).collect());
    }

    /// All connections of the gateway are cut without a word.
    pub(crate) fn drop_ws(&self) {
        self.change(|state| state.sessions.to_all(|| Out::Cut));
    }

    /// The gateway closes all connections with a code.
    pub(crate) fn close_ws(&self, code: u16) {
        self.change(|state| state.sessions.to_all(|| Out::Close(code, "")));
    }

    /// Asks all clients to connect again.
    pub(crate) fn op7(&self) {
        self.change(|state| state.sessions.to_all(|| Out::Frame(reconnect(), None)));
    }

    /// Tells all clients that their session is invalid; unless it `is_resumable`, it is over.
    pub(crate) fn op9(&self, is_resumable: bool) {
        self.change(|state| {
            state.sessions.to_all(|| Out::Frame(invalid_session(is_resumable), None));
            if !is_resumable {
                state.sessions.forget_all();
            }
        });
    }

    /// The owner makes a new token; the old one is worth nothing.
    pub(crate) fn revoke_token(&self) {
        self.change(|state| {
            state.app.token = format!("{}-new", state.app.token);
            state.sessions.to_all(|| Out::Close(4004, "Authentication failed."));
            state.sessions.forget_all();
        });
    }

    /// Nobody is at home: connections are cut and refused.
    pub(crate) fn go_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        self.drop_ws();
    }

    /// At home again, on the same port.
    pub(crate) fn come_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }

    /// How many clients are connected to the gateway.
    pub(crate) fn connected(&self) -> usize {
        self.look(|state| state.sessions.connected())
    }

    /// Returns as soon as `count` clients are connected and have a session.
    pub(crate) async fn until_connected(&self, count: usize) {
        self.until("a connected client", |discord| (discord.connected() == count).then_some(())).await;
    }

    /// How many sessions were begun; a session that is resumed is not a new one.
    pub(crate) fn identifies(&self) -> u32 {
        self.look(|state| state.sessions.identifies())
    }

    /// With which codes clients were thrown out of the gateway.
    pub(crate) fn closes(&self) -> Vec<u16> {
        self.closes.lock().unwrap().clone()
    }

    /// Every request and answer so far.
    pub(crate) fn journal(&self) -> Vec<Exchange> {
        self.journal.lock().unwrap().clone()
    }

    /// Those of a pattern.
    pub(crate) fn requests(&self, pattern: &str) -> Vec<Exchange> {
        self.journal.lock().unwrap().iter().filter(|exchange| exchange.is(pattern)).cloned().collect()
    }

    /// Clients send their heartbeats this often from their next connection on. In real time.
    pub(crate) fn beat_every(&self, interval: Duration) {
        self.set(|settings| settings.heartbeat_interval = interval);
    }

    /// Heartbeats are acknowledged, or not.
    pub(crate) fn acknowledge_heartbeats(&self, acks: bool) {
        self.set(|settings| settings.heartbeat_acks = acks);
    }
}
