//! Who is on call: lists in chat and on the terminal, and what a schedule came to.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::call::Call;
use super::super::ids::{PersonId, ScheduleId};
use super::super::oncall::{
    Ahead, CalledByDuty, Differs, Duty, Impact, Laid, Outlook, Replacement, Schedule, Shift, Shifted,
};
use super::call::and;
use super::lists::{LISTED_MAX, left_out};
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

    /// When they read.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// `Mon 16 Mar 09:00`, with the year when it is another than the reader's.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let [year, now] = [at, self.now].map(|at| self.zone.to_datetime(at).year());
        if year == now { day_minute(at, &self.zone) } else { year_minute(at, &self.zone) }
    }

    /// Whether they read at that time, or after it.
    pub(super) fn is_now(&self, at: Timestamp) -> bool {
        at <= self.now
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

/// `/oncall <schedule>`, with the changes that are ahead, and who is not listed of those whom they put on call.
#[must_use]
pub fn duty(
    id: &ScheduleId,
    outlook: &Outlook,
    ahead: &[(&Laid, Option<PersonId>)],
    reader: &Reader,
) -> String {
    let now = &outlook.now;
    let verb = if now.people.len() > 1 { "are" } else { "is" };
    let who = format!("{id}: {} {verb} on call", names(&now.people));
    let ahead_of_it = match (now.ahead, now.people.is_empty()) {
        (Ahead::Change(at), _) => format!("{}{}", reader.until(Some(at)), followers(outlook, reader)),
        (Ahead::NoneBefore(at), true) => format!(", and nobody will be before {}", reader.time(at)),
        (Ahead::NoneBefore(at), false) => format!(", and that does not change before {}", reader.time(at)),
        (Ahead::Never, true) => ", and nobody will be".to_owned(),
        (Ahead::Never, false) => ", and that never changes".to_owned(),
    };
    let first = format!("{who}{ahead_of_it}. (Times: {})", reader.zone_name());
    let line = |(laid, missing): &(&Laid, Option<PersonId>)| {
        let idle = missing.as_ref().map(|who| format!(", without effect: {who} is not listed"));
        format!("• {}: {} (by {}){}", laid.id, change(laid, reader), laid.by, idle.unwrap_or_default())
    };
    let lines = std::iter::once(first).chain(ahead.iter().take(LISTED_MAX).map(line));
    lines.chain(left_out(ahead.len(), LISTED_MAX)).collect::<Vec<_>>().join("\n")
}

/// `Tue 10 Mar 16:00 to Tue 10 Mar 18:00, mira is on call instead of everybody`.
fn change(laid: &Laid, reader: &Reader) -> String {
    let (from, to) = (reader.time(laid.over.from), reader.time(laid.over.to));
    let what = match &laid.over.what {
        Replacement::Add(who) => format!("{who} is on call as well"),
        Replacement::Remove(who) => format!("{who} is not on call"),
        Replacement::Nobody => "nobody is on call".to_owned(),
        Replacement::Replace { who, instead_of } => format!("{who} stands in for {instead_of}"),
        Replacement::Take(who) => format!("{who} is on call instead of everybody"),
    };
    format!("{from} to {to}, {what}")
}

/// Changes that do nothing, because whom they put on call is not listed: for who asks at the terminal.
#[must_use]
pub fn idle(changes: &[(&Laid, PersonId)]) -> Option<String> {
    let told: Vec<String> = changes.iter().map(|(laid, who)| format!("{} ({who})", laid.id)).collect();
    let advice = "list them in the file, or take the changes back in chat with /oncall undo";
    (!told.is_empty()).then(|| {
        format!("without effect, because they name somebody who is not listed: {}; {advice}", told.join(", "))
    })
}

/// A change where people choose one, by its id. Plain text.
#[must_use]
pub fn change_in_short(laid: &Laid, reader: &Reader) -> String {
    format!("{}: {}, {}", laid.id, laid.schedule, change(laid, reader))
}

/// The receipt of a change that was recorded: what it does, where that is first seen, who can't be told, how to undo it.
#[must_use]
pub fn laid(laid: &Laid, (impact, untold): (&Impact, &[PersonId]), reader: &Reader) -> String {
    let (schedule, what, zone) = (&laid.schedule, change(laid, reader), reader.zone_name());
    let (effect, nobody) = (effect(laid, impact, reader), not_told(untold));
    format!("{schedule}: {what} ({zone}).{effect}{nobody} Take it back: /oncall undo {}", laid.id)
}

/// A sentence behind another: who is on call because of a change, from when on.
fn effect(laid: &Laid, impact: &Impact, reader: &Reader) -> String {
    let Some(Differs { at, without, with }) = &impact.first else {
        return unseen(laid, impact, reader);
    };
    let is_at_once = *at == laid.over.from;
    let nothing = format!(" Until {} that changes nothing;", reader.time(*at));
    match (is_at_once, with.is_empty()) {
        (true, true) => format!(" Then nobody is on call; it was {}.", names(without)),
        (true, false) => format!(" Then {}; without it {}.", are_on_call(with), are_on_call(without)),
        (false, _) => format!("{nothing} then {}, without it {}.", are_on_call(with), are_on_call(without)),
    }
}

/// The same people are on call with the change.
fn unseen(laid: &Laid, impact: &Impact, reader: &Reader) -> String {
    let so_far = match impact.seen_to < laid.over.to {
        true => format!(" before {}, which is as far as was looked", reader.time(impact.seen_to)),
        false => String::new(),
    };
    match impact.at_start.is_empty() {
        true => {
            format!(" That changes nothing{so_far}: at its start nobody is on call, with it or without it.")
        }
        false => {
            format!(" That changes nothing{so_far}: at its start {} anyway.", are_on_call(&impact.at_start))
        }
    }
}

/// A sentence behind another, for whoever changed who is on call.
fn not_told(untold: &[PersonId]) -> String {
    if untold.is_empty() {
        return String::new();
    }
    format!(" Not told of it, because no chat here knows them: {}.", names(untold))
}

/// What others hear whom a change concerns.
#[must_use]
pub fn laid_news(laid: &Laid, reader: &Reader) -> String {
    format!(
        "{} changed who is on call for {}: {} ({}).",
        laid.by,
        laid.schedule,
        change(laid, reader),
        reader.zone_name()
    )
}

/// What somebody hears who is on call since the file was read again, or is not any more.
#[must_use]
pub fn duty_by_file(shifted: &[Shifted], reader: &Reader) -> String {
    let line = |Shifted { schedule, without, with }: &Shifted| {
        format!("{schedule}: {}, before it {}", are_on_call(with), are_on_call(without))
    };
    let lines = shifted.iter().take(LISTED_MAX).map(line).chain(left_out(shifted.len(), LISTED_MAX));
    let lines: Vec<String> = lines.collect();
    let (at, zone) = (reader.time(reader.now), reader.zone_name());
    format!(
        "callout.toml was read again at {at} ({zone}), and that changes who is on call. {}.",
        lines.join("; ")
    )
}

/// The receipt of a change that was taken back, and who can't be told.
#[must_use]
pub fn lifted(laid: &Laid, untold: &[PersonId], reader: &Reader) -> String {
    let (what, zone) = (change(laid, reader), reader.zone_name());
    format!("Taken back for {}: {what} ({zone}).{}", laid.schedule, not_told(untold))
}

/// What others hear whom it concerns that `by` took a change back.
#[must_use]
pub fn lifted_news(laid: &Laid, by: &PersonId, reader: &Reader) -> String {
    format!(
        "{by} took back a change of who is on call for {}: {} ({}).",
        laid.schedule,
        change(laid, reader),
        reader.zone_name()
    )
}

/// `mira is on call`.
fn are_on_call(people: &[PersonId]) -> String {
    format!("{} {} on call", names(people), if people.len() > 1 { "are" } else { "is" })
}

/// `/oncall`: every schedule, or the first of `total`.
#[must_use]
pub fn duties(all: &[(ScheduleId, Outlook)], total: usize, reader: &Reader) -> String {
    if all.is_empty() {
        return "There is no schedule: an admin can add [[schedule]] to callout.toml.".to_owned();
    }
    let line = |(id, outlook): &(ScheduleId, Outlook)| {
        let now = names(&outlook.now.people);
        format!("• {id}: {now}{}{}", reader.until(outlook.now.until()), followers(outlook, reader))
    };
    let head = format!("On call (times: {}):", reader.zone_name());
    let lines = std::iter::once(head).chain(all.iter().map(line)).chain(left_out(total, all.len()));
    lines.collect::<Vec<_>>().join("\n")
}

/// `, then nobody until …, then mira until …`.
fn followers(outlook: &Outlook, reader: &Reader) -> String {
    let then = |duty: &Duty| format!(", then {}{}", names(&duty.people), reader.until(duty.until()));
    outlook.next.iter().map(then).collect()
}

/// What a schedule came to when a call was placed `at`: `oncall:payments (jack, until Mon 16 Mar 09:00 Europe/Berlin)`.
pub(super) fn called_by(duty: &CalledByDuty, at: Timestamp) -> String {
    let reader = Reader::new(at, TimeZone::get(&duty.timezone).unwrap_or(TimeZone::UTC));
    let until = duty.until.map(|until| format!(", until {} {}", reader.time(until), reader.zone_name()));
    format!("oncall:{} ({}{})", duty.schedule, names(&duty.people), until.unwrap_or_default())
}

/// A sentence behind another: how the callees of `call` were found; nothing where people were named.
pub(super) fn by_duty(call: &Call) -> String {
    let duties: Vec<String> = call.duties.iter().map(|duty| called_by(duty, call.placed_at)).collect();
    if duties.is_empty() { String::new() } else { format!(" Rung as {}.", duties.join(", ")) }
}

/// A schedule came to nobody.
pub(super) fn nobody_on_call(schedule: &ScheduleId, outlook: &Outlook, reader: &Reader) -> String {
    let somebody = outlook.next.iter().find(|duty| !duty.people.is_empty());
    let next = match (outlook.now.ahead, somebody) {
        (Ahead::Change(from), Some(duty)) => {
            format!("Next is {}, from {} ({}).", names(&duty.people), reader.time(from), reader.zone_name())
        }
        (Ahead::Change(before) | Ahead::NoneBefore(before), _) => {
            format!("Nobody will be before {} ({}).", reader.time(before), reader.zone_name())
        }
        (Ahead::Never, _) => "Nobody will be, as the schedule is.".to_owned(),
    };
    format!("Nobody is on call for {schedule} now, so nobody was rung. {next}")
}

pub(super) fn names(people: &[PersonId]) -> String {
    and(&people.iter().collect::<Vec<_>>())
}

/// `callout oncall`: a shift a line, in the schedule's zone; whether changes made in chat are in it is said first.
#[must_use]
pub fn shift_lines(schedule: &Schedule, shifts: &[Shift], with_changes: bool) -> String {
    let zone = &schedule.timezone;
    let time =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M %:z").to_string();
    let line = |shift: &Shift| {
        let who: Vec<&str> = shift.people.iter().map(PersonId::as_str).collect();
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        format!("{}  {}  {who}\n", time(shift.start), time(shift.end))
    };
    let name = zone.iana_name().unwrap_or("UTC");
    let source = match with_changes {
        true => "read from the file, with what was changed in chat",
        false => "read from the file only: what was changed in chat is not in it",
    };
    let head = format!("{} ({name}), {source}.\n\n{:<29}{:<29}on call\n", schedule.id, "from", "until");
    std::iter::once(head).chain(shifts.iter().map(line)).collect()
}

#[cfg(test)]
mod tests;
