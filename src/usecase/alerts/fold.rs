//! What a delivery comes to, page by page. Pure: the pages were loaded before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;
use crate::domain::alert::{Alert, AlertStatus, Item, Known, Source, Verdict};
use crate::domain::call::Call;
use crate::domain::escalation::{Policy, Rest};
use crate::domain::ids::{DeliveryKey, PageId, PolicyId, SourceId};
use crate::domain::page::{
    Joined, Moved, NewPage, Opener, Page, PageAlert, PageState, StillTold, Urgency, Whither,
};
use crate::domain::report::{Place, may_heal};
use crate::ports::PageAndCalls;
use crate::usecase::page::SettingOut;

/// An alert of a delivery, judged.
pub(super) struct Judged<'a> {
    pub(super) item: &'a Item,
    pub(super) known: Option<&'a Known>,
    pub(super) verdict: Verdict,
}

impl<'a> Judged<'a> {
    pub(super) fn of(item: &'a Item, known: Option<&'a Known>, now: Timestamp) -> Self {
        Self { item, known, verdict: item.judge(known, now) }
    }

    /// The end after which it is still told to fire.
    pub(super) fn late_after(&self) -> Option<Timestamp> {
        let is_late = self.verdict == Verdict::Late && self.item.news.status == AlertStatus::Firing;
        self.known.filter(|_| is_late)?.ended_at()
    }

    /// Whether the page that it was part of has it as going on, and it comes to another: also one that a person has closed,
    /// which may be opened again.
    pub(super) fn leaves(&self) -> bool {
        let goes_on_there = self.known.is_some_and(|known| known.alert.resolved_at.is_none());
        self.verdict.comes().is_some() && goes_on_there
    }
}

/// A page on its way.
pub(super) struct Work {
    /// As it was; `None`: it is new.
    pub(super) before: Option<Page>,
    pub(super) moved: Moved,
    pub(super) calls: Vec<Call>,
    joins: Vec<PageAlert>,
    /// How long each of those would rest by itself, if it is given time to be over.
    delays: Vec<Duration>,
    /// Where they are shown.
    posts: Vec<Place>,
    /// Somebody has them at their source.
    taken: Vec<String>,
    ends: Vec<String>,
    /// They are other pages' from here on.
    leaves: Vec<(String, Whither)>,
    /// They are over, and still told.
    late: Vec<(String, StillTold)>,
}

impl Work {
    fn new(before: Option<Page>, moved: Moved, calls: Vec<Call>) -> Self {
        let (joins, delays, posts) = (Vec::new(), Vec::new(), Vec::new());
        let (taken, ends, leaves, late) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { before, moved, calls, joins, delays, posts, taken, ends, leaves, late }
    }

    /// It joins, or is more urgent than it was.
    fn joins(&mut self, item: &Item, source: &SourceId, starts_at: Timestamp) {
        self.joins.push(item.of_page(source, starts_at));
        self.delays.push(item.route.delay.unwrap_or_default());
        self.posts.extend(
            item.route.post.iter().filter(|place| !self.posts.contains(place)).cloned().collect::<Vec<_>>(),
        );
    }

    /// Carries out what was gathered. What ends comes last: a page whose last alert ends while another begins goes on.
    fn settle(&mut self, source: &Source, planned: Option<Rest>, now: Timestamp) {
        if !self.joins.is_empty() {
            // A chain under way that turns back to a step it passed over does not wait.
            let is_under_way = self.moved.page.state == PageState::Triggered;
            let joined = self.moved.join_all(std::mem::take(&mut self.joins), now);
            let delay = self.delays.iter().min().copied().unwrap_or_default();
            let rest = rest(source, delay, planned, now);
            match joined {
                Joined::Rings if is_under_way => {}
                Joined::Rings => self.moved.rest_first(rest),
                Joined::Known | Joined::Quietly => self.moved.rest_no_longer(rest, now),
            }
            self.moved.show_in(&self.posts);
        }
        if !self.taken.is_empty() {
            let taken: HashSet<&str> = self.taken.iter().map(String::as_str).collect();
            self.moved.acknowledge_at_source(&taken, now);
        }
        if !self.ends.is_empty() {
            let ends: HashSet<&str> = self.ends.iter().map(String::as_str).collect();
            self.moved.resolve_all(&ends, now);
        }
        if !self.leaves.is_empty() {
            let leaves = self.leaves.iter().map(|(fingerprint, to)| (fingerprint.as_str(), to.clone()));
            self.moved.leave_all(&leaves.collect(), now);
        }
        if !self.late.is_empty() {
            let late = self.late.iter().map(|(fingerprint, told)| (fingerprint.as_str(), *told));
            self.moved.still_told(&late.collect());
        }
    }
}

/// Pages on their way, and the rows of alerts.
pub(super) struct Fold<'a> {
    pub(super) source: &'a Source,
    pub(super) now: Timestamp,
    /// In the order of the alerts.
    pub(super) works: Vec<Work>,
    pub(super) rows: Vec<Alert>,
    places: HashMap<PageId, usize>,
    groups: HashMap<(&'a PolicyId, &'a str), PageId>,
    /// Groups whose open page was looked for.
    asked: HashSet<(&'a PolicyId, &'a str)>,
    /// What pages that open here need, by their policies.
    pub(super) outs: HashMap<PolicyId, (Arc<Policy>, SettingOut)>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(source: &'a Source, now: Timestamp) -> Self {
        let (works, rows) = (Vec::new(), Vec::new());
        let (places, groups) = (HashMap::new(), HashMap::new());
        Self { source, now, works, rows, places, groups, asked: HashSet::new(), outs: HashMap::new() }
    }

    pub(super) fn has(&self, page: &PageId) -> bool {
        self.places.contains_key(page)
    }

    /// Whether the open page of its group has to be looked for: once each.
    pub(super) fn asks_of(&mut self, judged: &Judged<'a>) -> bool {
        self.asked.insert(judged.item.group())
    }

    /// The policies of which pages open, rest or may rest, each once.
    pub(super) fn opening(&self, judged: &[Judged<'a>]) -> Vec<&'a PolicyId> {
        let comes = judged.iter().filter(|judged| judged.verdict.comes().is_some());
        let is_open = |group| self.groups.contains_key(&group);
        let new = comes.map(|judged| judged.item.group()).filter(|group| !is_open(*group));
        // One that rests is asked again how long.
        let rests = |judged: &&Judged<'a>| {
            judged.known.and_then(|known| self.page(known.alert.page.as_ref()?)).is_some_and(Page::may_rest)
                || self
                    .groups
                    .get(&judged.item.group())
                    .and_then(|page| self.page(page))
                    .is_some_and(Page::may_rest)
        };
        let resting = judged.iter().filter(rests).map(|judged| judged.item.group());
        let mut policies: Vec<&PolicyId> = Vec::new();
        for (policy, _) in new.chain(resting) {
            if !policies.contains(&policy) {
                policies.push(policy);
            }
        }
        policies
    }

    /// What a page of `policy` needs that opens now.
    pub(super) fn sets_out(&mut self, policy: Arc<Policy>, out: SettingOut) {
        self.outs.insert(policy.id.clone(), (policy, out));
    }

    /// The open page of the group of `judged`.
    pub(super) fn take_open(&mut self, judged: &Judged<'a>, found: PageAndCalls) {
        self.groups.insert(judged.item.group(), found.page.id.clone());
        self.take(found);
    }

    /// A page to which something happens.
    pub(super) fn take(&mut self, found: PageAndCalls) {
        let PageAndCalls { page, calls } = found;
        if !self.has(&page.id) {
            self.add(Work::new(Some(page.clone()), Moved::of(page), calls));
        }
    }

    fn add(&mut self, work: Work) {
        self.places.insert(work.moved.page.id.clone(), self.works.len());
        self.works.push(work);
    }

    fn page(&self, id: &PageId) -> Option<&Page> {
        Some(&self.works.get(*self.places.get(id)?)?.moved.page)
    }

    fn work(&mut self, page: &PageId) -> Option<&mut Work> {
        self.works.get_mut(*self.places.get(page)?)
    }

    /// Everything that begins, or moves, joins the open page of its group, or opens one.
    pub(super) fn begin(&mut self, judged: &[Judged<'a>]) {
        let mut opens: Vec<(&Judged<'a>, Timestamp)> = Vec::new();
        for judged in judged {
            let Some(starts_at) = judged.verdict.comes() else { continue };
            let Some(page) = self.groups.get(&judged.item.group()).cloned() else {
                opens.push((judged, starts_at));
                continue;
            };
            let (source, now) = (&self.source.id, self.now);
            let Some(work) = self.work(&page) else { continue };
            work.joins(judged.item, source, starts_at.min(now));
            self.rows.push(judged.item.row(&self.source.id, Some(page), judged.known, starts_at));
        }
        self.open(&opens);
    }

    /// Opens one page for each group: all of its alerts at once.
    fn open(&mut self, opens: &[(&Judged<'a>, Timestamp)]) {
        let mut order = Vec::new();
        let mut of_group: HashMap<_, Vec<&(&Judged<'a>, Timestamp)>> = HashMap::new();
        for one in opens {
            let group = of_group.entry(one.0.item.group()).or_default();
            if group.is_empty() {
                order.push(one.0.item.group());
            }
            group.push(one);
        }
        for group in order {
            let alerts = of_group.remove(&group).unwrap_or_default();
            let Some(page) = self.new_page(&alerts) else { continue };
            let id = page.id.clone();
            self.groups.insert(group, id.clone());
            let moved = Page::open(page, self.now);
            self.add(Work::new(None, moved, Vec::new()));
            for (judged, starts_at) in alerts {
                self.rows.push(judged.item.row(&self.source.id, Some(id.clone()), judged.known, *starts_at));
            }
        }
    }

    fn new_page(&mut self, all: &[&(&Judged<'a>, Timestamp)]) -> Option<NewPage> {
        let (first, starts_at) = all.first()?;
        let (source, route, now) = (&self.source.id, &first.item.route, self.now);
        let (policy, out) = self.outs.get_mut(&route.policy)?;
        let (policy, nth, planned) = (policy.as_ref().clone(), out.nth, out.rest.clone());
        // The next one of this delivery comes after it.
        out.nth += 1;
        // The instant tells it from a page that the same alert had before.
        let fingerprint = &first.item.news.fingerprint;
        let key = [
            source.as_str(),
            route.policy.as_str(),
            &route.group,
            fingerprint.as_str(),
            &starts_at.to_string(),
            &self.now.to_string(),
        ];
        let alerts: Vec<PageAlert> = all
            .iter()
            .map(|(judged, starts_at)| judged.item.of_page(source, (*starts_at).min(now)))
            .collect();
        // The most pressing alert decides; one without a delay rings at once.
        let delays = all.iter().map(|(judged, _)| judged.item.route.delay.unwrap_or_default());
        let delay = delays.min().unwrap_or_default();
        let mut posts: Vec<Place> = Vec::new();
        for place in all.iter().flat_map(|(judged, _)| &judged.item.route.post) {
            if !posts.contains(place) {
                posts.push(place.clone());
            }
        }
        Some(NewPage {
            id: PageId::of_delivery(&DeliveryKey::new(format!("alert:{key:?}"))),
            by: Opener::Source(source.clone()),
            policy,
            group: route.group.clone(),
            urgency: alerts.iter().map(|alert| alert.urgency).max().unwrap_or(Urgency::High),
            title: first.item.news.title.clone(),
            places: posts,
            alerts,
            nth,
            rest: rest(self.source, delay, planned, now),
        })
    }

    /// What goes on louder, and what ends.
    pub(super) fn go_on(&mut self, judged: &Judged<'a>) {
        let (Some(known), source, now) = (judged.known, self.source, self.now) else { return };
        let mut row = known.alert.clone();
        // Only the pages that something new concerns were loaded.
        let Some(work) = row.page.as_ref().and_then(|page| self.work(page)) else { return };
        match judged.verdict {
            Verdict::Louder => {
                row.starts_at = judged.item.goes_on_since(&row);
                row.urgency = judged.item.route.urgency;
                work.joins(judged.item, &source.id, row.starts_at.min(now));
            }
            Verdict::Ends { at } => {
                row.resolved_at = Some(at);
                work.ends.push(row.fingerprint.as_str().to_owned());
            }
            Verdict::Acknowledged => {
                // The row says nothing of that.
                return work.taken.push(row.fingerprint.as_str().to_owned());
            }
            Verdict::Late => {
                let began = judged.item.news.starts_at.unwrap_or(now);
                let told = judged.late_after().map(|ended| StillTold { began, ended });
                let fingerprint = row.fingerprint.as_str().to_owned();
                return work.late.extend(told.map(|told| (fingerprint, told)));
            }
            Verdict::Begins { .. }
            | Verdict::Moves { .. }
            | Verdict::WasOver { .. }
            | Verdict::GoesOnSince { .. }
            | Verdict::GoesOn
            | Verdict::Nothing => return,
        }
        self.rows.push(row);
    }

    /// What comes to another page leaves its own. Its row is the other's already.
    pub(super) fn leave(&mut self, judged: &Judged<'a>) {
        if !judged.leaves() {
            return;
        }
        let (route, page) = (&judged.item.route, self.groups.get(&judged.item.group()).cloned());
        let again = matches!(judged.verdict, Verdict::Begins { .. });
        let to = page.map(|page| Whither { page, policy: route.policy.clone(), rule: route.rule, again });
        let left = judged.known.and_then(|known| known.alert.page.as_ref());
        // Opened again since its row was read, the page has it still.
        let to = to.filter(|to| left != Some(&to.page));
        if let Some((work, to)) = left.and_then(|page| self.work(page)).zip(to) {
            work.leaves.push((judged.item.news.fingerprint.as_str().to_owned(), to));
        }
    }

    /// What changes its row and no page: it was over before we heard of it, so that its beginning, should it come late, is
    /// known for old news; or it began later than we knew, so that an end before that is.
    pub(super) fn note(&mut self, judged: &Judged<'a>) {
        let known = judged.known.map(|known| known.alert.clone());
        let row = match (judged.verdict, known) {
            (Verdict::GoesOnSince { starts_at }, Some(known)) => Alert { starts_at, ..known },
            (Verdict::WasOver { at }, Some(known)) => Alert { resolved_at: Some(at), ..known },
            (Verdict::WasOver { at }, None) => {
                let starts_at = judged.item.news.starts_at.unwrap_or(at).min(at);
                let row = judged.item.row(&self.source.id, None, None, starts_at);
                Alert { resolved_at: Some(at), ..row }
            }
            _ => return,
        };
        self.rows.push(row);
    }

    /// Carries out what was gathered for each page.
    pub(super) fn settle(&mut self) {
        let (source, now) = (self.source, self.now);
        for work in &mut self.works {
            let planned = self.outs.get(&work.moved.page.policy.id).and_then(|(_, out)| out.rest.clone());
            work.settle(source, planned, now);
        }
    }

    /// Says on every page of the body's alerts how many its sender has left out: nobody knows whose those are.
    pub(super) fn leave_out(&mut self, count: u64) {
        self.works.iter_mut().for_each(|work| work.moved.page.left_out = count);
    }

    /// The pages that the alerts are part of by now, each once.
    pub(super) fn pages_of(&self, judged: &[Judged<'a>]) -> Vec<PageId> {
        let mut pages: Vec<PageId> = Vec::new();
        for judged in judged {
            let page = match (judged.verdict, judged.known) {
                (Verdict::Begins { .. } | Verdict::Moves { .. }, _) => self.groups.get(&judged.item.group()),
                (
                    Verdict::Louder
                    | Verdict::GoesOn
                    | Verdict::GoesOnSince { .. }
                    | Verdict::Acknowledged
                    | Verdict::Ends { .. },
                    Some(known),
                ) => known.alert.page.as_ref(),
                _ => None,
            };
            pages.extend(page.filter(|page| !pages.contains(page)).cloned());
        }
        pages
    }
}

/// Why a page rings nobody yet: planned work, or that its alerts may be over by themselves within `delay`; the longer one.
fn rest(source: &Source, delay: Duration, planned: Option<Rest>, now: Timestamp) -> Option<Rest> {
    let own = (!delay.is_zero()).then(|| Rest { until: later(now, delay), why: may_heal(source, delay) });
    planned.into_iter().chain(own).max_by_key(|rest| rest.until)
}
