//! Taking a body in, within bounds that hold for all senders together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;

/// Largest body of an alert source, in bytes: some 30,000 alerts.
pub(super) const ALERTS_BODY_MAX: usize = 16 * 1024 * 1024;

/// Memory for bodies in hand, in KiB: four of the largest, or thousands of the usual ones. Who comes then waits.
const ROOM_KIB: u32 = 64 * 1024;

/// The same for bodies whose key is in them, so that anybody may send them: a room of their own, for what has come and not
/// for what was announced. Who fills it shuts nobody out who has shown a key.
const LOBBY_KIB: u32 = 16 * 1024;

/// How long a whole body may take: senders give up after some 10 s themselves.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// So much more than its bound is read of a body and thrown away, in bytes: a sender that is still sending does not see
/// our answer.
const DRAIN_MAX: usize = 4 * ALERTS_BODY_MAX;

/// What came.
pub(super) enum Received {
    /// All of it.
    Whole(Vec<u8>),
    /// More than is taken.
    TooLarge,
    /// It broke off, or took too long.
    Broken,
}

/// The memory that all bodies share.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KIB as usize)))
    }

    /// For those who have shown no key.
    pub(super) fn lobby() -> Self {
        Self(Arc::new(Semaphore::new(LOBBY_KIB as usize)))
    }

    /// Room for `bytes` more, beside what `held` has; `false` when there is none now.
    fn more(&self, bytes: usize, held: &mut Option<OwnedSemaphorePermit>) -> bool {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(ROOM_KIB);
        let Ok(more) = Arc::clone(&self.0).try_acquire_many_owned(kib) else { return false };
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        true
    }

    /// Room for a body of at most `most` bytes; `None` when there is none within `within`.
    pub(super) async fn hold(
        &self,
        clock: &Clock,
        headers: &HeaderMap,
        (most, within): (usize, Duration),
    ) -> Option<OwnedSemaphorePermit> {
        // One that does not say how long it is may be as long as is taken.
        let bytes = length(headers).map_or(most, |length| length.min(most));
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(ROOM_KIB).min(ROOM_KIB);
        clock.timeout(within, Arc::clone(&self.0).acquire_many_owned(kib)).await.ok()?.ok()
    }
}

/// Reads a body of at most `most` bytes.
pub(super) async fn receive(clock: &Clock, headers: &HeaderMap, body: Body, most: usize) -> Received {
    let is_too_long = length(headers).is_some_and(|length| length > most);
    if is_too_long && headers.contains_key(EXPECT) {
        // It asks first, so it hears the answer before it sends anything.
        return Received::TooLarge;
    }
    let mut seen = 0;
    let reading = read(body, (most, &mut seen), |_| true);
    let received = clock.timeout(BODY_WITHIN, reading).await;
    // However slowly the rest comes: it can never be taken.
    let late = if is_too_long || seen > most { Received::TooLarge } else { Received::Broken };
    received.unwrap_or(late)
}

/// The same of somebody who has shown no key: room is taken for what comes, and held as long as the permit lives.
pub(super) async fn receive_unknown(
    clock: &Clock,
    body: Body,
    most: usize,
    lobby: &Room,
) -> (Received, Option<OwnedSemaphorePermit>) {
    let (mut held, mut seen) = (None, 0);
    let reading = read(body, (most, &mut seen), |bytes| lobby.more(bytes, &mut held));
    let received = clock.timeout(BODY_WITHIN, reading).await;
    let late = if seen > most { Received::TooLarge } else { Received::Broken };
    (received.unwrap_or(late), held)
}

/// `fits` takes room for so many bytes more, if there is some; `seen` counts what has come.
async fn read(
    body: Body,
    (most, seen): (usize, &mut usize),
    mut fits: impl FnMut(usize) -> bool,
) -> Received {
    let (mut stream, mut whole) = (body.into_data_stream(), Vec::new());
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else {
            return if *seen > most { Received::TooLarge } else { Received::Broken };
        };
        *seen += chunk.len();
        if *seen <= most && !fits(chunk.len()) {
            return Received::Broken;
        }
        match *seen <= most {
            true => whole.extend_from_slice(&chunk),
            false if *seen > most + DRAIN_MAX => break,
            false => whole = Vec::new(),
        }
    }
    if *seen <= most { Received::Whole(whole) } else { Received::TooLarge }
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::{FutureExt as _, stream};
    use jiff::Timestamp;

    use super::*;
    use crate::clock::later;

    /// What comes of a body that begins with `bytes` and then says nothing more, once time is up.
    async fn slow(bytes: usize, length: Option<usize>) -> Received {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let first = stream::once(async move { Ok::<_, std::io::Error>(Bytes::from(vec![b' '; bytes])) });
        let body = Body::from_stream(first.chain(stream::pending()));
        let mut headers = HeaderMap::new();
        headers.extend(length.map(|length| (CONTENT_LENGTH, length.into())));
        let mut received = Box::pin(receive(&clock, &headers, body, 1_000));
        assert!(received.as_mut().now_or_never().is_none(), "more may come");
        let _woken = clock.advance_to(later(Timestamp::UNIX_EPOCH, BODY_WITHIN));
        received.await
    }

    #[tokio::test]
    async fn a_slow_body_that_is_too_large_is_never_asked_for_again() {
        assert!(matches!(slow(1_001, None).await, Received::TooLarge));
        assert!(matches!(slow(10, Some(1_001)).await, Received::TooLarge), "it has said so");
        assert!(matches!(slow(10, None).await, Received::Broken));
        assert!(matches!(slow(10, Some(1_000)).await, Received::Broken));
    }
}
