//! The voice of announcements: what is played for a call, and where a text can be heard.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use crate::clock::Clock;
use crate::domain::call::{Announcement, Source};
use crate::domain::ids::IngestId;
use crate::ports::{Announcer, EngineError, Shelf};

/// How long whoever has answered waits in silence for a text: many others may wait to be spoken before it.
const SPOKEN_WAIT_MAX: Duration = Duration::from_secs(5);

/// A text on its way to the shelf: the token that it will have there.
type Rendering = Shared<BoxFuture<'static, Result<String, EngineError>>>;

/// What it takes to be heard.
pub struct Voice {
    announcer: Arc<dyn Announcer>,
    shelf: Arc<dyn Shelf>,
    public_url: Option<String>,
    clock: Clock,
    /// By text. As many as effects that are carried out at once.
    under_way: Arc<Mutex<HashMap<String, Rendering>>>,
}

impl Voice {
    /// Feeds rooms by `announcer`; spoken texts lie on `shelf`, which the engine's media servers reach under
    /// `public_url`. Without one nothing can be spoken.
    #[must_use]
    pub fn new(
        announcer: Arc<dyn Announcer>,
        shelf: Arc<dyn Shelf>,
        public_url: Option<String>,
        clock: Clock,
    ) -> Self {
        Self { announcer, shelf, public_url, clock, under_way: Arc::default() }
    }

    /// What feeds rooms.
    pub(super) fn announcer(&self) -> &dyn Announcer {
        &*self.announcer
    }

    /// Whether texts can be spoken.
    pub(super) const fn can_speak(&self) -> bool {
        self.public_url.is_some()
    }

    /// Has what plays begin anew; `false` when it had come to its end.
    pub(super) async fn rewind(
        &self,
        announcement: &Announcement,
        task: &IngestId,
    ) -> Result<bool, EngineError> {
        let plays = self.announcer.plays(task).await?;
        Ok(plays && self.announcer.switch(task, &self.url(announcement).await?).await?)
    }

    /// Where what is announced can be heard.
    pub(super) async fn url(&self, announcement: &Announcement) -> Result<String, EngineError> {
        match &announcement.source {
            Source::Url(url) => Ok(url.clone()),
            Source::Spoken(text) => match (self.spoken_soon(text).await, &announcement.fallback) {
                (Ok(url), _) => Ok(url),
                (Err(error), Some(fallback)) => {
                    tracing::warn!(%error, "a text can't be spoken; the configured sound is played");
                    Ok(fallback.clone())
                }
                (Err(error), None) => Err(error),
            },
        }
    }

    /// Like [`spoken`](Self::spoken), for somebody who hears nothing meanwhile.
    async fn spoken_soon(&self, text: &str) -> Result<String, EngineError> {
        match self.clock.timeout(SPOKEN_WAIT_MAX, self.spoken(text)).await {
            Ok(spoken) => spoken,
            Err(_elapsed) => Err(EngineError::Temporary("The text is not spoken yet".to_owned())),
        }
    }

    /// Where `text` can be heard. It is spoken once.
    pub(super) async fn spoken(&self, text: &str) -> Result<String, EngineError> {
        let Some(public) = &self.public_url else {
            return Err(EngineError::Permanent("PUBLIC_URL is not set, so nothing can be spoken".to_owned()));
        };
        let token = match self.shelf.find(text) {
            Some(token) => token,
            None => self.rendered(text).await?,
        };
        Ok(format!("{}/media/{token}.mp3", public.trim_end_matches('/')))
    }

    /// The token of `text`, once it is rendered. Who asks for it meanwhile waits for the same rendering, which goes on
    /// when nobody waits any more: the next one finds the text on the shelf.
    async fn rendered(&self, text: &str) -> Result<String, EngineError> {
        let rendering = {
            let mut under_way = self.under_way();
            if let Some(token) = self.shelf.find(text) {
                return Ok(token);
            }
            under_way.entry(text.to_owned()).or_insert_with(|| self.rendering(text.to_owned())).clone()
        };
        let _excused = self.clock.excuse();
        rendering.await
    }

    fn rendering(&self, text: String) -> Rendering {
        let (announcer, shelf, busy) =
            (Arc::clone(&self.announcer), Arc::clone(&self.shelf), self.clock.busy());
        let key = text.clone();
        let rendering: Rendering =
            async move { Ok(shelf.put(&text, announcer.speak(&text).await?)) }.boxed().shared();
        let (under_way, work) = (Arc::clone(&self.under_way), rendering.clone());
        // It ends by itself: the cloud is asked with a time-out.
        crate::task::spawn("speak a text", async move {
            let _busy = busy;
            let _outcome = work.await;
            under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        })
        .detach();
        rendering
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Rendering>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice").field("announcer", &self.announcer).finish_non_exhaustive()
    }
}
