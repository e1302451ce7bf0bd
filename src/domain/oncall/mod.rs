//! Who is on call: schedules, the turns of their rotations, and what replaces them for a span.
//!
//! Turns of hours are elapsed time; days, weeks and months are steps in the local calendar. A local time that
//! does not exist moves to the next instant that does, and one that comes twice means its first pass.

mod impact;
mod local;
mod mine;
mod outlook;
mod overrides;
mod rotation;
mod walk;
mod when;
mod window;
mod words;

use jiff::tz::TimeZone;

pub use self::impact::{Differs, Impact, Shifted, impact};
pub use self::local::{Oddity, first_at, oddity};
pub use self::mine::{MyShift, shifts_of};
pub use self::outlook::{CalledByDuty, Duty, Outlook, outlook, wish_at};
pub use self::overrides::{Laid, Override, Overrides, Replacement};
pub use self::rotation::Rotation;
pub use self::walk::{Ahead, Shift, duty_at, next_change, on_call, shifts};
pub use self::when::{parse_from_to, parse_when, skipped};
pub use self::window::Window;
pub use self::words::{Every, Handoff, HandoffDay, USUAL_START, Unit, read_date};
use super::ids::{PersonId, ScheduleId};
use super::listed::{Listed, Named};

/// Who covers when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What people type.
    pub id: ScheduleId,
    /// Whose local time counts.
    pub timezone: TimeZone,
    /// At least one. Everyone whose turn it is in one of them is on call.
    pub rotations: Vec<Rotation>,
}

/// Every schedule of the file.
pub type Schedules = Listed<Schedule>;

impl Named for Schedule {
    fn name(&self) -> &str {
        self.id.as_str()
    }
}

impl Schedule {
    /// Everyone who ever has a turn, each once, in the order of the file.
    #[must_use]
    pub fn everyone(&self) -> Vec<PersonId> {
        let turns = self.rotations.iter().flat_map(|rotation| &rotation.participants);
        let mut people: Vec<PersonId> = turns.cloned().collect();
        overrides::once_each(&mut people);
        people
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
