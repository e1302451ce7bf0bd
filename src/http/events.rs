//! Server-sent events: each says that something changed, and the page reads it again. So a page that was
//! away for a while is right again by itself.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// Something that changes: the event's name, and what counts the changes.
pub type Source = (&'static str, watch::Receiver<u64>);

/// Between two comments on an idle line, so that proxies and pages see that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One route of events about `sources`. The streams end when `stopped` turns true.
pub fn router(path: &str, sources: Vec<Source>, stopped: watch::Receiver<bool>) -> Router {
    Router::new().route(path, get(move || {
        let (sources, stopped) = (sources.clone(), stopped.clone());
        async move { Sse::new(events(sources, stopped)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)) }
    }))
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
