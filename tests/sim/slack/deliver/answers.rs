//! What the app answered at once, and what the person sees of it.

use serde_json::{Value, json};

use super::super::api::open_view;
use super::super::state::{SLACKBOT, State};
use super::{Heard, Kind, Nr, Outcome};

impl State {
    /// Lets the person have what the app answered.
    pub(super) fn heard(&mut self, nr: Nr, outcome: &Outcome) -> Heard {
        let delivery = &self.deliveries[nr];
        let (kind, user, channel) = (delivery.kind, delivery.user.clone(), delivery.channel.clone());
        match (kind, outcome) {
            (Kind::Event | Kind::Closed, _) => Heard::Nothing,
            (Kind::Command, Outcome::Acked(body)) => {
                let body = body.clone();
                self.command_answered(nr, &channel.unwrap_or_default(), &user, &body)
            }
            (Kind::Submission, Outcome::Acked(body)) => {
                let body = body.clone();
                self.submission_answered(nr, &user, &body)
            }
            (_, Outcome::Acked(_)) => Heard::Nothing,
            (Kind::Command, failed) => {
                let why = format!("{} failed with the error \"{}\"", self.deliveries[nr].name, error(failed));
                self.slackbot_says(&channel.unwrap_or_default(), &user, &why);
                Heard::Failed(why)
            }
            (Kind::Submission, _) => Heard::Failed("We had some trouble connecting. Try again?".to_owned()),
            (_, failed) => Heard::Failed(format!("This app responded with {}", error(failed))),
        }
    }

    fn command_answered(&mut self, nr: Nr, channel: &str, user: &str, body: &Value) -> Heard {
        // Slack's own library for JavaScript says nothing with an empty object.
        if body.is_null() || *body == json!({}) || *body == json!("") {
            return Heard::Nothing;
        }
        match self.answered(channel, user, body) {
            Ok(ts) => Heard::Message(ts),
            Err(problem) => {
                self.complain(format!("the answer to {nr} was no message: {}", problem.body()));
                let name = self.deliveries[nr].name.clone();
                let why = format!("{name} failed with the error \"{}\"", problem.error);
                self.slackbot_says(channel, user, &why);
                Heard::Failed(why)
            }
        }
    }

    fn submission_answered(&mut self, nr: Nr, user: &str, body: &Value) -> Heard {
        let stack = self.modals.entry(user.to_owned()).or_default();
        let action = body["response_action"].as_str();
        let result = match action {
            None => {
                stack.pop();
                return Heard::Form;
            }
            Some("clear") => {
                stack.clear();
                return Heard::Form;
            }
            Some("errors") => return self.errors(nr, user, &body["errors"]),
            Some("push") => open_view(self, user, body["view"].clone()),
            Some("update") => {
                let below = stack.pop();
                let opened = open_view(self, user, body["view"].clone());
                // The view stays the same one, with something else in it.
                if let (Some(below), Some(top)) =
                    (below, self.modals.get_mut(user).and_then(|stack| stack.last_mut()))
                {
                    top.id = below.id;
                    top.root = below.root;
                }
                opened
            }
            Some(other) => {
                self.complain(format!("{nr} was answered with a response_action {other:?}"));
                return Heard::Failed("We had some trouble connecting. Try again?".to_owned());
            }
        };
        match result {
            Ok(_) => Heard::Form,
            Err(problem) => {
                self.complain(format!("the view in the answer to {nr} was none: {}", problem.body()));
                Heard::Failed("We had some trouble connecting. Try again?".to_owned())
            }
        }
    }

    fn errors(&mut self, nr: Nr, user: &str, errors: &Value) -> Heard {
        let top = self.modals.get(user).and_then(|stack| stack.last());
        let blocks = top.map(|view| view.body["blocks"].as_array().cloned().unwrap_or_default());
        let inputs = blocks.unwrap_or_default();
        let is_input = |name: &String| {
            inputs.iter().any(|block| block["type"] == "input" && block["block_id"] == name.as_str())
        };
        let all: Vec<(String, String)> = errors
            .as_object()
            .into_iter()
            .flatten()
            .map(|(block, what)| (block.clone(), what.as_str().unwrap_or_default().to_owned()))
            .collect();
        if all.is_empty() || !all.iter().all(|(block, _)| is_input(block)) {
            self.complain(format!("the errors in the answer to {nr} are at no input: {errors}"));
        }
        Heard::Errors(all)
    }

    /// Slack itself tells a person something.
    pub(in super::super) fn slackbot_says(&mut self, channel: &str, user: &str, text: &str) {
        let said = super::super::api::Said { text: Some(text.to_owned()), ..Default::default() };
        self.put((channel, None), SLACKBOT, Some(user), said);
    }
}

/// Slack's word for a failed delivery.
fn error(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Late => "operation_timeout",
        Outcome::Nobody => "dispatch_failed",
        Outcome::Refused(500..) | Outcome::RefusedForGood(500..) => "http_service_error",
        _ => "http_client_error",
    }
}
