//! How the connection to the gateway is: for `/readyz`, the metrics, the log, and what is said of a gap.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::until;

/// After another process was met that uses the same token, this long none may be met before it is taken for gone.
const SHARED_FOR: Duration = Duration::from_secs(900);

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
    /// When another process had answered before us.
    shared: Option<Timestamp>,
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
    pub(super) fn ready(&self, now: Timestamp) -> Result<(), String> {
        let known = self.lock();
        match &known.stage {
            Stage::Starting => Err("the gateway of Discord is not connected yet".to_owned()),
            Stage::Down(since) => {
                Err(format!("the gateway of Discord is not connected since {since}; it is tried again"))
            }
            Stage::Refused(why) => Err(why.clone()),
            Stage::Up if known.is_shared(now) => Err(SHARED.to_owned()),
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

    /// Another process had answered before us. Returns whether that is news.
    pub(super) fn shared(&self, now: Timestamp) -> bool {
        let mut known = self.lock();
        let is_news = !known.is_shared(now);
        known.shared = Some(now);
        is_news
    }

    /// Since when interactions may be lost, if the session ends now; `None`: there was none.
    pub(super) fn last_heard(&self) -> Option<Timestamp> {
        self.lock().heard
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

    /// Whether it was not known that this server's commands are not registered for this reason.
    pub(super) fn is_news(&self, guild: &str, why: &str) -> bool {
        !self.lock().not_registered.iter().any(|(known, reason)| known == guild && reason == why)
    }

    pub(super) fn registered(&self, not_registered: NotRegistered) {
        self.lock().not_registered = not_registered;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_shared(&self, now: Timestamp) -> bool {
        self.shared.is_some_and(|at| until(at, now) < SHARED_FOR)
    }
}

/// Another process carries out the same commands.
pub(super) const SHARED: &str = "another process answers with the same DISCORD_TOKEN, and each command may ring twice: stop one of the two";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_new_session_after_another_has_a_gap_and_a_resumed_one_has_none() {
        let link = Link::default();
        assert!(link.ready(at(70)).is_err() && !link.is_up());
        assert_eq!(link.began(at(10)), Gap::None);
        assert_eq!(link.ready(at(70)), Ok(()));
        link.heard(at(50));
        assert!(link.lost(at(60)) && !link.lost(at(61)));
        insta::assert_snapshot!(link.ready(at(70)).unwrap_err(), @"the gateway of Discord is not connected since 1970-01-01T00:01:00Z; it is tried again");
        link.resumed(at(62));
        assert_eq!((link.ready(at(70)), link.silent_for(at(70))), (Ok(()), Duration::from_secs(8)));
        assert!(link.lost(at(80)));
        assert_eq!(link.began(at(90)), Gap::Lost(at(62)));
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        let link = Link::default();
        link.began(at(1));
        link.registered(vec![("77".into(), "Missing Access".into())]);
        insta::assert_snapshot!(link.ready(at(70)).unwrap_err(), @"the commands are not registered in server 77: Missing Access");
        link.registered(Vec::new());
        link.refused("no".into());
        assert_eq!(link.ready(at(70)), Err("no".into()));
    }
}
