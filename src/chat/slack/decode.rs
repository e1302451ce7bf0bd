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
#[path = "decode_tests.rs"]
mod tests;
