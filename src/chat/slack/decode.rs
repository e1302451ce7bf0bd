//! From Slack's deliveries to what a person asked for. Strict about who and where, tolerant about the rest.

use serde_json::Value;

use super::NAME;
use super::forms::{About, CALL, TEXT};
use super::mrkdwn::typed;
use super::page_form::{PAGE, page_line};
use super::render::label_of;
use super::wire::{Command, Container, Event, Happened, Interaction, View};
use crate::domain::command::table::{Form, Root};
use crate::domain::ids::{CardId, DeliveryKey};
use crate::domain::inbound::{Said, Who};
use crate::domain::report::{Button, CALL_FORM, NOBODY_CHOSEN, PAGE_FORM, Place, form_words};
use crate::domain::settings::CommandNames;

/// The shortcuts of a message, as the manifest names them.
pub(super) const CALL_ABOUT: &str = "call_about";
pub(super) const PAGE_ABOUT: &str = "page_about";

/// What kind of delivery it is, over either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Command,
    Interaction,
    Event,
}

/// One delivery, read.
#[derive(Debug)]
pub(super) struct Asked {
    /// Slack's id of it.
    pub(super) key: DeliveryKey,
    /// The workspace of whoever asks.
    pub(super) team: String,
    pub(super) who: Who,
    pub(super) place: Place,
    pub(super) what: What,
    /// How it is answered.
    pub(super) answer: AnswerBy,
}

/// How a delivery is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnswerBy {
    /// In the acknowledgement, or later at this address.
    Body { url: String },
    /// At this address; `replaces`: in the place of the private message that was pressed.
    Url { url: String, replaces: bool },
    /// In the form that was sent in.
    Form { title: &'static str },
    /// As a private message.
    Message,
}

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Something to be stored, and answered.
    Said(Said),
    /// A button that takes a text: ask for it first.
    AskText { trigger: String, about: About },
    /// A command without whom it is for, or a shortcut: ask for them. The note is there already.
    Ask { trigger: String, about: About, form: FormOf, note: String },
    /// The bot was mentioned with these words.
    Mentioned(String),
    /// The app's own page was opened.
    Home,
    /// A form without what it asks for: the block that lacks it, and what is said beside that.
    Unfilled(&'static str, &'static str),
    /// A button that is not ours.
    UnknownButton,
    /// Nothing that wants an answer.
    Nothing,
}

/// Which command a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormOf {
    Call,
    Page,
}

/// Reads a delivery. `None`: it is not one that we know.
pub(super) fn asked(kind: Kind, payload: &Value, names: &CommandNames) -> Option<Asked> {
    let asked = match kind {
        Kind::Command => Some(of_command(Command::read(payload)?, names)),
        Kind::Interaction => of_interaction(Interaction::read(payload)?, names),
        Kind::Event => of_event(Happened::read(payload)?),
    };
    // Without an id of its own it would be taken for any other without one.
    asked.filter(|asked| asked.what == What::Nothing || asked.key != key(""))
}

/// Reads what is needed of a payload.
pub(super) trait Read: serde::de::DeserializeOwned {
    fn read(payload: &Value) -> Option<Self> {
        Self::deserialize(payload)
            .map_err(|why| tracing::debug!(%why, "a delivery of Slack's lacks something"))
            .ok()
    }
}

impl Read for Command {}
impl Read for Interaction {}
impl Read for Happened {}

fn key(id: &str) -> DeliveryKey {
    DeliveryKey::new(format!("{NAME}:{id}"))
}

/// Where something was said; an empty channel is wherever the person can be told in private.
fn place(channel: &str, thread: Option<String>) -> Place {
    Place { chat: NAME.to_owned(), channel: channel.to_owned(), thread }
}

/// Somebody, by the id that Slack has verified; the name may be empty or anybody's.
fn who(id: &str, name: &str) -> Who {
    Who::new(NAME, id, if name.is_empty() { id } else { name })
}

fn of_command(command: Command, names: &CommandNames) -> Asked {
    let name = command.command.trim_start_matches('/');
    let text = typed(&command.text);
    let what = match form_of(name, names).filter(|_| text.trim().is_empty()) {
        Some(form) => {
            let about =
                About { channel: command.channel_id.clone(), command: name.to_owned(), ..About::default() };
            What::Ask { trigger: command.trigger_id.clone(), about, form, note: String::new() }
        }
        None => What::Said(Said::Line(format!("/{name} {}", text.trim()).trim_end().to_owned())),
    };
    Asked {
        key: key(&command.trigger_id),
        team: command.team_id,
        who: who(&command.user_id, &command.user_name),
        place: place(&command.channel_id, None),
        what,
        answer: AnswerBy::Body { url: command.response_url },
    }
}

/// The form that asks for what a command does nothing without.
fn form_of(name: &str, names: &CommandNames) -> Option<FormOf> {
    match Root::of_name(names.command(name)?)?.spec()?.form(None)?.form {
        Form::Call => Some(FormOf::Call),
        Form::Page => Some(FormOf::Page),
        _ => None,
    }
}

fn of_interaction(it: Interaction, names: &CommandNames) -> Option<Asked> {
    let team = it.user.team_id.clone().or_else(|| it.team.as_ref().map(|team| team.id.clone()))?;
    let who = who(&it.user.id, it.user.name.as_deref().or(it.user.username.as_deref()).unwrap_or_default());
    let asked = |id: &str, place, what, answer| Asked { key: key(id), team, who, place, what, answer };
    match it.kind.as_str() {
        "block_actions" => {
            let place = pressed_in(&it);
            let answer = AnswerBy::Url { url: it.response_url.clone(), replaces: it.container.is_ephemeral };
            let what = pressed(&it, &place);
            Some(asked(&it.trigger_id, place, what, answer))
        }
        "view_submission" => {
            let view = it.view.as_ref()?;
            let about = About::read(&view.private_metadata);
            let place = place(&about.channel, about.thread.clone());
            let what = sent_in(view, &about);
            let title = title_of(view, &about);
            Some(asked(&wish(view, &what), place, what, AnswerBy::Form { title }))
        }
        "message_action" | "shortcut" => {
            let mut place = pressed_in(&it);
            place.thread = it.message.as_ref().and_then(|message| message.thread_ts.clone()).or(place.thread);
            let note = it.message.as_ref().map(|message| typed(message.says())).unwrap_or_default();
            let form = match it.callback_id.as_str() {
                CALL_ABOUT => Some((FormOf::Call, Root::Call)),
                PAGE_ABOUT => Some((FormOf::Page, Root::Page)),
                _ => None,
            };
            let what = form.map_or(What::Nothing, |(form, root)| {
                let command = names.name(root.name()).to_owned();
                let (channel, thread) = (place.channel.clone(), place.thread.clone());
                let about = About { channel, thread, command, ..About::default() };
                What::Ask { trigger: it.trigger_id.clone(), about, form, note }
            });
            Some(asked(&it.trigger_id, place, what, AnswerBy::Message))
        }
        // A form that was closed, and kinds that are not switched on in our manifest.
        _ => Some(asked(&it.trigger_id, place("", None), What::Nothing, AnswerBy::Message)),
    }
}

/// The same form with the same in it is the same wish: who sends it in again has not heard the first answer.
fn wish(view: &View, what: &What) -> String {
    if view.id.is_empty() {
        return String::new();
    }
    CardId::of_delivery("v", &DeliveryKey::new(format!("{} {what:?}", view.id))).to_string()
}

fn pressed_in(it: &Interaction) -> Place {
    let Container { channel_id, thread_ts, .. } = &it.container;
    let channel = it.channel.as_ref().map(|channel| channel.id.as_str()).or(channel_id.as_deref());
    place(channel.unwrap_or_default(), thread_ts.clone())
}

fn pressed(it: &Interaction, place: &Place) -> What {
    let Some(action) = it.actions.first() else { return What::Nothing };
    let (Some(label), false) = (label_of(&action.action_id), action.value.is_empty()) else {
        return What::UnknownButton;
    };
    let card = CardId::new(action.value.clone());
    match Button::of_label(label).filter(|button| button.takes_text_on(&card)) {
        Some(_) => {
            let about = About {
                channel: place.channel.clone(),
                thread: place.thread.clone(),
                card: action.value.clone(),
                button: label.to_owned(),
                ..About::default()
            };
            What::AskText { trigger: it.trigger_id.clone(), about }
        }
        None => What::Said(Said::Pressed { card, button: label.to_owned(), text: None }),
    }
}

/// What stands above a form, and above its answer.
fn title_of(view: &View, about: &About) -> &'static str {
    match (view.callback_id.as_str(), Button::of_label(&about.button)) {
        (TEXT, Some(button)) => form_words(button).0,
        (PAGE, _) => PAGE_FORM.title,
        _ => CALL_FORM.title,
    }
}

/// What a form says.
fn sent_in(view: &View, about: &About) -> What {
    match view.callback_id.as_str() {
        TEXT => {
            let text = super::forms::text(&view.state.values);
            let (card, button) = (CardId::new(about.card.clone()), about.button.clone());
            What::Said(Said::Pressed { card, button, text: Some(text) })
        }
        CALL => match super::forms::call_line(&view.state.values, &about.command) {
            Ok(line) => What::Said(Said::Line(line)),
            Err(block) => What::Unfilled(block, NOBODY_CHOSEN),
        },
        PAGE => match page_line(&view.state.values, &about.command) {
            Ok(line) => What::Said(Said::Line(line)),
            Err((block, what)) => What::Unfilled(block, what),
        },
        _ => What::Nothing,
    }
}

fn of_event(happened: Happened) -> Option<Asked> {
    let event = happened.event?;
    let user = event.user.clone().filter(|_| event.bot_id.is_none());
    let ours = happened.authorizations.first().map(|ours| ours.user_id.as_str());
    let what = match (event.kind.as_str(), &user) {
        // What it said at first was carried out already.
        ("app_mention", Some(_)) if event.edited.is_some() => What::Nothing,
        ("app_mention", Some(_)) => What::Mentioned(without_mention(&event.text, ours)),
        ("app_home_opened", Some(_)) if event.tab == "home" => What::Home,
        _ => What::Nothing,
    };
    let Event { channel, thread_ts, user_team, .. } = event;
    let user = user.unwrap_or_default();
    Some(Asked {
        key: key(&happened.event_id),
        team: user_team.unwrap_or(happened.team_id),
        who: who(&user, ""),
        place: place(channel.as_deref().unwrap_or_default(), thread_ts),
        what,
        answer: AnswerBy::Message,
    })
}

/// What was said to the bot: the rest of the line behind its mention, wherever that stands. `ours` is its user.
fn without_mention(text: &str, ours: Option<&str>) -> String {
    let text = typed(text);
    let ours = ours.and_then(|user| text.find(&format!("<@{user}")));
    let Some(start) = ours.or_else(|| text.find("<@")) else { return text.trim().to_owned() };
    let after = text[start..].find('>').map_or("", |end| &text[start + end + 1..]);
    let (before, after) = (text[..start].trim(), after.trim());
    if after.is_empty() { before.to_owned() } else { after.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: Kind, payload: Value) -> Asked {
        asked(kind, &payload, &CommandNames::default()).unwrap()
    }

    fn command(name: &str, text: &str) -> Asked {
        read(
            Kind::Command,
            json!({
                "token": "x", "team_id": "T1", "channel_id": "C1", "channel_name": "ops", "user_id": "U1", "user_name": "ana",
                "command": name, "text": text, "response_url": "https://hooks.slack.com/commands/1", "trigger_id": "1.2.3",
            }),
        )
    }

    fn interaction(kind: &str, more: Value) -> Asked {
        let mut all = json!({
            "type": kind, "team": { "id": "T1", "domain": "x" }, "user": { "id": "U1", "username": "ana", "name": "ana", "team_id": "T1" },
            "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/actions/1",
        });
        for (key, value) in more.as_object().unwrap() {
            all[key] = value.clone();
        }
        read(Kind::Interaction, all)
    }

    #[test]
    fn a_command_is_a_line_by_somebody_somewhere() {
        let asked = command("/call", "<@U2|jack> video a &amp; b");
        assert_eq!(asked.what, What::Said(Said::Line("/call <@U2|jack> video a & b".into())));
        assert_eq!((asked.who, asked.key), (Who::new("slack", "U1", "ana"), DeliveryKey::new("slack:1.2.3")));
        assert_eq!(asked.place, Place { chat: "slack".into(), channel: "C1".into(), thread: None });
        assert_eq!(command("/calls", " ").what, What::Said(Said::Line("/calls".into())));
    }

    #[test]
    fn a_call_without_callees_asks_for_them() {
        let What::Ask { trigger, about, form, note } = command("/call", "  ").what else { panic!("no form") };
        assert_eq!(
            (trigger.as_str(), about.channel.as_str(), about.command.as_str(), note.as_str()),
            ("1.2.3", "C1", "call", "")
        );
        assert_eq!(form, FormOf::Call);
        let What::Ask { form, about, .. } = command("/page", "").what else { panic!("no form") };
        assert_eq!((form, about.command.as_str()), (FormOf::Page, "page"));
    }

    #[test]
    fn a_press_names_its_card_and_where_it_is() {
        let press = |id: &str, value: &str, private| {
            interaction(
                "block_actions",
                json!({
                    "container": { "type": "message", "message_ts": "9.9", "channel_id": "C1", "is_ephemeral": private, "thread_ts": "8.8" },
                    "channel": { "id": "C1", "name": "ops" }, "actions": [{ "type": "button", "action_id": id, "value": value }],
                }),
            )
        };
        let hang_up = press("callout:Hang up", "c1", false);
        let said = Said::Pressed { card: CardId::new("c1"), button: "Hang up".into(), text: None };
        assert_eq!((hang_up.what, hang_up.place.thread.as_deref()), (What::Said(said), Some("8.8")));
        let AnswerBy::Url { replaces: true, .. } = press("callout:Don't ring", "ask_1", true).answer else {
            panic!("not replaced")
        };
        let What::AskText { about, .. } = press("callout:Ring anyway", "ask_1", true).what else {
            panic!("no form")
        };
        assert_eq!(
            (about.card.as_str(), about.button.as_str(), about.thread.as_deref()),
            ("ask_1", "Ring anyway", Some("8.8"))
        );
        for (id, value) in [("other", "c1"), ("callout:Hang up", "")] {
            assert_eq!(press(id, value, false).what, What::UnknownButton);
        }
    }

    #[test]
    fn a_shortcut_is_about_what_a_bot_said_too() {
        let about = |message: Value| {
            let more = json!({ "callback_id": PAGE_ABOUT, "channel": { "id": "C1" }, "message": message });
            let What::Ask { about, note, .. } = interaction("message_action", more).what else {
                panic!("no form")
            };
            (note, about.thread)
        };
        let alert = json!([{ "color": "danger", "fallback": "[FIRING:1] db1 is down", "title": "" }]);
        assert_eq!(
            about(json!({ "text": "", "ts": "2.2", "thread_ts": "1.1", "attachments": alert })),
            ("[FIRING:1] db1 is down".to_owned(), Some("1.1".to_owned()))
        );
        let blocks = json!([{ "type": "divider" }, { "type": "section", "text": { "type": "mrkdwn", "text": "db &lt; ok" } }]);
        assert_eq!(about(json!({ "text": " ", "blocks": blocks })), ("db < ok".to_owned(), None));
        assert_eq!(about(json!({ "text": "said", "attachments": alert })).0, "said");
        assert_eq!(about(json!({ "ts": "1.1" })).0, "");
    }

    #[test]
    fn somebody_of_another_workspace_is_of_that_one() {
        let asked =
            interaction("block_actions", json!({ "user": { "id": "U9", "team_id": "T9" }, "actions": [] }));
        assert_eq!((asked.team.as_str(), asked.who.name.as_str()), ("T9", "U9"));
    }

    #[test]
    fn a_mention_is_what_was_said_to_the_bot() {
        let event = |event: Value| {
            read(
                Kind::Event,
                json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event }),
            )
        };
        let said = event(
            json!({ "type": "app_mention", "user": "U1", "text": "<@UB> ack &amp; go", "ts": "2.2", "thread_ts": "1.1", "channel": "C1" }),
        );
        assert_eq!(
            (said.what, said.key),
            (What::Mentioned("ack & go".into()), DeliveryKey::new("slack:Ev1"))
        );
        assert_eq!(said.place.thread.as_deref(), Some("1.1"));
        let bot = event(
            json!({ "type": "app_mention", "user": "U1", "bot_id": "B1", "text": "<@UB> ack", "channel": "C1" }),
        );
        assert_eq!(bot.what, What::Nothing);
        assert_eq!(without_mention("please hangup <@UB|callout>", None), "please hangup");
        assert_eq!(without_mention("<@U2> fyi <@UB> hangup", Some("UB")), "hangup");
        let home = event(json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home" }));
        assert_eq!(home.what, What::Home);
        let messages =
            event(json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages" }));
        assert_eq!(messages.what, What::Nothing);
    }

    #[test]
    fn what_lacks_who_or_where_is_not_read() {
        let names = CommandNames::default();
        for (kind, payload) in [
            (Kind::Command, json!({ "command": "/call" })),
            (
                Kind::Command,
                json!({ "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/calls", "trigger_id": "" }),
            ),
            (Kind::Interaction, json!({ "type": "block_actions" })),
            (Kind::Event, json!({ "type": "event_callback" })),
            (Kind::Event, json!([])),
        ] {
            assert!(asked(kind, &payload, &names).is_none(), "{payload}");
        }
    }
}
