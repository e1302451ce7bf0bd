//! Carries out `Speak`, `StartFeed`, `RestartFeed` and `StopFeed`: whoever answers hears the alert.
//!
//! The robot account has no voice of its own, so a task of the engine's feeds the call's room. Every feed is
//! finite, so that one whose answer was lost ends by itself; a second feed of the robot in a room ends the first.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::Context;
use super::backoff::pause;
use super::dial::done;
use crate::clock::later;
use crate::domain::call::{Announcement, Call, CallEvent, FEED_LOOK, Media, Source};
use crate::domain::change::{Change, Effect, EffectRow, TimerRow};
use crate::domain::ids::{CallId, IngestId};
use crate::domain::page::{Opener, Page};
use crate::domain::settings::Settings;
use crate::ports::{EngineError, Feed, Started, StoreError, pass};

/// Tries of a start: whoever answered does not stay on for ever. The pauses between them are 3 to 15 s together, in
/// which a room appears that was not there yet.
const START_TRIES_MAX: u32 = 5;
/// Tries of a stop: by then the feed has come to its own end.
const STOP_TRIES_MAX: u32 = 8;
/// The pause after the first try; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause: by then most announcements have come to their end.
const PAUSE_MAX: Duration = Duration::from_secs(64);
/// Feeds that are ended at the same time when the program stops.
const AT_ONCE: usize = 16;

impl Context {
    /// What a call by `by` will announce.
    pub(super) fn announcement(
        &self,
        settings: &Settings,
        by: &str,
        (media, note): (Media, Option<&str>),
    ) -> Option<Announcement> {
        let source = settings.announcement.as_ref()?.source(media, by, note)?;
        self.announced(settings, source)
    }

    /// What a call of `page` will announce.
    pub(super) fn page_announcement(&self, settings: &Settings, page: &Page) -> Option<Announcement> {
        let by = match &page.by {
            Opener::Person(person) => person.as_str(),
            Opener::Source(source) => source.as_str(),
        };
        let source = settings.announcement.as_ref()?.page_source(by, page.about())?;
        self.announced(settings, source)
    }

    fn announced(&self, settings: &Settings, source: Source) -> Option<Announcement> {
        let (voice, rule) = (self.voice.as_ref()?, settings.announcement.as_ref()?);
        let fallback = rule.audio.clone();
        let source = match source {
            Source::Spoken(_) if !voice.can_speak() => Source::Url(fallback.clone()?),
            source => source,
        };
        Some(Announcement::new(source, fallback, rule.repeats))
    }

    /// Speaks the text while the phone rings, so that it is there when somebody answers. A try is enough: the
    /// start makes up for it.
    pub(super) async fn speak(&self, row: &EffectRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.store.call(id).await?.filter(|call| !call.has_ended());
        if let (Some(voice), Some(announcement)) = (&self.voice, call.and_then(|call| call.announcement))
            && let Source::Spoken(text) = &announcement.source
            && let Err(error) = voice.spoken(text).await
        {
            tracing::info!(%id, %error, "an announcement is not spoken yet");
        }
        self.commit(done(row)).await
    }

    /// Plays the announcement, if somebody is there to hear it.
    pub(super) async fn start_feed(&self, row: &EffectRow, id: &CallId) -> Result<(), StoreError> {
        let Some(call) = self.store.call(id).await?.filter(Call::wants_feed) else {
            return self.commit(done(row)).await;
        };
        let (Some(voice), Some(announcement)) = (&self.voice, &call.announcement) else {
            let why = CallEvent::FeedFailed("no cloud account is configured any more".to_owned());
            return self.tell(id, why, done(row)).await.map(|_| ());
        };
        // A text may take a while to be spoken: then they may have hung up.
        let url = match voice.url(announcement).await {
            Ok(url) => url,
            Err(error) => return self.feed_refused(row, id, error).await,
        };
        let marked = self.tell(id, CallEvent::FeedStarting, Change::default()).await?;
        if !marked.is_some_and(|told| told.call.wants_feed()) {
            return self.commit(done(row)).await;
        }
        pass(&*self.steps, "feed.marked").await;
        let feed = Feed { room: call.room.clone(), url, repeats: announcement.repeats };
        let started = voice.announcer().start(&feed).await;
        pass(&*self.steps, "feed.answered").await;
        match started {
            Ok(Started::Task(task)) => self.feed_started(row, id, task).await,
            Ok(Started::Adrift) => self.tell(id, CallEvent::FeedAdrift, done(row)).await.map(|_| ()),
            Err(error) => self.feed_refused(row, id, error).await,
        }
    }

    async fn feed_refused(&self, row: &EffectRow, id: &CallId, error: EngineError) -> Result<(), StoreError> {
        match error {
            EngineError::Temporary(_) | EngineError::Unsettled(_) if row.attempts + 1 < START_TRIES_MAX => {
                self.commit(self.feed_later(row)).await
            }
            EngineError::Temporary(why) | EngineError::Unsettled(why) => {
                self.tell(id, CallEvent::FeedGivenUp(why), done(row)).await.map(|_| ())
            }
            EngineError::Permanent(why) => {
                self.tell(id, CallEvent::FeedFailed(why), done(row)).await.map(|_| ())
            }
        }
    }

    async fn feed_started(&self, row: &EffectRow, id: &CallId, task: IngestId) -> Result<(), StoreError> {
        let told = self.tell_surely(id, CallEvent::FeedStarted(task.clone()), done(row)).await?;
        let is_known = told.is_some_and(|told| told.call.feed() == Some(&task));
        if !is_known
            && let Some(voice) = &self.voice
            && let Err(error) = voice.announcer().stop(&task).await
        {
            tracing::warn!(%id, %error, "a feed that nobody wants plays to its end");
        }
        Ok(())
    }

    /// Somebody else has answered: they hear it from the beginning. One that has come to its end meanwhile is started
    /// as for the first who answered.
    pub(super) async fn restart_feed(&self, row: &EffectRow, id: &CallId) -> Result<(), StoreError> {
        let call = self.store.call(id).await?.filter(Call::is_heard);
        let Some((voice, call)) = self.voice.as_ref().zip(call) else { return self.commit(done(row)).await };
        let Some((task, announcement)) = call.feed().zip(call.announcement.as_ref()) else {
            return self.commit(done(row)).await;
        };
        match voice.rewind(announcement, task).await {
            Ok(true) => self.commit(done(row)).await,
            Ok(false) => {
                let mut change = done(row);
                change.act(Effect::StartFeed(id.clone()), self.clock.now());
                self.tell(id, CallEvent::FeedOver(task.clone()), change).await.map(|_| ())
            }
            Err(EngineError::Temporary(_) | EngineError::Unsettled(_))
                if row.attempts + 1 < START_TRIES_MAX =>
            {
                self.commit(self.feed_later(row)).await
            }
            Err(error) => {
                self.tell(id, CallEvent::FeedNotAnew(error.to_string()), done(row)).await.map(|_| ())
            }
        }
    }

    /// The call is over, or somebody hung up: nothing is played to an empty room.
    pub(super) async fn stop_feed(&self, row: &EffectRow, id: &CallId) -> Result<(), StoreError> {
        let task = self.store.call(id).await?.and_then(|call| call.feed().cloned());
        let Some((voice, task)) = self.voice.as_ref().zip(task) else { return self.commit(done(row)).await };
        let stopped = voice.announcer().stop(&task).await;
        pass(&*self.steps, "feed.stopped").await;
        if let Err(EngineError::Temporary(_) | EngineError::Unsettled(_)) = &stopped
            && row.attempts + 1 < STOP_TRIES_MAX
        {
            return self.commit(self.feed_later(row)).await;
        }
        if let Err(error) = stopped {
            tracing::warn!(%id, %error, "a feed could not be stopped; it plays to its end");
        }
        self.tell_surely(id, CallEvent::FeedOver(task), done(row)).await.map(|_| ())
    }

    /// Sees whether an announcement still plays: the card says so.
    pub(super) async fn look_at_feed(&self, row: &TimerRow, id: &CallId) -> Result<(), StoreError> {
        let over = Change { fired: vec![(row.timer.id(), row.due)], ..Change::default() };
        loop {
            let call = self.store.call(id).await?.filter(Call::is_heard);
            let known = call.and_then(|call| Some((call.feed()?.clone(), call)));
            let Some((voice, (task, call))) = self.voice.as_ref().zip(known) else {
                return self.commit(over).await;
            };
            if let Ok(false) = voice.announcer().plays(&task).await {
                return self.tell(id, CallEvent::FeedOver(task), over).await.map(|_| ());
            }
            let mut again = Change::default();
            again.arm(row.timer.clone(), later(self.clock.now(), FEED_LOOK));
            // Only for the call as it was: armed after its end, nobody would take the timer away.
            again.calls.push(call);
            match self.commit(again).await {
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
    }

    /// Ends every feed: nobody would, once the program has stopped.
    pub async fn stop_feeds(&self) {
        let Some(voice) = &self.voice else { return };
        let (calls, _) = self.live.newest(usize::MAX);
        let feeds = calls.iter().filter_map(|call| Some((call.id.clone(), call.feed()?.clone())));
        let stops =
            stream::iter(feeds.collect::<Vec<_>>()).for_each_concurrent(AT_ONCE, async |(id, task)| {
                let stopped = voice.announcer().stop(&task).await.map_err(|error| error.to_string());
                let told = match stopped {
                    Ok(()) => {
                        let told = self.tell(&id, CallEvent::FeedOver(task.clone()), Change::default()).await;
                        told.map(|_| ()).map_err(|error| error.to_string())
                    }
                    Err(error) => Err(error),
                };
                if let Err(error) = told {
                    tracing::warn!(%id, error, "a feed plays on while we are away, at most to its end");
                }
            });
        stops.await;
    }

    fn feed_later(&self, row: &EffectRow) -> Change {
        let due = self.feed_pause(row.attempts);
        let attempts = row.attempts + 1;
        let mut change = Change::default();
        change.effects.push(EffectRow { due, attempts, lease: None, ..row.clone() });
        change
    }

    fn feed_pause(&self, attempts: u32) -> Timestamp {
        later(self.clock.now(), pause(PAUSE_FIRST, PAUSE_MAX, attempts))
    }
}
