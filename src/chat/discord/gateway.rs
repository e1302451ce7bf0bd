//! The gateway: serenity's client, on a thread and in a runtime of its own.
//!
//! serenity's tasks go on for ever when nobody is connected at the moment of a stop (chat platforms, trap 4). Here they
//! all end with their runtime. And its heartbeat does not wait for our work.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use secrecy::SecretString;
use serenity::all::GatewayIntents;
use serenity::client::ClientBuilder;
use serenity::gateway::GatewayError;
use serenity::http::{Http, HttpError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::ears::{Ears, LASTS, News, What};
use super::link::Link;
use super::settings::{DiscordSettings, Reach};
use crate::clock::Clock;

/// How long Discord may take to say where its gateway is, or to take our good-bye.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A good-bye that is not answered by then is given up.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// Pause before a gateway that cannot be found is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Pause after a session that lasted: its IDENTIFY is long ago.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// Pause after one that did not; it doubles. Discord takes one IDENTIFY in 5 s.
const PAUSE_NEXT: Duration = Duration::from_secs(5);
/// The longest such pause: Discord takes 1,000 IDENTIFYs a day, and makes the token void after that. With
/// [`SESSIONS_MAX`](super::ears::SESSIONS_MAX) each time it is 836.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// The running gateway. Dropping it ends its thread, and all of serenity's tasks with it.
#[derive(Debug)]
pub(super) struct Gateway {
    ends: CancellationToken,
    ended: CancellationToken,
}

impl Gateway {
    /// Connects, and goes on connecting. Returns what comes.
    pub(super) fn start(
        settings: DiscordSettings,
        link: Arc<Link>,
        (clock, open): (Clock, &Arc<AtomicUsize>),
    ) -> std::io::Result<(Self, mpsc::Receiver<News>)> {
        let (ears, news) = Ears::new(link, clock, Arc::clone(open));
        let (ends, ended) = (CancellationToken::new(), CancellationToken::new());
        let connection = Connection { settings, ears, ends: ends.clone() };
        let last = ended.clone();
        std::thread::Builder::new().name("discord-gateway".to_owned()).spawn(move || {
            connection.run();
            last.cancel();
        })?;
        Ok((Self { ends, ended }, news))
    }

    /// Says good-bye; returns once the connection is closed.
    pub(super) async fn stop(&self) {
        self.ends.cancel();
        self.ended.cancelled().await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.ends.cancel();
    }
}

struct Connection {
    settings: DiscordSettings,
    ears: Ears,
    ends: CancellationToken,
}

/// Why a connection ended.
enum End {
    /// We wanted it.
    Stopped,
    /// It will not get better by itself.
    Refused(String),
    /// There is none, and none was begun.
    NotFound(String),
    /// It may get better.
    Broken(String),
}

/// How long to wait before the next session is begun.
#[derive(Debug, Default)]
struct Pauses(u32);

impl Pauses {
    /// After so many sessions in a row, of which the last one lasted so long.
    fn next(&mut self, (sessions, lasted): (u32, Duration)) -> Duration {
        if lasted >= LASTS {
            self.0 = 0;
            return PAUSE_FIRST;
        }
        let doubled = 1_u32.checked_shl(self.0 + sessions.saturating_sub(2)).unwrap_or(u32::MAX);
        // Bounded, because nothing is longer than the longest pause.
        self.0 = (self.0 + sessions.saturating_sub(1).max(1)).min(u32::BITS);
        PAUSE_MAX.min(PAUSE_NEXT.saturating_mul(doubled))
    }
}

impl Connection {
    /// Connects for as long as it is wanted. Each try has a runtime of its own, which takes along what serenity leaves.
    fn run(self) {
        let (mut pauses, mut pause) = (Pauses::default(), Duration::ZERO);
        loop {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return self
                    .refused("the machine has nothing left to connect to Discord with: restart".to_owned());
            };
            let end = runtime.block_on(self.once(pause));
            runtime.shutdown_background();
            let why = match end {
                End::Stopped => return,
                End::Refused(why) => return self.refused(why),
                End::NotFound(why) => {
                    pause = LOOK_AGAIN;
                    why
                }
                End::Broken(why) => {
                    pause = pauses.next(self.ears.sessions());
                    why
                }
            };
            tracing::warn!(why, pause = pause.as_secs(), "the gateway of Discord is looked for again");
            self.ears.lost();
        }
    }

    fn refused(&self, why: String) {
        self.ears.link.refused(why.clone());
        self.ears.tell(What::Refused(why));
    }

    async fn once(&self, pause: Duration) -> End {
        let finding = async {
            wait(pause).await;
            self.find().await
        };
        match self.ends.run_until_cancelled(finding).await {
            None => End::Stopped,
            Some(Err(end)) => end,
            Some(Ok((http, url))) => self.listen(http, url).await,
        }
    }

    /// Asks where the gateway is. serenity would ask too, and take the real one when nobody answers (trap 2).
    async fn find(&self) -> Result<(Http, String), End> {
        let DiscordSettings { token, reach } = &self.settings;
        let http = http(reach, token)?;
        let found = within(ANSWER_WITHIN, http.get_gateway()).await;
        let found =
            found.ok_or_else(|| End::NotFound("Discord does not say where its gateway is".to_owned()))?;
        let url = found.map_err(|error| not_found(&error))?.url;
        if !reach.takes_gateway(&url) {
            return Err(End::Refused(format!(
                "the gateway's address `{}` is not at the host of DISCORD_API_URL: nothing is sent there",
                url.chars().take(100).collect::<String>()
            )));
        }
        Ok((http, url))
    }

    async fn listen(&self, http: Http, url: String) -> End {
        let builder =
            ClientBuilder::new_with_http(http, GatewayIntents::GUILDS).raw_event_handler(self.ears.clone());
        let building = within(2 * ANSWER_WITHIN, builder.into_future());
        let mut client = match self.ends.run_until_cancelled(building).await {
            None => return End::Stopped,
            Some(Some(Ok(client))) => client,
            Some(_) => return End::NotFound("Discord does not say where its gateway is".to_owned()),
        };
        // Whatever serenity has found out by itself.
        *client.ws_url.lock().await = url;
        let manager = Arc::clone(&client.shard_manager);
        tokio::select! {
            done = client.start() => match done {
                Ok(()) => End::Broken("the connection ended".to_owned()),
                Err(error) => ended(&error),
            },
            () = self.ears.watch(&manager) => End::Broken("the session did not go on".to_owned()),
            () = self.ends.cancelled() => {
                let _gone = within(CLOSE_WITHIN, manager.shutdown_all()).await;
                End::Stopped
            }
        }
    }
}

fn http(reach: &Reach, token: &SecretString) -> Result<Http, End> {
    // A connection pool belongs to the runtime that made it: this one has its own.
    let client = reach.client().map_err(|error| End::Refused(error.to_string()))?;
    Ok(reach.http(token, client))
}

fn not_found(error: &serenity::Error) -> End {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) if answer.status_code == 401 => {
            bad_token()
        }
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
            End::NotFound(format!("Discord does not say where its gateway is (HTTP {})", answer.status_code))
        }
        _ => End::NotFound("Discord cannot be reached".to_owned()),
    }
}

fn ended(error: &serenity::Error) -> End {
    match error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => bad_token(),
        serenity::Error::Gateway(
            error @ (GatewayError::InvalidGatewayIntents
            | GatewayError::DisallowedGatewayIntents
            | GatewayError::OverloadedShard),
        ) => End::Refused(format!("Discord refuses the connection ({error}): report it")),
        error => End::Broken(error.to_string()),
    }
}

fn bad_token() -> End {
    End::Refused(
        "Discord refuses the token: make a new one in the developer portal, set DISCORD_TOKEN, and restart"
            .to_owned(),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a connection lives in real time, whatever a test's clock says"
)]
pub(super) async fn wait(span: Duration) {
    tokio::time::sleep(span).await;
}

#[expect(clippy::disallowed_methods, reason = "as above")]
async fn within<T>(span: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(span, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::super::ears::SESSIONS_MAX;
    use super::*;

    #[test]
    fn sessions_that_do_not_last_are_begun_less_and_less_often() {
        let short = (1, Duration::from_secs(59));
        let mut pauses = Pauses::default();
        let waits: Vec<u64> = (0..8).map(|_| pauses.next(short).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(pauses.next((1, LASTS)), PAUSE_FIRST);
        assert_eq!(pauses.next((SESSIONS_MAX, Duration::ZERO)), 2 * PAUSE_NEXT);
        assert_eq!(pauses.next((0, Duration::ZERO)), 4 * PAUSE_NEXT);
        (0..100).for_each(|_| assert!(pauses.next(short) <= PAUSE_MAX));
        let a_day =
            Duration::from_secs(86_400).as_secs() / (PAUSE_MAX.as_secs() + 10) * u64::from(SESSIONS_MAX);
        assert!(a_day < 1_000, "{a_day}");
    }
}
