//! Registers the commands in every server of the list: only when they have changed since.

use data_encoding::HEXLOWER;
use serenity::all::{ApplicationId, GuildId};
use serenity::http::{LightMethod, Route};
use sha2::{Digest as _, Sha256};

use super::Discord;
use super::commands::commands;
use super::message::number;
use super::rest::{RestError, Urgency, with_body};
use super::serve::Doors;
use crate::ports::StoreError;

/// Why the commands of a server could not be registered.
#[derive(Debug, thiserror::Error)]
enum NotRegistered {
    #[error("{0}")]
    Discord(#[from] RestError),
    #[error(
        "the bot is not in it, or was invited without the scope applications.commands: invite it again ({0})"
    )]
    NotInvited(RestError),
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Discord {
    /// Brings every server up to date. Returns whether all are; what is not is in `/readyz` and the log.
    pub(super) async fn register(&self, application: u64, doors: &Doors) -> bool {
        let settings = (doors.settings)();
        let body = serde_json::to_vec(&commands(&settings.commands)).unwrap_or_default();
        let digest = HEXLOWER.encode(&Sha256::digest(&body)[..16]);
        let mut failed = Vec::new();
        for guild in &settings.guilds {
            let Some(id) = number(guild) else { continue };
            let place = (ApplicationId::new(application), GuildId::new(id));
            match self.register_in(place, &body, &digest, doors).await {
                Ok(true) => tracing::info!(guild, "the commands are registered"),
                Ok(false) => tracing::debug!(guild, "the commands are registered as they are"),
                Err(error) => {
                    tracing::error!(guild, %error, "the commands could not be registered; it is tried again");
                    failed.push((guild.clone(), error.to_string()));
                }
            }
        }
        let done = failed.is_empty();
        self.link.registered(failed);
        done
    }

    /// Returns whether anything had to be changed.
    async fn register_in(
        &self,
        (application_id, guild_id): (ApplicationId, GuildId),
        body: &[u8],
        digest: &str,
        doors: &Doors,
    ) -> Result<bool, NotRegistered> {
        let key = format!("discord:commands:{application_id}:{guild_id}");
        if doors.store.kept(&key).await?.as_deref() == Some(digest) {
            return Ok(false);
        }
        let route = Route::GuildCommands { application_id, guild_id };
        let request = with_body(route, LightMethod::Put, &()).body(Some(body.to_vec()));
        self.rest.send::<serde::de::IgnoredAny>(Urgency::Board, request).await.map_err(|error| {
            if error.is_forbidden() || error.is_no_guild() {
                NotRegistered::NotInvited(error)
            } else {
                error.into()
            }
        })?;
        doors.store.keep(&key, digest).await?;
        Ok(true)
    }
}
