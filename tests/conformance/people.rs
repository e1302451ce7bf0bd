//! Links, what waits for one, what people chose, who changed what.

use callout::domain::audit::{Audit, Deed};
use callout::domain::change::{Change, PeopleChange};
use callout::domain::ids::PersonId;
use callout::domain::inbound::{Said, Who};
use callout::domain::link::{Asked, Attempt, Linking};
use callout::domain::person::{ChatUser, HoursChoice, Link, Proof, QuietChoice};
use callout::ports::{Old, Store, StoreError};
use futures_util::future::join_all;

use super::Home;
use super::sample::{at, delivery, place};

fn link(user: ChatUser, person: &str) -> Link {
    let (name, proof) = ("Eve \"E\" größer".to_owned(), Proof::Admin(PersonId::new("ana")));
    Link { user, name, person: PersonId::new(person), at: at(1), proof }
}

fn linking(user: &str, seconds: i64) -> Linking {
    Linking::new(Who::new("desk", user, user), at(seconds))
}

fn deed(n: i64) -> Audit {
    let deed = Deed::Unlinked {
        user: ChatUser::new("desk", format!("user{n}")),
        person: PersonId::new("jack"),
        by: PersonId::new("ana"),
    };
    Audit { at: at(n), deed }
}

/// What a change may say of people, named after a call.
pub(crate) fn of_call(id: &str) -> PeopleChange {
    PeopleChange {
        linkings: vec![linking(id, 1)],
        links: vec![link(ChatUser::new("slack", id), id)],
        unlinked: Vec::new(),
        choices: vec![(PersonId::new(id), QuietChoice { hours: HoursChoice::Off, until: None })],
        audit: vec![deed(1)],
    }
}

/// All that is stored of people, if only the change of the call `id` was.
pub(crate) async fn stored(store: &dyn Store, id: &str) -> PeopleChange {
    let linking = store.linking(&ChatUser::new("desk", id)).await.unwrap();
    PeopleChange {
        linkings: linking.into_iter().map(|linking| Linking { version: 0, ..linking }).collect(),
        links: store.links().await.unwrap(),
        unlinked: Vec::new(),
        choices: store.choices().await.unwrap(),
        audit: store.audit(9).await.unwrap(),
    }
}

async fn put(store: &dyn Store, people: PeopleChange) -> Result<(), StoreError> {
    let change = Change { people: Some(Box::new(people)), ..Change::default() };
    store.commit(change).await.map(drop)
}

async fn put_links(store: &dyn Store, links: Vec<Link>) {
    put(store, PeopleChange { links, ..PeopleChange::default() }).await.unwrap();
}

async fn users(store: &dyn Store) -> Vec<String> {
    let links = store.links().await.unwrap();
    links.iter().map(|link| format!("{} is {}", link.user, link.person)).collect()
}

pub(crate) async fn a_person_has_one_user_in_each_chat(home: &dyn Home) {
    let store = home.open().await;
    let user = ChatUser::new;
    let first = link(user("discord", "1"), "jack");
    put_links(&*store, vec![first.clone(), link(user("slack", "U1"), "jack")]).await;
    assert_eq!(store.links().await.unwrap()[0], first);
    assert_eq!(users(&*store).await, ["discord:1 is jack", "slack:U1 is jack"]);
    put_links(&*store, vec![link(user("discord", "2"), "jack")]).await;
    assert_eq!(users(&*store).await, ["discord:2 is jack", "slack:U1 is jack"]);
    put_links(&*store, vec![link(user("discord", "2"), "mira")]).await;
    assert_eq!(users(&*store).await, ["discord:2 is mira", "slack:U1 is jack"]);
    // Undone and made anew in one change: it is there.
    let of = |person: &str| (user("slack", "U1"), PersonId::new(person));
    let again = link(user("slack", "U1"), "ana");
    let both = PeopleChange { unlinked: vec![of("jack")], links: vec![again], ..PeopleChange::default() };
    put(&*store, both).await.unwrap();
    assert_eq!(users(&*store).await, ["discord:2 is mira", "slack:U1 is ana"]);
    let undone = |person: &str| PeopleChange { unlinked: vec![of(person)], ..PeopleChange::default() };
    assert_eq!(
        put(&*store, undone("jack")).await,
        Err(StoreError::Conflict),
        "they are somebody else by now"
    );
    put(&*store, undone("ana")).await.unwrap();
    assert_eq!(put(&*store, undone("ana")).await, Err(StoreError::Conflict), "nobody any more");
    drop(store);
    assert_eq!(users(&*home.open().await).await, ["discord:2 is mira"]);
}

pub(crate) async fn what_waits_for_a_link_comes_back_as_it_was(home: &dyn Home) {
    let store = home.open().await;
    let asked = Asked {
        key: delivery("desk:1", 1).key,
        place: place(),
        said: Said::Line("/call jack \"now\"".to_owned()),
        at: at(1),
    };
    let attempt = Attempt {
        card: callout::domain::ids::CardId::new("link_1"),
        person: PersonId::new("jack"),
        call: callout::domain::ids::CallId::new("c1"),
        at: at(2),
        tries_left: 5,
    };
    let whole = Linking { asked: Some(asked), attempt: Some(attempt), ..linking("eve", 2) };
    let linkings = vec![whole.clone()];
    put(&*store, PeopleChange { linkings, ..PeopleChange::default() }).await.unwrap();
    assert_eq!(
        store.linking(&ChatUser::new("desk", "eve")).await.unwrap(),
        Some(Linking { version: 1, ..whole })
    );
    assert_eq!(store.linking(&ChatUser::new("slack", "eve")).await.unwrap(), None);
}

pub(crate) async fn of_concurrent_tries_one_counts(home: &dyn Home) {
    let store = home.open().await;
    let put_one = |linking: Linking| {
        let store = &store;
        async move { put(&**store, PeopleChange { linkings: vec![linking], ..PeopleChange::default() }).await }
    };
    let new = join_all((0..10).map(|_| put_one(linking("eve", 1)))).await;
    assert_eq!(new.iter().filter(|done| done.is_ok()).count(), 1);
    let loaded = store.linking(&ChatUser::new("desk", "eve")).await.unwrap().unwrap();
    let tries = join_all((0..10).map(|_| put_one(loaded.clone()))).await;
    assert_eq!(tries.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(tries.iter().all(|done| matches!(done, Ok(()) | Err(StoreError::Conflict))));
    // Others are not held up.
    put_one(linking("mallory", 1)).await.unwrap();
}

pub(crate) async fn the_last_choice_holds(home: &dyn Home) {
    let store = home.open().await;
    let choose = async |person: &str, choice: QuietChoice| {
        let choices = vec![(PersonId::new(person), choice)];
        put(&*store, PeopleChange { choices, ..PeopleChange::default() }).await.unwrap();
    };
    let hours = HoursChoice::Hours("22:00-07:00".parse().unwrap());
    choose("mira", QuietChoice { hours: HoursChoice::Off, until: None }).await;
    choose("jack", QuietChoice { hours, until: Some(at(60)) }).await;
    choose("mira", QuietChoice { hours: HoursChoice::File, until: Some(at(5)) }).await;
    let expected = [
        (PersonId::new("jack"), QuietChoice { hours, until: Some(at(60)) }),
        (PersonId::new("mira"), QuietChoice { hours: HoursChoice::File, until: Some(at(5)) }),
    ];
    assert_eq!(store.choices().await.unwrap(), expected);
}

pub(crate) async fn the_newest_changes_come_first(home: &dyn Home) {
    let store = home.open().await;
    // In the order of the commits, whatever the clock said.
    for n in [1, 3, 2] {
        put(&*store, PeopleChange { audit: vec![deed(n)], ..PeopleChange::default() }).await.unwrap();
    }
    assert_eq!(store.audit(2).await.unwrap(), [deed(2), deed(3)]);
    assert_eq!(store.audit(9).await.unwrap().len(), 3);
}

pub(crate) async fn sweeping_forgets_what_waited_and_old_changes(home: &dyn Home) {
    let store = home.open().await;
    let links = vec![link(ChatUser::new("slack", "U1"), "jack")];
    let choices = vec![(PersonId::new("jack"), QuietChoice::default())];
    let linkings = vec![linking("old", 10), linking("young", 20)];
    let audit = vec![deed(5), deed(6)];
    let all = PeopleChange { linkings, links, choices, audit, ..PeopleChange::default() };
    put(&*store, all).await.unwrap();
    let old = Old { deliveries: at(20), spent: at(0), calls: at(0), audit: at(6) };
    assert_eq!(store.sweep(old).await.unwrap(), 2);
    assert_eq!(store.linking(&ChatUser::new("desk", "old")).await.unwrap(), None);
    assert!(store.linking(&ChatUser::new("desk", "young")).await.unwrap().is_some());
    assert_eq!(store.audit(9).await.unwrap(), [deed(6)]);
    assert_eq!((store.links().await.unwrap().len(), store.choices().await.unwrap().len()), (1, 1));
}
