//! Server-sent events: each says that something changed, and the page reads it again. So a page that was
//! away for a while is right again by itself.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Router, middleware};
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use super::session::{self, Allowed, ApiAccess, Guard};

/// Something that changes: the event's name, and what counts the changes.
pub type Source = (&'static str, watch::Receiver<u64>);

/// Between two comments on an idle line, so that proxies and pages see that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Between two looks whether whoever listens still may.
const JUDGED_EVERY: Duration = Duration::from_secs(5);

/// One route of events about `sources`, for whom `guard` lets in. The streams end when `stopped` turns true, and soon after
/// the listener's session.
pub fn router(path: &str, sources: Vec<Source>, stopped: watch::Receiver<bool>, guard: Guard) -> Router {
    let guarded = middleware::from_fn_with_state(guard.clone(), session::guard);
    let listen = move |headers: HeaderMap| {
        let (sources, stopped, guard) = (sources.clone(), stopped.clone(), guard.clone());
        async move {
            let events = events(sources, stopped).take_until(Box::pin(shut_out(guard, headers)));
            Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        }
    };
    Router::new().route(path, get(listen)).layer(guarded)
}

/// Returns once whoever sent `headers` is let in no more; never where everybody is.
async fn shut_out(guard: Guard, headers: HeaderMap) {
    if matches!(guard.access, ApiAccess::Open) {
        return std::future::pending().await;
    }
    while guard.judge(&headers) == Allowed::Yes {
        guard.clock.sleep(JUDGED_EVERY).await;
    }
}

fn events(
    sources: Vec<Source>,
    mut stopped: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let hello = stream::once(async { Event::default().event("hello").data("{}") });
    let changes = sources.into_iter().map(|(name, count)| {
        WatchStream::from_changes(count).map(move |_| Event::default().event(name).data("{}"))
    });
    let until = async move {
        // An error means that the sender is gone: that is a stop too.
        drop(stopped.wait_for(|stopped| *stopped).await);
    };
    hello.chain(stream::select_all(changes)).map(Ok).take_until(until)
}
