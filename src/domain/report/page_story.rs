//! What happens to a page, a sentence a thing, each with its reason.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::call::Outcome;
use super::super::escalation::Picked;
use super::super::ids::{PersonId, WebhookId};
use super::super::page::{Page, PageEntry, PageEvent, PageHappened, Posted, RingWhy, Whither};
use super::super::webhook::PageNews;
use super::lists::count;
use super::oncall::{Reader, names};
use super::page::{
    because, engine_says, how_it_ended, next, page_subject, rests, ring_ending, stopped, whom_it_tells,
};
use super::simulated::{came_to, left_out_of};
use super::text::escape;
use super::when::{clock_time, day_time, duration, time_near};

/// Longest title of an alert, or reason of the engine, in a line, in characters.
const SHOWN_MAX: usize = 300;

/// What `happened` to `page` at `at`, as a line of its timeline.
#[must_use]
pub fn page_story(page: &Page, happened: &PageHappened, at: Timestamp) -> PageEntry {
    let (event, detail) = tell(page, happened, &Reader::new(at, TimeZone::UTC));
    PageEntry { at, event, detail }
}

fn tell(page: &Page, happened: &PageHappened, reader: &Reader) -> (PageEvent, String) {
    match happened {
        PageHappened::Opened => (PageEvent::Opened, opened(page)),
        PageHappened::Joined { .. }
        | PageHappened::Louder { .. }
        | PageHappened::Left { .. }
        | PageHappened::Resolved { .. }
        | PageHappened::MoreAlerts { .. } => (PageEvent::Alert, alert(happened)),
        PageHappened::AcknowledgedThere { source, title } => {
            (PageEvent::Alert, format!("Acknowledged at {source}: {}", escape(title, SHOWN_MAX)))
        }
        PageHappened::StillTold { .. } => (PageEvent::Late, alert(happened)),
        PageHappened::Step { .. } | PageHappened::Skipped { .. } | PageHappened::PassedOver(_) => {
            step(page, happened, reader)
        }
        PageHappened::Tells(places, webhooks) => {
            (PageEvent::Told, format!("Telling {}.", whom_it_tells(places, webhooks)))
        }
        PageHappened::Posted(webhook, news, posted) => told(webhook, *news, posted),
        PageHappened::Rests(rest) => (PageEvent::Held, rests(rest)),
        PageHappened::Rung(..) | PageHappened::RungBeyond(..) | PageHappened::Rings(_) => {
            (PageEvent::Rung, rung(happened))
        }
        PageHappened::Held { person, until, rule } => (
            PageEvent::Held,
            format!("{person} is held back until {}: rung {rule} already.", time_near(*until, reader.now())),
        ),
        PageHappened::Answered(person) => (
            PageEvent::Answered,
            format!("{person} answered. That is no acknowledgement: the chain goes on."),
        ),
        PageHappened::RingOver(person, outcome) => {
            let why = said_of(page, person, *outcome).map(|why| escape(why.trim_end_matches('.'), SHOWN_MAX));
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            (PageEvent::Ring, format!("{person} {} ({outcome}){why}.", how_it_ended(page, person, *outcome)))
        }
        PageHappened::Stopped { by, person } => {
            (PageEvent::Ring, format!("{}. Nobody has it: {}", stopped(by, person), next(page)))
        }
        PageHappened::AgainAt(..) | PageHappened::MovedOn(..) | PageHappened::Restarted => {
            (PageEvent::Chain, chain(page, happened))
        }
        PageHappened::Unlisted(_)
        | PageHappened::Unsettled(..)
        | PageHappened::Written(_)
        | PageHappened::NoWay(_)
        | PageHappened::NoDial { .. } => (PageEvent::Trouble, trouble(happened)),
        PageHappened::Acknowledged { .. }
        | PageHappened::Promised(..)
        | PageHappened::Helps(_)
        | PageHappened::Recalled { .. } => (PageEvent::Acknowledged, taken(happened, reader.now())),
        PageHappened::Escalated { by, from: None } => (PageEvent::Escalated, format!("{by} escalates.")),
        PageHappened::Escalated { by, from: Some(from) } => {
            (PageEvent::Escalated, format!("{by} escalates. {from} had it: it is nobody's now."))
        }
        PageHappened::Called { by, person } => (PageEvent::Escalated, format!("{by} asks for {person}.")),
        PageHappened::HandedOver { by, to } => {
            let (to, next) = (if by == to { "themselves" } else { to.as_str() }, next(page));
            (PageEvent::Escalated, format!("{by} hands it over to {to}. {next}"))
        }
        PageHappened::PolicyApplied(by) => {
            (PageEvent::Chain, format!("{by} applies {} as it is now.", page.policy.id))
        }
        PageHappened::Reopened(by) => {
            (PageEvent::Escalated, format!("{by} opens it again: the chain begins again."))
        }
        PageHappened::Exhausted { reached } => (PageEvent::Exhausted, exhausted(*reached).to_owned()),
        PageHappened::Closed(_) | PageHappened::Emptied => (PageEvent::Closed, over(happened)),
    }
}

fn over(happened: &PageHappened) -> String {
    match happened {
        PageHappened::Closed(Some(by)) => format!("{by} closes it."),
        PageHappened::Emptied => "Its last alert is another page's: it is over.".to_owned(),
        _ => "Its last alert is resolved: it is over.".to_owned(),
    }
}

/// What the engine said of a ring that it could not place.
fn said_of<'a>(page: &'a Page, person: &PersonId, outcome: Outcome) -> Option<&'a str> {
    let theirs = page.rings.iter().rev().find(|ring| ring.person == *person);
    theirs.filter(|_| outcome == Outcome::Failed)?.kept_back.as_deref()
}

/// Who started it; of an alert also the rule that sent it to this policy.
fn opened(page: &Page) -> String {
    let rule = by_rule(page.alerts.iter().next().and_then(|alert| alert.rule));
    format!("{}, by {}{rule}{}.", page_subject(page), page.by, other_rules(page))
}

/// Rules that are named beside the first; the card has the alerts.
const RULES_NAMED_MAX: usize = 5;

/// ` (others by rule 1 and by the source itself)`, where not all alerts that a page began with came by one rule.
fn other_rules(page: &Page) -> String {
    let mut rules = page.alerts.iter().map(|alert| alert.rule);
    let first = rules.next();
    let others: BTreeSet<Option<usize>> = rules.filter(|rule| Some(*rule) != first).collect();
    let name = |rule: &Option<usize>| match rule {
        Some(rule) => format!("by rule {rule}"),
        None => "by the source itself".to_owned(),
    };
    let mut named: Vec<String> = others.iter().take(RULES_NAMED_MAX).map(name).collect();
    let more = others.len().saturating_sub(RULES_NAMED_MAX);
    named.extend((more > 0).then(|| format!("by {}", count(more, "more rule"))));
    if named.is_empty() { String::new() } else { format!(" (others {})", named.join(", ")) }
}

/// `, by rule 2`; nothing where the source itself says where an alert goes.
fn by_rule(rule: Option<usize>) -> String {
    rule.map(|rule| format!(", by rule {rule}")).unwrap_or_default()
}

fn alert(happened: &PageHappened) -> String {
    match happened {
        PageHappened::Joined { title, total, rule } => {
            let rule = by_rule(*rule);
            format!("Another alert joins ({total} by now{rule}): {}", escape(title, SHOWN_MAX))
        }
        PageHappened::Louder { title, rule } => {
            format!("An alert is more urgent now{}: {}", by_rule(*rule), escape(title, SHOWN_MAX))
        }
        PageHappened::Left { title, to: Whither { page, policy, rule, again: true }, .. } => {
            let (rule, title) = (by_rule(*rule), escape(title, SHOWN_MAX));
            format!("It began again, and is part of {page} of {policy} by now{rule}: {title}")
        }
        PageHappened::Left { title, firing, total, to: Whither { page, policy, rule, again: false } } => {
            format!(
                "More urgent now, so that it goes to {page} of {policy}{} ({firing} of {total} go on here): {}",
                by_rule(*rule),
                escape(title, SHOWN_MAX)
            )
        }
        PageHappened::StillTold { source, title, began, ended } => {
            let (began, ended, title) = (day_time(*began), day_time(*ended), escape(title, SHOWN_MAX));
            let told = format!("Still told by {source}, and nobody is rung for it: it began at {began}");
            format!("{told}, and was over at {ended}: {title}")
        }
        PageHappened::Resolved { title, firing, total } => {
            format!("Resolved ({firing} of {total} go on): {}", escape(title, SHOWN_MAX))
        }
        PageHappened::MoreAlerts { joined, resolved, left, late } => {
            let joined = (*joined > 0).then(|| format!("{} at once", count(*joined, "more alert")));
            let resolved = (*resolved > 0).then(|| format!("{resolved} more resolved at once"));
            let left = (*left > 0).then(|| format!("{left} more go to other pages at once"));
            let late = (*late > 0).then(|| format!("{late} more that are over are still told"));
            let all: Vec<String> = joined.into_iter().chain(resolved).chain(left).chain(late).collect();
            format!("… {}: the card counts them all.", all.join(", "))
        }
        _ => String::new(),
    }
}

fn step(page: &Page, happened: &PageHappened, reader: &Reader) -> (PageEvent, String) {
    match happened {
        PageHappened::Step { picked, busy } => {
            let (held, rung): (Vec<PersonId>, Vec<PersonId>) =
                busy.iter().cloned().partition(|person| page.holds.iter().any(|hold| hold.person == *person));
            let of = |people: &[PersonId], what: &str| match people {
                [] => String::new(),
                people => format!(" {what}: {}.", names(people)),
            };
            let busy = of(&rung, "Rung already, and not twice") + &of(&held, "Held back still");
            (PageEvent::Step, format!("{} Because: {}.{busy}", next(page), reasons(picked, reader)))
        }
        PageHappened::Skipped { at, picked } => {
            (PageEvent::Skipped, format!("{at} is skipped at once: {}.", reasons(picked, reader)))
        }
        PageHappened::PassedOver(at) => {
            (PageEvent::Skipped, format!("{at} is for pages of high urgency only."))
        }
        _ => (PageEvent::Step, String::new()),
    }
}

/// What became of telling another program. That it works is no news for the thread.
fn told(webhook: &WebhookId, news: PageNews, posted: &Posted) -> (PageEvent, String) {
    let tries = |tries: u32| if tries == 1 { String::new() } else { format!(", at the {}", nth(tries)) };
    let what = what_became(news);
    match posted {
        Posted::Took { status, tries: n } => {
            (PageEvent::Told, format!("The webhook {webhook} took {what} (HTTP {status}{}).", tries(*n)))
        }
        Posted::Again { why, at, .. } => {
            let (why, at) = (escape(why, SHOWN_MAX), clock_time(*at));
            (PageEvent::Trouble, format!("The webhook {webhook} did not take {what} ({why}): again at {at}."))
        }
        Posted::GivenUp { why, tries, span } => {
            let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
            let after = if span.is_zero() { tries } else { format!("{} and {tries}", duration(*span)) };
            let why = escape(why, SHOWN_MAX);
            let said = format!("The webhook {webhook} did not take {what} ({why}): given up after {after}.");
            (PageEvent::Trouble, format!("{said} The policy's owner is told."))
        }
    }
}

/// What a webhook is told of a page: `it`, where that is the page itself.
pub(super) const fn what_became(news: PageNews) -> &'static str {
    match news {
        PageNews::Step => "it",
        PageNews::Acknowledged => "that somebody has it",
        PageNews::Unacknowledged => "that nobody has it any more",
        PageNews::Exhausted => "that its chain is over",
        PageNews::Restarted => "that its chain begins again",
        PageNews::Resolved => "that it is resolved",
        PageNews::Closed => "that it is closed",
        PageNews::Reopened => "that it is open again",
    }
}

/// `2nd try`.
fn nth(n: u32) -> String {
    let end = match (n % 10, n % 100) {
        (1, not) if not != 11 => "st",
        (2, not) if not != 12 => "nd",
        (3, not) if not != 13 => "rd",
        _ => "th",
    };
    format!("{n}{end} try")
}

fn reasons(picked: &Picked, reader: &Reader) -> String {
    if picked.found.is_empty() {
        return "it is there to tell, and rings nobody".to_owned();
    }
    let found = picked.found.iter().map(|found| came_to(found, reader));
    let others = "one of them each page, in turn; not this time:";
    found.chain(left_out_of(picked, others)).collect::<Vec<_>>().join("; ")
}

fn rung(happened: &PageHappened) -> String {
    match happened {
        PageHappened::Rung(person, why) => format!("Ringing {person}{}.", because(why)),
        PageHappened::RungBeyond(person, rule) => {
            format!("Ringing {person} although {rule} is used up: it is urgent, and it may once.")
        }
        PageHappened::Rings(person) => format!("The engine rings {person}."),
        _ => String::new(),
    }
}

fn chain(page: &Page, happened: &PageHappened) -> String {
    match happened {
        PageHappened::AgainAt(person, RingWhy::Busy(n), at) => {
            format!("{person} is tried again at {} (try {n}).", clock_time(*at))
        }
        PageHappened::AgainAt(person, why, at) => {
            let n = if let RingWhy::Redial(n) = why { *n } else { 1 };
            format!("{person} is rung again at {} (redial {n}).", clock_time(*at))
        }
        PageHappened::MovedOn(person, outcome) => {
            format!("{person} {}, and nobody else of the step may answer: on at once.", ring_ending(*outcome))
        }
        _ => format!("The chain of {} begins again.", page.policy.id),
    }
}

fn trouble(happened: &PageHappened) -> String {
    match happened {
        PageHappened::Unlisted(person) => format!("{person} is listed no more, and is not rung."),
        PageHappened::Unsettled(person, until) => format!(
            "{person}'s phone may be ringing until {}: the engine's answer was lost. The chain does not wait for it.",
            clock_time(*until)
        ),
        PageHappened::Written(person) => format!("{person} could not be rung, and is written to instead."),
        PageHappened::NoWay(person) => format!(
            "{person} could not be rung, and no chat knows them: they are not written to, and the policy's owner is told."
        ),
        PageHappened::NoDial { why } => {
            let why = engine_says(why.as_deref());
            format!("No dial has gone through for 30 s: people are written to, and the policy's owner.{why}")
        }
        _ => String::new(),
    }
}

fn taken(happened: &PageHappened, at: Timestamp) -> String {
    match happened {
        PageHappened::Acknowledged { by, .. } if by.as_str().starts_with("source:") => {
            format!("Somebody has it at {}. Nothing else rings.", of_source(by))
        }
        PageHappened::Acknowledged { by, until: None } => format!("{by} has it. Nothing else rings."),
        PageHappened::Acknowledged { by, until: Some(until) } => {
            format!(
                "{by} has it, and promises to be done by {}. Nothing rings until then.",
                time_near(*until, at)
            )
        }
        PageHappened::Promised(by, until) => {
            format!("{by} promises to be done by {}.", time_near(*until, at))
        }
        PageHappened::Helps(person) => format!("{person} has heard of it as well."),
        PageHappened::Recalled { person, promised } => recalled(person, *promised),
        _ => String::new(),
    }
}

/// The source that a page was acknowledged at.
fn of_source(by: &PersonId) -> &str {
    by.as_str().strip_prefix("source:").unwrap_or(by.as_str())
}

fn recalled(person: &PersonId, promised: bool) -> String {
    if person.as_str().starts_with("source:") {
        let source = of_source(person);
        return format!("It was acknowledged at {source}, and is still open: the chain begins again.");
    }
    let why =
        if promised { "promised to be done by now" } else { "acknowledged it, and did not close it in time" };
    format!("{person} {why}, and it is still open: {person} is rung first, then the chain.")
}

const fn exhausted(reached: bool) -> &'static str {
    if reached {
        "The chain is over, and nobody has it. The policy's owner is told."
    } else {
        "The chain is over, and it reached nobody: no phone rang. The policy's owner is told."
    }
}
