//! Slack: tokens, scopes, workspaces, and the channels that the configuration names.

use crate::chat::slack::{Access, Known, Myself, NAME, ProbeError, SCOPES, Slack};
use crate::domain::settings::Settings;

use super::places::channels;
use super::table::OnlineReport;

/// Channels that are looked at: each costs a request, of which Slack takes fifty a minute.
const CHANNELS_MAX: usize = 50;
/// People who are looked for: each costs a request, of which Slack takes a hundred a minute.
const PEOPLE_MAX: usize = 100;

pub(super) async fn check(report: &mut OnlineReport, slack: Option<&Slack>, settings: &Settings) {
    let Some(slack) = slack else { return };
    let myself = match slack.myself().await {
        Ok(myself) => myself,
        Err(error) => {
            report.bad("slack", error.to_string());
            report.note("slack scopes, channels", "not checked: put the token right first");
            return;
        }
    };
    report
        .good("slack", format!("the token is {}'s, in {} ({})", myself.name, myself.team_name, myself.team));
    scopes(report, &myself);
    workspaces(report, &myself, settings);
    ways(report, slack).await;
    let channels = channels(settings, NAME);
    for one in channels.iter().take(CHANNELS_MAX) {
        channel(report, slack, one, &myself).await;
    }
    if channels.len() > CHANNELS_MAX {
        report.note("slack channels", format!("{} more were not looked at", channels.len() - CHANNELS_MAX));
    }
    people(report, slack, settings).await;
}

/// Whether everybody's id in the file is somebody's, and who has none.
async fn people(report: &mut OnlineReport, slack: &Slack, settings: &Settings) {
    let listed: Vec<(&str, &str)> = settings
        .people
        .iter()
        .filter_map(|person| Some((person.id.as_str(), person.slack.as_deref()?)))
        .collect();
    let (mut found, mut is_whole) = (0, true);
    for (id, user) in listed.iter().take(PEOPLE_MAX) {
        match slack.user(user).await {
            Ok(Known::Member) => found += 1,
            Ok(Known::Gone) => report.bad(
                format!("slack {user}"),
                format!("{id} has left the workspace: take the id out of the file, or correct it"),
            ),
            Ok(Known::Bot) => {
                report.bad(format!("slack {user}"), format!("{id} is a bot there: correct the id"))
            }
            Ok(Known::Nobody) => report.bad(
                format!("slack {user}"),
                format!("{id} is nobody there: copy the member id again from their profile at Slack"),
            ),
            Err(error) => {
                report.note("slack people", format!("not checked: {error}"));
                is_whole = false;
                break;
            }
        }
    }
    if is_whole && found > 0 {
        report.good("slack people", format!("the ids of {found} in the file are there"));
    }
    if listed.len() > PEOPLE_MAX {
        report.note("slack people", format!("{} more were not looked for", listed.len() - PEOPLE_MAX));
    }
    match settings.people.len() - listed.len() {
        0 => {}
        n => report.note(
            "slack people",
            format!("{n} without a Slack id in the file: each can say who they are there by /callout link"),
        ),
    }
}

fn scopes(report: &mut OnlineReport, myself: &Myself) {
    let what_for = |scope: &&str| {
        let known = SCOPES.iter().find(|(name, _)| name == scope);
        known.map_or_else(|| (*scope).to_owned(), |(name, why)| format!("{name} {why}"))
    };
    let list = |scopes: &[&'static str]| scopes.iter().map(what_for).collect::<Vec<String>>().join("; ");
    if myself.lacks.is_empty() {
        report.good("slack scopes", "all that are needed are granted");
    } else {
        let lacks = list(&myself.lacks);
        report.bad("slack scopes", format!("missing: {lacks}. Add them at Slack, and install the app again"));
    }
    if !myself.could_have.is_empty() {
        report.note("slack scopes", format!("could be added: {}", list(&myself.could_have)));
    }
}

fn workspaces(report: &mut OnlineReport, myself: &Myself, settings: &Settings) {
    if settings.workspaces.contains(&myself.team) {
        report.good("slack workspace", format!("{} is on the list", myself.team));
    } else {
        let advice =
            format!("nobody there can use the bot: add it, as [slack] workspaces = [\"{}\"]", myself.team);
        report.bad("slack workspace", format!("{} is not on the list, so {advice}", myself.team));
    }
}

async fn ways(report: &mut OnlineReport, slack: &Slack) {
    match slack.socket().await {
        Ok(Some(())) => report.good("slack socket", "Socket Mode opens"),
        Ok(None) => report.note(
            "slack socket",
            "off, everything comes over HTTP: whether SLACK_SIGNING_SECRET is right shows the first command",
        ),
        Err(error) => report.bad("slack socket", error.to_string()),
    }
}

async fn channel(report: &mut OnlineReport, slack: &Slack, channel: &str, myself: &Myself) {
    let what = format!("slack:{channel}");
    let posts_anywhere = !myself.could_have.contains(&"chat:write.public");
    match slack.channel(channel).await {
        Ok(Access::Member(name)) => report.good(what, format!("#{name}, the bot is in it")),
        Ok(Access::NotInvited { name, is_private: false }) if posts_anywhere => {
            report.good(what, format!("#{name}, public: the bot may post there"));
        }
        Ok(Access::NotInvited { name, .. }) => {
            report.bad(what, format!("#{name}, and the bot is not in it: /invite it there"));
        }
        Ok(Access::Archived(name)) => {
            report.bad(what, format!("#{name} is archived: name another channel, or bring it back"));
        }
        Ok(Access::NotThere) => {
            report.bad(what, "the bot sees no such channel: if it is private, /invite it there");
        }
        Err(ProbeError::Other(why)) => report.note(what, format!("not checked: {why}")),
        Err(error) => report.bad(what, error.to_string()),
    }
}
