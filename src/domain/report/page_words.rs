//! What people are told of pages in private: receipts, lists, messages instead of a ring.

use jiff::Timestamp;

use super::super::ids::{PageId, PersonId};
use super::super::page::{Notice, Page, PageEvent, PageLine, PageState, Ring, Taken, Taking};
use super::super::refusal::PageRefusal;
use super::super::webhook::PageNews;
use super::lists::{count, left_out};
use super::oncall::names;
use super::page::{engine_says, moment, next, only_tells, page_subject, why_over};
use super::page_alerts::alert_lines;
use super::page_now::who_is_rung;
use super::page_story::what_became;
use super::page_thread::page_lines;
use super::text::escape;
use super::when::{clock_time, day_time, time_near};

/// Most lines of a page's timeline in a receipt.
const TIMELINE_SHOWN_MAX: usize = 40;

/// Most of those that are of alerts, where not all are shown.
const ALERT_LINES_SHOWN_MAX: usize = 15;
/// Most alerts that go on in the same receipt.
const ALERTS_SHOWN_MAX: usize = 15;

/// Longest title of a page where several are named, in characters.
const NAMED_SHOWN_MAX: usize = 60;

/// Before a page is handed over to nobody in particular.
pub const TO_WHOM: &str = "To whom? Write their id beside the button, or say: /escalate to @who";

/// The receipt of `/page`.
#[must_use]
pub fn paging(page: &Page) -> String {
    let rung: Vec<PersonId> = page.rings.iter().map(|ring| ring.person.clone()).collect();
    let who = match (rung.as_slice(), page.state) {
        ([], PageState::Exhausted) => "it reaches nobody, and its owner is told".to_owned(),
        ([], _) => {
            return format!("Paging {}: nobody is rung yet. {} ({})", page.policy.id, why_not(page), page.id);
        }
        (rung, _) => format!("ringing {}", names(rung)),
    };
    format!("Paging {}: {who}. ({})", page.policy.id, page.id)
}

/// Why a page that begins rings nobody, and until when.
fn why_not(page: &Page) -> String {
    let held = page.holds.iter().map(|hold| held_back(&hold.person, hold.until, hold.since));
    let held: Vec<String> = held.collect();
    if held.is_empty() { only_tells(page).unwrap_or_else(|| next(page)) } else { held.join(" ") }
}

fn held_back(person: &PersonId, until: Timestamp, now: Timestamp) -> String {
    format!(
        "{person} is held back by a limit until {}: “Ring anyway” on the card rings at once.",
        time_near(until, now)
    )
}

/// ` Still open at 16:02:00 UTC, you are rung first.`
fn rung_first(until: Option<Timestamp>, now: Option<Timestamp>) -> String {
    let told = until.map(|until| now.map_or_else(|| day_time(until), |now| time_near(until, now)));
    told.map(|until| format!(" Still open at {until}, you are rung first.")).unwrap_or_default()
}

/// The receipt of an acknowledgement.
#[must_use]
pub fn took(page: &Page, how: Taking) -> String {
    let taken = page.taken.as_ref();
    let until = rung_first(taken.and_then(|taken| taken.until), taken.map(|taken| taken.at));
    match how {
        Taking::Taken => format!("{} is yours: nothing else rings.{until}", page.id),
        Taking::Promised => format!("Noted for {}.{until}", page.id),
        Taking::Helps => match taken {
            Some(taken) => format!("Your phone stops. {} has {}.", taken.by, page.id),
            None => format!("Your phone stops. Somebody has {}.", page.id),
        },
    }
}

/// The receipt of `/ack all`; `is_all`: none of theirs waits any more; `until`: what they promised.
#[must_use]
pub fn took_all(pages: &[PageId], is_all: bool, until: Option<Timestamp>) -> String {
    let (ids, until) = (ids_of(pages), rung_first(until, None));
    match pages {
        _ if !is_all => {
            format!("{} pages are yours: {ids}.{until} More of yours wait: say /ack all again.", pages.len())
        }
        [_] => format!("{ids} is yours: nothing else rings.{until}"),
        _ => format!("{} pages are yours: {ids}. Nothing else rings.{until}", pages.len()),
    }
}

fn ids_of(pages: &[PageId]) -> String {
    pages.iter().map(PageId::as_str).collect::<Vec<_>>().join(", ")
}

/// Before somebody takes what they were not paged for.
#[must_use]
pub fn not_paged(page: &Page) -> String {
    format!("You were not paged for {}: {}. Take it from them?", page.id, were_paged(page))
}

/// `jack and mira were`.
fn were_paged(page: &Page) -> String {
    let paged: Vec<PersonId> = page.paged().into_iter().cloned().collect();
    let were = if paged.len() == 1 { "was" } else { "were" };
    format!("{} {were}", names(&paged))
}

/// Before somebody closes what they were not paged for: an alert that goes on rings nobody any more.
#[must_use]
pub fn closes_for_others(page: &Page) -> String {
    let (id, paged) = (&page.id, were_paged(page));
    let alerts = if page.firing() > 0 { " Its alerts go on, and would ring nobody any more." } else { "" };
    format!("You were not paged for {id}: {paged}. Close it for them?{alerts}")
}

/// Before somebody has others rung for what `taken` says somebody has.
#[must_use]
pub fn takes_from(page: &Page, taken: &Taken, at: Timestamp) -> String {
    let done = taken.until.filter(|_| taken.promised).map(|until| time_near(until, taken.at));
    let done = done.map(|until| format!(", and promised to be done by {until}")).unwrap_or_default();
    let (by, before) = (&taken.by, moment(taken.at, at.max(taken.at)));
    format!("{by} has {}, {before} before you{done}. Take it from {by}, and ring others?", page.id)
}

/// Before somebody opens again a page of which nothing goes on, as its sources say: none of them will close it.
#[must_use]
pub fn nothing_goes_on(page: &Page) -> String {
    format!(
        "No alert of {} goes on in it: each is over, its sources say, or another page's by now. Opened again, it rings people until somebody closes it.",
        page.id
    )
}

/// Why nothing is done to a page.
pub(super) fn no_page(refusal: &PageRefusal) -> String {
    match refusal {
        PageRefusal::NotUnderstood { text, is_open } => {
            let say = match is_open {
                true => "ack, ack 30m, in 10m, escalate, escalate @who, not mine @who, or close",
                false => "reopen",
            };
            format!("“{}” is not understood here. In this thread, say: {say}", escape(text, 40))
        }
        PageRefusal::NoSuch(id) => format!("There is no page “{}”. See /pages.", escape(id, 40)),
        PageRefusal::Which(pages) => {
            let pages =
                pages.iter().map(|(id, title)| format!("\n• {id}: {}", escape(title, NAMED_SHOWN_MAX)));
            format!("Several pages may be meant. Name one:{}", pages.collect::<String>())
        }
        PageRefusal::NoneOfThread(mine) => {
            let mine: Vec<&str> = mine.iter().map(|page| page.as_str()).collect();
            match mine.as_slice() {
                [] => "This thread is about no page. Name one: /pages lists them.".to_owned(),
                mine => format!("This thread is about no page. Name one; yours: {}.", mine.join(", ")),
            }
        }
        PageRefusal::NoneOfYours => "No open page concerns you. Name one: /pages lists them.".to_owned(),
        PageRefusal::Over { page, by: Some(by), at, .. } => {
            format!("{page} is over: {by} closed it at {}. “Reopen” is on its card.", day_time(*at))
        }
        PageRefusal::Over { page, by: None, at, emptied } => {
            format!("{page} is over since {}: {}.", day_time(*at), why_over(*emptied))
        }
        PageRefusal::IsYours(page) => {
            format!("{page} is yours already. To be rung if it is still open then: /ack {page} 30m")
        }
        PageRefusal::Taken { taken, at } => taken_before(taken, *at),
        PageRefusal::RingsAlready(person) => {
            format!("{person}'s phone rings for it already.")
        }
        PageRefusal::Talks(person) => format!("{person} answered, and talks: they are not rung twice."),
        PageRefusal::IsHeld(person, until) => {
            let until = day_time(*until);
            format!(
                "{person} is held back by a limit until {until}: “Ring anyway” on the card rings at once."
            )
        }
        PageRefusal::AllYours(pages) => match pages.as_slice() {
            [one] => format!("{one} is yours already, and nothing else waits for you."),
            pages => format!("{} are yours already, and nothing else waits for you.", ids_of(pages)),
        },
        PageRefusal::IsTheirs(page, person) => format!("{person} has {page}."),
        PageRefusal::OnlyLooks(person) => format!("{person} may only look, and could not acknowledge."),
        PageRefusal::NotOver(page) => format!("{page} is open."),
        PageRefusal::OtherOpen(page) => format!("The same alerts have another page by now: {page}."),
        PageRefusal::SamePolicy(page) => format!("{page} goes by its policy as that is now."),
        PageRefusal::NobodyHeld(page) => format!("No ring of {page} is held back now."),
    }
}

/// Somebody was first.
fn taken_before(taken: &Taken, at: Timestamp) -> String {
    let before = moment(taken.at, at.max(taken.at));
    if let Some(source) = taken.source() {
        return format!("Somebody has it at {source}, {before} before you.");
    }
    format!("{} has it, {before} before you.", taken.by)
}

/// The receipt of a page that was closed, handed on, or rings somebody anyway.
#[must_use]
pub fn page_is(page: &Page) -> String {
    match page.state {
        PageState::Closed => format!("{} is closed: nothing rings any more.", page.id),
        PageState::Exhausted => format!("{}: the chain is over, and nobody has it.", page.id),
        PageState::Acknowledged => match &page.taken {
            Some(taken) => format!("{}: {} has it.", page.id, taken.by),
            None => format!("{}: somebody has it.", page.id),
        },
        PageState::Triggered => {
            let of_turn =
                |ring: &&Ring| ring.turn == page.chain.turn || page.chain.waiting.contains(&ring.person);
            let rung = page.rings.iter().filter(|ring| ring.is_ringing()).filter(of_turn);
            let rung: Vec<PersonId> = rung.map(|ring| ring.person.clone()).collect();
            let is_said = rung.is_empty() || page.chain.instead.is_some();
            let rung = if is_said { String::new() } else { format!("ringing {}. ", names(&rung)) };
            format!("{}: {rung}{}", page.id, next(page))
        }
    }
}

/// The receipt of `/escalate` with somebody's name.
#[must_use]
pub fn called_in(page: &Page, who: &PersonId) -> String {
    let id = &page.id;
    if let Some(hold) = page.holds.iter().find(|hold| hold.person == *who) {
        let until = time_near(hold.until, hold.since);
        return format!(
            "{id}: {who} is held back until {until}: rung {} already. “Ring anyway” on the card rings at once.",
            hold.rule
        );
    }
    if page.rings.iter().any(|ring| ring.person == *who && !ring.is_over()) {
        return format!("{id}: {who} is rung as well.");
    }
    format!("{id}: {who} is listed no more, and is not rung.")
}

/// The receipt of *Hand over*.
#[must_use]
pub fn handed_over(page: &Page, who: &PersonId) -> String {
    let is_held = page.holds.iter().any(|hold| hold.person == *who);
    let is_rung = page.rings.iter().any(|ring| ring.person == *who && !ring.is_over());
    if is_held || !is_rung { called_in(page, who) } else { page_is(page) }
}

/// The receipt of *Ring anyway*.
#[must_use]
pub fn rung_anyway(people: &[PersonId]) -> String {
    match people {
        [] => "Nobody is rung: whoever was held back is listed no more.".to_owned(),
        people => format!("Ringing {}, whatever the limits say.", names(people)),
    }
}

/// `/pages`: the open ones.
#[must_use]
pub fn page_list(pages: &[Page], total: usize) -> String {
    if pages.is_empty() {
        return "No page is open. Start one: /page &lt;policy or person&gt; &lt;message&gt;".to_owned();
    }
    let mut lines = vec![format!("{}:", count(total, "open page"))];
    lines.extend(pages.iter().map(page_line));
    lines.extend(left_out(total, pages.len()));
    lines.join("\n")
}

pub(super) fn page_line(page: &Page) -> String {
    let far = match (page.state, &page.taken) {
        (PageState::Acknowledged, Some(taken)) => match taken.source() {
            Some(source) => format!("acknowledged at {source}"),
            None => format!("{} has it", taken.by),
        },
        (PageState::Exhausted, _) => "nobody has it, the chain is over".to_owned(),
        (PageState::Closed, _) => "over".to_owned(),
        (PageState::Triggered | PageState::Acknowledged, _) => match who_is_rung(page) {
            Some(who) => format!("nobody has it, {who}"),
            None => format!("nobody has it. {}", next(page)),
        },
    };
    format!("• {} since {}: {}: {far}", page.id, clock_time(page.opened_at), page_subject(page))
}

/// `/pages show`: the latest of one page's timeline, a line a decision. A storm of alerts does not hide what was decided.
#[must_use]
pub fn page_timeline(page: &Page, lines: Vec<PageLine>) -> String {
    let head = format!("{} ({}): {}", page.id, day_time(page.opened_at), page_subject(page));
    let total = lines.last().map_or(0, |line| line.n as usize + 1);
    let kept = if lines.len() == total { "has them all" } else { "has those that are kept" };
    let latest = latest_of(lines);
    let left = total - latest.len();
    let is_all_since = latest.first().is_none_or(|line| line.n as usize == left);
    let (which, shown) = match is_all_since {
        true => ("earlier lines", page_lines(u32::try_from(left).unwrap_or(u32::MAX), latest)),
        false => ("lines, earlier ones and most of those of alerts,", latest),
    };
    let more = format!("… {left} {which} are left out here; /api/pages/{} {kept}", page.id);
    let line =
        |PageLine { entry, .. }: &PageLine| format!("{} {}", entry.at.strftime("%H:%M:%S%.3f"), entry.detail);
    let alerts = alert_lines(page, ALERTS_SHOWN_MAX);
    let head = std::iter::once(head).chain(alerts).chain((left > 0).then_some(more));
    head.chain(shown.iter().map(line)).collect::<Vec<_>>().join("\n")
}

/// The latest of `lines`, few of them alerts'.
fn latest_of(lines: Vec<PageLine>) -> Vec<PageLine> {
    if lines.len() <= TIMELINE_SHOWN_MAX {
        return lines;
    }
    let mut of_alerts = 0;
    let is_shown = |line: &PageLine| {
        of_alerts += usize::from(line.entry.event == PageEvent::Alert);
        line.entry.event != PageEvent::Alert || of_alerts <= ALERT_LINES_SHOWN_MAX
    };
    let mut latest: Vec<PageLine> =
        lines.into_iter().rev().filter(is_shown).take(TIMELINE_SHOWN_MAX).collect();
    latest.reverse();
    latest
}

/// What somebody is told in private.
#[must_use]
pub fn notice(page: &Page, notice: &Notice, to: &PersonId) -> String {
    let subject = page_subject(page);
    let take = format!("Take it: /ack {}", page.id);
    match notice {
        Notice::InsteadOfRing(_) => format!("Your phone could not be rung. {subject}. {take}"),
        Notice::NoWay(person) => {
            format!(
                "{person} could not be rung, and cannot be written to: no chat knows them. {subject}. {take}"
            )
        }
        Notice::NotPosted(webhook, news) => {
            let what = match news {
                PageNews::Step => String::new(),
                news => format!(" {}", what_became(*news)),
            };
            let see = format!("See /pages show {}", page.id);
            format!("The webhook {webhook} could not be told of a page{what}. {subject}. {see}")
        }
        Notice::StillNoDial(_) => {
            format!("No phone could be rung for 30 s, yours neither. {subject}. {take}")
        }
        Notice::NoDial { people, why, .. } => {
            let who = if people.contains(to) {
                "No phone could be rung for 30 s, yours neither.".to_owned()
            } else {
                format!("No phone could be rung for 30 s: {} should have been.", names(people))
            };
            format!("{who}{} {subject}. {take}", engine_says(why.as_deref()))
        }
        Notice::TakenFrom { by, to: Some(to), .. } => {
            format!("{by} handed over to {to} what you had. {subject}. {take}")
        }
        Notice::TakenFrom { by, to: None, .. } => {
            format!("{by} wants others rung for what you had: it is nobody's now. {subject}. {take}")
        }
        Notice::Exhausted { reached: true } => {
            format!("Nobody has it, and the chain is over. {subject}. {take}")
        }
        Notice::Exhausted { reached: false } => {
            format!("It reached nobody: no phone rang, and the chain is over. {subject}. {take}")
        }
    }
}
