//! From Discord's interactions to what a person asked for. Strict about who and where, tolerant about the rest.

use serenity::all::{
    ActionRowComponent, ApplicationId, ChannelId, ChannelType, CommandInteraction, ComponentInteraction,
    ComponentInteractionDataKind, GuildId, Interaction, InteractionId, Member, Message, MessageFlags,
    ModalInteraction, PartialChannel, User,
};

use super::commands::{Typed, is_completed, text};
use super::render::of_custom_id;
use crate::domain::command::table::OptionKind;
use crate::domain::inbound::{Said, Who};
use crate::domain::report::{Button, Place};
use crate::domain::settings::CommandNames;

/// One interaction, read.
#[derive(Debug)]
pub(super) struct Asked {
    /// What to answer it by.
    pub(super) ticket: Ticket,
    /// The server it came from; `None`: a direct message.
    pub(super) guild: Option<GuildId>,
    /// Who.
    pub(super) who: Who,
    /// Where.
    pub(super) place: Place,
    /// What.
    pub(super) what: What,
    /// What stands in a field that takes callees alone.
    pub(super) callees: Option<String>,
}

/// The right to answer one interaction. It is void after 3 s, or, once it was used, after 15 minutes.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) id: InteractionId,
    pub(super) application: ApplicationId,
    pub(super) token: String,
    /// The first answer takes the place of the private message that was pressed: one that a single person sees, or a
    /// direct one. So a card is never in a direct message that its call was not placed in.
    pub(super) replaces: bool,
}

/// What a person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Something to be stored, and answered.
    Said(Said),
    /// What an option may be.
    Complete { kind: Option<OptionKind>, typed: String },
    /// A button that takes a text: ask for it first.
    Form { custom_id: String, button: Button },
    /// A form without its field.
    EmptyForm,
    /// A button that is not ours.
    UnknownButton,
    /// Nothing that wants an answer.
    Nothing,
}

/// Reads an interaction.
pub(super) fn asked(interaction: Interaction, names: &CommandNames) -> Option<Asked> {
    match interaction {
        Interaction::Command(command) => {
            let line = typed(&command);
            let (callees, line) = (line.callees(names), line.line(names));
            let asked = of_command(command, What::Said(Said::Line(line)));
            Some(Asked { callees, ..asked })
        }
        Interaction::Autocomplete(command) => {
            let what = completion(&command, names);
            Some(of_command(command, what))
        }
        Interaction::Component(pressed) => Some(of_component(pressed)),
        Interaction::Modal(form) => Some(of_form(form)),
        // A ping never comes over the gateway.
        _ => None,
    }
}

fn typed(command: &CommandInteraction) -> Typed<'_> {
    Typed::new(&command.data.name, &command.data.options)
}

fn of_command(command: CommandInteraction, what: What) -> Asked {
    Asked {
        who: who(command.member.as_deref(), &command.user),
        place: place(command.channel_id, command.channel.as_ref()),
        guild: command.guild_id,
        ticket: Ticket {
            id: command.id,
            application: command.application_id,
            token: command.token,
            replaces: false,
        },
        what,
        callees: None,
    }
}

fn completion(command: &CommandInteraction, names: &CommandNames) -> What {
    let typed = typed(command);
    let Some(focused) = command.data.autocomplete() else { return What::Nothing };
    let specs = typed.form(names).map_or(&[][..], |form| form.options);
    let kind = specs.iter().find(|spec| spec.name == focused.name).map(|spec| spec.kind);
    let value = typed.options.iter().find(|option| option.name == focused.name);
    let written = value.and_then(|option| text(&option.value)).unwrap_or_default();
    What::Complete { kind: kind.filter(|kind| is_completed(*kind)), typed: written }
}

fn of_component(pressed: ComponentInteraction) -> Asked {
    let button = match pressed.data.kind {
        ComponentInteractionDataKind::Button => of_custom_id(&pressed.data.custom_id),
        _ => None,
    };
    let what = match button {
        None => What::UnknownButton,
        Some((card, label)) => match Button::of_label(label).filter(|button| button.takes_text_on(&card)) {
            Some(button) => What::Form { custom_id: pressed.data.custom_id.clone(), button },
            None => What::Said(Said::Pressed { card, button: label.to_owned(), text: None }),
        },
    };
    Asked {
        who: who(pressed.member.as_ref(), &pressed.user),
        place: place(pressed.channel_id, pressed.channel.as_ref()),
        guild: pressed.guild_id,
        ticket: Ticket {
            id: pressed.id,
            application: pressed.application_id,
            token: pressed.token,
            replaces: pressed.guild_id.is_none() || is_private(&pressed.message),
        },
        what,
        callees: None,
    }
}

fn of_form(form: ModalInteraction) -> Asked {
    let fields = form.data.components.iter().flat_map(|row| &row.components);
    let field = fields.into_iter().find_map(|component| match component {
        ActionRowComponent::InputText(field) => Some(field.value.clone().unwrap_or_default()),
        _ => None,
    });
    let what = match (of_custom_id(&form.data.custom_id), field) {
        (None, _) => What::UnknownButton,
        (Some(_), None) => What::EmptyForm,
        (Some((card, label)), Some(text)) => {
            What::Said(Said::Pressed { card, button: label.to_owned(), text: Some(text) })
        }
    };
    Asked {
        who: who(form.member.as_ref(), &form.user),
        place: place(form.channel_id, form.channel.as_ref()),
        guild: form.guild_id,
        ticket: Ticket {
            id: form.id,
            application: form.application_id,
            token: form.token,
            replaces: form.message.as_deref().is_some_and(|of| form.guild_id.is_none() || is_private(of)),
        },
        what,
        callees: None,
    }
}

fn is_private(message: &Message) -> bool {
    message.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL))
}

/// In a server, a user comes as its member; what the server calls them is shown, and never believed.
fn who(member: Option<&Member>, user: &User) -> Who {
    let (user, name) = match member {
        Some(member) => (&member.user, member.display_name()),
        None => (user, user.display_name()),
    };
    Who::new(super::NAME, user.id.to_string(), name)
}

/// A thread is a channel of its own; its parent is the place's channel.
fn place(id: ChannelId, channel: Option<&PartialChannel>) -> Place {
    let is_thread = |channel: &&PartialChannel| {
        matches!(
            channel.kind,
            ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread
        )
    };
    let parent = channel.filter(is_thread).and_then(|thread| thread.parent_id);
    Place {
        chat: super::NAME.to_owned(),
        channel: parent.unwrap_or(id).to_string(),
        thread: parent.map(|_| id.to_string()),
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket")
            .field("id", &self.id)
            .field("replaces", &self.replaces)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn interaction(kind: u8, data: Value, more: Value) -> Interaction {
        let mut all = json!({
            "id": "1111111111111111111", "application_id": "222", "type": kind, "token": "secret", "version": 1,
            "guild_id": "333", "channel_id": "444", "channel": { "id": "444", "type": 0 }, "locale": "en-US",
            "entitlements": [], "attachment_size_limit": 1, "data": data,
            "member": { "user": { "id": "42", "username": "jack", "discriminator": "0", "global_name": "Jack B" },
                        "roles": [], "deaf": false, "mute": false, "flags": 0, "nick": null,
                        "permissions": "0", "joined_at": "2026-01-01T00:00:00Z" },
        });
        for (key, value) in more.as_object().unwrap() {
            all[key] = value.clone();
        }
        serde_json::from_value(all).unwrap()
    }

    fn read(kind: u8, data: Value, more: Value) -> Asked {
        asked(interaction(kind, data, more), &CommandNames::default()).unwrap()
    }

    fn message(flags: u64) -> Value {
        json!({ "id": "555", "channel_id": "444", "author": { "id": "222", "username": "callout" }, "content": "",
                "timestamp": "2026-03-10T15:00:00Z", "tts": false, "type": 0, "mention_everyone": false,
                "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "flags": flags })
    }

    fn command() -> Value {
        json!({ "id": "9", "name": "call", "type": 1,
                "options": [{ "name": "callees", "type": 3, "value": "mira" }] })
    }

    #[test]
    fn a_command_is_a_line_by_somebody_somewhere() {
        let asked = read(2, command(), json!({}));
        assert_eq!(asked.what, What::Said(Said::Line("/call mira".into())));
        assert_eq!(asked.who, Who::new("discord", "42", "Jack B"));
        assert_eq!(asked.place, Place { chat: "discord".into(), channel: "444".into(), thread: None });
        assert!(!format!("{asked:?}").contains("secret"));
    }

    #[test]
    fn in_a_thread_the_place_is_the_thread() {
        let thread = json!({ "channel": { "id": "444", "type": 11, "parent_id": "400" } });
        let place = read(2, command(), thread).place;
        assert_eq!((place.channel.as_str(), place.thread.as_deref()), ("400", Some("444")));
    }

    #[test]
    fn completion_knows_the_option_that_is_typed() {
        let data = json!({ "id": "9", "name": "call", "type": 1, "options": [
            { "name": "callees", "type": 3, "value": "ja", "focused": true }] });
        let what = read(4, data, json!({})).what;
        assert_eq!(what, What::Complete { kind: Some(OptionKind::Callees), typed: "ja".into() });
        let data = json!({ "id": "9", "name": "calls", "type": 1, "options": [
            { "name": "show", "type": 1, "options": [{ "name": "id", "type": 3, "value": "", "focused": true }] }] });
        let what = read(4, data, json!({})).what;
        assert_eq!(what, What::Complete { kind: Some(OptionKind::CallId), typed: String::new() });
    }

    #[test]
    fn a_press_names_its_card() {
        let press = |id: &str, flags| {
            read(3, json!({ "custom_id": id, "component_type": 2 }), json!({ "message": message(flags) }))
        };
        let hang_up = press("c:c1:Hang up", 0);
        let said = Said::Pressed {
            card: crate::domain::ids::CardId::new("c1"),
            button: "Hang up".into(),
            text: None,
        };
        assert_eq!((hang_up.what, hang_up.ticket.replaces), (What::Said(said), false));
        assert!(press("c:ask_1:Don't ring", 64).ticket.replaces);
        let form = What::Form { custom_id: "c:ask_1:Ring anyway".into(), button: Button::RingAnyway };
        assert_eq!(press("c:ask_1:Ring anyway", 64).what, form);
        assert_eq!(press("somebody else's", 0).what, What::UnknownButton);
    }

    #[test]
    fn a_form_without_its_field_is_empty() {
        let submit = |components: Value| {
            read(5, json!({ "custom_id": "c:ask_1:Ring anyway", "components": components }), json!({})).what
        };
        let field =
            json!([{ "type": 1, "components": [{ "type": 4, "custom_id": "text", "value": "db down" }] }]);
        let said = Said::Pressed {
            card: crate::domain::ids::CardId::new("ask_1"),
            button: "Ring anyway".into(),
            text: Some("db down".into()),
        };
        assert_eq!(submit(field), What::Said(said));
        assert_eq!(submit(json!([])), What::EmptyForm);
        let label = json!([{ "type": 18, "label": "Why", "component": { "type": 4, "custom_id": "text", "value": "x" } }]);
        assert_eq!(submit(label), What::EmptyForm, "serenity reads the new shape as nothing");
    }
}
