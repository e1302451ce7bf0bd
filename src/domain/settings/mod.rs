//! What the configuration file decides for the use cases. Replaced as a whole on reload.

mod announcement;
mod commands;
mod limit;
mod listed;
mod restart;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

pub use self::announcement::{AnnouncementRule, REPEATS_RANGE, RoomNumbers, SPOKEN_MAX, speakable};
pub use self::commands::{COMMANDS, CommandNames, check_name};
pub use self::limit::{LINK_BY_USER, LINK_OF_PERSON, LimitRule, WINDOW_MAX};
use super::alert::{Keyring, Sources};
use super::escalation::{Maintenance, Policies};
use super::ids::Account;
use super::oncall::Schedules;
use super::person::{Directory, Person, Roles, check_person_id};
use super::report::Place;
use super::span::Misread;
use super::webhook::{Endpoints, Webhooks};

/// How long a phone may ring. The engine takes 10 s to 10 min (wire reference, `Timeout`).
pub const RING_RANGE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(600);

/// How long ended calls may be kept: from a day to ten years.
pub const KEEP_RANGE: RangeInclusive<Duration> = Duration::from_secs(86_400)..=super::span::SPAN_MAX;

/// Settings that use cases read. Held in an [`Arc`]: a reload swaps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Everyone listed.
    pub people: Arc<Directory>,
    /// Who is on call when.
    pub schedules: Schedules,
    /// Who is rung for an alert, in which order.
    pub policies: Policies,
    /// Planned work, during which pages wait.
    pub maintenance: Vec<Maintenance>,
    /// What sends alerts.
    pub sources: Sources,
    /// The keys of those: not of the file, but of the environment.
    pub keys: Keyring,
    /// Other programs that steps may tell.
    pub webhooks: Webhooks,
    /// Where those are: not of the file, but of the environment.
    pub endpoints: Endpoints,
    /// How long a phone rings; within [`RING_RANGE`].
    pub ring: Duration,
    /// How often one person may call. All rules must allow.
    pub call_by_caller: Vec<LimitRule>,
    /// How often one person may be rung, by whatever. All rules must allow.
    pub ring_of_callee: Vec<LimitRule>,
    /// How many requests of each kind the engine may get in a second. The vendor documents 200.
    pub engine_per_second: u32,
    /// Callees of one command at most.
    pub callees_max: usize,
    /// Characters of a note at most.
    pub note_max: usize,
    /// Calls that one person may have open at once.
    pub open_calls_max: usize,
    /// What the commands are called.
    pub commands: CommandNames,
    /// How long ended calls are kept; within [`KEEP_RANGE`].
    pub keep_calls: Duration,
    /// What callees hear who answer; `None`: nothing.
    pub announcement: Option<AnnouncementRule>,
    /// Passed to the engine with every push notification, as it is: what phones of some makers need.
    pub push: Option<Map<String, Value>>,
    /// Whether the engine's callbacks may be taken away from whoever gets them now.
    pub replace_callback: bool,
    /// The servers of Discord that the bot works in, by id.
    pub guilds: Vec<String>,
    /// The workspaces of Slack that the bot works for, by id.
    pub workspaces: Vec<String>,
    /// Where admins are told what concerns the bot itself, and asked about links.
    pub admin_channel: Option<Place>,
}

impl Settings {
    /// The defaults, for `people`.
    #[must_use]
    pub fn new(people: Directory) -> Self {
        Self {
            people: Arc::new(people),
            schedules: Schedules::default(),
            policies: Policies::default(),
            maintenance: Vec::new(),
            sources: Sources::default(),
            keys: Keyring::default(),
            webhooks: Webhooks::default(),
            endpoints: Endpoints::default(),
            ring: Duration::from_secs(45),
            call_by_caller: vec![LimitRule::new(10, 3600, Some(3))],
            ring_of_callee: vec![
                LimitRule::new(3, 15 * 60, None),
                LimitRule::new(7, 3600, None),
                LimitRule::new(15, 3 * 3600, None),
            ],
            engine_per_second: 200,
            callees_max: 10,
            note_max: 200,
            open_calls_max: 5,
            commands: CommandNames::default(),
            keep_calls: Duration::from_secs(90 * 86_400),
            announcement: None,
            push: None,
            replace_callback: false,
            guilds: Vec::new(),
            workspaces: Vec::new(),
            admin_channel: None,
        }
    }

    /// The sandbox's: people by their ids alone, the first an admin; each one's account is their id.
    ///
    /// # Errors
    /// [`Misread`] when nobody is named, an id is bad, or one is named twice.
    pub fn sandbox(people: &[&str]) -> Result<Self, Misread> {
        let advice = "name at least one, as in ana,jack,mira";
        let mut listed = Vec::with_capacity(people.len());
        for id in people {
            let id = check_person_id(id)?;
            let mut person = Person::new(id.clone(), Account::new(id.as_str()));
            person.roles = if listed.is_empty() { Roles::ADMIN } else { Roles::MEMBER };
            listed.push(person);
        }
        if listed.is_empty() {
            return Err(Misread::new("nobody is named", advice));
        }
        let directory = Directory::new(listed);
        directory.map(Self::new).map_err(|error| Misread::new(error.to_string(), "name each once"))
    }

    /// The longest window of any limit: uses older than that decide nothing, and may be forgotten.
    #[must_use]
    pub fn longest_window(&self) -> Duration {
        let rules = self.call_by_caller.iter().chain(&self.ring_of_callee);
        let rules = rules.chain(&LINK_BY_USER).chain(&LINK_OF_PERSON);
        rules.map(LimitRule::memory).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PersonId;

    #[test]
    fn the_sandbox_lists_who_is_named() {
        let settings = Settings::sandbox(&["ana", "jack"]).unwrap();
        let ana = settings.people.person(&PersonId::new("ana")).unwrap();
        let jack = settings.people.person(&PersonId::new("jack")).unwrap();
        assert_eq!((ana.roles, jack.roles), (Roles::ADMIN, Roles::MEMBER));
        assert_eq!(jack.account.as_str(), "jack");
        assert!(RING_RANGE.contains(&settings.ring) && KEEP_RANGE.contains(&settings.keep_calls));
    }

    #[test]
    fn the_sandbox_says_what_is_wrong_with_a_name() {
        let said = |people: &[&str]| Settings::sandbox(people).unwrap_err().to_string();
        insta::assert_snapshot!(said(&[]), @"nobody is named, name at least one, as in ana,jack,mira");
        insta::assert_snapshot!(said(&["ana", "ana"]), @"two people have the id `ana`, name each once");
        insta::assert_snapshot!(said(&["ana", ""]), @"`` cannot be an id, use 1 to 32 of a-z, 0-9, _ and - (lower case)");
        insta::assert_snapshot!(said(&["video"]), @"the id `video` is reserved: it names a call's media, choose another id");
    }

    #[test]
    fn limits_are_remembered_for_as_long_as_they_decide() {
        let mut settings = Settings::sandbox(&["ana"]).unwrap();
        assert_eq!(settings.longest_window(), Duration::from_secs(24 * 3600));
        settings.call_by_caller = vec![LimitRule::new(1, 3600, Some(30))];
        assert_eq!(
            settings.longest_window(),
            Duration::from_secs(30 * 3600),
            "thirty in the bucket refill in 30 h"
        );
    }
}
