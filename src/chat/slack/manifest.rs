//! The app's manifest, made from the one table of commands: pasted at Slack, it makes the whole app.

use std::fmt::Write as _;

use super::decode::{CALL_ABOUT, PAGE_ABOUT};
use super::limits::cut;
use crate::domain::command::table::{CommandSpec, TABLE};
use crate::domain::report::{CALL_ABOUT_TITLE, CALL_ABOUT_WHAT, PAGE_ABOUT_TITLE, PAGE_ABOUT_WHAT};
use crate::domain::settings::CommandNames;

/// What the bot's token must be allowed, and what for.
pub const SCOPES: [(&str, &str); 9] = [
    ("app_mentions:read", "to hear what is said to it in threads"),
    ("channels:read", "to check the channels of the configuration"),
    ("chat:write", "to post cards and threads"),
    ("chat:write.public", "to post in public channels without being invited"),
    ("commands", "slash commands and shortcuts"),
    ("groups:read", "to check private channels of the configuration"),
    ("im:write", "to tell somebody something in private"),
    ("pins:write", "to pin a board"),
    ("users:read", "to check the people of the configuration"),
];
/// The scopes without which something is only less comfortable.
pub(super) const OPTIONAL_SCOPES: [&str; 4] =
    ["channels:read", "chat:write.public", "groups:read", "users:read"];
/// What Slack tells the app of.
const EVENTS: [&str; 2] = ["app_home_opened", "app_mention"];
/// Shortcuts of a message: their ids, what they are called, and what they do.
const SHORTCUTS: [(&str, &str, &str); 2] =
    [(PAGE_ABOUT, PAGE_ABOUT_TITLE, PAGE_ABOUT_WHAT), (CALL_ABOUT, CALL_ABOUT_TITLE, CALL_ABOUT_WHAT)];
/// Longest description of a command, and hint of how it is used, in characters.
const HELP_MAX: usize = 200;

/// The manifest, in YAML. With `public_url`, everything comes over HTTP to that address; without it, over Socket Mode.
#[must_use]
pub fn manifest(names: &CommandNames, public_url: Option<&str>) -> String {
    let mut out = String::new();
    out.push_str("display_information:\n  name: \"Callout\"\n");
    out.push_str("  description: \"Rings people from chat\"\n  background_color: \"#1f3d2b\"\n");
    out.push_str("features:\n  app_home:\n    home_tab_enabled: true\n    messages_tab_enabled: true\n");
    out.push_str("    messages_tab_read_only_enabled: true\n");
    out.push_str("  bot_user:\n    display_name: \"callout\"\n    always_online: true\n");
    out.push_str("  shortcuts:\n");
    for (id, title, what) in SHORTCUTS {
        // A text cannot fail to be written.
        let _ = writeln!(
            out,
            "    - name: {}\n      type: message\n      callback_id: {id}\n      description: {}",
            quoted(title),
            quoted(what)
        );
    }
    out.push_str("  slash_commands:\n");
    TABLE.iter().for_each(|spec| command(&mut out, spec, names, public_url));
    out.push_str("oauth_config:\n  scopes:\n    bot:\n");
    SCOPES.iter().for_each(|(scope, _)| {
        let _ = writeln!(out, "      - {scope}");
    });
    out.push_str("settings:\n  event_subscriptions:\n");
    url(&mut out, "    request_url", public_url, "event");
    out.push_str("    bot_events:\n");
    EVENTS.iter().for_each(|event| {
        let _ = writeln!(out, "      - {event}");
    });
    out.push_str("  interactivity:\n    is_enabled: true\n");
    url(&mut out, "    request_url", public_url, "interaction");
    out.push_str("  org_deploy_enabled: false\n");
    let _ = writeln!(out, "  socket_mode_enabled: {}\n  token_rotation_enabled: false", public_url.is_none());
    out
}

fn command(out: &mut String, spec: &CommandSpec, names: &CommandNames, public_url: Option<&str>) {
    let name = names.name(spec.root.name());
    let usages = spec.forms.iter().map(|form| {
        let usage = form.usage(name);
        usage.strip_prefix(&format!("/{name}")).unwrap_or(&usage).trim().to_owned()
    });
    let usage = usages.filter(|usage| !usage.is_empty()).collect::<Vec<String>>().join(" · ");
    let _ = writeln!(out, "    - command: {}", quoted(&format!("/{name}")));
    url(out, "      url", public_url, "command");
    let _ = writeln!(out, "      description: {}", quoted(&cut(spec.help, HELP_MAX)));
    let _ = writeln!(out, "      usage_hint: {}", quoted(&cut(&usage, HELP_MAX)));
    // Mentions arrive with ids: a name alone could be anybody's.
    out.push_str("      should_escape: true\n");
}

fn url(out: &mut String, key: &str, public_url: Option<&str>, door: &str) {
    if let Some(root) = public_url {
        let _ = writeln!(out, "{key}: {}", quoted(&format!("{}/slack/{door}", root.trim_end_matches('/'))));
    }
}

/// A text as YAML reads it: JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands above the manifest in its file, and the manifest.
    fn parted(file: &str) -> (String, String) {
        let lines = |is_comment: bool| {
            let lines = file.lines().filter(move |line| line.starts_with('#') == is_comment);
            lines.map(|line| format!("{line}\n")).collect()
        };
        (lines(true), lines(false))
    }

    /// `INSTA_UPDATE=always` writes the files anew, as it does with every snapshot.
    #[test]
    fn the_files_to_paste_are_what_the_table_makes() {
        let is_written = std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always");
        let made = [
            ("slack-manifest.yaml", None),
            ("slack-manifest-http.yaml", Some("https://callout.example.org")),
        ];
        for (name, url) in made {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
            let (comments, found) = parted(&std::fs::read_to_string(&path).unwrap());
            let expected = manifest(&CommandNames::default(), url);
            if is_written {
                std::fs::write(&path, comments + &expected).unwrap();
            } else {
                assert_eq!(found, expected, "deploy/{name} is out of date: INSTA_UPDATE=always writes it");
            }
        }
    }

    #[test]
    fn names_and_addresses_are_the_configurations() {
        let names = CommandNames::new(&[("call", "ring")]).unwrap();
        let text = manifest(&names, Some("https://x.example/"));
        assert!(text.contains("command: \"/ring\"") && !text.contains("\"/call\""));
        assert!(
            text.contains("url: \"https://x.example/slack/command\"")
                && text.contains("socket_mode_enabled: false")
        );
        assert!(!manifest(&names, None).contains("url:"));
    }

    #[test]
    fn every_command_of_the_table_is_in_it() {
        let text = manifest(&CommandNames::default(), None);
        for spec in TABLE {
            assert!(text.contains(&format!("\"/{}\"", spec.root.name())), "{spec:?}");
        }
        assert!(OPTIONAL_SCOPES.iter().all(|scope| SCOPES.iter().any(|(known, _)| known == scope)));
    }
}
