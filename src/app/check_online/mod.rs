//! `callout check --online`: proves what a file cannot show, and changes nothing.

mod cloud;
mod discord;
mod engine;
mod places;
mod slack;
mod table;

use crate::clock::Clock;
use crate::config::env::Environment;
use crate::domain::settings::Settings;

pub use self::table::OnlineReport;
use super::run::tencent;

/// Asks the engine, the cloud and the chats what `callout run` will need of them. What they refuse is in the report.
///
/// # Errors
/// [`CannotRun`](super::CannotRun) when the settings cannot work, as [`run`](super::run()) says it.
pub async fn check_online(environment: &Environment, settings: &Settings) -> anyhow::Result<OnlineReport> {
    let tencent = tencent(environment, settings, Clock::system())?;
    let speaker = super::cloud::client(environment, settings, Clock::system())?;
    let bot = super::discord::client(environment, Clock::system())?;
    let mut report = OnlineReport::default();
    engine::check(&mut report, &tencent, (environment, settings)).await;
    cloud::check(&mut report, speaker.as_deref(), (environment, settings)).await;
    discord::check(&mut report, bot.as_ref(), settings).await;
    let slack_client = super::slack::client(environment, Clock::system())?;
    slack::check(&mut report, slack_client.as_deref(), settings).await;
    Ok(report)
}
