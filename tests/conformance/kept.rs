//! Small things that adapters keep.

use super::Home;

pub(crate) async fn what_is_kept_is_replaced_and_outlives_the_process(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(store.kept("discord:commands:1").await.unwrap(), None);
    store.keep("discord:commands:1", "a").await.unwrap();
    store.keep("discord:commands:2", "b").await.unwrap();
    store.keep("discord:commands:1", "c").await.unwrap();
    drop(store);
    let store = home.open().await;
    assert_eq!(store.kept("discord:commands:1").await.unwrap().as_deref(), Some("c"));
    assert_eq!(store.kept("discord:commands:2").await.unwrap().as_deref(), Some("b"));
}
