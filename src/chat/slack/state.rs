//! How Slack is to be reached: for `/readyz`, the metrics, the log, and what is said of a gap.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{later, until};

/// Scopes without which nothing can be asked or shown. For want of others something is missing, and no more.
const VITAL: [&str; 2] = ["chat:write", "commands"];
/// Between two looks at what the token lacks.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// The way in as it is now.
#[derive(Debug, Default)]
pub(super) struct State(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    socket: Socket,
    /// The last sign of life of a socket: what came after it may be lost.
    heard: Option<Timestamp>,
    /// Scopes that the bot's token lacks.
    lacks: Vec<&'static str>,
    /// When that was asked.
    asked: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Socket {
    /// Commands come over HTTP alone.
    #[default]
    Off,
    /// Not connected yet.
    Starting,
    /// Commands come.
    Up,
    /// Lost; it is tried again.
    Down(Timestamp),
    /// Slack will not have us: only an operator can help.
    Refused(String),
}

impl State {
    /// Socket Mode is to be served.
    pub(super) fn starts(&self) {
        self.lock().socket = Socket::Starting;
    }

    /// A sign of life came. Before a socket is there it is none: what was lost until then is still to be said.
    pub(super) fn heard(&self, now: Timestamp) {
        let mut known = self.lock();
        if known.socket == Socket::Up {
            known.heard = Some(now);
        }
    }

    /// A socket is there. Returns since when something may be lost, if the one before it was.
    pub(super) fn connected(&self, now: Timestamp) -> Option<Timestamp> {
        let mut known = self.lock();
        let was_down = matches!(known.socket, Socket::Down(_) | Socket::Refused(_));
        known.socket = Socket::Up;
        known.heard.replace(now).filter(|_| was_down)
    }

    /// The last socket is gone. Returns whether that is news.
    pub(super) fn lost(&self, now: Timestamp) -> bool {
        let mut known = self.lock();
        let is_news = known.socket == Socket::Up;
        if is_news {
            known.socket = Socket::Down(now);
        }
        is_news
    }

    /// Only an operator can help. Returns whether that is news.
    pub(super) fn refused(&self, why: String) -> bool {
        let refused = Socket::Refused(why);
        let before = std::mem::replace(&mut self.lock().socket, refused.clone());
        before != refused
    }

    /// What the bot's token lacks, as it is said now.
    pub(super) fn lacks(&self, scopes: Vec<&'static str>, now: Timestamp) {
        let mut known = self.lock();
        (known.lacks, known.asked) = (scopes, Some(now));
    }

    /// Whether it is time to ask again what the token lacks: the app may have been installed again.
    pub(super) fn is_to_be_asked(&self, now: Timestamp) -> bool {
        let known = self.lock();
        let lacks_some = known.lacks.iter().any(|scope| VITAL.contains(scope));
        known.asked.is_some_and(|asked| lacks_some && later(asked, ASK_AGAIN) <= now)
    }

    /// Whether commands can be given there, and answered.
    ///
    /// # Errors
    /// What is in the way, in one line.
    /// Commands may come over HTTP as well, by `has_doors`: then no socket is needed for them.
    pub(super) fn ready(&self, has_doors: bool) -> Result<(), String> {
        let known = self.lock();
        match &known.socket {
            _ if has_doors => {}
            Socket::Starting => return Err("the socket of Slack is not connected yet".to_owned()),
            Socket::Down(since) => {
                return Err(format!("the socket of Slack is not connected since {since}; it is tried again"));
            }
            Socket::Refused(why) => return Err(why.clone()),
            Socket::Off | Socket::Up => {}
        }
        let lacks: Vec<&str> = known.lacks.iter().copied().filter(|scope| VITAL.contains(scope)).collect();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(format!("the app lacks scopes: add {} and install it again", lacks.join(", ")))
    }

    /// Whether a socket is there; `None`: none is wanted.
    pub(super) fn is_up(&self) -> Option<bool> {
        match &self.lock().socket {
            Socket::Off => None,
            socket => Some(*socket == Socket::Up),
        }
    }

    /// How long ago the last sign of life was; zero before the first.
    pub(super) fn silent_for(&self, now: Timestamp) -> Duration {
        self.lock().heard.map_or(Duration::ZERO, |heard| until(heard, now))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_gap_begins_at_the_last_sign_of_life() {
        let state = State::default();
        assert_eq!((state.ready(false), state.is_up()), (Ok(()), None));
        state.starts();
        assert!(state.ready(false).is_err());
        assert_eq!(state.connected(at(10)), None);
        state.heard(at(50));
        assert_eq!(state.connected(at(55)), None, "a second socket before the first is gone leaves no gap");
        state.heard(at(60));
        assert!(state.lost(at(70)) && !state.lost(at(71)));
        insta::assert_snapshot!(state.ready(false).unwrap_err(), @"the socket of Slack is not connected since 1970-01-01T00:01:10Z; it is tried again");
        state.heard(at(89));
        assert_eq!(state.connected(at(90)), Some(at(60)), "its own greeting does not hide the gap");
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        let state = State::default();
        state.lacks(vec!["im:write", "pins:write"], at(0));
        assert_eq!(
            (state.ready(false), state.is_to_be_asked(at(99))),
            (Ok(()), false),
            "for want of a pin nothing stands still"
        );
        state.lacks(vec!["chat:write", "pins:write"], at(0));
        insta::assert_snapshot!(state.ready(false).unwrap_err(), @"the app lacks scopes: add chat:write and install it again");
        assert!(!state.is_to_be_asked(at(59)) && state.is_to_be_asked(at(60)));
        state.lacks(Vec::new(), at(60));
        assert!(state.refused("no".into()) && !state.refused("no".into()), "said once");
        assert_eq!(state.ready(false), Err("no".into()));
        assert_eq!(state.ready(true), Ok(()), "commands come over HTTP");
    }
}
