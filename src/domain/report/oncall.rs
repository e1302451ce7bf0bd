//! Who is on call: lists in chat and on the terminal, and what a schedule came to.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::call::Call;
use super::super::ids::{PersonId, ScheduleId};
use super::super::oncall::{CalledByDuty, Duty, Outlook, Schedule, Shift};
use super::call::and;
use super::lists::left_out;
use super::when::{day_minute, year_minute};

/// Whoever is told, and when: times are in their zone.
#[derive(Debug, Clone)]
pub struct Reader {
    now: Timestamp,
    zone: TimeZone,
}

impl Reader {
    /// Somebody in `zone` who reads at `now`.
    #[must_use]
    pub const fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// `Mon 16 Mar 09:00`, with the year when it is another than the reader's.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let [year, now] = [at, self.now].map(|at| self.zone.to_datetime(at).year());
        if year == now { day_minute(at, &self.zone) } else { year_minute(at, &self.zone) }
    }

    /// The zone's name.
    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The zone.
    pub(super) const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// ` until Mon 16 Mar 09:00`, or nothing.
    fn until(&self, at: Option<Timestamp>) -> String {
        at.map(|at| format!(" until {}", self.time(at))).unwrap_or_default()
    }
}

/// `/oncall <schedule>`.
#[must_use]
pub fn duty(id: &ScheduleId, outlook: &Outlook, reader: &Reader) -> String {
    let now = &outlook.now;
    let verb = if now.people.len() > 1 { "are" } else { "is" };
    let who = format!("{id}: {} {verb} on call", names(&now.people));
    if now.until.is_none() {
        return match now.people.is_empty() {
            true => format!("{who}, and nobody will be."),
            false => format!("{who}, and no change is in sight."),
        };
    }
    let next = followers(outlook, reader);
    format!("{who}{}{next}. (Times: {})", reader.until(now.until), reader.zone_name())
}

/// `/oncall`: every schedule, or the first of `total`.
#[must_use]
pub fn duties(all: &[(ScheduleId, Outlook)], total: usize, reader: &Reader) -> String {
    if all.is_empty() {
        return "There is no schedule: an admin can add [[schedule]] to callout.toml.".to_owned();
    }
    let line = |(id, outlook): &(ScheduleId, Outlook)| {
        let now = names(&outlook.now.people);
        format!("• {id}: {now}{}{}", reader.until(outlook.now.until), followers(outlook, reader))
    };
    let head = format!("On call (times: {}):", reader.zone_name());
    let lines = std::iter::once(head).chain(all.iter().map(line)).chain(left_out(total, all.len()));
    lines.collect::<Vec<_>>().join("\n")
}

/// `, then nobody until …, then mira until …`.
fn followers(outlook: &Outlook, reader: &Reader) -> String {
    let then = |duty: &Duty| format!(", then {}{}", names(&duty.people), reader.until(duty.until));
    outlook.next.iter().map(then).collect()
}

/// What a schedule came to when a call was placed: `oncall:payments (jack, until Mon 16 Mar 09:00 Europe/Berlin)`.
pub(super) fn called_by(duty: &CalledByDuty) -> String {
    let zone = TimeZone::get(&duty.timezone).unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC");
    let until = duty.until.map(|at| format!(", until {} {name}", day_minute(at, &zone)));
    format!("oncall:{} ({}{})", duty.schedule, names(&duty.people), until.unwrap_or_default())
}

/// A sentence behind another: how the callees of `call` were found; nothing where people were named.
pub(super) fn by_duty(call: &Call) -> String {
    let duties: Vec<String> = call.duties.iter().map(called_by).collect();
    if duties.is_empty() { String::new() } else { format!(" Rung as {}.", duties.join(", ")) }
}

/// A schedule came to nobody.
pub(super) fn nobody_on_call(
    schedule: &ScheduleId,
    next: Option<&(Timestamp, Vec<PersonId>)>,
    zone: &TimeZone,
) -> String {
    let next = match next {
        Some((from, people)) => {
            let name = zone.iana_name().unwrap_or("UTC");
            format!("Next is {}, from {} ({name}).", names(people), day_minute(*from, zone))
        }
        None => "Nobody will be, as far as the schedule tells.".to_owned(),
    };
    format!("Nobody is on call for {schedule} now, so nobody was rung. {next}")
}

pub(super) fn names(people: &[PersonId]) -> String {
    and(&people.iter().collect::<Vec<_>>())
}

/// `callout oncall`: a shift a line, in the schedule's zone.
#[must_use]
pub fn shift_lines(schedule: &Schedule, shifts: &[Shift]) -> String {
    let zone = &schedule.timezone;
    let time =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M %:z").to_string();
    let line = |shift: &Shift| {
        let who: Vec<&str> = shift.people.iter().map(PersonId::as_str).collect();
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        format!("{}  {}  {who}\n", time(shift.start), time(shift.end))
    };
    let name = zone.iana_name().unwrap_or("UTC");
    let head = format!(
        "{} ({name}), read from the file only: what was changed in chat is not in it.\n\n{:<29}{:<29}on call\n",
        schedule.id, "from", "until"
    );
    std::iter::once(head).chain(shifts.iter().map(line)).collect()
}
