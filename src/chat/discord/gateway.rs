//! The gateway: serenity's client, on a thread and in a runtime of its own.
//!
//! serenity's tasks go on for ever when nobody is connected at the moment of a stop (chat platforms, trap 4). Here they
//! all end with their runtime. And its heartbeat does not wait for our work.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serenity::all::{ConnectionStage, Event, GatewayIntents, GuildId, Interaction, ShardManager};
use serenity::client::{ClientBuilder, Context, RawEventHandler};
use serenity::gateway::GatewayError;
use serenity::http::{Http, HttpError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::link::{Gap, Link};
use super::settings::{DiscordSettings, Reach};
use crate::clock::{Busy, Clock};

/// Interactions that wait to be taken: more than can be answered in time.
const WAITING_MAX: usize = 10_000;
/// How long Discord may take to say where its gateway is, or to take our good-bye.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A good-bye that is not answered by then is given up.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// Pause before a gateway that cannot be found is looked for again: Discord takes one IDENTIFY in 5 s.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Between two looks at the connection: serenity does not tell of a heartbeat that was lost.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// What comes from the gateway. Holds simulated time up until it is taken care of.
#[derive(Debug)]
pub(super) struct News {
    pub(super) what: What,
    pub(super) busy: Busy,
}

#[derive(Debug)]
pub(super) enum What {
    /// Somebody did something.
    Interaction(Box<Interaction>),
    /// Somebody did something that serenity cannot read.
    Unread(serde_json::Value),
    /// A session began, in these servers; the one before it may have lost something.
    Began(u64, Vec<GuildId>, Gap),
    /// The bot was invited to a server, for the first time or again.
    Joined,
    /// It is lost, and tried again.
    Lost,
    /// Discord will not have us.
    Refused(String),
}

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
        clock: Clock,
    ) -> std::io::Result<(Self, mpsc::Receiver<News>)> {
        let (sender, news) = mpsc::channel(WAITING_MAX);
        let (ends, ended) = (CancellationToken::new(), CancellationToken::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = Connection {
            settings,
            ears: Ears { news: sender, link, clock, servers: Arc::default() },
            ends: ends.clone(),
        };
        let last = ended.clone();
        std::thread::Builder::new().name("discord-gateway".to_owned()).spawn(move || {
            runtime.block_on(connection.run());
            runtime.shutdown_background();
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
    /// It may get better.
    Broken(String),
}

impl Connection {
    async fn run(self) {
        loop {
            let end = self.ends.run_until_cancelled(self.find()).await;
            let end = match end {
                None => End::Stopped,
                Some(Err(end)) => end,
                Some(Ok((http, url))) => self.listen(http, url).await,
            };
            match end {
                End::Stopped => return,
                End::Refused(why) => {
                    self.ears.link.refused(why.clone());
                    self.ears.tell(What::Refused(why));
                    return;
                }
                End::Broken(why) => {
                    tracing::warn!(why, "the gateway of Discord is looked for again");
                    self.ears.lost();
                    if self.ends.run_until_cancelled(wait(LOOK_AGAIN)).await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// Asks where the gateway is. serenity would ask too, and take the real one when nobody answers (trap 2).
    async fn find(&self) -> Result<(Http, String), End> {
        let DiscordSettings { token, reach } = &self.settings;
        let http = http(reach, token)?;
        let found = within(ANSWER_WITHIN, http.get_gateway()).await;
        let found =
            found.ok_or_else(|| End::Broken("Discord does not say where its gateway is".to_owned()))?;
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
        let Some(Ok(mut client)) = within(2 * ANSWER_WITHIN, builder.into_future()).await else {
            return End::Broken("Discord does not say where its gateway is".to_owned());
        };
        // Whatever serenity has found out by itself.
        *client.ws_url.lock().await = url;
        let manager = Arc::clone(&client.shard_manager);
        let end = tokio::select! {
            done = client.start() => Some(done),
            () = self.ears.watch(&manager) => None,
            () = self.ends.cancelled() => None,
        };
        match end {
            Some(Ok(())) => End::Broken("the connection ended".to_owned()),
            Some(Err(error)) => ended(&error),
            None => {
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
            End::Broken(format!("Discord does not say where its gateway is (HTTP {})", answer.status_code))
        }
        _ => End::Broken("Discord cannot be reached".to_owned()),
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

/// Hears what serenity hears, and passes it on.
#[derive(Clone)]
struct Ears {
    news: mpsc::Sender<News>,
    link: Arc<Link>,
    clock: Clock,
    /// The servers that the bot is in.
    servers: Arc<Mutex<HashSet<GuildId>>>,
}

#[async_trait]
impl RawEventHandler for Ears {
    async fn raw_event(&self, _context: Context, event: Event) {
        let busy = self.clock.busy();
        let now = self.clock.now();
        let what = match event {
            Event::Ready(ready) => {
                let guilds: Vec<GuildId> = ready.ready.guilds.iter().map(|guild| guild.id).collect();
                *self.servers() = guilds.iter().copied().collect();
                What::Began(ready.ready.application.id.get(), guilds, self.link.began(now))
            }
            Event::Resumed(_) => {
                self.link.resumed(now);
                tracing::info!("the session with Discord goes on; nothing was lost");
                return;
            }
            // Each server of the session's beginning comes once more, with its particulars.
            Event::GuildCreate(created) if self.servers().insert(created.guild.id) => What::Joined,
            // One that is only away for a while stays.
            Event::GuildDelete(gone) if !gone.guild.unavailable => {
                self.servers().remove(&gone.guild.id);
                return self.link.heard(now);
            }
            Event::InteractionCreate(created) => What::Interaction(Box::new(created.interaction)),
            Event::Unknown(unknown) if unknown.kind == "INTERACTION_CREATE" => What::Unread(unknown.value),
            _ => return self.link.heard(now),
        };
        self.link.heard(now);
        self.pass(News { what, busy });
    }
}

impl Ears {
    fn servers(&self) -> MutexGuard<'_, HashSet<GuildId>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, what: What) {
        self.pass(News { what, busy: self.clock.busy() });
    }

    fn pass(&self, news: News) {
        match self.news.try_send(news) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::error!("{WAITING_MAX} interactions wait: one more is lost");
            }
        }
    }

    fn lost(&self) {
        if self.link.lost(self.clock.now()) {
            self.tell(What::Lost);
        }
    }

    /// Looks at the connection for as long as it is wanted.
    async fn watch(&self, manager: &ShardManager) {
        let mut latency = None;
        loop {
            wait(WATCH_EVERY).await;
            let (is_connected, now_latency) = {
                let runners = manager.runners.lock().await;
                let runner = runners.values().next();
                (
                    runner.is_some_and(|runner| runner.stage == ConnectionStage::Connected),
                    runner.and_then(|runner| runner.latency),
                )
            };
            if now_latency.is_some() && now_latency != latency {
                // A heartbeat was answered.
                latency = now_latency;
                self.link.heard(self.clock.now());
            }
            if !is_connected {
                self.lost();
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a connection lives in real time, whatever a test's clock says"
)]
async fn wait(span: Duration) {
    tokio::time::sleep(span).await;
}

#[expect(clippy::disallowed_methods, reason = "as above")]
async fn within<T>(span: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(span, work).await.ok()
}
