//! Alerts: the last episode of each, with what became of its page.

use callout::domain::alert::{Alert, Known};
use callout::domain::change::Change;
use callout::domain::ids::{Fingerprint, PageId, PolicyId, SourceId};
use callout::domain::page::{Opener, Page, PageState, Urgency};
use callout::ports::{Old, Store, StoreError};

use super::Home;
use super::pages::page;
use super::sample::at;

fn alert(fingerprint: &str, page: &str) -> Alert {
    Alert {
        source: SourceId::new("prod"),
        fingerprint: Fingerprint::new(fingerprint),
        page: Some(PageId::new(page)),
        starts_at: at(1),
        resolved_at: None,
        urgency: Urgency::Low,
        version: 0,
    }
}

async fn put(store: &dyn Store, pages: Vec<Page>, alerts: Vec<Alert>) -> Result<(), StoreError> {
    let mut change = Change::default();
    change.pages().pages = pages;
    change.pages().alerts = alerts;
    store.commit(change).await.map(|_| ())
}

async fn known(store: &dyn Store, source: &str, fingerprints: &[&str]) -> Vec<Option<Known>> {
    let fingerprints = fingerprints.iter().copied().map(Fingerprint::new).collect();
    store.known_alerts(&SourceId::new(source), fingerprints).await.unwrap()
}

fn of_prod(id: &str, group: &str) -> Page {
    page(id, Opener::Source(SourceId::new("prod")), group, 0)
}

pub(crate) async fn an_alert_comes_back_with_its_page(home: &dyn Home) {
    let store = home.open().await;
    let alerts = vec![alert("f1", "p1"), alert("größer \0", "p2")];
    put(&*store, vec![of_prod("p1", "db"), of_prod("p2", "web")], alerts).await.unwrap();
    let found = known(&*store, "prod", &["größer \0", "f9", "f1"]).await;
    assert_eq!(found.len(), 3);
    assert_eq!(found[1], None, "nobody has heard of it");
    assert_eq!(
        found[2],
        Some(Known {
            alert: Alert { version: 1, ..alert("f1", "p1") },
            page_closed_at: None,
            page_policy: Some(PolicyId::new("jack")),
            left_out: 0
        })
    );
    assert_eq!(found[0].as_ref().map(|known| known.alert.page.clone()), Some(Some(PageId::new("p2"))));
    assert_eq!(known(&*store, "test", &["f1"]).await, [None], "of another source it is another alert");
    let over = Page { state: PageState::Closed, closed_at: Some(at(9)), version: 1, ..of_prod("p1", "db") };
    put(&*store, vec![over], Vec::new()).await.unwrap();
    let found = known(&*store, "prod", &["f1"]).await.remove(0).unwrap();
    assert_eq!(found.page_closed_at, Some(at(9)));
}

pub(crate) async fn of_two_changes_of_an_alert_one_wins(home: &dyn Home) {
    let store = home.open().await;
    put(&*store, vec![of_prod("p1", "db")], vec![alert("f1", "p1")]).await.unwrap();
    let twice = put(&*store, vec![of_prod("p2", "web")], vec![alert("f1", "p2")]).await;
    assert_eq!(twice, Err(StoreError::Conflict), "it is known already");
    assert_eq!(store.page(&PageId::new("p2")).await.unwrap(), None, "nothing of that change is left");
    let over = Alert { resolved_at: Some(at(5)), urgency: Urgency::High, version: 1, ..alert("f1", "p1") };
    put(&*store, Vec::new(), vec![over.clone()]).await.unwrap();
    assert_eq!(put(&*store, Vec::new(), vec![over.clone()]).await, Err(StoreError::Conflict));
    let found = known(&*store, "prod", &["f1"]).await.remove(0).unwrap();
    assert_eq!(found.alert, Alert { version: 2, ..over });
}

pub(crate) async fn a_page_that_is_swept_takes_its_alerts_along(home: &dyn Home) {
    let store = home.open().await;
    let over = Page { state: PageState::Closed, closed_at: Some(at(9)), ..of_prod("p1", "db") };
    put(&*store, vec![over, of_prod("p2", "web")], vec![alert("f1", "p1"), alert("f2", "p2")]).await.unwrap();
    let old = Old { deliveries: at(100), spent: at(100), calls: at(100), audit: at(100) };
    store.sweep(old).await.unwrap();
    let found = known(&*store, "prod", &["f1", "f2"]).await;
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
    put(&*store, vec![of_prod("p3", "db")], vec![alert("f1", "p3")]).await.unwrap();
}

pub(crate) async fn an_alert_of_no_page_is_known_until_it_is_swept(home: &dyn Home) {
    let store = home.open().await;
    let alone = Alert { page: None, resolved_at: Some(at(5)), ..alert("f1", "") };
    put(&*store, Vec::new(), vec![alone.clone()]).await.unwrap();
    let found = known(&*store, "prod", &["f1"]).await.remove(0).unwrap();
    assert_eq!(
        found,
        Known {
            alert: Alert { version: 1, ..alone.clone() },
            page_closed_at: None,
            page_policy: None,
            left_out: 0
        }
    );
    let old = |deliveries| Old { deliveries: at(deliveries), spent: at(0), calls: at(100), audit: at(0) };
    store.sweep(old(5)).await.unwrap();
    assert!(known(&*store, "prod", &["f1"]).await[0].is_some());
    store.sweep(old(6)).await.unwrap();
    assert_eq!(known(&*store, "prod", &["f1"]).await, [None]);
}

pub(crate) async fn an_alert_knows_how_many_its_sender_left_out(home: &dyn Home) {
    let store = home.open().await;
    let cut = Page { left_out: 7, ..of_prod("p1", "db") };
    put(&*store, vec![cut], vec![alert("f1", "p1")]).await.unwrap();
    assert_eq!(known(&*store, "prod", &["f1"]).await[0].as_ref().unwrap().left_out, 7);
    let whole = Page { version: 1, ..of_prod("p1", "db") };
    put(&*store, vec![whole], Vec::new()).await.unwrap();
    assert_eq!(known(&*store, "prod", &["f1"]).await[0].as_ref().unwrap().left_out, 0);
}
