//! What people are told of pages in private: receipts, lists, messages instead of a ring.

use jiff::Timestamp;

use super::super::ids::{PageId, PersonId};
use super::super::page::{Notice, Page, PageEntry, PageState, Taken, Taking};
use super::super::refusal::PageRefusal;
use super::lists::{count, left_out};
use super::oncall::names;
use super::page::{engine_says, moment, next, page_subject};
use super::text::escape;
use super::when::{clock_time, day_time};

/// Most lines of a page's timeline in a receipt.
const TIMELINE_SHOWN_MAX: usize = 40;

/// Before a page is handed over to nobody in particular.
pub const TO_WHOM: &str = "To whom? Write their id beside the button, or say: /escalate to @who";

/// The receipt of `/page`.
#[must_use]
pub fn paging(page: &Page) -> String {
    let rung: Vec<PersonId> = page.rings.iter().map(|ring| ring.person.clone()).collect();
    let who = match (rung.as_slice(), page.state) {
        ([], PageState::Exhausted) => "it reaches nobody, and its owner is told".to_owned(),
        ([], _) => "nobody is rung yet".to_owned(),
        (rung, _) => format!("ringing {}", names(rung)),
    };
    format!("Paging {}: {who}. ({})", page.policy.id, page.id)
}

/// The receipt of an acknowledgement.
#[must_use]
pub fn took(page: &Page, how: Taking) -> String {
    let until = page.taken.as_ref().and_then(|taken| taken.until);
    let until = until.map(|until| format!(" Still open at {}, you are rung first.", clock_time(until)));
    match how {
        Taking::Taken => format!("{} is yours: nothing else rings.{}", page.id, until.unwrap_or_default()),
        Taking::Promised => format!("Noted for {}.{}", page.id, until.unwrap_or_default()),
        Taking::Helps => format!("Your phone stops. {} stays whose it is.", page.id),
    }
}

/// The receipt of `/ack all`; `is_all`: none of theirs waits any more.
#[must_use]
pub fn took_all(pages: &[PageId], is_all: bool) -> String {
    let ids: Vec<&str> = pages.iter().map(|page| page.as_str()).collect();
    match ids.as_slice() {
        ids if !is_all => {
            format!(
                "{} pages are yours: {}. More of yours wait: say /ack all again.",
                ids.len(),
                ids.join(", ")
            )
        }
        [one] => format!("{one} is yours: nothing else rings."),
        ids => format!("{} pages are yours: {}. Nothing else rings.", ids.len(), ids.join(", ")),
    }
}

/// Before somebody takes what they were not paged for.
#[must_use]
pub fn not_paged(page: &Page) -> String {
    let paged: Vec<PersonId> = page.paged().into_iter().cloned().collect();
    let were = if paged.len() == 1 { "was" } else { "were" };
    format!("You were not paged for {}: {} {were}. Take it from them?", page.id, names(&paged))
}

/// Before somebody opens again what its sources say is over: none of them will close it.
#[must_use]
pub fn nothing_goes_on(page: &Page) -> String {
    format!(
        "Every alert of {} is resolved by now: its sources say that it is over. Opened again, it rings people until somebody closes it.",
        page.id
    )
}

/// Why nothing is done to a page.
pub(super) fn no_page(refusal: &PageRefusal) -> String {
    match refusal {
        PageRefusal::NotUnderstood(text) => {
            let text = escape(text, 40);
            format!(
                "“{text}” is not understood here. In this thread, say: ack, ack 30m, in 10m, escalate, \
                 not mine @who, or close"
            )
        }
        PageRefusal::NoSuch(id) => format!("There is no page “{}”. See /pages.", escape(id, 40)),
        PageRefusal::Which(pages) => {
            let pages: Vec<&str> = pages.iter().map(|page| page.as_str()).collect();
            format!("Several pages may be meant: {}. Name one.", pages.join(", "))
        }
        PageRefusal::NoneOfThread(mine) => {
            let mine: Vec<&str> = mine.iter().map(|page| page.as_str()).collect();
            match mine.as_slice() {
                [] => "This thread is about no page. Name one: /pages lists them.".to_owned(),
                mine => format!("This thread is about no page. Name one; yours: {}.", mine.join(", ")),
            }
        }
        PageRefusal::NoneOfYours => "No open page concerns you. Name one: /pages lists them.".to_owned(),
        PageRefusal::Over(page) => format!("{page} is over already."),
        PageRefusal::IsYours(page) => {
            format!("{page} is yours already. To be rung if it is still open then: /ack {page} 30m")
        }
        PageRefusal::Taken { taken, at } => taken_before(taken, *at),
        PageRefusal::RingsAlready(person) => {
            format!("{person}'s phone rings for it already, or is held back.")
        }
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
        PageState::Acknowledged => format!("{}: it stays whose it is.", page.id),
        PageState::Triggered => format!("{}: {}", page.id, next(page)),
    }
}

/// The receipt of `/escalate` with somebody's name.
#[must_use]
pub fn called_in(page: &Page, who: &PersonId) -> String {
    let id = &page.id;
    if let Some(hold) = page.holds.iter().find(|hold| hold.person == *who) {
        let until = clock_time(hold.until);
        return format!("{id}: {who} is held back until {until}: rung {} already.", hold.rule);
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
        _ => format!("step {}, round {}", page.chain.step, page.chain.round),
    };
    format!("• {} since {}: {}: {far}", page.id, clock_time(page.opened_at), page_subject(page))
}

/// `/pages show`: one page's timeline, a line a decision.
#[must_use]
pub fn page_timeline(page: &Page, entries: &[PageEntry]) -> String {
    let head = format!("{} ({}): {}", page.id, day_time(page.opened_at), page_subject(page));
    let skipped = entries.len().saturating_sub(TIMELINE_SHOWN_MAX);
    let more = format!("… {skipped} earlier lines are left out here; /api/pages/{} has them all", page.id);
    let line = |entry: &PageEntry| format!("{} {}", entry.at.strftime("%H:%M:%S%.3f"), entry.detail);
    let lines = entries.iter().skip(skipped).map(line);
    let head = std::iter::once(head).chain((skipped > 0).then_some(more));
    head.chain(lines).collect::<Vec<_>>().join("\n")
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
        Notice::NotPosted(webhook) => {
            format!(
                "The webhook {webhook} could not be told of a page. {subject}. See /pages show {}",
                page.id
            )
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
