//! The way to Discord.

use std::sync::Arc;

use crate::chat::discord::{Discord, DiscordSettings, ProbeError, Reach};
use crate::clock::Clock;
use crate::config::env::Environment;
use crate::domain::settings::Settings;

use super::CannotRun;

/// Discord's client where the environment has its token.
pub(super) fn client(environment: &Environment, clock: Clock) -> Result<Option<Arc<Discord>>, CannotRun> {
    let Some(given) = &environment.discord else { return Ok(None) };
    let authority = match &given.ca_file {
        None => None,
        Some(file) => {
            let read = std::fs::read(file);
            Some(read.map_err(|error| CannotRun(format!("DISCORD_CA_FILE: {}: {error}", file.display())))?)
        }
    };
    let reach = Reach::checked(given.api_url.as_deref(), authority.as_deref());
    let reach = reach.map_err(|error| CannotRun(error.to_string()))?;
    let settings = DiscordSettings { token: given.token.clone(), reach };
    Discord::new(settings, clock).map(Some).map_err(|error| CannotRun(error.to_string()))
}

/// Refuses to serve what nobody could use. Discord itself may be away: then it is waited for, and phones still ring.
pub(super) async fn checked(discord: &Discord, settings: &Settings) -> Result<(), CannotRun> {
    if settings.guilds.is_empty() {
        return Err(CannotRun(
            "no server of Discord is allowed: name yours in the configuration, as [discord] guilds = [\"…\"]"
                .to_owned(),
        ));
    }
    match discord.myself().await {
        Ok(myself) => tracing::info!(bot = myself.name, "Discord takes the token"),
        Err(ProbeError::Token) => return Err(CannotRun(ProbeError::Token.to_string())),
        Err(error) => tracing::warn!(%error, "Discord could not be asked; it is waited for"),
    }
    Ok(())
}
