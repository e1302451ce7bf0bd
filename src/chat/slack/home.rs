//! The app's own page at Slack: my calls.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::json;

use super::Slack;
use super::api::Ask;
use super::render::sections;
use super::serve::Doors;
use crate::chat::turns::Urgency;
use crate::domain::call::Call;
use crate::domain::person::ChatUser;
use crate::domain::report::{LISTED_MAX, home, home_of_stranger};

/// Live calls that are looked through for mine.
const LOOKED_THROUGH_MAX: usize = 500;
/// Past calls shown.
const PAST_MAX: usize = 10;

impl Slack {
    /// Brings somebody's page up to date. It is shown as it was until then.
    pub(super) fn show_home(self: &Arc<Self>, user: ChatUser, doors: &Arc<Doors>) {
        let (slack, doors) = (Arc::clone(self), Arc::clone(doors));
        self.later("slack-home", async move {
            let text = slack.home_text(&user, &doors).await;
            let view = json!({ "type": "home", "blocks": sections(&text) });
            let publish = json!({ "user_id": user.id.as_str(), "view": view });
            if let Err(error) =
                slack.api.ask::<IgnoredAny>(Ask::json("views.publish", Urgency::News, &publish)).await
            {
                tracing::warn!(%error, "somebody's page at Slack could not be brought up to date");
            }
        });
    }

    async fn home_text(&self, user: &ChatUser, doors: &Doors) -> String {
        let settings = (doors.settings)();
        let Some(person) = settings.people.by_chat(user) else {
            return home_of_stranger(&settings.commands);
        };
        let is_mine = |call: &Arc<Call>| call.by.person() == Some(&person.id) || call.rings(&person.id);
        let (live, _) = doors.live.newest(LOOKED_THROUGH_MAX);
        let mine: Vec<Arc<Call>> = live.into_iter().filter(is_mine).collect();
        let past = match doors.store.ended_calls(Some(&person.id), PAST_MAX).await {
            Ok(past) => past,
            Err(error) => {
                tracing::warn!(%error, "somebody's past calls could not be read");
                Vec::new()
            }
        };
        let shown = &mine[..mine.len().min(LISTED_MAX)];
        home(person, (shown, mine.len()), &past, (&settings.commands, self.clock.now()))
    }
}
