//! Discord: the token, the application, the servers, and what the bot may do in each channel of the file.

use std::sync::Arc;

use crate::chat::discord::{Access, Discord, GuildAccess, Myself, NAME, ProbeError};
use crate::domain::settings::Settings;

use super::places::channels;
use super::table::OnlineReport;

/// What an invitation needs (README, "Discord").
const INVITE: &str = "invite it with the scopes bot and applications.commands";

/// Channels that are looked at: each costs some requests.
const CHANNELS_MAX: usize = 50;

pub(super) async fn check(report: &mut OnlineReport, discord: Option<&Arc<Discord>>, settings: &Settings) {
    let Some(discord) = discord else {
        if !settings.guilds.is_empty() {
            report.note("discord", "not served: [discord] names servers, and DISCORD_TOKEN is not set");
        }
        return;
    };
    let myself = match discord.myself().await {
        Ok(myself) => myself,
        Err(error) => return report.bad("discord", error.to_string()),
    };
    report.good("discord", format!("takes the token of {}", myself.name));
    if settings.guilds.is_empty() {
        report.bad("discord servers", "none is allowed: name yours as [discord] guilds = [\"…\"]");
    }
    match discord.application().await {
        Err(error) => report.bad("discord application", error.to_string()),
        Ok(application) => {
            for guild in &settings.guilds {
                guild_row(report, discord, (&application, guild)).await;
            }
        }
    }
    let channels = channels(settings, NAME);
    for channel in channels.iter().take(CHANNELS_MAX) {
        channel_row(report, discord, (&myself, channel)).await;
    }
    if channels.len() > CHANNELS_MAX {
        report.note("discord channels", format!("{} more were not looked at", channels.len() - CHANNELS_MAX));
    }
    people(report, settings);
}

async fn guild_row(report: &mut OnlineReport, discord: &Discord, (application, guild): (&str, &str)) {
    let what = format!("discord server {guild}");
    let found = async {
        let access = discord.guild(guild).await?;
        Ok::<_, ProbeError>((access, discord.may_register(application, guild).await?))
    };
    match found.await {
        Ok((GuildAccess::Member(name), true)) => {
            report.good(what, format!("the bot is in {name}, and may register commands"))
        }
        Ok((GuildAccess::Member(name), false)) => {
            report.bad(what, format!("the bot is in {name}, and may not register commands: {INVITE}"));
        }
        Ok((GuildAccess::NotThere, _)) => report.bad(what, format!("the bot is not in it: {INVITE}")),
        Err(error) => report.bad(what, error.to_string()),
    }
}

async fn channel_row(report: &mut OnlineReport, discord: &Discord, (myself, channel): (&Myself, &str)) {
    let what = format!("discord channel {channel}");
    match discord.channel(myself, channel).await {
        Ok(Access::Full) => report.good(what, "the bot may write and open threads"),
        Ok(Access::Lacks(missing)) => {
            report
                .bad(what, format!("the bot lacks {}: give it to the bot's role there", missing.join(", ")));
        }
        Ok(Access::NotThere) => {
            report
                .bad(what, "the bot does not see it: copy the id again, or give the bot's role View Channel");
        }
        Err(error) => report.bad(what, error.to_string()),
    }
}

/// Who can't command in Discord yet.
fn people(report: &mut OnlineReport, settings: &Settings) {
    let without = settings.people.iter().filter(|person| person.discord.is_none()).count();
    match without {
        0 => report.good("discord people", "everybody has a Discord id in the file"),
        n => report.note(
            "discord people",
            format!("{n} without a Discord id in the file: each can say who they are there by /callout link"),
        ),
    }
}
