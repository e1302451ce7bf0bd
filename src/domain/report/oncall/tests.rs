//! Sentences that no story reaches.

use super::*;
use crate::domain::ids::OverrideId;
use crate::domain::oncall::Override;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reader() -> Reader {
    Reader::new(at("2026-03-10T15:00:00Z"), TimeZone::get("Europe/Berlin").unwrap())
}

fn people(ids: &str) -> Vec<PersonId> {
    ids.split_whitespace().map(PersonId::new).collect()
}

fn outlook(who: &str, ahead: Ahead, next: Vec<Duty>) -> Outlook {
    Outlook { now: Duty { people: people(who), ahead }, next }
}

#[test]
fn how_far_a_change_was_looked_for_is_said() {
    let told = |who: &str, ahead| {
        duty(&ScheduleId::new("payments"), &outlook(who, ahead, Vec::new()), &[], &reader())
    };
    let far = Ahead::NoneBefore(at("2027-03-11T15:00:00Z"));
    insta::assert_snapshot!(told("jack", far), @"payments: jack is on call, and that does not change before Thu 11 Mar 2027 16:00. (Times: Europe/Berlin)");
    insta::assert_snapshot!(told("", far), @"payments: nobody is on call, and nobody will be before Thu 11 Mar 2027 16:00. (Times: Europe/Berlin)");
    insta::assert_snapshot!(told("jack mira", Ahead::Never), @"payments: jack and mira are on call, and that never changes. (Times: Europe/Berlin)");
    insta::assert_snapshot!(told("", Ahead::Never), @"payments: nobody is on call, and nobody will be. (Times: Europe/Berlin)");
}

#[test]
fn nobody_to_ring_is_said_as_far_as_it_is_known() {
    let told = |outlook: &Outlook| nobody_on_call(&ScheduleId::new("payments"), outlook, &reader());
    let (from, year) = (at("2027-01-04T08:00:00Z"), Ahead::NoneBefore(at("2027-03-11T15:00:00Z")));
    let next = Duty { people: people("mira"), ahead: year };
    insta::assert_snapshot!(told(&outlook("", Ahead::Change(from), vec![next])), @"Nobody is on call for payments now, so nobody was rung. Next is mira, from Mon 4 Jan 2027 09:00 (Europe/Berlin).");
    insta::assert_snapshot!(told(&outlook("", year, Vec::new())), @"Nobody is on call for payments now, so nobody was rung. Nobody will be before Thu 11 Mar 2027 16:00 (Europe/Berlin).");
    insta::assert_snapshot!(told(&outlook("", Ahead::Never, Vec::new())), @"Nobody is on call for payments now, so nobody was rung. Nobody will be, as the schedule is.");
}

#[test]
fn a_receipt_says_how_far_was_looked_and_whom_nobody_can_tell() {
    let over = Override {
        from: at("2026-03-11T08:00:00Z"),
        to: at("2026-12-24T08:00:00Z"),
        what: Replacement::Add(PersonId::new("jack")),
    };
    let one = Laid {
        id: OverrideId::new("o1"),
        schedule: ScheduleId::new("payments"),
        by: PersonId::new("ana"),
        at: at("2026-03-10T15:00:00Z"),
        over,
    };
    let impact = |who: &str| Impact {
        at_start: people(who),
        first: None,
        people: Vec::new(),
        seen_to: at("2026-05-01T08:00:00Z"),
    };
    insta::assert_snapshot!(laid(&one, (&impact("jack"), &people("mira jack")), &reader()), @"payments: Wed 11 Mar 09:00 to Thu 24 Dec 09:00, jack is on call as well (Europe/Berlin). That changes nothing before Fri 1 May 10:00, which is as far as was looked: at its start jack is on call anyway. Not told of it, because no chat here knows them: mira and jack. Take it back: /oncall undo o1");
    insta::assert_snapshot!(lifted(&one, &people("mira"), &reader()), @"Taken back for payments: Wed 11 Mar 09:00 to Thu 24 Dec 09:00, jack is on call as well (Europe/Berlin). Not told of it, because no chat here knows them: mira.");
    let whole = Impact { seen_to: one.over.to, ..impact("") };
    insta::assert_snapshot!(laid(&one, (&whole, &[]), &reader()), @"payments: Wed 11 Mar 09:00 to Thu 24 Dec 09:00, jack is on call as well (Europe/Berlin). That changes nothing: at its start nobody is on call, with it or without it. Take it back: /oncall undo o1");
}

#[test]
fn a_call_of_a_schedule_tells_the_year_where_it_is_another() {
    let until = |until: &str| CalledByDuty {
        schedule: ScheduleId::new("payments"),
        people: people("jack"),
        until: Some(at(until)),
        timezone: "Europe/Berlin".to_owned(),
    };
    let placed = at("2026-12-30T15:00:00Z");
    insta::assert_snapshot!(called_by(&until("2026-12-31T08:00:00Z"), placed), @"oncall:payments (jack, until Thu 31 Dec 09:00 Europe/Berlin)");
    insta::assert_snapshot!(called_by(&until("2028-01-03T08:00:00Z"), placed), @"oncall:payments (jack, until Mon 3 Jan 2028 09:00 Europe/Berlin)");
}
