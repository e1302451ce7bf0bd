//! Registers the commands in every server of the list: only when they have changed since.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serenity::all::{ApplicationId, GuildId};
use serenity::http::{LightMethod, Request, Route};
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

impl NotRegistered {
    fn of(error: RestError) -> Self {
        if error.is_forbidden() || error.is_no_guild() { Self::NotInvited(error) } else { error.into() }
    }
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
                    let why = error.to_string();
                    if self.link.is_news(guild, &why) {
                        tracing::error!(
                            guild,
                            why,
                            "the commands could not be registered; it is tried again"
                        );
                    }
                    failed.push((guild.clone(), why));
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
        let route = Route::GuildCommands { application_id, guild_id };
        let known = doors.store.kept(&key).await?.as_deref() == Some(digest);
        if known && self.has_commands(route, body).await? {
            return Ok(false);
        }
        let request = with_body(route, LightMethod::Put, &()).body(Some(body.to_vec()));
        self.rest.send::<serde::de::IgnoredAny>(Urgency::Board, request).await.map_err(NotRegistered::of)?;
        doors.store.keep(&key, digest).await?;
        Ok(true)
    }

    /// Whether a server still has what was registered there: it forgets that when the bot is removed from it.
    async fn has_commands(&self, route: Route<'_>, body: &[u8]) -> Result<bool, NotRegistered> {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let names =
            |named: Vec<Named>| named.into_iter().map(|command| command.name).collect::<BTreeSet<_>>();
        let wanted = names(serde_json::from_slice(body).unwrap_or_default());
        let request = Request::new(route, LightMethod::Get);
        let there = self.rest.send::<Vec<Named>>(Urgency::Board, request).await.map_err(NotRegistered::of)?;
        Ok(names(there) == wanted)
    }
}
