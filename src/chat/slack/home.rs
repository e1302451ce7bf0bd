//! The app's own page at Slack: my pages, my calls, my shifts.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Slack;
use super::api::Ask;
use super::render::sections;
use super::serve::Doors;
use crate::chat::turns::Urgency;
use crate::clock::later;
use crate::domain::call::Call;
use crate::domain::ids::PersonId;
use crate::domain::oncall::{MyShift, shifts_of};
use crate::domain::person::ChatUser;
use crate::domain::report::{LISTED_MAX, Mine, SHIFTS_DAYS, home, home_of_stranger};
use crate::domain::settings::Settings;
use crate::ports::StoreError;

/// Live calls that are looked through for mine.
const LOOKED_THROUGH_MAX: usize = 500;
/// Past calls shown.
const PAST_MAX: usize = 10;
/// Shifts shown: more than two months of weeks.
const SHIFTS_MAX: usize = 10;
/// How far ahead they are looked for.
const AHEAD: Duration = Duration::from_secs(SHIFTS_DAYS as u64 * 86_400);

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
        let (settings, now) = ((doors.settings)(), self.clock.now());
        let Some(person) = settings.people.by_chat(user) else {
            return home_of_stranger(&settings.commands);
        };
        let is_mine = |call: &Arc<Call>| call.by.person() == Some(&person.id) || call.rings(&person.id);
        let (live, _) = doors.live.newest(LOOKED_THROUGH_MAX);
        let mut live: Vec<Arc<Call>> = live.into_iter().filter(is_mine).collect();
        let live_total = live.len();
        live.truncate(LISTED_MAX);
        let mine = Mine {
            live,
            live_total,
            past: or_none(doors.store.ended_calls(Some(&person.id), PAST_MAX).await),
            pages: or_none(doors.store.pages_of(&person.id, LISTED_MAX).await),
            shifts: my_shifts(&person.id, (&settings, doors), now),
        };
        home(person, &mine, (&settings.commands, now))
    }
}

/// What could not be read is left out; the rest is still worth showing.
fn or_none<T>(read: Result<Vec<T>, StoreError>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "a part of somebody's page at Slack could not be read");
        Vec::new()
    })
}

fn my_shifts(person: &PersonId, (settings, doors): (&Settings, &Doors), now: Timestamp) -> Vec<MyShift> {
    let overrides = (doors.overrides)();
    shifts_of(person, (&settings.schedules, &overrides), (now, later(now, AHEAD)), SHIFTS_MAX)
}
