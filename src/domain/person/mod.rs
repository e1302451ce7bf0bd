//! The people whom the configuration lists: how they are rung, when they sleep, what they may.

mod choice;
mod directory;
mod link;
mod quiet;
mod user;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::choice::{HoursChoice, Quiet, QuietChoice};
pub use self::directory::{Directory, DirectoryError};
pub use self::link::{Link, Proof};
pub use self::quiet::{QuietHours, parse_time, show_time};
pub use self::user::ChatUser;
use super::ids::{Account, PersonId};
use super::oncall::Window;
use super::span::Misread;

/// Ids that would be read as a call's media.
pub const RESERVED_IDS: [&str; 2] = ["audio", "video"];

/// Somebody who may be rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What people type.
    pub id: PersonId,
    /// Their user id at the call engine.
    pub account: Account,
    /// Their user id in Slack.
    pub slack: Option<String>,
    /// Their user id in Discord.
    pub discord: Option<String>,
    /// Where they live.
    pub timezone: TimeZone,
    /// When an ad-hoc call asks before it rings, in their local time, as the file says.
    pub quiet_hours: Option<QuietHours>,
    /// When they work, in their local time: steps for working hours ring them only then. None: always.
    pub working_hours: Vec<Window>,
    /// What they chose instead.
    pub choice: QuietChoice,
    /// What they may.
    pub roles: Roles,
}

/// A role, as the configuration names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A member who also administers and overrides.
    Admin,
    /// May call, page, acknowledge and see. Everyone listed is one, unless a viewer.
    Member,
    /// May only see.
    Viewer,
}

/// What a person may, as all their roles allow. The default is a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles {
    admin: bool,
    viewer: bool,
}

impl Role {
    /// The role of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "admin" => Some(Self::Admin),
            "member" => Some(Self::Member),
            "viewer" => Some(Self::Viewer),
            _ => None,
        }
    }
}

impl Roles {
    /// A member who also administers.
    pub const ADMIN: Self = Self { admin: true, viewer: false };
    /// May call, page, acknowledge and see.
    pub const MEMBER: Self = Self { admin: false, viewer: false };
    /// May only see.
    pub const VIEWER: Self = Self { admin: false, viewer: true };

    /// All of `roles` together; none makes a member. A viewer is nothing else.
    #[must_use]
    pub fn of(roles: &[Role]) -> Option<Self> {
        let viewer = roles.contains(&Role::Viewer);
        let only = roles.iter().all(|role| *role == Role::Viewer);
        (!viewer || only).then(|| Self { admin: roles.contains(&Role::Admin), viewer })
    }

    /// Whether they administer and override.
    #[must_use]
    pub const fn administers(self) -> bool {
        self.admin
    }

    /// Whether they may call, page and acknowledge. Everyone may see.
    #[must_use]
    pub const fn acts(self) -> bool {
        !self.viewer
    }
}

impl Person {
    /// A member in UTC, without a chat or quiet hours.
    #[must_use]
    pub fn new(id: PersonId, account: Account) -> Self {
        Self {
            id,
            account,
            slack: None,
            discord: None,
            timezone: TimeZone::UTC,
            quiet_hours: None,
            working_hours: Vec::new(),
            choice: QuietChoice::default(),
            roles: Roles::MEMBER,
        }
    }

    /// The quiet hours that hold each day: their own choice, or the file's.
    #[must_use]
    pub fn hours(&self) -> Option<QuietHours> {
        match self.choice.hours {
            HoursChoice::File => self.quiet_hours,
            HoursChoice::Off => None,
            HoursChoice::Hours(hours) => Some(hours),
        }
    }

    /// Until when they asked not to be disturbed, if that is after `now`.
    #[must_use]
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.choice.until.filter(|until| *until > now)
    }

    /// Why an ad-hoc call asks before it rings them at `now`; `None`: it does not.
    #[must_use]
    pub fn quiet_at(&self, now: Timestamp) -> Option<Quiet> {
        let local = self.timezone.to_datetime(now).time();
        if let Some(until) = self.quiet_until(now) {
            // The hours may go on where it ends.
            let ends = self.hours_at(until).map_or(Some(until), |hours| hours.ends(until, &self.timezone));
            return Some(Quiet { local, is_asked: true, ends });
        }
        let hours = self.hours_at(now)?;
        Some(Quiet { local, is_asked: false, ends: hours.ends(now, &self.timezone) })
    }

    fn hours_at(&self, at: Timestamp) -> Option<QuietHours> {
        let local = self.timezone.to_datetime(at).time();
        self.hours().filter(|hours| hours.covers(local))
    }

    /// Whether they work at `at`.
    #[must_use]
    pub fn works_at(&self, at: Timestamp) -> bool {
        let covers = |window: &Window| window.covers(&self.timezone, at);
        self.working_hours.is_empty() || self.working_hours.iter().any(covers)
    }

    /// The user whom the file names for them in `chat`.
    #[must_use]
    pub fn in_file(&self, chat: &str) -> Option<&str> {
        match chat {
            "slack" => self.slack.as_deref(),
            "discord" => self.discord.as_deref(),
            _ => None,
        }
    }
}

/// Whether `text` can be a user id at the engine: 1 to 32 of `a-zA-Z0-9_-`.
///
/// The vendor takes at most 32 bytes and advises these characters (wire reference, section on `UserSig`).
#[must_use]
pub fn is_account(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Checks that `text` can be a person's id.
///
/// # Errors
/// [`Misread`] for a reserved id, or other characters than `[a-z0-9_-]{1,32}`.
pub fn check_person_id(text: &str) -> Result<PersonId, Misread> {
    if RESERVED_IDS.contains(&text) {
        return Err(Misread::new(
            format!("the id `{text}` is reserved: it names a call's media"),
            "choose another id",
        ));
    }
    if !super::ids::is_person_id(text) {
        return Err(Misread::new(
            format!("`{text}` cannot be an id"),
            "use 1 to 32 of a-z, 0-9, _ and - (lower case)",
        ));
    }
    Ok(PersonId::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(zone: &str, hours: &str) -> Person {
        let mut person = Person::new(PersonId::new("jack"), Account::new("jack"));
        person.timezone = TimeZone::get(zone).unwrap();
        person.quiet_hours = Some(hours.parse().unwrap());
        person
    }

    fn quiet(person: &Person, at: &str) -> Option<String> {
        person.quiet_at(at.parse().unwrap()).map(|quiet| show_time(quiet.local))
    }

    #[test]
    fn quiet_hours_are_local() {
        let jack = sleeper("Europe/Berlin", "22:00-07:00");
        assert_eq!(quiet(&jack, "2026-01-15T02:12:00Z").as_deref(), Some("03:12"));
        assert_eq!(quiet(&jack, "2026-07-15T02:12:00Z").as_deref(), Some("04:12"));
        assert_eq!(quiet(&jack, "2026-01-15T06:00:00Z"), None);
        assert_eq!(quiet(&jack, "2026-07-15T05:00:00Z"), None);
        assert_eq!(quiet(&Person { quiet_hours: None, ..jack }, "2026-01-15T02:12:00Z"), None);
    }

    #[test]
    fn what_a_person_chose_wins_over_the_file() {
        let mut jack = sleeper("UTC", "22:00-07:00");
        jack.choice.hours = HoursChoice::Off;
        assert_eq!(quiet(&jack, "2026-01-15T23:00:00Z"), None);
        jack.choice.hours = HoursChoice::Hours("12:00-13:00".parse().unwrap());
        assert_eq!(quiet(&jack, "2026-01-15T12:30:00Z").as_deref(), Some("12:30"));
        jack.choice.hours = HoursChoice::File;
        assert_eq!(quiet(&jack, "2026-01-15T23:00:00Z").as_deref(), Some("23:00"));
        jack.choice.until = Some("2026-01-15T15:00:00Z".parse().unwrap());
        assert_eq!(quiet(&jack, "2026-01-15T14:59:59Z").as_deref(), Some("14:59"));
        assert_eq!(quiet(&jack, "2026-01-15T15:00:00Z"), None);
    }

    #[test]
    fn quiet_ends_in_local_time() {
        let ends = |hours: &str, at: &str| {
            let quiet = sleeper("Europe/Berlin", hours).quiet_at(at.parse().unwrap()).unwrap();
            quiet.ends.map(|ends| ends.to_string())
        };
        assert_eq!(ends("22:00-07:00", "2026-01-15T22:00:00Z").as_deref(), Some("2026-01-16T06:00:00Z"));
        assert_eq!(ends("22:00-07:00", "2026-01-15T03:00:00Z").as_deref(), Some("2026-01-15T06:00:00Z"));
        // The night the clocks go forward: 02:30 comes at 03:00.
        assert_eq!(ends("01:00-02:30", "2026-03-29T00:30:00Z").as_deref(), Some("2026-03-29T01:00:00Z"));
        // The night they go back: 02:10 for the second time, and quiet until its 02:30.
        assert_eq!(ends("22:00-02:30", "2026-10-25T01:10:00Z").as_deref(), Some("2026-10-25T01:30:00Z"));
        assert_eq!(ends("20:00-24:00", "2026-01-15T20:00:00Z").as_deref(), Some("2026-01-15T23:00:00Z"));
        assert_eq!(ends("00:00-24:00", "2026-01-15T20:00:00Z"), None);
    }

    #[test]
    fn what_was_asked_for_may_end_within_the_quiet_hours() {
        let mut jack = sleeper("Europe/Berlin", "22:00-07:00");
        let mut ends = |until: &str| {
            jack.choice.until = Some(until.parse().unwrap());
            let quiet = jack.quiet_at("2026-01-15T15:00:00Z".parse().unwrap()).unwrap();
            (quiet.is_asked, quiet.ends.map(|ends| ends.to_string()))
        };
        assert_eq!(ends("2026-01-15T17:00:00Z"), (true, Some("2026-01-15T17:00:00Z".to_owned())));
        assert_eq!(ends("2026-01-15T22:00:00Z"), (true, Some("2026-01-16T06:00:00Z".to_owned())));
    }

    #[test]
    fn the_night_the_clocks_go_forward_has_no_half_past_two() {
        let jack = sleeper("Europe/Berlin", "02:00-03:00");
        assert_eq!(quiet(&jack, "2026-03-29T00:59:59Z"), None, "01:59:59");
        assert_eq!(quiet(&jack, "2026-03-29T01:00:00Z"), None, "03:00");
    }

    #[test]
    fn the_night_the_clocks_go_back_has_it_twice() {
        let jack = sleeper("Europe/Berlin", "02:00-03:00");
        assert_eq!(quiet(&jack, "2026-10-25T00:30:00Z").as_deref(), Some("02:30"));
        assert_eq!(quiet(&jack, "2026-10-25T01:30:00Z").as_deref(), Some("02:30"));
        assert_eq!(quiet(&jack, "2026-10-25T02:00:00Z"), None);
    }

    #[test]
    fn roles_add_up_and_a_viewer_is_nothing_else() {
        assert_eq!(Roles::of(&[]), Some(Roles::MEMBER));
        assert_eq!(Roles::of(&[Role::Member, Role::Admin]), Some(Roles::ADMIN));
        assert_eq!(Roles::of(&[Role::Viewer]), Some(Roles::VIEWER));
        assert_eq!(Roles::of(&[Role::Viewer, Role::Admin]), None);
        assert!(Roles::ADMIN.acts() && Roles::ADMIN.administers());
        assert!(Roles::MEMBER.acts() && !Roles::MEMBER.administers());
        assert!(!Roles::VIEWER.acts() && !Roles::VIEWER.administers());
    }

    #[test]
    fn ids_and_accounts_are_checked() {
        assert!(check_person_id("jack-2_b").is_ok());
        insta::assert_snapshot!(check_person_id("video").unwrap_err(), @"the id `video` is reserved: it names a call's media, choose another id");
        insta::assert_snapshot!(check_person_id("Jack").unwrap_err(), @"`Jack` cannot be an id, use 1 to 32 of a-z, 0-9, _ and - (lower case)");
        assert!(
            is_account("Jack_2-b") && !is_account("") && !is_account("jäck") && !is_account(&"a".repeat(33))
        );
    }
}
