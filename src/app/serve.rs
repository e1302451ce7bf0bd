//! One running Callout: its doors, its workers, its end.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::counted;
use crate::chat::desk::{self, Channel, DeskChat};
use crate::chat::discord::{self, Discord};
use crate::chat::slack::{self, Slack};
use crate::clock::Clock;
use crate::domain::report::reload_refused;
use crate::domain::settings::Settings;
use crate::engine::tencent::{Tencent, callback_router};
use crate::http::{self, ApiAccess, Check, Ended, Guard, Metrics, Source};
use crate::map::LiveMap;
use crate::ports::{Announcer, Chat, Intake, Live, Shelf, Steps, Store};
use crate::shelf::MemoryShelf;
use crate::task::{self, TaskHandle};
use crate::usecase::{AlertTurns, AlertsHeard, Context, Door, LaidOver, LateLooks, Limits, Shared, Voice};
use crate::webhook::WebhookClient;
use crate::worker::{self, Hand, Health, Workers};

/// What is in flight gets this long at a stop.
const FINISH_WITHIN: Duration = Duration::from_secs(8);
/// What began to play meanwhile is ended within this.
const LAST_FEEDS_WITHIN: Duration = Duration::from_secs(1);
/// Between two looks whether it has finished.
const FINISH_LOOK: Duration = Duration::from_millis(20);

/// What a Callout is made of.
pub struct Parts {
    /// Tells the time.
    pub clock: Clock,
    /// Keeps what must outlive the process.
    pub store: Arc<dyn Store>,
    /// Rings phones.
    pub tencent: Arc<Tencent>,
    /// Feeds rooms; `None`: callees hear nothing.
    pub announcer: Option<Arc<dyn Announcer>>,
    /// The desk's channel, where a desk is served.
    pub desk: Option<Arc<Channel>>,
    /// Discord, where it is served.
    pub discord: Option<Arc<Discord>>,
    /// Slack, where it is served.
    pub slack: Option<Arc<Slack>>,
    /// People, limits, names.
    pub settings: Settings,
    /// Where tests crash.
    pub steps: Arc<dyn Steps>,
    /// Who may read `/api/*`.
    pub api: ApiAccess,
    /// Further routes, such as pages.
    pub routes: Router,
    /// Further things that change and that pages are told of.
    pub events: Vec<Source>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A running Callout. Dropping it is as good as killing it; [`App::stop`] is the way to end.
pub struct App {
    address: SocketAddr,
    context: Arc<Context>,
    door: Door,
    discord: Option<discord::Serving>,
    slack: Option<slack::Serving>,
    workers: Workers,
    stopped: watch::Sender<bool>,
    server: TaskHandle,
    _ends: DropGuard,
}

impl App {
    /// Serves on `listener`. When this returns, every open call has been compared with the engine.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start(mut parts: Parts, listener: TcpListener) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the listener has no address")?;
        let (stopped, is_stopped) = watch::channel(false);
        let live = Arc::new(LiveMap::default());
        let chats = chats(&parts);
        let names: Vec<&str> = chats.values().map(|chat| chat.name()).collect();
        let owner = format!("{:016x}", rand::random::<u64>());
        let (hand, mail) = Hand::new(owner, parts.clock.clone(), Arc::clone(&live) as Arc<dyn Live>, &names);
        let shelf: Arc<dyn Shelf> = Arc::new(MemoryShelf::new(parts.clock.clone()));
        let voice = parts.announcer.clone().map(|announcer| {
            let public_url = parts.tencent.settings().public_url.clone();
            Voice::new(announcer, Arc::clone(&shelf), public_url, parts.clock.clone())
        });
        let webhooks = WebhookClient::new(parts.clock.clone()).context("webhooks have no way out")?;
        let context = Arc::new(Context {
            voice,
            webhooks,
            store: Arc::clone(&parts.store),
            engine: Arc::clone(&parts.tencent) as _,
            chats,
            hand_over: Arc::clone(&hand) as _,
            live: Arc::clone(&live) as _,
            clock: parts.clock.clone(),
            limits: Limits::new(parts.clock.clone()),
            late_looks: LateLooks::default(),
            settings: Shared::new(parts.settings.clone()),
            overrides: LaidOver::default(),
            overrides_turn: tokio::sync::Mutex::default(),
            choices_turn: tokio::sync::Mutex::default(),
            boards_turn: tokio::sync::Mutex::default(),
            alert_turns: AlertTurns::default(),
            alerts_heard: AlertsHeard::default(),
            steps: Arc::clone(&parts.steps),
        });
        let open = context.load().await?;
        let ends = CancellationToken::new();
        let door = Door::new(Arc::clone(&context), ends.clone());
        let discord = parts.discord.clone();
        let slack = parts.slack.clone().map(|slack| (slack, Arc::new(slack_doors(&context, &door))));
        if let Some((slack, doors)) = &slack {
            parts.routes = parts.routes.merge(slack.router(doors));
        }
        let doors = Doors { context: &context, live: &live, hand: &hand, shelf, door: &door };
        let ended = context.store.kept(http::ENDED_KEY).await.context("the store could not be read")?;
        let ended = ended.as_deref().map(Ended::read).unwrap_or_default();
        let guard = Guard { access: parts.api.clone(), clock: parts.clock.clone(), ended };
        let router = router(parts, doors, (is_stopped.clone(), guard));
        let server = serve(listener, router, is_stopped);
        let armed = worker::arm(Arc::clone(&context), hand, mail).await?;
        if !open.is_empty() {
            tracing::info!(calls = open.len(), "open calls are compared with the engine");
        }
        context.reconcile_all(open).await?;
        let workers = armed.work().await?;
        let discord = discord.map(|discord| discord.serve(discord_doors(&context, &door)));
        let discord = discord.transpose().context("the gateway of Discord has no thread")?;
        let slack = slack.map(|(slack, doors)| slack.serve(&doors));
        Ok(Self {
            address,
            context,
            door,
            discord,
            slack,
            workers,
            stopped,
            server,
            _ends: ends.drop_guard(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the use cases are handed.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Puts other settings in force.
    ///
    /// # Errors
    /// When the store fails; the old settings stay.
    pub async fn reload(&self, settings: Settings) -> anyhow::Result<()> {
        self.context.reload(settings).await.context("the store could not be read")?;
        if let Some(discord) = &self.discord {
            discord.settings_changed();
        }
        Ok(())
    }

    /// Tells admins that a reload was refused.
    pub async fn tell_admins_of_reload(&self, why: &str) {
        let now = self.context.clock.now();
        self.context.tell_admins(&format!("reload:{now}"), &reload_refused(why)).await;
    }

    /// Takes nothing new, finishes what is in flight, and ends. What could not be finished in time is in
    /// the store for the next start.
    pub async fn stop(self) {
        self.stopped.send_replace(true);
        self.workers.stop_intake();
        let answering = || {
            self.discord.as_ref().is_some_and(discord::Serving::is_busy)
                || self.slack.as_ref().is_some_and(slack::Serving::is_busy)
        };
        let clock = self.context.clock.clone();
        let finished = clock.timeout(FINISH_WITHIN, async {
            if let Some(slack) = &self.slack {
                slack.stop();
            }
            if let Some(discord) = &self.discord {
                discord.stop().await;
            }
            while !self.server.is_finished()
                || self.door.is_busy()
                || answering()
                || self.workers.in_hand() > 0
            {
                clock.sleep(FINISH_LOOK).await;
            }
        });
        let context = Arc::clone(&self.context);
        let finished =
            async { futures_util::join!(finished, clock.timeout(FINISH_WITHIN, context.stop_feeds())).0 };
        let finished = finished.await;
        // What was on its way to being played when the stop came.
        if clock.timeout(LAST_FEEDS_WITHIN, context.stop_feeds()).await.is_err() {
            tracing::warn!("stopped before every announcement was; what still plays ends after its repeats");
        }
        if finished.is_err() {
            tracing::warn!(left = self.workers.in_hand(), "stopped before all was done; the rest is stored");
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What Discord is opened to.
fn discord_doors(context: &Arc<Context>, door: &Door) -> discord::Doors {
    let (settings, overrides) = (Arc::clone(context), Arc::clone(context));
    discord::Doors {
        overrides: Arc::new(move || overrides.overrides.get()),
        intake: Arc::new(door.clone()),
        store: Arc::clone(&context.store),
        live: Arc::clone(&context.live),
        settings: Arc::new(move || settings.settings.get()),
        steps: Arc::clone(&context.steps),
    }
}

/// What Slack is opened to.
fn slack_doors(context: &Arc<Context>, door: &Door) -> slack::Doors {
    let (settings, overrides) = (Arc::clone(context), Arc::clone(context));
    slack::Doors {
        overrides: Arc::new(move || overrides.overrides.get()),
        intake: Arc::new(door.clone()),
        store: Arc::clone(&context.store),
        live: Arc::clone(&context.live),
        settings: Arc::new(move || settings.settings.get()),
        steps: Arc::clone(&context.steps),
    }
}

fn chats(parts: &Parts) -> HashMap<String, Arc<dyn Chat>> {
    let desk = parts.desk.as_ref().map(|channel| {
        let chat: Arc<dyn Chat> = Arc::new(DeskChat::new(Arc::clone(channel), parts.clock.clone()));
        (desk::NAME.to_owned(), chat)
    });
    let discord = parts
        .discord
        .as_ref()
        .map(|discord| (discord::NAME.to_owned(), Arc::clone(discord) as Arc<dyn Chat>));
    let slack =
        parts.slack.as_ref().map(|slack| (slack::NAME.to_owned(), Arc::clone(slack) as Arc<dyn Chat>));
    desk.into_iter().chain(discord).chain(slack).collect()
}

/// What the doors open to.
struct Doors<'a> {
    context: &'a Arc<Context>,
    live: &'a Arc<LiveMap>,
    hand: &'a Arc<Hand>,
    shelf: Arc<dyn Shelf>,
    door: &'a Door,
}

fn router(parts: Parts, doors: Doors<'_>, (stopped, guard): (watch::Receiver<bool>, Guard)) -> Router {
    let Doors { context, live, hand, shelf, door } = doors;
    let intake: Arc<dyn Intake> = Arc::new(door.clone());
    let metrics = Metrics::new();
    if let Some(discord) = &parts.discord {
        counted::discord(&metrics, discord);
    }
    if let Some(slack) = &parts.slack {
        counted::slack(&metrics, slack);
    }
    counted::alerts(&metrics, context);
    let mut router = parts.routes;
    let mut events = parts.events;
    events.push(("calls", live.subscribe()));
    events.push(("pages", hand.pages()));
    if let Some(channel) = parts.desk {
        events.push(("channel", channel.subscribe()));
        router = router.merge(desk::router(channel, Arc::clone(&intake), parts.clock.clone()));
        let stopped = stopped.clone();
        router = router.merge(http::events_router("/sandbox/events", events.clone(), stopped, guard.clone()));
    }
    // The sandbox has a page of its own.
    if !matches!(guard.access, ApiAccess::Open) {
        router = router.merge(http::status_router(guard.clone(), events, stopped, Arc::clone(&parts.store)));
    }
    let gauges = {
        let (live, hand) = (Arc::clone(live), Arc::clone(hand));
        move || (live.newest(0).1, hand.in_hand())
    };
    router = router
        .merge(http::media_router(shelf))
        .merge(http::health_router(checks(context, hand)))
        .merge(http::metrics_router(metrics.clone(), gauges))
        .merge(http::api_router(Arc::clone(&parts.store), Arc::clone(live) as Arc<dyn Live>, guard))
        .merge(http::alerts_router(Arc::new(door.clone()), parts.clock.clone()))
        .merge(callback_router(&parts.tencent, intake));
    http::with_fallback(router)
        .layer(middleware::from_fn_with_state((parts.clock, metrics), http::log_access))
}

fn checks(context: &Arc<Context>, hand: &Arc<Hand>) -> BTreeMap<&'static str, Check> {
    let hand = Arc::clone(hand);
    let workers = move || match hand.health() {
        Health::Works => Ok(()),
        Health::Starting => Err("open calls are compared with the engine first".to_owned()),
        Health::Ended(worker) => Err(format!("the worker `{worker}` has ended: restart, and report the log")),
    };
    let store = Arc::clone(context);
    let engine = Arc::clone(context);
    let mut checks: BTreeMap<&'static str, Check> = BTreeMap::new();
    checks.insert("workers", Arc::new(move || Box::pin(std::future::ready(workers()))));
    checks.insert(
        "store",
        Arc::new(move || {
            let store = Arc::clone(&store);
            Box::pin(async move { store.store.ready().await.map_err(|error| error.to_string()) })
        }),
    );
    checks.insert(
        "engine",
        Arc::new(move || {
            let engine = Arc::clone(&engine);
            Box::pin(async move { engine.engine.ready().await.map_err(|error| error.to_string()) })
        }),
    );
    for chat in context.chats.values() {
        let (name, chat) = (chat.name(), Arc::clone(chat));
        let check = move || -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
            let chat = Arc::clone(&chat);
            Box::pin(async move { chat.ready().await.map_err(|error| error.to_string()) })
        };
        checks.insert(name, Arc::new(check));
    }
    checks
}

fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) -> TaskHandle {
    task::spawn("http", async move {
        let until = async move {
            // An error means that the sender is gone: that is a stop too.
            drop(stopped.wait_for(|stopped| *stopped).await);
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until).await {
            tracing::error!(%error, "the HTTP server ended");
        }
    })
}
