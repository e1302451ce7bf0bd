//! What the process is given by its environment. Read once, at start; `.env.example` documents it.

mod keys;
mod values;
mod vars;

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;

pub use self::keys::{alert_keys, endpoint, endpoints};
pub use self::values::REGIONS;
pub(super) use self::values::is_loopback;
pub use self::vars::Lookup;
use self::vars::{Vars, secret};
use crate::domain::ids::Account;
use crate::telemetry::Logging;

/// Configuration file when nobody names another.
pub const DEFAULT_CONFIG: &str = "callout.toml";
const DEFAULT_DATABASE: &str = "callout.db";

/// Shortest token and callback secret, in characters: not to be found by trying.
const SECRET_MIN: usize = 16;

/// Longest token that signs callbacks, in characters (wire reference, section 3.6).
const CALLBACK_TOKEN_MAX: usize = 128;

const DISCORD: [&str; 2] = ["DISCORD_API_URL", "DISCORD_CA_FILE"];
const SLACK: [&str; 3] = ["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"];
const CLOUD: [&str; 3] = ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_REGION"];

/// Everything that `callout run` is given.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The configuration file.
    pub config: PathBuf,
    /// The file of the store.
    pub database: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the outside world reaches us, without a slash at its end.
    pub public_url: Option<String>,
    /// Opens `/api/*` and the status page; both are off without it.
    pub admin_token: Option<SecretString>,
    /// The call engine.
    pub tencent: Tencent,
    /// The cloud that speaks announcements.
    pub cloud: Option<Cloud>,
    /// Discord, where it is served.
    pub discord: Option<Discord>,
    /// Slack, where it is served.
    pub slack: Option<Slack>,
    /// Also mount the sandbox's desk. Only on loopback: whoever reaches it may ring people.
    pub desk: bool,
    /// The log.
    pub logging: Logging,
}

/// The call engine's account.
#[derive(Debug, Clone)]
pub struct Tencent {
    /// The application.
    pub sdk_app_id: u32,
    /// Signs for the application's accounts.
    pub usersig_key: SecretString,
    /// Whose signature requests carry.
    pub admin: Account,
    /// Whom phones show as the caller.
    pub robot: Account,
    /// One of [`REGIONS`].
    pub region: &'static str,
    /// Replaces the region's scheme and host; without a slash at its end.
    pub call_url: Option<String>,
    /// Last path segment of our callback URL; no callbacks are taken without it.
    pub callback_secret: Option<SecretString>,
    /// Signs callbacks, where the vendor's console was told so; without it, the path alone proves them.
    pub callback_token: Option<SecretString>,
}

/// The bot in Discord.
#[derive(Debug, Clone)]
pub struct Discord {
    /// The bot's token.
    pub token: SecretString,
    /// Replaces `https://discord.com`; without a slash at its end.
    pub api_url: Option<String>,
    /// The certificate authority, in PEM, of an https address in [`api_url`](Self::api_url).
    pub ca_file: Option<PathBuf>,
}

/// The bot in Slack. One of the two ways in is there at least.
#[derive(Debug, Clone)]
pub struct Slack {
    /// The bot's token.
    pub bot_token: SecretString,
    /// The app's token, for Socket Mode.
    pub app_token: Option<SecretString>,
    /// Signs what comes over HTTP.
    pub signing_secret: Option<SecretString>,
    /// Replaces `https://slack.com/api`; without a slash at its end.
    pub api_url: Option<String>,
}

/// The cloud account, another than the engine's.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Names the key.
    pub secret_id: SecretString,
    /// The key.
    pub secret_key: SecretString,
    /// As in `ap-singapore`.
    pub region: String,
    /// Replaces the root of the cloud API; without a slash at its end.
    pub url: Option<String>,
}

/// Every variable that is missing or wrong, one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct EnvironmentError(pub Vec<String>);

/// The process's own variables. A value that is not UTF-8 counts as not set.
#[must_use]
pub fn process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The configuration file: all that `callout check` asks the environment.
#[must_use]
pub fn config_path(lookup: Lookup<'_>) -> PathBuf {
    Vars::new(lookup).get("CALLOUT_CONFIG").map_or_else(|| DEFAULT_CONFIG.into(), PathBuf::from)
}

/// The file of the store, for a command that needs nothing else.
///
/// # Errors
/// [`EnvironmentError`] when `DATABASE_URL` is none that is built.
pub fn database_path(lookup: Lookup<'_>) -> Result<PathBuf, EnvironmentError> {
    let mut vars = Vars::new(lookup);
    let database = vars.read("DATABASE_URL", values::database);
    if vars.problems.is_empty() {
        Ok(database.unwrap_or_else(|| DEFAULT_DATABASE.into()))
    } else {
        Err(EnvironmentError(vars.problems))
    }
}

impl Environment {
    /// Reads what `callout run` needs.
    ///
    /// # Errors
    /// [`EnvironmentError`] with everything that is wrong, not only the first.
    pub fn for_run(lookup: Lookup<'_>) -> Result<Self, EnvironmentError> {
        let mut vars = Vars::new(lookup);
        let config = config_path(lookup);
        let tencent = tencent(&mut vars);
        let logging = Logging::read(lookup);
        let database = vars.read("DATABASE_URL", values::database);
        let listen = vars.read("LISTEN_ADDR", values::listen);
        let public_url = vars.read("PUBLIC_URL", values::url);
        let admin_token = vars.read("ADMIN_TOKEN", |value| secret(value, SECRET_MIN));
        let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let desk = desk(&mut vars, listen);
        let cloud = cloud(&mut vars);
        let discord = discord(&mut vars);
        let slack = slack(&mut vars);
        vars.problems.extend(logging.clone().err().unwrap_or_default());
        match (tencent, logging, vars.problems.is_empty()) {
            (Some(tencent), Ok(logging), true) => Ok(Self {
                config,
                database: database.unwrap_or_else(|| DEFAULT_DATABASE.into()),
                listen,
                public_url,
                admin_token,
                tencent,
                cloud,
                discord,
                slack,
                desk,
                logging,
            }),
            _ => Err(EnvironmentError(vars.problems)),
        }
    }
}

fn tencent(vars: &mut Vars<'_>) -> Option<Tencent> {
    let app = "the SDKAppID of the call application, from the Tencent RTC console";
    let sdk_app_id = vars.need("TENCENT_SDK_APP_ID", app, values::app_id);
    let key = "the SecretKey of the same application";
    let usersig_key = vars.need("TENCENT_USERSIG_KEY", key, |value| secret(value, 1));
    let admin = "an account with admin rights in the application, usually administrator";
    let admin = vars.need("TENCENT_ADMIN_ACCOUNT", admin, values::account);
    let robot = "the account that phones show as the caller";
    let robot = vars.need("TENCENT_ROBOT_ACCOUNT", robot, values::account);
    let region = vars.read("TENCENT_REGION", values::region);
    let call_url = vars.read("TENCENT_CALL_URL", values::url);
    let callback_secret = vars.read("TENCENT_CALLBACK_SECRET", |value| values::segment(value, SECRET_MIN));
    let callback_token =
        vars.read("TENCENT_CALLBACK_TOKEN", |value| values::at_most(value, CALLBACK_TOKEN_MAX));
    if callback_token.is_some() && vars.get("TENCENT_CALLBACK_SECRET").is_none() {
        vars.problem(
            "TENCENT_CALLBACK_TOKEN does nothing alone: set TENCENT_CALLBACK_SECRET as well, or unset it"
                .to_owned(),
        );
    }
    Some(Tencent {
        sdk_app_id: sdk_app_id?,
        usersig_key: usersig_key?,
        admin: admin?,
        robot: robot?,
        region: region.unwrap_or(REGIONS[0]),
        call_url,
        callback_secret,
        callback_token,
    })
}

fn cloud(vars: &mut Vars<'_>) -> Option<Cloud> {
    let whole = vars.all_or_none(&CLOUD);
    let [secret_id, secret_key] = [CLOUD[0], CLOUD[1]].map(|name| vars.read(name, |value| secret(value, 1)));
    let region = vars.read("TENCENTCLOUD_REGION", values::cloud_region);
    let url = vars.read("TENCENT_TRTC_URL", values::url);
    if vars.get("TENCENT_TRTC_URL").is_some() && vars.set_of(&CLOUD).is_empty() {
        vars.problem(format!(
            "TENCENT_TRTC_URL does nothing alone: set {} as well, or unset it",
            CLOUD.join(", ")
        ));
    }
    whole.then_some(Cloud { secret_id: secret_id?, secret_key: secret_key?, region: region?, url })
}

fn discord(vars: &mut Vars<'_>) -> Option<Discord> {
    let token = vars.read("DISCORD_TOKEN", values::discord_token);
    let [api_url, ca_file] = DISCORD;
    let url = vars.read(api_url, values::url);
    let file = vars.read(ca_file, |value| Ok(PathBuf::from(value)));
    alone(vars, &DISCORD, "DISCORD_TOKEN");
    Some(Discord { token: token?, api_url: url, ca_file: file })
}

fn slack(vars: &mut Vars<'_>) -> Option<Slack> {
    let bot_token = vars.read("SLACK_BOT_TOKEN", |value| values::slack_token(value, "xoxb-"));
    let [app_token, signing_secret, api_url] = SLACK;
    let app_token = vars.read(app_token, |value| values::slack_token(value, "xapp-"));
    let signing_secret = vars.read(signing_secret, |value| secret(value, SECRET_MIN));
    let api_url = vars.read(api_url, values::url);
    alone(vars, &SLACK, "SLACK_BOT_TOKEN");
    let is_set = |name: &str| vars.get(name).is_some();
    if is_set("SLACK_BOT_TOKEN") && !is_set("SLACK_APP_TOKEN") && !is_set("SLACK_SIGNING_SECRET") {
        vars.problem(
            "SLACK_BOT_TOKEN has no way in: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP"
                .to_owned(),
        );
    }
    Some(Slack { bot_token: bot_token?, app_token, signing_secret, api_url })
}

/// Variables that do nothing without another.
fn alone(vars: &mut Vars<'_>, names: &[&str], needed: &str) {
    let alone = vars.set_of(names);
    if vars.get(needed).is_none() && !alone.is_empty() {
        let (does, it) = if alone.len() == 1 { ("does", "it") } else { ("do", "them") };
        let alone = alone.join(" and ");
        vars.problem(format!("{alone} {does} nothing alone: set {needed} as well, or unset {it}"));
    }
}

fn desk(vars: &mut Vars<'_>, listen: SocketAddr) -> bool {
    let desk = vars.read("CALLOUT_DESK", values::switch).unwrap_or(false);
    if desk && !listen.ip().is_loopback() {
        vars.problem(format!(
            "CALLOUT_DESK: the desk lets anyone who reaches {listen} ring people, set LISTEN_ADDR to 127.0.0.1:8080"
        ));
    }
    desk
}

#[cfg(test)]
mod tests;
