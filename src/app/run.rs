//! `callout run`: the chats and the engine that the environment configures.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;

use super::cloud;
use super::signals::{Asked, Signals};
use super::{App, CannotRun, Parts, listen, open_store, reload, say, stop_within};
use crate::chat::desk::{self, Channel};
use crate::chat::{discord, slack};
use crate::clock::Clock;
use crate::config::env::{self, Environment, EnvironmentError};
use crate::domain::settings::Settings;
use crate::engine::tencent::{Registration, Tencent, TencentSettings, checked_root};
use crate::http::ApiAccess;
use crate::ports::NoSteps;

/// Serves until an operator stops it.
///
/// # Errors
/// [`CannotRun`] with every missing variable, or one clear line; anything else is ours.
pub async fn run(environment: Environment) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let settings = settings(&environment.config)?;
    let listener = listen(environment.listen, "choose another with LISTEN_ADDR").await?;
    let tencent = tencent(&environment, &settings, Clock::system())?;
    let announcer = cloud::announcer(&environment, &settings, Clock::system())?;
    let started = settings.clone();
    let desk = desk(&environment)?;
    let discord = super::discord::client(&environment, Clock::system())?;
    if let Some(discord) = &discord {
        let checked = signals.unless_stopped(super::discord::checked(discord, &settings)).await;
        let Some(()) = checked.transpose()? else { return Ok(()) };
    }
    let slack = super::slack::client(&environment, Clock::system())?;
    if let Some(slack) = &slack {
        let checked = signals.unless_stopped(super::slack::checked(slack, &settings)).await;
        let Some(()) = checked.transpose()? else { return Ok(()) };
    }
    let parts = Parts {
        clock: Clock::system(),
        store: open_store(&environment.database)?,
        tencent: Arc::clone(&tencent),
        announcer: announcer.map(|announcer| announcer as _),
        desk,
        discord,
        slack,
        settings,
        steps: Arc::new(NoSteps),
        api: environment
            .admin_token
            .clone()
            .map_or(ApiAccess::Off, |token| ApiAccess::Bearer(Arc::new(token))),
        routes: Router::new(),
        events: Vec::new(),
    };
    // With an engine that is silent and many open calls this takes a while; dropping it loses nothing.
    let starting = signals.unless_stopped(App::start(parts, listener)).await;
    let Some(app) = starting.transpose()? else { return Ok(()) };
    if signals.unless_stopped(register(&tencent, started.replace_callback)).await.is_none() {
        stop_within(app, signals).await;
        return Ok(());
    }
    greet(&app, &environment, &started);
    while signals.next().await == Asked::Reload {
        if signals.unless_stopped(reload(&app, &started, (&secrets, &environment.config))).await.is_none() {
            break;
        }
    }
    stop_within(app, signals).await;
    Ok(())
}

fn settings(file: &Path) -> Result<Settings, CannotRun> {
    let loaded = super::load_with(&secrets, file)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    Ok(loaded.settings)
}

/// `error`, with what is wrong with the variables that the file names: one start tells of all. A file that is wrong
/// tells of itself at the next.
#[must_use]
pub fn all_missing(error: EnvironmentError) -> EnvironmentError {
    let loaded = super::load(&env::config_path(&env::process));
    let named = loaded.ok().and_then(|mut loaded| secrets(&mut loaded.settings).err());
    EnvironmentError(error.0.into_iter().chain(named.into_iter().flat_map(|error| error.0)).collect())
}

/// What the file names variables for, from the process's own.
fn secrets(settings: &mut Settings) -> Result<(), EnvironmentError> {
    let keys = env::alert_keys(&settings.sources, &env::process);
    let endpoints = env::endpoints(&settings.webhooks, &env::process);
    match (keys, endpoints) {
        (Ok(keys), Ok(endpoints)) => {
            (settings.keys, settings.endpoints) = (keys, endpoints);
            Ok(())
        }
        (keys, endpoints) => {
            let problems = [keys.err(), endpoints.err()].into_iter().flatten().flat_map(|error| error.0);
            Err(EnvironmentError(problems.collect()))
        }
    }
}

/// The engine's client, as the environment and the file say.
pub(super) fn tencent(
    environment: &Environment,
    settings: &Settings,
    clock: Clock,
) -> anyhow::Result<Arc<Tencent>> {
    let given = &environment.tencent;
    let root = checked_root(given.region, given.call_url.as_deref()).map_err(CannotRun)?;
    let settings = TencentSettings {
        sdk_app_id: given.sdk_app_id,
        usersig_key: given.usersig_key.clone(),
        admin_account: given.admin.to_string(),
        robot_account: given.robot.to_string(),
        root,
        callback_secret: given.callback_secret.clone(),
        public_url: environment.public_url.clone(),
        rate_per_second: NonZeroU32::new(settings.engine_per_second).context("limits.engine is 0")?,
        callback_token: given.callback_token.clone(),
        push: settings.push.clone(),
    };
    Ok(Tencent::new(settings, clock).map_err(|error| CannotRun(error.to_string()))?)
}

/// The desk is for trials: its messages live beside the store.
fn desk(environment: &Environment) -> Result<Option<Arc<Channel>>, CannotRun> {
    if !environment.desk {
        return Ok(None);
    }
    let file = environment.database.with_extension("desk.db");
    let channel = Channel::open(Some(&file));
    let channel = channel.map_err(|error| CannotRun(format!("{}: {error}", file.display())))?;
    Ok(Some(Arc::new(channel)))
}

/// Takes another's place only when `replace` says so.
async fn register(tencent: &Tencent, replace: bool) {
    let done = if replace { tencent.replace_callback().await } else { tencent.register_callback().await };
    match done {
        Ok(Registration::Foreign(why)) => tracing::warn!(why, "engine callbacks are not registered"),
        Ok(done) => tracing::info!(?done, "engine callbacks"),
        Err(error) => {
            tracing::warn!(%error, "engine callbacks are not registered; outcomes come by polling");
        }
    }
}

/// Where to go next, in three lines.
fn greet(app: &App, environment: &Environment, settings: &Settings) {
    let served = Served::of(environment);
    for warning in unserved(settings, &served) {
        tracing::warn!("{warning}");
    }
    say([
        format!("Callout listens on http://{}", app.address()),
        chats(&served, !settings.sources.is_empty()),
        format!("Ready when /readyz says so; settings: {}", environment.config.display()),
    ]);
}

/// Which chats are served.
#[derive(Debug, Clone, Copy, Default)]
struct Served {
    discord: bool,
    slack: bool,
    desk: bool,
}

impl Served {
    const fn of(environment: &Environment) -> Self {
        Self {
            discord: environment.discord.is_some(),
            slack: environment.slack.is_some(),
            desk: environment.desk,
        }
    }

    const fn any(&self) -> bool {
        self.discord || self.slack || self.desk
    }

    fn has(&self, chat: &str) -> bool {
        match chat {
            discord::NAME => self.discord,
            slack::NAME => self.slack,
            desk::NAME => self.desk,
            _ => false,
        }
    }
}

/// Where people can type; without a chat, what that means for those whom alerts ring.
fn chats(served: &Served, has_sources: bool) -> String {
    let all = [
        (served.discord, "Discord is served."),
        (served.slack, "Slack is served."),
        (served.desk, "The desk is open under /sandbox/desk: for trials only."),
    ];
    let all: Vec<&str> = all.into_iter().filter(|(is, _)| *is).map(|(_, said)| said).collect();
    match (served.any(), has_sources) {
        (true, _) => all.join(" "),
        (false, true) => "No chat is configured: alerts ring people, and nobody can acknowledge. \
             Set DISCORD_TOKEN or SLACK_BOT_TOKEN."
            .to_owned(),
        (false, false) => {
            "No chat is configured, so nobody can type a command; what was placed before goes on.".to_owned()
        }
    }
}

/// What the file wants shown in a chat that is not served.
fn unserved(settings: &Settings, served: &Served) -> Vec<String> {
    let of_sources = settings.sources.iter().flat_map(|source| {
        let all = source.rules.iter().flat_map(|rule| rule.post.iter().flatten());
        source.post.iter().chain(all).map(move |place| (place, format!("source {}", source.id)))
    });
    let of_policies = settings.policies.iter().flat_map(|policy| {
        let all = policy.steps.iter().flat_map(|step| &step.post);
        all.map(move |place| (place, format!("policy {}", policy.id)))
    });
    let mut said: Vec<String> = Vec::new();
    for (place, what) in of_sources.chain(of_policies).filter(|(place, _)| !served.has(&place.chat)) {
        let (chat, channel) = (&place.chat, &place.channel);
        let line = format!("{chat}:{channel} of {what} is not shown: {chat} is not configured here");
        if !said.contains(&line) {
            said.push(line);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[policy]]
id = "p"
[[policy.step]]
ring = ["ana"]
post = ["discord:1122334455"]
[[source]]
id = "prod"
kind = "alertmanager"
keys_env = "ALERT_KEYS_PROD"
policy = "p"
post = ["slack:C0123456"]
"#;

    #[test]
    fn whom_alerts_ring_without_a_chat_is_said_at_the_start() {
        let settings = crate::config::parse("callout.toml", FILE).0.unwrap().settings;
        let nothing = Served::default();
        insta::assert_snapshot!(chats(&nothing, true), @"No chat is configured: alerts ring people, and nobody can acknowledge. Set DISCORD_TOKEN or SLACK_BOT_TOKEN.");
        insta::assert_snapshot!(chats(&nothing, false), @"No chat is configured, so nobody can type a command; what was placed before goes on.");
        insta::assert_snapshot!(unserved(&settings, &nothing).join("\n"), @r"
        slack:C0123456 of source prod is not shown: slack is not configured here
        discord:1122334455 of policy p is not shown: discord is not configured here
        ");
        let both = Served { discord: true, slack: true, desk: false };
        assert_eq!(unserved(&settings, &both), Vec::<String>::new());
        assert_eq!(chats(&both, true), "Discord is served. Slack is served.");
    }
}
