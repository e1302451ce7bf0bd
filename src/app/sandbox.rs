//! `callout sandbox`: everything in one process, with no credential.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::cloud::spoken_as;
use super::signals::{Asked, Signals};
use super::{App, CannotRun, Parts, listen, open_store, reload, say, stop_within};
use crate::chat::desk::{self, Channel};
use crate::clock::Clock;
use crate::config::env::EnvironmentError;
use crate::domain::alert::{Keyring, Kind, Mapping, Source, Sources};
use crate::domain::escalation::{Policy, Step, Target};
use crate::domain::ids::{Account, PolicyId, ScheduleId, SourceId};
use crate::domain::listed::Listed;
use crate::domain::oncall::{Every, Handoff, Rotation, Schedule, USUAL_START};
use crate::domain::report::Place;
use crate::domain::settings::{AnnouncementRule, LimitRule, RoomNumbers, Settings};
use crate::domain::webhook::{Endpoint, Reach, Webhook};
use crate::engine::sandbox::{Sandbox, SandboxConfig};
use crate::engine::tencent::{CLOUD_RATE, CloudSettings, Tencent, TencentCloud, TencentSettings};
use crate::http::{ApiAccess, sandbox_router, webhooks_router};
use crate::ports::NoSteps;
use crate::task::TaskHandle;

/// The modelled application.
const SDK_APP_ID: u32 = 1_400_000_000;
/// Its key. No secret: it opens the modelled engine alone, and the README names it for whoever points
/// `callout run` at a sandbox.
const USERSIG_KEY: &str = "sandbox-key-that-opens-nothing-else";
/// The modelled cloud account, as little of a secret.
const CLOUD_SECRET_ID: &str = "sandbox-id";
const CLOUD_SECRET_KEY: &str = "sandbox-cloud-key-that-opens-nothing-else";
/// A region where it plays and speaks.
const CLOUD_REGION: &str = "ap-singapore";
/// The schedule, and the policy, to try.
const SUPPORT: &str = "support";
/// Calls by one person, and rings of one phone, in an hour without a file: more than anybody tries, and still a bound.
const TRIES: u32 = 100;
/// Alerts of one delivery: what fits into the 16 MiB that the door takes.
const ALERTS_MAX: usize = 100_000;
const ADMIN_ACCOUNT: &str = "administrator";
const ROBOT_ACCOUNT: &str = "callout";

/// What the command line says.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1; 0 picks a free one.
    pub port: u16,
    /// Who is there; the first is an admin. Not used with a configuration file.
    pub people: Vec<String>,
    /// People, policies and limits of one's own.
    pub config: Option<PathBuf>,
    /// Where it keeps its data; `None`: a temporary folder that goes at the end.
    pub data: Option<PathBuf>,
}

/// Runs the sandbox until an operator stops it.
///
/// # Errors
/// [`CannotRun`] with one clear line; anything else is ours.
pub async fn sandbox(options: SandboxOptions) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = listen(address, "choose another with --port").await?;
    let address = listener.local_addr().context("the listener has no address")?;
    let settings = settings(&options, address)?;
    let started = settings.clone();
    let home = Home::open(options.data.clone())?;
    let starting = signals.unless_stopped(start(&home, settings, listener)).await;
    let Some((app, tencent, _engine)) = starting.transpose()? else { return Ok(()) };
    // The modelled engine is in this process: it answers at once.
    if let Err(error) = tencent.register_callback().await {
        tracing::warn!(%error, "the modelled engine takes no callback address; outcomes come by polling");
    }
    greet(&app, &home);
    while signals.next().await == Asked::Reload {
        // Without a file there is nothing to read again.
        let Some(file) = &options.config else { continue };
        let secrets = |settings: &mut Settings| secrets(settings, address);
        if signals.unless_stopped(reload(&app, &started, (&secrets, file))).await.is_none() {
            break;
        }
    }
    stop_within(app, signals).await;
    Ok(())
}

fn settings(options: &SandboxOptions, address: SocketAddr) -> Result<Settings, CannotRun> {
    match &options.config {
        Some(file) => Ok(super::load_with(&|settings| secrets(settings, address), file)?.settings),
        None => {
            let people: Vec<&str> = options.people.iter().map(String::as_str).collect();
            let settings = Settings::sandbox(&people);
            let mut settings = settings.map_err(|error| CannotRun(format!("--people: {error}")))?;
            settings.announcement = Some(announcement());
            relax(&mut settings);
            on_call(&mut settings);
            settings.sources = sources();
            secrets(&mut settings, address).map_err(|error| CannotRun(error.to_string()))?;
            Ok(settings)
        }
    }
}

/// Who tries things out rings the same phone again and again: no limit shall be in the way of that. A file of one's own
/// has the usual ones.
fn relax(settings: &mut Settings) {
    settings.call_by_caller = vec![LimitRule::new(TRIES, 3600, Some(TRIES))];
    settings.ring_of_callee = vec![LimitRule::new(TRIES, 3600, None)];
}

/// A schedule and a policy to try: everyone takes turns by the day.
fn on_call(settings: &mut Settings) {
    let everyone = settings.people.iter().map(|person| person.id.clone()).collect();
    let (every, schedule) = (Every::DAY, ScheduleId::new(SUPPORT));
    let rotation = Rotation {
        participants: everyone,
        every,
        handoff: Handoff::usual(every.unit()),
        start: USUAL_START,
        only: Vec::new(),
    };
    let step = |target: Target| Step { ring: vec![target], ..Step::default() };
    let steps = vec![step(Target::OnCall(schedule.clone())), step(Target::Everyone(schedule.clone()))];
    let policy = Policy { id: PolicyId::new(SUPPORT), repeat: 1, ack_timeout: None, owner: None, steps };
    settings.policies = Listed::new(vec![policy]);
    settings.schedules =
        Listed::new(vec![Schedule { id: schedule, timezone: TimeZone::UTC, rotations: vec![rotation] }]);
}

/// A source of each kind, so that whatever sends alerts can be pointed here.
fn sources() -> Sources {
    let post = Place { chat: desk::NAME.to_owned(), channel: desk::CHANNEL.to_owned(), thread: None };
    let source = |kind: Kind| Source {
        id: SourceId::new(kind.as_str()),
        kind,
        keys_env: String::new(),
        policy: PolicyId::new(SUPPORT),
        post: vec![post.clone()],
        group_by: Vec::new(),
        max_alerts: ALERTS_MAX,
        delay: None,
        rules: Vec::new(),
        map: Mapping::default(),
    };
    Listed::new(Kind::ALL.map(source).into())
}

/// The sandbox asks no environment: it tells its webhooks to itself, and everybody on loopback knows its secrets.
fn secrets(settings: &mut Settings, address: SocketAddr) -> Result<(), EnvironmentError> {
    settings.keys = keys(&settings.sources)?;
    let endpoint = |webhook: &Arc<Webhook>| {
        let url = format!("http://{address}/sandbox/webhooks/{}", webhook.id);
        let secret = format!("sandbox-secret-of-{}", webhook.id);
        (webhook.id.clone(), Endpoint { url: url.into(), secret: secret.into(), reach: Reach::Here })
    };
    settings.endpoints = settings.webhooks.iter().map(endpoint).collect();
    Ok(())
}

fn keys(sources: &Sources) -> Result<Keyring, EnvironmentError> {
    let mut ring = Keyring::default();
    for source in sources.iter() {
        let added = ring.add(&source.id, &key_of(source));
        added.map_err(|error| EnvironmentError(vec![format!("source `{}`: {error}", source.id)]))?;
    }
    Ok(ring)
}

/// The key of one of the sandbox's sources, as the page and the README have it.
fn key_of(source: &Source) -> String {
    format!("sandbox-key-of-{}", source.id)
}

/// What a newcomer hears on the handset that answers.
fn announcement() -> AnnouncementRule {
    AnnouncementRule {
        say: Some("{by} calls you. {note}".to_owned()),
        audio: None,
        video: None,
        page: None,
        repeats: 3,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    }
}

async fn start(
    home: &Home,
    settings: Settings,
    listener: TcpListener,
) -> anyhow::Result<(App, Arc<Tencent>, Vec<TaskHandle>)> {
    let clock = Clock::system();
    let address = listener.local_addr().context("the listener has no address")?;
    let key: SecretString = USERSIG_KEY.into();
    let engine = Sandbox::new(SandboxConfig {
        sdk_app_id: SDK_APP_ID,
        usersig_key: key.clone(),
        secret_id: CLOUD_SECRET_ID.to_owned(),
        secret_key: CLOUD_SECRET_KEY.into(),
        admin_account: Account::new(ADMIN_ACCOUNT),
        robot_account: Account::new(ROBOT_ACCOUNT),
        accounts: settings.people.iter().map(|person| person.account.clone()).collect::<Vec<Account>>(),
        data: Some(home.path().to_owned()),
        clock: clock.clone(),
    })
    .map_err(|error| CannotRun(format!("{}: {error}", home.path().display())))?;
    let tencent = Tencent::new(
        TencentSettings {
            sdk_app_id: SDK_APP_ID,
            usersig_key: key,
            admin_account: ADMIN_ACCOUNT.to_owned(),
            robot_account: ROBOT_ACCOUNT.to_owned(),
            root: format!("http://{address}/sandbox/engine"),
            callback_secret: Some(random_hex().into()),
            public_url: Some(format!("http://{address}")),
            rate_per_second: settings.engine_per_second.try_into().context("limits.engine is 0")?,
            callback_token: None,
            push: settings.push.clone(),
        },
        clock.clone(),
    )?;
    let announcer = announcer(address, &settings, &clock)?;
    let channel = Channel::open(Some(&home.path().join("desk.db")))
        .map_err(|error| CannotRun(format!("{}: {error}", home.path().display())))?;
    let parts = Parts {
        clock,
        store: open_store(&home.path().join("callout.db"))?,
        tencent: Arc::clone(&tencent),
        announcer: Some(announcer),
        desk: Some(Arc::new(channel)),
        discord: None,
        slack: None,
        routes: engine.router().merge(sandbox_router()).merge(webhooks_router()).merge(people(&settings)),
        settings,
        steps: Arc::new(NoSteps),
        api: ApiAccess::Open,
        events: vec![("handsets", engine.subscribe())],
    };
    let tasks = engine.start();
    Ok((App::start(parts, listener).await?, tencent, tasks))
}

/// The way to the modelled cloud, which speaks and plays.
fn announcer(address: SocketAddr, settings: &Settings, clock: &Clock) -> anyhow::Result<Arc<TencentCloud>> {
    let (room_types, voice) = spoken_as(settings);
    let settings = CloudSettings {
        secret_id: CLOUD_SECRET_ID.into(),
        secret_key: CLOUD_SECRET_KEY.into(),
        region: CLOUD_REGION.to_owned(),
        root: format!("http://{address}/sandbox/engine/trtc"),
        sdk_app_id: SDK_APP_ID,
        robot_account: ROBOT_ACCOUNT.to_owned(),
        usersig_key: USERSIG_KEY.into(),
        room_types,
        voice,
        rate_per_second: CLOUD_RATE,
    };
    Ok(TencentCloud::new(settings, clock.clone())?)
}

/// Who is there, for the page.
fn people(settings: &Settings) -> Router {
    let people = settings.people.iter().map(|person| {
        serde_json::json!({
            "id": person.id,
            "account": person.account,
            "admin": person.roles.administers(),
        })
    });
    let schedules: Vec<&str> = settings.schedules.iter().map(|schedule| schedule.id.as_str()).collect();
    let policies: Vec<&str> = settings.policies.iter().map(|policy| policy.id.as_str()).collect();
    let sources = settings.sources.iter().map(|source| {
        serde_json::json!({
            "id": source.id,
            "kind": source.kind.as_str(),
            "door": source.kind.door(),
            "policy": source.policy,
            "key": key_of(source),
        })
    });
    // Shared: a route is copied with each connection, and there may be thousands of people.
    let people = Arc::new(serde_json::json!({
        "people": people.collect::<Vec<_>>(),
        "schedules": schedules,
        "policies": policies,
        "sources": sources.collect::<Vec<_>>(),
    }));
    Router::new().route("/sandbox/people", get(move || async move { Json((*people).clone()) }))
}

/// Where to go next, in three lines.
fn greet(app: &App, home: &Home) {
    say([
        format!("Callout's sandbox is open: http://{}/", app.address()),
        "Type /call jack video there, and answer on jack's handset. Ctrl-C ends it.".to_owned(),
        format!("Data: {}", home.describe()),
    ]);
}

fn random_hex() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 32]>())
}

/// The data folder.
#[derive(Debug)]
struct Home {
    path: PathBuf,
    is_temporary: bool,
}

impl Home {
    fn open(wanted: Option<PathBuf>) -> Result<Self, CannotRun> {
        let is_temporary = wanted.is_none();
        let name = format!("callout-sandbox-{:08x}", rand::random::<u32>());
        let path = wanted.unwrap_or_else(|| std::env::temp_dir().join(name));
        std::fs::create_dir_all(&path).map_err(|error| {
            CannotRun(format!("{}: the data folder can't be made: {error}", path.display()))
        })?;
        Ok(Self { path, is_temporary })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn describe(&self) -> String {
        if self.is_temporary {
            format!("{} (goes at the end; keep it with --data DIR)", self.path.display())
        } else {
            self.path.display().to_string()
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "the temporary data folder could not be removed");
        }
    }
}
