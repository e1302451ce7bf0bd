//! What Discord says of the bot itself: at the start, and for `callout check --online`. Changes nothing.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serenity::all::{GuildId, Permissions};
use serenity::http::{LightMethod, Request, Route};

use super::Discord;
use super::message::{channel_id, number};
use super::rest::{RestError, Urgency};

/// What the bot needs in a channel, in the words of Discord's own settings.
const NEEDED: [(Permissions, &str); 6] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
];

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Myself {
    /// The bot's user id.
    pub user: u64,
    /// What it is called.
    pub name: String,
}

/// Whether the bot can be used in a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuildAccess {
    /// It is in it; this is its name.
    Member(String),
    /// It is not in it, or the server does not exist.
    NotThere,
}

/// What is missing in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Full,
    /// These, as Discord's settings call them.
    Lacks(Vec<&'static str>),
    /// The bot can't see the channel, or there is none.
    NotThere,
}

/// Why Discord could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The token is void.
    #[error("Discord refuses the token: make a new one in the developer portal, and set DISCORD_TOKEN")]
    Token,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<RestError> for ProbeError {
    fn from(error: RestError) -> Self {
        match error {
            RestError::Token => Self::Token,
            other => Self::Other(other.to_string()),
        }
    }
}

#[derive(Deserialize)]
struct Named {
    id: String,
    #[serde(alias = "username")]
    name: String,
}

#[derive(Deserialize)]
struct Channel {
    guild_id: Option<String>,
    parent_id: Option<String>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
    #[serde(rename = "type")]
    kind: u8,
}

#[derive(Deserialize)]
struct Overwrite {
    id: String,
    #[serde(rename = "type")]
    kind: u8,
    allow: Permissions,
    deny: Permissions,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    permissions: Permissions,
}

#[derive(Deserialize)]
struct Member {
    roles: Vec<String>,
}

impl Discord {
    /// Whose token it is.
    ///
    /// # Errors
    /// [`ProbeError::Token`] when it is void.
    pub async fn myself(&self) -> Result<Myself, ProbeError> {
        let named: Named = self.look(Route::UserMe).await?;
        Ok(Myself { user: number(&named.id).unwrap_or_default(), name: named.name })
    }

    /// Whether Discord lets us ask for the application: it does when the token is a bot's.
    ///
    /// # Errors
    /// [`ProbeError`].
    pub async fn application(&self) -> Result<String, ProbeError> {
        let named: Named = self.look(Route::Oauth2ApplicationCurrent).await?;
        Ok(named.id)
    }

    /// Whether the bot is in a server.
    ///
    /// # Errors
    /// [`ProbeError`] when Discord can't tell.
    pub async fn guild(&self, guild: &str) -> Result<GuildAccess, ProbeError> {
        let Some(id) = number(guild) else { return Ok(GuildAccess::NotThere) };
        match self.look::<Named>(Route::Guild { guild_id: GuildId::new(id) }).await {
            Ok(named) => Ok(GuildAccess::Member(named.name)),
            Err(RestError::Refused { status: 403 | 404, .. }) => Ok(GuildAccess::NotThere),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the bot may register commands in a server.
    ///
    /// # Errors
    /// [`ProbeError`] when Discord can't tell.
    pub async fn may_register(&self, application: &str, guild: &str) -> Result<bool, ProbeError> {
        let (Some(application), Some(guild)) = (number(application), number(guild)) else { return Ok(false) };
        let route = Route::GuildCommands { application_id: application.into(), guild_id: guild.into() };
        match self.look::<IgnoredAny>(route).await {
            Ok(_) => Ok(true),
            Err(RestError::Refused { status: 403 | 404, .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What the bot may do in a channel.
    ///
    /// # Errors
    /// [`ProbeError`] when Discord can't tell.
    pub async fn channel(&self, myself: &Myself, channel: &str) -> Result<Access, ProbeError> {
        let Some(id) = channel_id(channel) else { return Ok(Access::NotThere) };
        let found = match self.look::<Channel>(Route::Channel { channel_id: id }).await {
            Err(RestError::Refused { status: 403 | 404, .. }) => return Ok(Access::NotThere),
            found => found?,
        };
        let Some(guild) = found.guild_id.as_deref().and_then(number) else { return Ok(Access::NotThere) };
        // A thread has the permissions of its channel.
        let of = match found.parent_id.as_deref().and_then(channel_id) {
            Some(parent) if is_thread(found.kind) => self.look(Route::Channel { channel_id: parent }).await?,
            _ => found,
        };
        self.permissions(myself, guild, &of).await.map_err(ProbeError::from)
    }

    async fn permissions(&self, myself: &Myself, guild: u64, channel: &Channel) -> Result<Access, RestError> {
        let guild_id = GuildId::new(guild);
        let roles: Vec<Role> = self.look(Route::GuildRoles { guild_id }).await?;
        let member: Member = self.look(Route::GuildMember { guild_id, user_id: myself.user.into() }).await?;
        let mine = |id: &str| number(id) == Some(guild) || member.roles.iter().any(|role| role == id);
        let base = roles
            .iter()
            .filter(|role| mine(&role.id))
            .fold(Permissions::empty(), |all, role| all | role.permissions);
        if base.contains(Permissions::ADMINISTRATOR) {
            return Ok(Access::Full);
        }
        let mut may = base;
        // Everyone's first, then those of the roles together, then the member's own (Discord, "Permission Overwrites").
        let layers: [&dyn Fn(&Overwrite) -> bool; 3] = [
            &|over| number(&over.id) == Some(guild),
            &|over| over.kind == 0 && number(&over.id) != Some(guild) && mine(&over.id),
            &|over| over.kind == 1 && number(&over.id) == Some(myself.user),
        ];
        for layer in layers {
            let of_layer = || channel.permission_overwrites.iter().filter(|over| layer(over));
            may = may.difference(of_layer().fold(Permissions::empty(), |all, over| all | over.deny));
            may |= of_layer().fold(Permissions::empty(), |all, over| all | over.allow);
        }
        let lacks: Vec<&str> =
            NEEDED.iter().filter(|(one, _)| !may.contains(*one)).map(|(_, name)| *name).collect();
        Ok(if lacks.is_empty() { Access::Full } else { Access::Lacks(lacks) })
    }

    async fn look<T: serde::de::DeserializeOwned>(&self, route: Route<'_>) -> Result<T, RestError> {
        self.rest.send(Urgency::Board, Request::new(route, LightMethod::Get)).await
    }
}

/// Threads are channels of these types (Discord, "Channel Types").
const fn is_thread(kind: u8) -> bool {
    matches!(kind, 10..=12)
}
