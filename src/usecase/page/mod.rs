//! Pages: started, let decide, taken by people.

mod door;
mod open;
mod people;
mod post;
mod reload;
mod resolve;
mod show;
mod tell;
mod turn;

pub(super) use self::tell::admins;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Context;
use super::limits::{Limits, RingLimit};
use crate::domain::change::{Spent, Turns};
use crate::domain::escalation::{Pick, Policy, Rest, Scene, rest};
use crate::domain::ids::{PersonId, PolicyId};
use crate::domain::page::{Asked, Deck, Turnstile, Verdict};
use crate::domain::settings::Settings;
use crate::ports::{Chat, StoreError};

/// The limits of rings at one instant, and what was used of them.
struct Gate<'a> {
    limits: &'a Limits,
    settings: &'a Settings,
    chats: &'a HashMap<String, Arc<dyn Chat>>,
    at: Timestamp,
    spent: Vec<Spent>,
}

impl Turnstile for Gate<'_> {
    fn is_listed(&self, person: &PersonId) -> bool {
        self.settings.people.person(person).is_some()
    }

    fn can_write(&self, person: &PersonId) -> bool {
        let person = self.settings.people.person(person);
        let users = person.map(|person| self.settings.people.users_of(person));
        users.into_iter().flatten().any(|user| self.chats.contains_key(&user.chat))
    }

    fn ask(&mut self, asked: &Asked<'_>) -> Verdict {
        let limit = if asked.beyond { RingLimit::BeyondFirst } else { RingLimit::All };
        match self.limits.take_ring(asked, self.at, limit, self.settings) {
            Ok((spent, exceeded)) => {
                self.spent.push(spent);
                exceeded.map_or(Verdict::Rings, |rule| Verdict::Beyond(rule.to_string()))
            }
            Err((rule, next)) => Verdict::Held(next, rule.to_string()),
        }
    }

    fn force(&mut self, person: &PersonId) {
        self.spent.push(self.limits.force_ring(person, self.at));
    }
}

/// What a page has to know when it begins.
pub(super) struct SettingOut {
    /// How many pages of its policy were before it; 0 where nobody takes turns. Whoever opens one counts on.
    pub(super) nth: u64,
    /// Where that began, if somebody takes turns.
    takes: Option<u64>,
    /// Planned work that keeps it back.
    pub(super) rest: Option<Rest>,
}

impl SettingOut {
    /// The turns that its pages took of `policy`, to be committed with them.
    pub(super) fn turns(&self, policy: &PolicyId) -> Option<Turns> {
        let from = self.takes.filter(|from| *from < self.nth)?;
        Some(Turns { policy: policy.clone(), from, to: self.nth })
    }
}

impl Context {
    /// What a page of `policy` that begins at `now` has to know.
    pub(super) async fn setting_out(
        &self,
        settings: &Settings,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<SettingOut, StoreError> {
        let takes_turns = policy.steps.iter().any(|step| step.pick == Pick::One);
        let takes = if takes_turns { Some(self.store.turn_of_policy(&policy.id).await?) } else { None };
        let rest = rest(&settings.maintenance, &policy.id, now);
        Ok(SettingOut { nth: takes.unwrap_or_default(), takes, rest })
    }

    /// Lends what a page decides with, at `now`. What was used of the limits comes back: it is committed with the
    /// decision, or given back.
    pub(super) fn dealt<T>(
        &self,
        settings: &Settings,
        now: Timestamp,
        play: impl FnOnce(&mut Deck<'_>) -> T,
    ) -> (T, Vec<Spent>) {
        let overrides = self.overrides.get();
        let scene = Scene {
            schedules: &settings.schedules,
            overrides: &overrides,
            people: &settings.people,
            ring: settings.ring,
        };
        let (limits, chats) = (&self.limits, &self.chats);
        let mut gate = Gate { limits, settings, chats, at: now, spent: Vec::new() };
        let played = play(&mut Deck { scene, gate: &mut gate });
        (played, gate.spent)
    }
}
