//! A `response_url`: five late answers within half an hour.

use serde_json::{Map, Value, json};

use super::super::problem::Problem;
use super::super::state::{State, URL_LIFE, URL_USES};
use super::Call;
use super::chat::WEBHOOK_PACE;
use super::posting::Said;

/// Takes a late answer. Slack says `ok` in plain text.
///
/// # Errors
/// The address is used up, too old or unknown, or the answer is not one.
pub(in super::super) fn late_answer(state: &mut State, token: &str, call: &Call) -> Result<(), Problem> {
    let gone = |error: &str| Problem { status: 404, ..Problem::new(error) };
    let url = state.urls.get(token).ok_or_else(|| gone("expired_url"))?;
    if state.is_past(url.at, URL_LIFE) {
        return Err(gone("expired_url"));
    }
    if url.uses >= URL_USES {
        return Err(gone("used_url"));
    }
    if state.settings.limits.posts.is_some() {
        state.used.pace(state.now, token, WEBHOOK_PACE).map_err(Problem::too_early)?;
    }
    let bad = |problem: Problem| Problem { status: 400, ..problem };
    if !call.is_json {
        return Err(bad(Problem::new("invalid_payload")));
    }
    state.urls.get_mut(token).expect("is known").uses += 1;
    respond(state, token, call).map_err(bad)
}

fn respond(state: &mut State, token: &str, call: &Call) -> Result<(), Problem> {
    let url = &state.urls[token];
    let (channel, user, source) = (url.channel.clone(), url.user.clone(), url.source.clone());
    let deletes = call.flag("delete_original");
    if let Some(source) = source.as_ref().filter(|_| deletes) {
        state.take_away(&channel, source);
        return Ok(());
    }
    let said = Said::of(call)?.not_empty()?;
    if let Some(source) = source.filter(|_| call.flag("replace_original")) {
        let key = (channel, source);
        let Some(message) = state.messages.get_mut(&key) else {
            return Err(Problem::new("message_not_found"));
        };
        message.text = said.text.unwrap_or_default();
        let before = std::mem::replace(&mut message.blocks, said.blocks.unwrap_or_default());
        message.earlier.extend(before);
        state.urls.get_mut(token).expect("is known").answers.push(key.1);
        return Ok(());
    }
    let thread = state.thread_for(&channel, call.text("thread_ts"))?;
    let ts = state.answer_in((&channel, thread), &user, call.args.get("response_type"), said);
    state.urls.get_mut(token).expect("is known").answers.push(ts);
    Ok(())
}

impl State {
    /// What an app says where a command was typed or a button pressed: to all, or to one person. It needs not be
    /// a member there.
    pub(in super::super) fn answer_in(
        &mut self,
        place: (&str, Option<String>),
        user: &str,
        kind: Option<&Value>,
        said: Said,
    ) -> String {
        let bot = self.app.bot_user.clone();
        let is_public = kind == Some(&json!("in_channel"));
        self.put(place, &bot, (!is_public).then_some(user), said)
    }

    /// What an app answered to a command at once: texts and blocks, checked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in super::super) fn answered(
        &mut self,
        channel: &str,
        user: &str,
        body: &Value,
    ) -> Result<String, Problem> {
        // Plain text is a text.
        let plain = || Map::from_iter([("text".to_owned(), body.clone())]);
        let args = body.as_object().cloned().unwrap_or_else(plain);
        let call = Call { method: "answer".to_owned(), args, token: None, is_json: true, warning: None };
        let said = Said::of(&call)?.not_empty()?;
        Ok(self.answer_in((channel, None), user, body.get("response_type"), said))
    }
}
