//! What webhooks are told: each takes its own, in order, and nobody else's.

use callout::domain::change::{Change, Effect, EffectRow, PageChange};
use callout::domain::ids::{PageId, WebhookId};
use callout::domain::webhook::{PageNews, Telling, Tried};
use callout::ports::Store;

use super::Home;
use super::sample::{act, at, dial, effect, effect_ids, lease};

fn webhook(id: &str) -> WebhookId {
    WebhookId::new(id)
}

fn post(to: &str, page: &str, due: i64) -> EffectRow {
    effect(Effect::Post { webhook: webhook(to), page: PageId::new(page) }, due)
}

fn telling(id: &str, to: &str, page: &str) -> Telling {
    Telling {
        id: id.to_owned(),
        webhook: webhook(to),
        page: PageId::new(page),
        news: PageNews::Unacknowledged,
        tried: None,
        body: format!("{{\"id\":\"{id}\"}}"),
    }
}

async fn of_pages(store: &dyn Store, pages: PageChange) {
    store.commit(Change { pages: Some(Box::new(pages)), ..Change::default() }).await.unwrap();
}

async fn next(store: &dyn Store, to: &str, page: &str) -> Option<(String, Option<Tried>, bool)> {
    let next = store.next_telling(&webhook(to), &PageId::new(page)).await.unwrap();
    next.map(|next| (next.telling.id, next.telling.tried, next.has_more))
}

pub(crate) async fn a_webhook_claims_its_own_a_few_at_a_time(home: &dyn Home) {
    let store = home.open().await;
    let posts = [("a", "p3", 3), ("a", "p1", 1), ("a", "p9", 9), ("b", "p1", 0), ("a", "p2", 2)];
    act(&*store, posts.map(|(to, page, due)| post(to, page, due)).to_vec()).await;
    act(&*store, vec![effect(dial("c1"), 0)]).await;
    assert_eq!(store.waiting_webhooks().await.unwrap(), [webhook("a"), webhook("b")]);
    let all = store.claim_effects(&lease("one", 5), 10).await.unwrap();
    assert_eq!(effect_ids(&all), ["dial:c1"], "what is a webhook's is claimed for that alone");
    let claim = async |now, most| {
        let claimed = store.claim_posts(&lease("one", now), &webhook("a"), (most, Vec::new())).await.unwrap();
        (effect_ids(&claimed.rows).join(" "), claimed.next)
    };
    assert_eq!(claim(5, 2).await, ("post:p1:a post:p2:a".to_owned(), Some(at(3))), "the longest due first");
    assert_eq!(claim(5, 2).await, ("post:p3:a".to_owned(), Some(at(9))));
    assert_eq!(claim(8, 2).await, (String::new(), Some(at(9))), "due means: at its instant");
    assert_eq!(claim(9, 2).await, ("post:p9:a".to_owned(), None));
    assert_eq!(store.waiting_webhooks().await.unwrap(), [webhook("b")], "what is held waits for nobody");
}

pub(crate) async fn what_is_under_way_is_passed_over(home: &dyn Home) {
    let store = home.open().await;
    act(&*store, vec![post("a", "p1", 0), post("a", "p2", 1)]).await;
    let wish = (9, vec!["post:p1:a".to_owned()]);
    let claimed = store.claim_posts(&lease("one", 5), &webhook("a"), wish).await.unwrap();
    assert_eq!((effect_ids(&claimed.rows), claimed.next), (vec!["post:p2:a".to_owned()], None));
    let claimed = store.claim_posts(&lease("one", 5), &webhook("a"), (9, Vec::new())).await.unwrap();
    assert_eq!(effect_ids(&claimed.rows), ["post:p1:a"]);
}

pub(crate) async fn what_a_webhook_is_told_of_a_page_is_in_order(home: &dyn Home) {
    let store = home.open().await;
    let first = vec![telling("z", "a", "p1"), telling("y", "a", "p1"), telling("x", "b", "p1")];
    of_pages(&*store, PageChange { tellings: first, ..PageChange::default() }).await;
    let more = vec![telling("w", "a", "p2"), telling("a", "a", "p1")];
    of_pages(&*store, PageChange { tellings: more, ..PageChange::default() }).await;
    assert_eq!(next(&*store, "a", "p1").await, Some(("z".to_owned(), None, true)));
    assert_eq!(next(&*store, "a", "p2").await, Some(("w".to_owned(), None, false)));
    let tried = Tried { since: at(3), times: 2 };
    of_pages(&*store, PageChange { tried: vec![("z".to_owned(), tried)], ..PageChange::default() }).await;
    assert_eq!(
        next(&*store, "a", "p1").await,
        Some(("z".to_owned(), Some(tried), true)),
        "it keeps its place"
    );
    for (told, then) in [("z", Some("y")), ("y", Some("a")), ("a", None)] {
        of_pages(&*store, PageChange { told: vec![told.to_owned()], ..PageChange::default() }).await;
        assert_eq!(next(&*store, "a", "p1").await.map(|(id, ..)| id).as_deref(), then);
    }
    drop(store);
    let store = home.open().await;
    let kept = store.next_telling(&webhook("b"), &PageId::new("p1")).await.unwrap().unwrap();
    assert_eq!((kept.telling, kept.has_more), (telling("x", "b", "p1"), false), "as it was");
}

pub(crate) async fn a_telling_is_stored_once(home: &dyn Home) {
    let store = home.open().await;
    let again = Telling { body: "{}".to_owned(), ..telling("z", "a", "p1") };
    for told in [telling("z", "a", "p1"), again] {
        of_pages(&*store, PageChange { tellings: vec![told], ..PageChange::default() }).await;
    }
    let kept = store.next_telling(&webhook("a"), &PageId::new("p1")).await.unwrap().unwrap();
    assert_eq!((kept.telling, kept.has_more), (telling("z", "a", "p1"), false), "as it was at first");
}
