//! The way to Slack.

use std::sync::Arc;

use crate::chat::slack::{ApiRoot, Pace, ProbeError, Slack, SlackSettings};
use crate::clock::Clock;
use crate::config::env::Environment;
use crate::domain::settings::Settings;

use super::CannotRun;

/// Slack's client where the environment has its token.
pub(super) fn client(environment: &Environment, clock: Clock) -> Result<Option<Arc<Slack>>, CannotRun> {
    let Some(given) = &environment.slack else { return Ok(None) };
    let root = ApiRoot::checked(given.api_url.as_deref()).map_err(|error| CannotRun(error.to_string()))?;
    let settings = SlackSettings {
        bot_token: given.bot_token.clone(),
        app_token: given.app_token.clone(),
        signing_secret: given.signing_secret.clone(),
        root,
        pace: Pace::default(),
    };
    Slack::new(settings, clock).map(Some).map_err(|error| CannotRun(error.to_string()))
}

/// Refuses to serve what nobody could use. Slack itself may be away: then it is waited for, and phones still ring.
pub(super) async fn checked(slack: &Slack, settings: &Settings) -> Result<(), CannotRun> {
    let myself = match slack.myself().await {
        Ok(myself) => Some(myself),
        Err(error @ ProbeError::Token(_)) => return Err(CannotRun(error.to_string())),
        Err(error) => {
            tracing::warn!(%error, "Slack could not be asked; it is waited for");
            None
        }
    };
    if settings.workspaces.is_empty() {
        let team = myself.as_ref().map_or("T…", |myself| myself.team.as_str());
        return Err(CannotRun(format!(
            "no workspace of Slack is allowed: name yours in the configuration, as [slack] workspaces = [\"{team}\"]"
        )));
    }
    let Some(myself) = myself else { return Ok(()) };
    tracing::info!(workspace = myself.team_name, bot = myself.name, "Slack takes the token");
    if !settings.workspaces.contains(&myself.team) {
        tracing::warn!(
            workspace = myself.team,
            "the token's own workspace is not on the list: see [slack] workspaces"
        );
    }
    if !myself.lacks.is_empty() {
        tracing::error!(
            scopes = myself.lacks.join(", "),
            "the app lacks scopes: add them at Slack, and install it again"
        );
    }
    if !myself.could_have.is_empty() {
        tracing::info!(scopes = myself.could_have.join(", "), "with these scopes the bot could do more");
    }
    Ok(())
}
