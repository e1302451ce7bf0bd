//! The world's doors, as HTTP.

use std::sync::Arc;

use callout::domain::person::Directory;
use callout::domain::settings::Settings;
use serde_json::Value;

use super::World;
use super::arm::Arm;
use super::people::{Said, strings};

impl World {
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.app.as_ref().expect("callout runs").address())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.http.get(self.address() + path).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.http.post(self.address() + path).json(body).send().await.unwrap().json().await.unwrap()
    }

    /// Posts raw bytes: the status and the body.
    pub(crate) async fn post_raw(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let answer = self.http.post(self.address() + path).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The status, the type and the bytes of what is there.
    pub(crate) async fn get_raw(&self, path: &str) -> (u16, String, Vec<u8>) {
        let answer = self.http.get(self.address() + path).send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        (status, kind.unwrap_or_default(), answer.bytes().await.unwrap().to_vec())
    }

    pub(crate) async fn delete(&self, path: &str) -> u16 {
        let status = self.http.delete(self.address() + path).send().await.unwrap().status().as_u16();
        self.settle().await;
        status
    }

    pub(crate) async fn get_engine(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.engine_address);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn post_engine(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.engine_address);
        let answer = self.http.post(url).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap_or(Value::Null)
    }

    pub(crate) async fn tries_engine(&self, path: &str) {
        let url = format!("{}{path}", self.engine_address);
        self.http.post(url).json(&Value::Null).send().await.unwrap();
    }

    /// The chat that was chosen, unless the person stays at their desk.
    pub(super) fn arm_of(&self, person: &str) -> Option<&Arm> {
        self.arm.as_ref().filter(|_| self.away.iter().all(|away| away != person))
    }

    /// A line of somebody who stays at a desk: whom the story calls `desk:eve` may be a user of the chat that was chosen.
    pub(super) fn typed_at_desk(&self, line: &str) -> String {
        let Some(arm) = &self.arm else { return line.to_owned() };
        let word = |word: &str| match word.strip_prefix("desk:") {
            Some(name) if self.arm_of(name).is_some() => arm.user_of(name),
            _ => word.to_owned(),
        };
        line.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// And what they read, with people called as everywhere in these stories.
    pub(super) fn at_desk_words(&self, text: &str) -> String {
        self.arm.as_ref().map_or_else(|| text.to_owned(), |arm| arm.called_as_at_desk(text))
    }

    /// What `person` was told in private and unasked, oldest first.
    pub(crate) async fn told(&self, person: &str) -> Vec<Said> {
        if let Some(arm) = self.arm_of(person) {
            return arm.told(person);
        }
        let told = self.get(&format!("/sandbox/channel?person={person}")).await["notes"].clone();
        let said = |note: &Value| Said {
            text: self.at_desk_words(note["text"].as_str().unwrap()),
            private: true,
            card: note["card"].as_str().map(str::to_owned),
            buttons: strings(&note["buttons"]),
        };
        told.as_array().unwrap().iter().map(said).collect()
    }

    /// The texts of that.
    pub(crate) async fn notes(&self, person: &str) -> Vec<String> {
        self.told(person).await.into_iter().map(|said| said.text).collect()
    }

    /// Who somebody is to the chat where people are: `desk:eve`.
    pub(crate) fn user_of(&self, person: &str) -> String {
        self.arm_of(person).map_or_else(|| format!("desk:{person}"), |arm| arm.user_of(person))
    }

    /// Reads the configuration again.
    pub(crate) async fn reload(&mut self, settings: Settings) {
        self.writes(settings);
        self.rereads(self.settings.clone()).await;
        self.settle().await;
    }

    /// Stops, and starts with another configuration.
    pub(crate) async fn starts_anew_with(&mut self, settings: Settings) {
        self.stop().await;
        self.writes(settings);
        self.start().await;
    }

    fn writes(&mut self, mut settings: Settings) {
        if let Some(arm) = &self.arm {
            settings.workspaces.clone_from(&self.settings.workspaces);
            settings.guilds.clone_from(&self.settings.guilds);
            let people = settings.people.iter().cloned().map(|mut person| {
                if self.arm_of(person.id.as_str()).is_some() {
                    arm.names(&mut person);
                }
                person
            });
            settings.people = Arc::new(Directory::new(people.collect()).unwrap());
            arm.moves(&mut settings);
        }
        self.settings = settings;
    }

    /// Reads these settings, while other things are under way.
    pub(crate) async fn rereads(&self, settings: Settings) {
        self.app.as_ref().unwrap().reload(settings).await.unwrap();
    }
}
