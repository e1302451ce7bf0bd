//! How the connection to the gateway is: for `/readyz`, the metrics, the log, and what is said of a gap.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::until;

/// A server that the bot cannot be used in, and why.
type NotRegistered = Vec<(String, String)>;

/// The connection as it is now.
#[derive(Debug, Default)]
pub(super) struct Link(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    stage: Stage,
    /// The last sign of life in a session: what came after it may be lost.
    heard: Option<Timestamp>,
    not_registered: NotRegistered,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not connected yet.
    #[default]
    Starting,
    /// Interactions come.
    Up,
    /// Lost; it is tried again.
    Down(Timestamp),
    /// Discord will not have us: only an operator can help.
    Refused(String),
}

/// What a change of the connection means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing is lost.
    None,
    /// Interactions from then until now may be lost.
    Lost(Timestamp),
}

impl Link {
    /// A sign of life came.
    pub(super) fn heard(&self, now: Timestamp) {
        self.lock().heard = Some(now);
    }

    /// Whether commands can be given there.
    ///
    /// # Errors
    /// What is in the way, in one line.
    pub(super) fn ready(&self) -> Result<(), String> {
        let known = self.lock();
        match &known.stage {
            Stage::Starting => Err("the gateway of Discord is not connected yet".to_owned()),
            Stage::Down(since) => {
                Err(format!("the gateway of Discord is not connected since {since}; it is tried again"))
            }
            Stage::Refused(why) => Err(why.clone()),
            Stage::Up => match known.not_registered.first() {
                None => Ok(()),
                Some((guild, why)) => {
                    Err(format!("the commands are not registered in server {guild}: {why}"))
                }
            },
        }
    }

    /// A session began. Returns what the one before it may have lost.
    pub(super) fn began(&self, now: Timestamp) -> Gap {
        let mut known = self.lock();
        known.stage = Stage::Up;
        known.heard.replace(now).map_or(Gap::None, Gap::Lost)
    }

    /// The session goes on: what was missed has been brought after.
    pub(super) fn resumed(&self, now: Timestamp) {
        let mut known = self.lock();
        known.stage = Stage::Up;
        known.heard = Some(now);
    }

    /// Returns whether that is news.
    pub(super) fn lost(&self, now: Timestamp) -> bool {
        let mut known = self.lock();
        let is_news = known.stage == Stage::Up;
        if is_news {
            known.stage = Stage::Down(now);
        }
        is_news
    }

    /// Only an operator can help.
    pub(super) fn refused(&self, why: String) {
        self.lock().stage = Stage::Refused(why);
    }

    /// Whether commands arrive now.
    pub(super) fn is_up(&self) -> bool {
        self.lock().stage == Stage::Up
    }

    /// How long ago the last sign of life was; zero before the first.
    pub(super) fn silent_for(&self, now: Timestamp) -> Duration {
        self.lock().heard.map_or(Duration::ZERO, |heard| until(heard, now))
    }

    pub(super) fn registered(&self, not_registered: NotRegistered) {
        self.lock().not_registered = not_registered;
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
    fn a_new_session_after_another_has_a_gap_and_a_resumed_one_has_none() {
        let link = Link::default();
        assert!(link.ready().is_err() && !link.is_up());
        assert_eq!(link.began(at(10)), Gap::None);
        assert_eq!(link.ready(), Ok(()));
        link.heard(at(50));
        assert!(link.lost(at(60)) && !link.lost(at(61)));
        insta::assert_snapshot!(link.ready().unwrap_err(), @"the gateway of Discord is not connected since 1970-01-01T00:01:00Z; it is tried again");
        link.resumed(at(62));
        assert_eq!((link.ready(), link.silent_for(at(70))), (Ok(()), Duration::from_secs(8)));
        assert!(link.lost(at(80)));
        assert_eq!(link.began(at(90)), Gap::Lost(at(62)));
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        let link = Link::default();
        link.began(at(1));
        link.registered(vec![("77".into(), "Missing Access".into())]);
        insta::assert_snapshot!(link.ready().unwrap_err(), @"the commands are not registered in server 77: Missing Access");
        link.registered(Vec::new());
        link.refused("no".into());
        assert_eq!(link.ready(), Err("no".into()));
    }
}
