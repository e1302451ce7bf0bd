//! Sentences that no story reaches.

use crate::kit::{desk_world, world};

#[tokio::test]
async fn help_is_worth_reading() {
    world(async |w| {
        insta::assert_snapshot!(w.desk("ana").types("/callout help").await.text);
    })
    .await;
    // Elsewhere it also tells of the link.
    desk_world(async |w| {
        insta::assert_snapshot!(w.desk("ana").types("/callout me").await.text);
    })
    .await;
}

/// Discord's own client sends nothing that was not registered.
#[tokio::test]
async fn a_typo_gets_the_nearest_names() {
    desk_world(async |w| {
        for line in [
            "/cal jack",
            "/call jakc",
            "/call",
            "/calls shwo x",
            "/calls show nothere",
            "/page jakc x",
            "/ack nothere",
            "hello",
        ] {
            let said = w.desk("ana").types(line).await;
            assert!(said.private);
            insta::assert_snapshot!(format!("typo {line}"), said.text);
        }
    })
    .await;
}
