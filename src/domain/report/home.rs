//! The app's own page in a chat that has one: somebody's calls, pages and shifts.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::call::Call;
use super::super::oncall::MyShift;
use super::super::page::Page;
use super::super::person::Person;
use super::super::settings::CommandNames;
use super::lists::{count, history_list, left_out, live_line};
use super::oncall::Reader;
use super::page_words::page_line;

/// How far ahead shifts are shown, in days.
pub const SHIFTS_DAYS: u16 = 30;

/// What concerns one person.
#[derive(Debug, Clone, Default)]
pub struct Mine {
    /// Live calls that they placed or that ring them, the newest.
    pub live: Vec<Arc<Call>>,
    /// How many there are.
    pub live_total: usize,
    /// Past calls, newest first.
    pub past: Vec<Call>,
    /// Open pages that concern them: those that wait for somebody first.
    pub pages: Vec<Page>,
    /// When they are on call, within [`SHIFTS_DAYS`].
    pub shifts: Vec<MyShift>,
}

/// The app's own page.
#[must_use]
pub fn home(person: &Person, mine: &Mine, (names, now): (&CommandNames, Timestamp)) -> String {
    let reader = Reader::new(now, person.timezone.clone());
    let me = format!("You are {}. “/{} me” shows your settings.", person.id, names.name("callout"));
    let past = history_list(&mine.past, Some(&person.id));
    [me, pages(&mine.pages), calls(mine, now), shifts(&mine.shifts, &reader), past].join("\n\n")
}

fn pages(pages: &[Page]) -> String {
    if pages.is_empty() {
        return "No open page concerns you.".to_owned();
    }
    let head = format!("Your {}:", count(pages.len(), "open page"));
    std::iter::once(head).chain(pages.iter().map(page_line)).collect::<Vec<_>>().join("\n")
}

fn calls(mine: &Mine, now: Timestamp) -> String {
    if mine.live.is_empty() {
        return "None of your calls is live.".to_owned();
    }
    let head = format!("Your {}:", count(mine.live_total, "live call"));
    let lines = std::iter::once(head).chain(mine.live.iter().map(|call| live_line(call, now)));
    lines.chain(left_out(mine.live_total, mine.live.len())).collect::<Vec<_>>().join("\n")
}

fn shifts(shifts: &[MyShift], reader: &Reader) -> String {
    if shifts.is_empty() {
        return format!("You are not on call in the next {SHIFTS_DAYS} days.");
    }
    let line = |shift: &MyShift| {
        let end = match shift.end {
            Some(end) => format!("until {}", reader.time(end)),
            None => format!("with no end within {SHIFTS_DAYS} days"),
        };
        let start = if reader.is_now(shift.start) {
            "now".to_owned()
        } else {
            format!("from {}", reader.time(shift.start))
        };
        format!("• {}: {start}, {end}", shift.schedule)
    };
    let head = format!("Your shifts (times: {}):", reader.zone_name());
    std::iter::once(head).chain(shifts.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// The app's own page, for somebody whom we don't know.
#[must_use]
pub fn home_of_stranger(names: &CommandNames) -> String {
    format!(
        "You are not linked to anybody here, so there are no calls, pages or shifts of yours. If you are listed, type \
         “/{} link” and your id in any channel: your phone shows a code that proves it.",
        names.name("callout")
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::ids::{Account, PersonId, ScheduleId};
    use super::*;

    #[test]
    fn my_page_has_pages_calls_and_shifts() {
        let names = CommandNames::default();
        let ana = Person::new(PersonId::new("ana"), Account::new("ana"));
        let said = |mine: &Mine| home(&ana, mine, (&names, Timestamp::UNIX_EPOCH));
        insta::assert_snapshot!(said(&Mine::default()), @r"
        You are ana. “/callout me” shows your settings.

        No open page concerns you.

        None of your calls is live.

        You are not on call in the next 30 days.

        No past call of ana.
        ");
        let at = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let shift = |start, end| MyShift { schedule: ScheduleId::new("payments"), start: at(start), end };
        let shifts = vec![shift(0, Some(at(9))), shift(48, None)];
        let told = said(&Mine { shifts, ..Mine::default() });
        let told = told.split("\n\n").nth(3).unwrap();
        insta::assert_snapshot!(told, @r"
        Your shifts (times: UTC):
        • payments: now, until Thu 1 Jan 09:00
        • payments: from Sat 3 Jan 00:00, with no end within 30 days
        ");
        insta::assert_snapshot!(home_of_stranger(&names), @"You are not linked to anybody here, so there are no calls, pages or shifts of yours. If you are listed, type “/callout link” and your id in any channel: your phone shows a code that proves it.");
    }
}
