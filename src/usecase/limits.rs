//! Who may ring how often. governor stands in front; the stored arrival times are the judge, so that a
//! restart resets nothing.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Reference as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use jiff::Timestamp;

use super::Context;
use crate::clock::{Clock, Tick, later};
use crate::domain::change::Spent;
use crate::domain::ids::{PageId, PersonId};
use crate::domain::page::{Asked, Hold};
use crate::domain::person::ChatUser;
use crate::domain::quota;
use crate::domain::refusal::{Refusal, Whose};
use crate::domain::settings::{LINK_BY_USER, LINK_OF_PERSON, LimitRule, Settings};
use crate::ports::{Live, StoreError};

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, Clock, NoOpMiddleware<Tick>>;

/// The limits of callers and callees.
pub struct Limits {
    clock: Clock,
    book: Mutex<Book>,
}

/// What a command wants to use.
pub(super) struct Wanted<'a> {
    /// The caller.
    pub(super) by: &'a PersonId,
    /// Who would be rung.
    pub(super) callees: &'a [PersonId],
    /// When the command arrived.
    pub(super) at: Timestamp,
}

/// Whose limit, the key of its uses, and its rules.
type Use<'a> = (Whose, String, &'a [LimitRule]);

/// Which limits of a person's rings count for a page's ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RingLimit {
    /// All.
    All,
    /// All, but the first gives way if it is the only one that says no. Where there is no other, by one.
    BeyondFirst,
}

/// Pages that a limit keeps from ringing somebody, the one first that wants it longest, with when they may.
type Line = BTreeMap<(Timestamp, PageId), Timestamp>;

/// A page that did not ask so long after it may has gone.
const GONE_AFTER: Duration = Duration::from_secs(10);

/// A place among the calls that a person may have open.
pub(super) struct Place<'a> {
    limits: &'a Limits,
    by: PersonId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut book = self.limits.lock();
        if let Some(placing) = book.placing.remove(&self.by)
            && placing > 1
        {
            book.placing.insert(self.by.clone(), placing - 1);
        }
    }
}

#[derive(Default)]
struct Book {
    /// How many calls a person is placing at this moment.
    placing: HashMap<PersonId, usize>,
    arrivals: HashMap<String, VecDeque<Timestamp>>,
    front: Vec<(LimitRule, Keyed)>,
    /// By the keys of `arrivals`. Lost at a restart: then one of several may go before an older one, once.
    lines: HashMap<String, Line>,
}

impl Limits {
    /// No use was made of any limit yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, book: Mutex::default() }
    }

    /// Uses the limits of the caller and of every callee, all or none.
    pub(super) fn take(&self, wanted: &Wanted<'_>, settings: &Settings) -> Result<Vec<Spent>, Refusal> {
        let caller: Use<'_> = (Whose::Caller, format!("caller:{}", wanted.by), &settings.call_by_caller);
        let callees = wanted.callees.iter().map(|person| {
            let whose = Whose::Callee(person.clone());
            (whose, callee(person), settings.ring_of_callee.as_slice())
        });
        self.take_all(&std::iter::once(caller).chain(callees).collect::<Vec<_>>(), wanted.at)
    }

    /// Uses the limits of a ring that shows `person` a code for `user`, all or none.
    pub(super) fn take_link(
        &self,
        user: &ChatUser,
        person: &PersonId,
        at: Timestamp,
        settings: &Settings,
    ) -> Result<Vec<Spent>, Refusal> {
        let uses: [Use<'_>; 3] = [
            (Whose::Linker, format!("linker:{user}"), &LINK_BY_USER),
            (Whose::Linked(person.clone()), format!("linked:{person}"), &LINK_OF_PERSON),
            (Whose::Callee(person.clone()), callee(person), &settings.ring_of_callee),
        ];
        self.take_all(&uses, at)
    }

    /// Uses the limits of a person's rings for a page's ring. Says which limit it went beyond, if it may.
    ///
    /// The error is the rule that decides, and the first instant at which it allows the ring.
    pub(super) fn take_ring(
        &self,
        asked: &Asked<'_>,
        at: Timestamp,
        limit: RingLimit,
        settings: &Settings,
    ) -> Result<(Spent, Option<LimitRule>), (LimitRule, Timestamp)> {
        let (key, rules) = (callee(asked.person), settings.ring_of_callee.as_slice());
        let mut book = self.lock();
        let ahead = book.ahead(&key, &(asked.since, asked.page.clone()), at);
        let by_all = book.judge_behind(&key, (rules, rules), ahead, at);
        let (by, exceeded) = match (rules, by_all, limit) {
            ([first, others @ ..], Err(_), RingLimit::BeyondFirst) => (lenient(first, others), Some(*first)),
            _ => (rules.to_vec(), None),
        };
        book.judge_behind(&key, (rules, &by), ahead, at).map_err(|sooner| (sooner.rule, sooner.next))?;
        for rule in &by {
            book.pass_front(&self.clock, rule, &key).map_err(|next| (*rule, next))?;
        }
        Ok((book.write(key, at), exceeded))
    }

    /// Somebody is rung whatever the limits say: it counts.
    pub(super) fn force_ring(&self, person: &PersonId, at: Timestamp) -> Spent {
        self.lock().write(callee(person), at)
    }

    /// A ring of `person` that was decided at `at` rang nobody: once it is committed, it does not count any more.
    pub(super) fn unrung(person: &PersonId, at: Timestamp) -> Spent {
        Spent { at, key: callee(person) }.back()
    }

    /// These rings are held back, as is committed by now: a decision that was not committed stands in nobody's way.
    pub(super) fn line_up(&self, held: &[(PageId, Hold)]) {
        let mut book = self.lock();
        for (page, hold) in held {
            let line = book.lines.entry(callee(&hold.person)).or_default();
            line.insert((hold.since, page.clone()), hold.until);
        }
    }

    /// `page` waits for no ring of `person` any more.
    pub(super) fn leave_line(&self, page: &PageId, hold: &Hold) {
        let (key, place) = (callee(&hold.person), (hold.since, page.clone()));
        let mut book = self.lock();
        if let Some(line) = book.lines.get_mut(&key) {
            line.remove(&place);
            if line.is_empty() {
                book.lines.remove(&key);
            }
        }
    }

    fn take_all(&self, all: &[Use<'_>], at: Timestamp) -> Result<Vec<Spent>, Refusal> {
        let mut book = self.lock();
        for (whose, key, rules) in all {
            book.judge(key, (rules, rules), at).map_err(|sooner| Refusal::TooSoon {
                whose: whose.clone(),
                rule: sooner.rule,
                next: sooner.next,
            })?;
        }
        for (whose, key, rules) in all {
            for rule in rules.iter() {
                let next = book.pass_front(&self.clock, rule, key);
                next.map_err(|next| Refusal::TooSoon { whose: whose.clone(), rule: *rule, next })?;
            }
        }
        Ok(all.iter().map(|(_, key, _)| book.write(key.clone(), at)).collect())
    }

    /// Keeps a place among the calls that `by` may have open, until the guard is dropped: by then the call is live.
    pub(super) fn reserve(&self, by: &PersonId, live: &dyn Live, max: usize) -> Result<Place<'_>, Refusal> {
        let mut book = self.lock();
        let placing = book.placing.get(by).copied().unwrap_or_default();
        if live.placed_by(by) + placing >= max {
            return Err(Refusal::TooManyOpen(max));
        }
        book.placing.insert(by.clone(), placing + 1);
        Ok(Place { limits: self, by: by.clone() })
    }

    /// Gives back what a commit that failed had taken, or what was for nothing. governor can't give back: its gates start anew, and
    /// the judge still decides.
    pub(super) fn give_back(&self, spent: &[Spent]) {
        let mut book = self.lock();
        book.front.clear();
        for spent in spent {
            if let Some(arrivals) = book.arrivals.get_mut(&spent.key)
                && let Some(index) =
                    arrivals.iter().rposition(|at| at.as_microsecond() == spent.at.as_microsecond())
            {
                arrivals.remove(index);
            }
        }
    }

    /// Forgets keys that no rule remembers.
    pub(super) fn forget_idle(&self) {
        let mut book = self.lock();
        book.arrivals.retain(|_, arrivals| !arrivals.is_empty());
        let now = self.clock.now();
        for line in book.lines.values_mut() {
            line.retain(|_, due| now <= later(*due, GONE_AFTER));
        }
        book.lines.retain(|_, line| !line.is_empty());
        for (_, limiter) in &book.front {
            limiter.retain_recent();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// What the rules `asked` say of `key`; what any of `all` of its rules remembers is kept, asked or not.
    fn judge(
        &mut self,
        key: &str,
        (all, asked): (&[LimitRule], &[LimitRule]),
        now: Timestamp,
    ) -> Result<(), quota::TooSoon> {
        let Some(arrivals) = self.arrivals.get_mut(key) else { return Ok(()) };
        let memory = quota::memory(all);
        while arrivals.front().is_some_and(|at| later(*at, memory) < now) {
            arrivals.pop_front();
        }
        quota::judge(asked, arrivals.make_contiguous(), now)
    }

    /// The same, when so many others go first at `now`.
    fn judge_behind(
        &mut self,
        key: &str,
        (all, asked): (&[LimitRule], &[LimitRule]),
        ahead: usize,
        now: Timestamp,
    ) -> Result<(), quota::TooSoon> {
        self.judge(key, (all, asked), now)?;
        if ahead == 0 {
            return Ok(());
        }
        let arrivals = self.arrivals.get(key).into_iter().flatten().copied();
        let arrivals: Vec<Timestamp> = arrivals.chain(std::iter::repeat_n(now, ahead)).collect();
        quota::judge(asked, &arrivals, now)
    }

    /// How many pages that want to ring the same person for longer than the one at `place` may do so at `now`.
    fn ahead(&self, key: &str, place: &(Timestamp, PageId), now: Timestamp) -> usize {
        let Some(line) = self.lines.get(key) else { return 0 };
        let is_due = |due: &Timestamp| *due <= now && now <= later(*due, GONE_AFTER);
        line.range(..place).filter(|(_, due)| is_due(due)).count()
    }

    /// Passes governor's gate for `rule`: atomic, and never stricter than the judge.
    fn pass_front(&mut self, clock: &Clock, rule: &LimitRule, key: &str) -> Result<(), Timestamp> {
        let Some(quota) = front_quota(rule) else { return Ok(()) };
        let index = match self.front.iter().position(|(known, _)| known == rule) {
            Some(index) => index,
            None => {
                let limiter = RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone());
                self.front.push((*rule, limiter));
                self.front.len() - 1
            }
        };
        let key = key.to_owned();
        self.front[index].1.check_key(&key).map_err(|not_until| {
            let wait = not_until.earliest_possible().duration_since(Tick::of(clock.now()));
            later(clock.now(), wait.into())
        })
    }

    /// Takes in what the store knows, beside what is under way.
    fn remember(&mut self, spent: Vec<Spent>) {
        let mut stored: HashMap<String, Vec<Timestamp>> = HashMap::new();
        let (back, spent): (Vec<Spent>, Vec<Spent>) =
            spent.into_iter().partition(|spent| spent.given_back().is_some());
        for Spent { at, key } in spent {
            stored.entry(key).or_default().push(at);
        }
        for Spent { at, key } in back.iter().filter_map(Spent::given_back) {
            let stored = stored.entry(key).or_default();
            if let Some(index) = stored.iter().position(|known| *known == at) {
                stored.remove(index);
            }
        }
        for (key, stored) in stored {
            let known = self.arrivals.entry(key).or_default();
            *known = union(known.make_contiguous(), &stored);
        }
    }

    fn write(&mut self, key: String, at: Timestamp) -> Spent {
        self.arrivals.entry(key.clone()).or_default().push_back(at);
        Spent { at, key }
    }
}

/// Every instant as often as the list that has it most often.
fn union(known: &[Timestamp], stored: &[Timestamp]) -> VecDeque<Timestamp> {
    let mut counts: BTreeMap<Timestamp, (usize, usize)> = BTreeMap::new();
    known.iter().for_each(|at| counts.entry(*at).or_default().0 += 1);
    stored.iter().for_each(|at| counts.entry(*at).or_default().1 += 1);
    counts.into_iter().flat_map(|(at, (known, stored))| std::iter::repeat_n(at, known.max(stored))).collect()
}

/// The key of the arrivals of somebody's rings.
fn callee(person: &PersonId) -> String {
    format!("callee:{person}")
}

/// What still counts beside the first rule. Alone, it allows one more: without any bound a storm would ring for ever.
fn lenient(first: &LimitRule, others: &[LimitRule]) -> Vec<LimitRule> {
    if others.is_empty() {
        let burst = first.burst.map(|burst| burst.saturating_add(1));
        return vec![LimitRule { count: first.count.saturating_add(1), burst, ..*first }];
    }
    others.to_vec()
}

/// governor's form of a rule: the burst at once, then one each W/N.
fn front_quota(rule: &LimitRule) -> Option<Quota> {
    let period = rule.window.checked_div(rule.count)?;
    let burst = std::num::NonZeroU32::new(rule.burst.unwrap_or(rule.count))?;
    Some(Quota::with_period(period)?.allow_burst(burst))
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

impl Context {
    /// Reads back what was used, as far as `settings` ask.
    pub(super) async fn warm_limits(&self, settings: &Settings) -> Result<(), StoreError> {
        let since = self.clock.now().checked_sub(settings.longest_window()).unwrap_or(Timestamp::MIN);
        let spent = self.store.spent_since(since).await?;
        self.limits.lock().remember(spent);
        Ok(())
    }

    /// Puts other settings in force. A limit with a longer window is told what was used before, and whoever is on call
    /// by them, or not any more, is told too.
    ///
    /// # Errors
    /// When the store failed; the old settings stay.
    pub async fn reload(&self, settings: Settings) -> Result<(), StoreError> {
        self.warm_limits(&settings).await?;
        let before = self.replace_settings(settings).await;
        self.tell_of_unused_links();
        if let Err(error) = self.tell_of_other_duty(before).await {
            tracing::error!(%error, "nobody could be told who is on call since the file was read again");
        }
        if let Err(error) = self.show_new_policies().await {
            tracing::error!(%error, "open pages may not show that their policy was changed");
        }
        Ok(())
    }
}
