//! People and channels.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::Slack;
use super::super::api::Said;
use super::super::state::{Channel, Kind, User};

impl Slack {
    /// A new person; their e-mail address is `name@example.com`. Returns the id.
    pub(crate) fn person(&self, name: &str) -> String {
        self.change(|state| {
            let id = state.ids.next('U');
            let mut real_name = name.to_owned();
            real_name[..1].make_ascii_uppercase();
            let user = User {
                id: id.clone(),
                name: name.to_owned(),
                real_name,
                display_name: name.to_owned(),
                email: Some(format!("{name}@example.com")),
                timezone: "Europe/Berlin".to_owned(),
                is_bot: false,
                is_deleted: false,
            };
            state.users.insert(id.clone(), user);
            id
        })
    }

    /// Neither a name nor a profile for `user`, nor a domain for the workspace: fields that Slack sends empty at times.
    pub(crate) fn has_no_names(&self, user: &str) {
        self.change(|state| {
            state.team.domain.clear();
            let user = state.users.get_mut(user).expect("a person");
            user.name.clear();
            user.real_name.clear();
            user.display_name.clear();
        });
    }

    /// A person calls themselves something else, or nothing at all.
    pub(crate) fn renames(&self, user: &str, real_name: &str, display_name: &str) {
        self.change(|state| {
            let user = state.users.get_mut(user).expect("a person");
            (user.real_name, user.display_name) = (real_name.to_owned(), display_name.to_owned());
        });
    }

    /// A person leaves the workspace for good.
    pub(crate) fn deactivate(&self, user: &str) {
        self.change(|state| {
            state.users.get_mut(user).expect("a person").is_deleted = true;
            for channel in state.channels.values_mut() {
                channel.members.remove(user);
            }
        });
    }

    /// A new public channel with these people and the bot in it. Returns the id.
    pub(crate) fn channel(&self, name: &str, people: &[&str]) -> String {
        self.add_channel(name, people, Kind::Public)
    }

    /// A new private channel with these people and the bot in it. Returns the id.
    pub(crate) fn private_channel(&self, name: &str, people: &[&str]) -> String {
        self.add_channel(name, people, Kind::Private)
    }

    fn add_channel(&self, name: &str, people: &[&str], kind: Kind) -> String {
        self.change(|state| {
            let id = state.ids.next('C');
            let bot = state.app.bot_user.as_str();
            let members: BTreeSet<String> = people.iter().copied().chain([bot]).map(str::to_owned).collect();
            let channel = Channel {
                id: id.clone(),
                name: name.to_owned(),
                kind,
                is_archived: false,
                members,
                created: state.now,
                pins: Vec::new(),
            };
            state.channels.insert(id.clone(), channel);
            id
        })
    }

    /// The direct messages between a person and the bot.
    pub(crate) fn direct(&self, user: &str) -> String {
        self.change(|state| state.direct(user))
    }

    /// Somebody comes into a channel.
    pub(crate) fn invite(&self, channel: &str, user: &str) {
        self.change(|state| state.place(channel).members.insert(user.to_owned()));
    }

    /// Somebody is taken out of a channel.
    pub(crate) fn kick(&self, channel: &str, user: &str) {
        self.change(|state| state.place(channel).members.remove(user));
    }

    /// A channel is archived, or brought back.
    pub(crate) fn archive(&self, channel: &str, is_archived: bool) {
        self.change(|state| state.place(channel).is_archived = is_archived);
    }

    /// The app posted this once, with a button that today's program knows nothing of. Returns the message's time.
    pub(crate) fn posts_as_before(&self, channel: &str, text: &str, action_id: &str) -> String {
        let button = json!({ "type": "button", "action_id": action_id, "value": "x",
                             "text": { "type": "plain_text", "text": "Old" } });
        let blocks = vec![json!({ "type": "actions", "block_id": "old", "elements": [button] })];
        let said = Said { text: Some(text.to_owned()), blocks: Some(blocks), ..Said::default() };
        self.change(|state| {
            let bot = state.app.bot_user.clone();
            state.put((channel, None), &bot, None, said)
        })
    }

    /// An admin deletes a message.
    pub(crate) fn delete(&self, channel: &str, ts: &str) {
        self.change(|state| state.take_away(channel, ts));
    }
}

impl super::super::state::State {
    fn place(&mut self, channel: &str) -> &mut Channel {
        self.channels.get_mut(channel).expect("a channel")
    }
}
