//! What is fed into the room of a call, so that whoever answers hears something.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::IngestId;
use super::{Applied, Call, CallEvent, Happened, LegState};

/// Where sound or pictures come from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A public address.
    Url(String),
    /// A text that is spoken.
    Spoken(String),
}

/// Without the text: it may hold a code that proves who somebody is.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.debug_tuple("Url").field(url).finish(),
            Self::Spoken(text) => write!(f, "Spoken([{} bytes])", text.len()),
        }
    }
}

/// The announcement of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// What.
    pub source: Source,
    /// Played instead when the text can't be spoken: a public address.
    pub fallback: Option<String>,
    /// How often it is played; finite.
    pub repeats: u32,
    /// How far it is.
    pub state: FeedState,
}

/// How far an announcement is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Nobody has answered yet.
    Waiting,
    /// The request to start it is about to leave, or has left.
    Starting,
    /// It plays; this task of the engine's has to be ended.
    Playing {
        /// The task.
        task: IngestId,
        /// Since when.
        since: Timestamp,
    },
    /// It plays by a task that nobody knows, because the answer to its start was lost: it ends after its repeats.
    Adrift,
    /// It was stopped, came to its end, or could not be started yet.
    Over,
    /// It could not be played; the call goes on without.
    Failed {
        /// Why, for people.
        why: String,
    },
}

impl Announcement {
    /// One that waits for somebody to answer.
    #[must_use]
    pub const fn new(source: Source, fallback: Option<String>, repeats: u32) -> Self {
        Self { source, fallback, repeats, state: FeedState::Waiting }
    }

    /// The task that plays it.
    #[must_use]
    pub const fn task(&self) -> Option<&IngestId> {
        match &self.state {
            FeedState::Playing { task, .. } => Some(task),
            _ => None,
        }
    }
}

impl Call {
    /// Whether somebody is in the call who can hear something, and nobody has ended it.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        let somebody = self.legs.iter().any(|leg| leg.state == LegState::Connected);
        somebody && self.over_since.is_none() && self.hung_up_by.is_none()
    }

    /// Whether its announcement shall be started.
    #[must_use]
    pub fn wants_feed(&self) -> bool {
        let state = self.announcement.as_ref().map(|announcement| &announcement.state);
        self.is_heard()
            && matches!(
                state,
                Some(FeedState::Waiting | FeedState::Starting | FeedState::Adrift | FeedState::Over)
            )
    }

    /// The task that feeds its room.
    #[must_use]
    pub fn feed(&self) -> Option<&IngestId> {
        self.announcement.as_ref().and_then(Announcement::task)
    }
}

impl Applied {
    /// News of the announcement, before the call's end and after it. Returns whether `event` was such news.
    pub(super) fn take_feed(&mut self, event: &CallEvent, now: Timestamp) -> bool {
        let is_heard = self.call.is_heard();
        let Some(announcement) = &mut self.call.announcement else { return event.is_of_feed() };
        let (state, happened) = match (event, &announcement.state) {
            (CallEvent::FeedStarting, FeedState::Waiting | FeedState::Adrift | FeedState::Over)
                if is_heard =>
            {
                (FeedState::Starting, None)
            }
            (CallEvent::FeedStarted(task), FeedState::Playing { since, .. }) => {
                (FeedState::Playing { task: task.clone(), since: *since }, None)
            }
            (CallEvent::FeedStarted(task), FeedState::Waiting | FeedState::Starting | FeedState::Over) => {
                (FeedState::Playing { task: task.clone(), since: now }, Some(Happened::Announced))
            }
            (CallEvent::FeedAdrift, FeedState::Waiting | FeedState::Starting | FeedState::Over) => {
                (FeedState::Adrift, Some(Happened::AnnouncementAdrift))
            }
            // Another task may play by now: that one goes on.
            (CallEvent::FeedOver(over), FeedState::Playing { task, .. }) if over == task => {
                (FeedState::Over, Some(Happened::AnnouncementOver))
            }
            (CallEvent::FeedFailed(why), FeedState::Waiting | FeedState::Starting | FeedState::Over)
                if is_heard =>
            {
                (FeedState::Failed { why: why.clone() }, Some(Happened::AnnouncementFailed(why.clone())))
            }
            // With nobody there it is no line; whoever answers later has it tried and said anew.
            (
                CallEvent::FeedFailed(why) | CallEvent::FeedGivenUp(why),
                FeedState::Waiting | FeedState::Starting | FeedState::Over,
            ) => (FeedState::Over, is_heard.then(|| Happened::AnnouncementFailed(why.clone()))),
            (CallEvent::FeedNotAnew(why), playing @ FeedState::Playing { .. }) if is_heard => {
                (playing.clone(), Some(Happened::AnnouncementNotAnew(why.clone())))
            }
            _ => return event.is_of_feed(),
        };
        announcement.state = state;
        self.happened.extend(happened);
        true
    }
}

impl CallEvent {
    const fn is_of_feed(&self) -> bool {
        matches!(
            self,
            Self::FeedStarting
                | Self::FeedStarted(_)
                | Self::FeedAdrift
                | Self::FeedOver(_)
                | Self::FeedFailed(_)
                | Self::FeedGivenUp(_)
                | Self::FeedNotAnew(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a refused start makes of the announcement, with jack in that state.
    fn refused(jack: LegState) -> (FeedState, usize) {
        let mut call = Call::sample(&["jack", "mira"]);
        call.state = super::super::CallState::Connected;
        call.legs[0].state = jack;
        let source = Source::Url("https://media.example/a.mp3".to_owned());
        let waiting = Announcement::new(source, None, 3);
        call.announcement = Some(Announcement { state: FeedState::Starting, ..waiting });
        let event = CallEvent::FeedFailed("no package".to_owned());
        let applied = call.apply(event, Timestamp::UNIX_EPOCH).unwrap();
        (applied.call.announcement.unwrap().state, applied.happened.len())
    }

    #[test]
    fn a_refusal_that_nobody_is_there_to_hear_of_is_said_to_who_answers_later() {
        assert_eq!(refused(LegState::Connected), (FeedState::Failed { why: "no package".to_owned() }, 1));
        assert_eq!(refused(LegState::Ended), (FeedState::Over, 0), "mira's answer tries again");
    }
}
