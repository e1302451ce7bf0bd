//! A page decides, and what follows is one commit with it.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;
use crate::domain::call::{Call, CallEvent, Caller, Media, NewCall, Purpose};
use crate::domain::change::{Change, Effect, Spent, Timer};
use crate::domain::ids::{CallId, PageId, PersonId};
use crate::domain::page::{Deck, Moved, Page, PageHappened};
use crate::domain::refusal::{PageRefusal, Refusal};
use crate::domain::report::{Place, page_card, page_story, page_tells};
use crate::domain::settings::Settings;
use crate::domain::webhook::tellings;
use crate::ports::{PageAndCalls, StoreError, pass};
use crate::usecase::Context;
use crate::usecase::commit::{new_call, told};
use crate::usecase::intake::Stop;
use crate::usecase::limits::Limits;

/// How often a page decides anew because somebody else changed a row first: every call that rings for it may.
const CONFLICTS_MAX: usize = 64;

/// A dial that is answered within this is shown at once as what it is: one message, not a message and an edit.
const FIRST_REPORT_AFTER: Duration = Duration::from_millis(50);

/// What a page came to.
pub(super) struct Turned<T> {
    /// As it is now.
    pub(super) page: Page,
    /// What the verb said.
    pub(super) said: T,
}

impl Context {
    /// Lets the page `id` decide on what is known; `with` is committed together with that, or alone if there is nothing.
    pub(in crate::usecase) async fn advance(&self, id: &PageId, with: Change) -> Result<(), StoreError> {
        pass(&*self.steps, "page.before").await;
        match self.turn_page(id, |_| with.clone(), |_, _, _| Ok(())).await {
            Ok(_) => Ok(()),
            // It was swept away, or nothing is left to decide.
            Err(Stop::Refused(_)) => self.commit(with).await,
            Err(Stop::Store(error)) => Err(error),
        }
    }

    /// Does `verb` to the page `id`, lets it decide what follows, and commits all that with what `with` says of the
    /// page as it is then.
    pub(super) async fn turn_page<T>(
        &self,
        id: &PageId,
        with: impl Fn(&Turned<T>) -> Change,
        verb: impl Fn(&mut Moved, &mut Deck<'_>, Timestamp) -> Result<T, Refusal>,
    ) -> Result<Turned<T>, Stop> {
        for _ in 0..CONFLICTS_MAX {
            let found = self.store.page_and_calls(id, &[]).await?;
            let PageAndCalls { page, calls } = found.ok_or_else(|| PageRefusal::NoSuch(id.to_string()))?;
            let (settings, now, before) = (self.settings.get(), self.clock.now(), page.clone());
            let (played, spent) = self.dealt(&settings, now, |deck| {
                let mut moved = Moved::of(page);
                let said = verb(&mut moved, deck, now)?;
                moved.play(&calls, deck, now);
                Ok::<_, Refusal>((moved, said))
            });
            let (moved, said) = played?;
            let turned = Turned { page: moved.page.clone(), said };
            let mut change = with(&turned);
            self.follow_page((Some(&before), moved), (&calls, spent.clone()), &settings, &mut change);
            if change == Change::default() {
                return Ok(turned);
            }
            match self.commit(change).await {
                Ok(()) => return Ok(turned),
                // A call of it moved on meanwhile, or the page did.
                Err(StoreError::Conflict) => self.limits.give_back(&spent),
                Err(error) => {
                    self.limits.give_back(&spent);
                    return Err(error.into());
                }
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Adds to `change` what follows from a page's having `moved`: rings, hang-ups, the timer, lines, cards, messages.
    /// `calls` are the page's, as they were loaded with it; `spent` is what was used of the limits for it.
    pub(in crate::usecase) fn follow_page(
        &self,
        (before, moved): (Option<&Page>, Moved),
        (calls, spent): (&[Call], Vec<Spent>),
        settings: &Settings,
        change: &mut Change,
    ) {
        let now = self.clock.now();
        let tellings = tellings(before, &moved, now, |webhook| settings.endpoints.contains_key(webhook));
        let Moved { page, happened, place, end, unrung, notices, .. } = moved;
        if before == Some(&page) && happened.is_empty() && end.is_empty() {
            self.wake_again(&page, change);
            return;
        }
        for id in place {
            self.place_ring(&page, &id, settings, change);
        }
        for id in end {
            let call = calls.iter().find(|call| call.id == id);
            end_ring((&page, stopper(&page, &happened)), call, now, change);
        }
        for telling in &tellings {
            let effect = Effect::Post { webhook: telling.webhook.clone(), page: page.id.clone() };
            change.act(effect, now);
        }
        for one in &notices {
            self.tell_of_page(&page, one, settings, change);
        }
        let happened = PageHappened::in_brief(happened);
        let entries: Vec<_> = happened.iter().map(|happened| page_story(&page, happened, now)).collect();
        let shown = |page: &Page| page_card(page, 0, is_newer(settings, page));
        let is_told = entries.iter().any(|entry| page_tells(entry.event).is_some());
        let shows_more = before.is_none_or(|before| shown(before) != shown(&page));
        if is_told || shows_more {
            // The first one waits a moment for the dials' answers.
            let due = if before.is_none() { later(now, FIRST_REPORT_AFTER) } else { now };
            report(&page, due, change);
        }
        change.spent.extend(spent);
        change.spent.extend(unrung.iter().map(|(person, at)| Limits::unrung(person, *at)));
        for gone in before.iter().flat_map(|before| &before.holds).filter(|hold| !page.waits_with(hold)) {
            self.limits.leave_line(&page.id, gone);
        }
        let pages = change.pages();
        pages.tellings.extend(tellings);
        pages.lines.extend(entries.into_iter().map(|entry| (page.id.clone(), entry)));
        pages.pages.push(page.clone());
        set_timer(before, &page, change);
    }

    /// A timer that fired too early, for a page that has nothing to decide, is armed again.
    fn wake_again(&self, page: &Page, change: &mut Change) {
        let timer = Timer::Page(page.id.clone());
        if let Some(due) = page.wake().filter(|_| change.fired.iter().any(|(id, _)| *id == timer.id())) {
            change.arm(timer, due);
        }
    }

    /// One person's call, in the page's room.
    fn place_ring(&self, page: &Page, id: &CallId, settings: &Settings, change: &mut Change) {
        let now = self.clock.now();
        let ring = page.rings.iter().rev().find(|ring| ring.call == *id);
        let person = ring.and_then(|ring| settings.people.person(&ring.person));
        let Some(person) = person else { return };
        let announcement = self.page_announcement(settings, page);
        let new = NewCall {
            id: id.clone(),
            by: Caller::Page(page.id.clone()),
            purpose: Purpose::Talk,
            place: page.places.first().cloned().unwrap_or_else(|| Place::direct("")),
            media: Media::Audio,
            note: Some(page.about().to_owned()),
            reason: None,
            ring: settings.ring,
            callees: vec![(person.id.clone(), person.account.clone())],
            announcement,
            duties: Vec::new(),
        };
        let call = Call::place(new, now);
        let new = new_call(&call, now);
        change.timeline.extend(new.timeline);
        change.effects.extend(new.effects);
        change.calls.push(call);
    }
}

/// Who stops phones by what `happened`: who takes it, closes it, hands it over, or has heard of it as well.
fn stopper<'a>(page: &'a Page, happened: &'a [PageHappened]) -> Option<&'a PersonId> {
    let by = happened.iter().find_map(|happened| match happened {
        PageHappened::Helps(by) | PageHappened::HandedOver { by, .. } => Some(by),
        _ => None,
    });
    let taken = page.acknowledged_by().filter(|taken| !taken.is_at_source());
    by.or(taken.map(|taken| &taken.by)).or(page.closed_by.as_ref())
}

/// Ends a ring of a page: on behalf of `by`, or of the page itself.
fn end_ring(
    (page, by): (&Page, Option<&PersonId>),
    call: Option<&Call>,
    now: Timestamp,
    change: &mut Change,
) {
    let Some(call) = call.filter(|call| !call.has_ended()) else { return };
    let by = by.cloned().map_or_else(|| Caller::Page(page.id.clone()), Caller::Person);
    let (_, more) = told(call.clone(), CallEvent::HangUp(by), now, Change::default());
    change.calls.extend(more.calls);
    change.timeline.extend(more.timeline);
    change.effects.extend(more.effects);
    change.timers.extend(more.timers);
    change.disarmed.extend(more.disarmed);
}

/// Whether its policy was changed since it started.
pub(super) fn is_newer(settings: &Settings, page: &Page) -> bool {
    settings.policies.get(page.policy.id.as_str()).is_some_and(|now| **now != page.policy)
}

/// Brings every card of a page up to date.
pub(super) fn report(page: &Page, due: Timestamp, change: &mut Change) {
    for (n, place) in page.places.iter().enumerate() {
        change.act(Effect::Report { card: page.id.card(n), chat: place.chat.clone() }, due);
    }
}

/// One timer a page: when it has to decide next, though nothing is heard.
fn set_timer(before: Option<&Page>, page: &Page, change: &mut Change) {
    let timer = Timer::Page(page.id.clone());
    let fired = change.fired.iter().any(|(id, _)| *id == timer.id());
    match page.wake() {
        Some(due) if fired || before.and_then(Page::wake) != Some(due) => change.arm(timer, due),
        None if before.is_some_and(|before| before.wake().is_some()) => change.disarmed.push(timer.id()),
        Some(_) | None => {}
    }
}
