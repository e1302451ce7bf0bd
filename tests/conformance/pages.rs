//! Pages: versions, one open page a group, and the ways to find them.

use std::collections::BTreeMap;

use callout::domain::call::Outcome;
use callout::domain::change::{Change, Turns};
use callout::domain::escalation::Policy;
use callout::domain::ids::{CallId, CardId, PageId, PersonId, PolicyId, SourceId};
use callout::domain::page::{
    AlertState, NewPage, Opener, Page, PageAlert, PageEntry, PageEvent, PageLine, PageState, Ring, RingWhy,
    Urgency,
};
use callout::domain::report::{CardKind, CardState, Place};
use callout::ports::{Old, Store, StoreError};

use super::Home;
use super::sample::{at, call, card, ended, place};

pub(super) fn source() -> Opener {
    Opener::Source(SourceId::new("prod"))
}

pub(super) fn page(id: &str, by: Opener, group: &str, opened: i64) -> Page {
    let new = NewPage {
        id: PageId::new(id),
        by,
        policy: Policy::of_person(PersonId::new("jack")),
        group: group.to_owned(),
        urgency: Urgency::Low,
        title: "db is down — größer".to_owned(),
        places: vec![place(), place()],
        alerts: vec![PageAlert {
            source: SourceId::new("prod"),
            fingerprint: "f1".to_owned(),
            labels: BTreeMap::from([("service".to_owned(), "db".to_owned())]),
            title: "db".to_owned(),
            urgency: Urgency::Low,
            link: Some("https://graphs.example/1".to_owned()),
            state: AlertState::Firing,
            starts_at: at(0),
            rule: Some(2),
            acknowledged: false,
            told_late: None,
        }],
        nth: 0,
        rest: None,
    };
    Page { places: vec![place(), place()], ..Page::open(new, at(opened)).page }
}

pub(super) fn rung(mut page: Page, person: &str, call: &str) -> Page {
    let (person, call) = (PersonId::new(person), CallId::new(call));
    page.rings.push(Ring::new(person, call, RingWhy::Step, (1, at(1))));
    page
}

fn closed(page: Page, seconds: i64) -> Page {
    Page { state: PageState::Closed, closed_at: Some(at(seconds)), version: 1, ..page }
}

pub(super) async fn put(store: &dyn Store, pages: Vec<Page>) -> Result<(), StoreError> {
    let mut change = Change::default();
    change.pages().pages = pages;
    store.commit(change).await.map(|_| ())
}

fn names(pages: &[Page]) -> Vec<&str> {
    pages.iter().map(|page| page.id.as_str()).collect()
}

pub(crate) async fn a_page_comes_back_as_it_was(home: &dyn Home) {
    let store = home.open().await;
    let mut expected = rung(page("p1", source(), "db", 0), "jack", "c1");
    put(&*store, vec![expected.clone()]).await.unwrap();
    expected.version = 1;
    assert_eq!(store.page(&expected.id).await.unwrap(), Some(expected.clone()));
    expected.state = PageState::Acknowledged;
    put(&*store, vec![expected.clone()]).await.unwrap();
    expected.version = 2;
    assert_eq!(store.page(&expected.id).await.unwrap(), Some(expected.clone()));
    expected.version = 1;
    assert_eq!(put(&*store, vec![expected]).await, Err(StoreError::Conflict), "somebody else was first");
    assert_eq!(store.page(&PageId::new("p2")).await.unwrap(), None);
}

pub(crate) async fn a_group_has_one_open_page(home: &dyn Home) {
    let store = home.open().await;
    let first = page("p1", source(), "db", 0);
    put(&*store, vec![first.clone()]).await.unwrap();
    assert_eq!(put(&*store, vec![page("p2", source(), "db", 1)]).await, Err(StoreError::Conflict));
    let others = [page("p3", source(), "web", 1), page("p4", Opener::Person(PersonId::new("ana")), "db", 1)];
    put(&*store, others.to_vec()).await.unwrap();
    let (prod, jack) = (SourceId::new("prod"), PolicyId::new("jack"));
    let of_group = async |group: &str| {
        let found = store.page_of_group((&prod, &jack, group), &[]).await.unwrap();
        found.map(|found| found.page.id.to_string())
    };
    assert_eq!(of_group("db").await.as_deref(), Some("p1"));
    put(&*store, vec![closed(first.clone(), 9)]).await.unwrap();
    assert_eq!(of_group("db").await, None);
    put(&*store, vec![page("p2", source(), "db", 10)]).await.unwrap();
    assert_eq!(of_group("db").await.as_deref(), Some("p2"));
    let again = Page { version: 2, ..first };
    assert_eq!(
        put(&*store, vec![again]).await,
        Err(StoreError::Conflict),
        "opened again, it would be a second one"
    );
}

pub(crate) async fn a_page_is_loaded_with_the_calls_it_may_hear_of(home: &dyn Home) {
    let store = home.open().await;
    let mut page = page("p1", source(), "db", 0);
    let room = page.id.room();
    let of_page = |id: &str, placed| {
        let mut call = call(id, "ana", &["jack"], placed);
        call.room = room.clone();
        call
    };
    for (n, id) in ["live", "over", "heard", "told_otherwise"].into_iter().enumerate() {
        page = rung(page, &format!("p{n}"), id);
    }
    page.rings[2].outcome = Some(Outcome::Unknown);
    page.rings[3].outcome = Some(Outcome::Dropped);
    let calls = vec![
        of_page("live", 1),
        ended(of_page("over", 2), 5),
        ended(of_page("heard", 3), 6),
        of_page("late", 4),
        ended(of_page("told_otherwise", 5), 6),
    ];
    let mut change = Change { calls, ..Change::default() };
    change.pages().pages.push(page.clone());
    store.commit(change).await.unwrap();
    let found = store.page_and_calls(&page.id, &[]).await.unwrap().expect("it was stored");
    assert_eq!(super::sample::ids(&found.calls), ["live", "late", "over", "told_otherwise"]);
    assert_eq!(found.page.version, 1);
}

pub(crate) async fn open_pages_are_found_by_age_and_by_person(home: &dyn Home) {
    let store = home.open().await;
    let one = rung(page("p1", source(), "one", 1), "mira", "c1");
    let two = page("p2", Opener::Person(PersonId::new("mira")), "", 2);
    put(&*store, vec![one.clone(), two, page("p3", source(), "three", 3)]).await.unwrap();
    let (newest, total) = store.open_pages(2).await.unwrap();
    assert_eq!((names(&newest), total), (vec!["p3", "p2"], 3));
    let of_policy = async |policy: &str, after: &str, limit| {
        let (policy, after) = (PolicyId::new(policy), PageId::new(after));
        store.open_pages_of_policy(&policy, &after, limit).await.unwrap()
    };
    assert_eq!(names(&of_policy("jack", "", 2).await), ["p1", "p2"]);
    assert_eq!(names(&of_policy("jack", "p2", 2).await), ["p3"]);
    assert_eq!(names(&of_policy("mira", "", 2).await), [""; 0]);
    let mira = PersonId::new("mira");
    assert_eq!(names(&store.pages_of(&mira, 9).await.unwrap()), ["p2", "p1"]);
    put(&*store, vec![closed(one, 9)]).await.unwrap();
    assert_eq!(names(&store.pages_of(&mira, 9).await.unwrap()), ["p2"]);
    assert_eq!(names(&store.pages_like("p", 9).await.unwrap()), ["p1", "p2", "p3"]);
    assert_eq!(names(&store.pages_like("p2", 9).await.unwrap()), ["p2"]);
}

pub(crate) async fn a_turn_is_taken_once(home: &dyn Home) {
    let store = home.open().await;
    let taking = |from, to| {
        let mut change = Change::default();
        change.pages().turns.push(Turns { policy: PolicyId::new("jack"), from, to });
        change
    };
    let next = async || store.turn_of_policy(&PolicyId::new("jack")).await.unwrap();
    assert_eq!(next().await, 0);
    store.commit(taking(0, 2)).await.unwrap();
    assert_eq!(store.commit(taking(0, 1)).await, Err(StoreError::Conflict), "they are taken");
    assert_eq!(store.commit(taking(3, 4)).await, Err(StoreError::Conflict), "there is one before");
    store.commit(taking(2, 3)).await.unwrap();
    assert_eq!(next().await, 3);
    assert_eq!(store.turn_of_policy(&PolicyId::new("mira")).await.unwrap(), 0);
}

pub(crate) async fn a_pages_card_is_there_with_the_page(home: &dyn Home) {
    let store = home.open().await;
    let mut change = Change::default();
    let line = PageEntry { at: at(1), event: PageEvent::Opened, detail: "Started.".to_owned() };
    change.pages().pages.push(Page { places: vec![place()], ..page("p1", source(), "db", 0) });
    change.pages().lines.push((PageId::new("p1"), line.clone()));
    store.commit(change).await.unwrap();
    let id = CardId::new("p1");
    let found = store.card_and_page(&id).await.unwrap().expect("as soon as the page is");
    assert_eq!((found.card.kind, found.card.message), (CardKind::Page, None));
    assert_eq!(found.timeline, [PageLine { n: 0, entry: line }]);
    assert_eq!(store.card_and_page(&CardId::new("p1.1")).await.unwrap(), None, "it has one place");
    let shown = card("p1", CardKind::Page);
    store.commit(Change { shown: vec![shown.clone()], ..Change::default() }).await.unwrap();
    assert_eq!(store.card_and_page(&id).await.unwrap().map(|found| found.card), Some(shown));
}

/// A thread is about the card on whose message it hangs or hung, and about those that stand in it.
pub(crate) async fn a_thread_leads_to_the_cards_it_is_about(home: &dyn Home) {
    let store = home.open().await;
    let shown = |id: &str, message: &str, former: &[&str]| CardState {
        message: Some(message.to_owned()),
        former: former.iter().map(|&message| message.to_owned()).collect(),
        ..card(id, CardKind::Page)
    };
    let within = Place { channel: "7".to_owned(), thread: Some("30".to_owned()), ..place() };
    let cards = vec![
        shown("p1", "7/12", &["7/10", "7/11"]),
        CardState { place: within.clone(), ..shown("p2", "30/31", &[]) },
        CardState { place: within, ..shown("p3", "30/32", &[]) },
        CardState { kind: CardKind::Call, ..shown("c1", "7/40", &["7/39"]) },
    ];
    store.commit(Change { shown: cards, ..Change::default() }).await.unwrap();
    let of = async |thread: &str, limit| -> Vec<String> {
        let found = store.cards_of_thread("7", thread, limit).await.unwrap();
        found.into_iter().map(|card| card.id.to_string()).collect()
    };
    for thread in ["10", "11", "12"] {
        assert_eq!(of(thread, 9).await, ["p1"], "{thread}");
    }
    assert_eq!(of("30", 9).await, ["p2", "p3"]);
    assert_eq!(of("30", 1).await.len(), 1);
    for thread in ["39", "40", "99"] {
        assert_eq!(of(thread, 9).await, [""; 0], "{thread}: no page's");
    }
    assert_eq!(store.cards_of_thread("8", "30", 9).await.unwrap(), [], "another channel's");
    // A thread in which many are over: those that are open come first.
    let mut change = Change::default();
    for n in 0..25 {
        let (id, at) = (format!("p{}", 100 + n), 100 + n);
        let one = page(&id, Opener::Person(PersonId::new("ana")), "", at);
        change.pages().pages.push(one);
        let mut card = shown(&id, &format!("7/{}", 500 + n), &[]);
        card.place = Place { channel: "7".to_owned(), thread: Some("50".to_owned()), ..card.place };
        change.shown.push(card);
    }
    store.commit(change).await.unwrap();
    for n in (0..25).filter(|n| ![3, 20].contains(n)) {
        let one = page(&format!("p{}", 100 + n), Opener::Person(PersonId::new("ana")), "", 100 + n);
        put(&*store, vec![closed(one, 900)]).await.unwrap();
    }
    assert_eq!(of("50", 3).await, ["p120", "p103", "p124"]);
    // One that the file posts into a thread: that is its place's channel.
    let mut posted = shown("p124", "60/1", &[]);
    posted.place = Place { channel: "60".to_owned(), thread: None, ..posted.place };
    store.commit(Change { shown: vec![posted], ..Change::default() }).await.unwrap();
    assert_eq!(of("60", 9).await, ["p124"]);
    // What the card is no more, it is no more.
    store.commit(Change { shown: vec![shown("p1", "7/13", &["7/12"])], ..Change::default() }).await.unwrap();
    assert_eq!(
        (of("10", 9).await, of("12", 9).await, of("13", 9).await),
        (vec![], vec!["p1".to_owned()], vec!["p1".to_owned()])
    );
    // It goes with its card.
    store
        .commit(Change {
            cards: vec![CardState { retired: true, ..shown("p1", "7/13", &[]) }],
            ..Change::default()
        })
        .await
        .unwrap();
    assert_eq!(of("12", 9).await, [""; 0]);
}

pub(crate) async fn sweeping_takes_all_of_a_page(home: &dyn Home) {
    let store = home.open().await;
    for (id, end) in [("p1", 50), ("p2", 60)] {
        let open = rung(page(id, source(), id, 0), "jack", "c1");
        put(&*store, vec![open.clone()]).await.unwrap();
        let mut change = Change { cards: vec![card(id, CardKind::Page)], ..Change::default() };
        change.cards.push(card(&format!("{id}.1"), CardKind::Page));
        change.pages().pages.push(closed(open, end));
        let entry = PageEntry { at: at(1), event: PageEvent::Opened, detail: "Started.".to_owned() };
        change.pages().lines.push((PageId::new(id), entry));
        store.commit(change).await.unwrap();
    }
    put(&*store, vec![page("p3", source(), "open", 0)]).await.unwrap();
    let old = Old { deliveries: at(0), spent: at(0), calls: at(60), audit: at(0) };
    assert_eq!(store.sweep(old).await.unwrap(), 5, "a page, its alert, a line, two cards");
    assert_eq!(names(&store.pages_like("p", 9).await.unwrap()), ["p2", "p3"]);
    assert!(store.card(&CardId::new("p2.1")).await.unwrap().is_some());
}
