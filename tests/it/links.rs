//! Links and those whom they concern: a stranger's ring is nobody's call, and whoever loses a link is told.

use callout::domain::settings::Settings;

use crate::kit::{desk_world, desk_world_with};
use crate::people::{code_on, link_eve, types};

#[tokio::test]
async fn a_strangers_ring_is_none_of_the_persons_own_calls() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira"]).unwrap();
    settings.open_calls_max = 1;
    desk_world_with(settings, async |w| {
        types(w, "eve", "/callout link jack").await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        assert_eq!(types(w, "jack", "/call mira").await.text, "Calling mira (audio).");
        assert!(types(w, "jack", "/call ana").await.text.starts_with("You have 1 calls open"));
        w.handset("mira").does("decline").await;
        w.handset("jack").does("decline").await;
        types(w, "jack", "/call mira").await;
        assert!(
            types(w, "jack", "/call ana").await.text.starts_with("You have 1 calls open"),
            "none was counted off"
        );
        w.handset("mira").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_loses_a_link_to_another_is_told() {
    desk_world(async |w| {
        link_eve(w).await;
        types(w, "zoe", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        types(w, "zoe", &format!("/callout link jack {code}")).await;
        insta::assert_snapshot!(w.desk("eve").heard().await, @"You are not jack here any more: desk:zoe is linked to jack now, and a person has one user in each chat. If that is wrong, tell an admin.");
        types(w, "ana", "/callout link mira @zoe").await;
        insta::assert_snapshot!(w.desk("jack").heard().await, @"desk:zoe is linked to mira now, and commands as you no more. If that is wrong, tell an admin.");
        let audit = types(w, "ana", "/callout audit").await.text;
        assert!(audit.contains("desk:eve is not linked to jack any more: desk:zoe is linked to jack."), "{audit}");
        assert!(audit.contains("desk:zoe is not linked to jack any more: desk:zoe is linked to mira."), "{audit}");
    })
    .await;
}
