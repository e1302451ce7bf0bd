//! The two ways in: what is believed over HTTP, and sockets that come and go.

use std::sync::Arc;
use std::time::Duration;

use callout::domain::settings::Settings;

use crate::kit::{SlowDisk, Way, Workspace, World, free, secs, workspace, workspace_with};
use crate::slack::{Heard, Signing};

#[tokio::test]
async fn only_what_slack_has_signed_is_believed() {
    workspace_with(
        (Way::Http, free()),
        |_, _| {},
        async |w, s| {
            for signing in [Signing::WrongSecret, Signing::None, Signing::Stale(Duration::from_secs(301))] {
                s.model.set(|rules| rules.signing = signing);
                let heard = s.types(w, "ana", "/call jack").await;
                assert_eq!(
                    heard,
                    Heard::Failed("/call failed with the error \"http_client_error\"".into()),
                    "{signing:?}"
                );
            }
            assert_eq!(w.rings().len(), 0);
            s.model.set(|rules| rules.signing = Signing::Stale(Duration::from_secs(299)));
            assert_eq!(s.told(w, "ana", "/call jack").await.text, "Calling jack (audio).");
        },
    )
    .await;
}

#[tokio::test]
async fn slacks_looks_at_the_doors_are_answered() {
    workspace_with(
        (Way::Http, free()),
        |_, _| {},
        async |w, s| {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let post = |door: &str, body: &'static str| {
                http.post(format!("{}/slack/{door}", w.address())).body(body).send()
            };
            let looked = post("command", "token=x&ssl_check=1").await.unwrap();
            assert_eq!((looked.status().as_u16(), looked.text().await.unwrap().as_str()), (200, ""));
            let unsigned = post("event", r#"{"type":"url_verification","challenge":"3eZb"}"#).await.unwrap();
            assert_eq!(unsigned.status().as_u16(), 401);
            let (body, time) =
                (r#"{"token":"x","challenge":"3eZb","type":"url_verification"}"#, w.clock.now().as_second());
            let signature = crate::slack::signed(&s.model.signing_secret(), time, body);
            let asked = http.post(format!("{}/slack/event", w.address())).body(body);
            let asked = asked
                .header("x-slack-request-timestamp", time.to_string())
                .header("x-slack-signature", signature);
            assert_eq!(asked.send().await.unwrap().text().await.unwrap(), "3eZb");
        },
    )
    .await;
}

#[tokio::test]
async fn a_socket_is_renewed_before_it_goes() {
    workspace(async |w, s| {
        w.advance(secs(61)).await;
        s.model.refresh();
        s.model.until("a second socket", |model| (model.connections() == 2).then_some(())).await;
        w.settle().await;
        for _ in 0..3 {
            assert_eq!(s.told(w, "ana", "/calls").await.text.split('.').next(), Some("No call is live"));
        }
        w.advance(secs(60)).await;
        assert_eq!((s.model.connected(), s.model.connections()), (1, 2));
        assert_eq!(s.told(w, "ana", "/call jack").await.text, "Calling jack (audio).");
        let metrics = reqwest::get(format!("{}/metrics", w.address())).await.unwrap().text().await.unwrap();
        assert!(metrics.contains("slack_reconnects_total 0"), "nothing was lost: {metrics}");
    })
    .await;
}

#[tokio::test]
async fn a_cut_socket_is_opened_again_and_admins_are_told_what_may_be_lost() {
    let adapt = |settings: &mut callout::domain::settings::Settings, s: &crate::kit::Workspace| {
        let channel = s.model.channel("admins", &[s.user("ana")]);
        let place = callout::domain::report::Place { chat: "slack".into(), channel, thread: None };
        settings.admin_channel = Some(place);
    };
    workspace_with((Way::Socket, free()), adapt, async |w, s| {
        w.advance(secs(5)).await;
        s.model.go_down();
        w.advance(secs(40)).await;
        assert!(w.chat("slack").ready().await.is_err());
        s.model.come_back();
        w.advance(secs(40)).await;
        s.model.until_connected(1).await;
        w.advance(secs(5)).await;
        assert_eq!(w.chat("slack").ready().await, Ok(()));
        let channel = w.settings().admin_channel.unwrap().channel;
        let told = s.model.sees(s.user("ana"), &channel);
        assert!(told[0].text.starts_with("Slack was not connected from 15:00:"), "{told:#?}");
        assert_eq!(s.told(w, "ana", "/call jack").await.text, "Calling jack (audio).");
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_falls_silent_is_noticed() {
    workspace(async |w, s| {
        s.model.freeze_sockets();
        w.advance(secs(50)).await;
        s.model.until("another socket", |model| (model.connections() >= 2).then_some(())).await;
        w.settle().await;
        assert_eq!(w.chat("slack").ready().await, Ok(()));
        // Slack does not know yet that the first one is gone, and takes turns.
        let both = [(); 2].map(|()| s.model.types(s.user("ana"), &s.ops, "/calls").unwrap());
        w.advance(secs(4)).await;
        let heard = both.map(|nr| s.model.delivery(nr).heard);
        assert!(heard.iter().any(|heard| matches!(heard, Some(Heard::Message(_)))), "{heard:?}");
    })
    .await;
}

#[tokio::test]
async fn a_switched_off_socket_mode_is_said() {
    workspace(async |w, s| {
        s.model.disconnects("link_disabled");
        w.advance(secs(10)).await;
        let why = w.chat("slack").ready().await.unwrap_err().to_string();
        assert!(why.starts_with("Socket Mode is switched off in the app's settings at Slack"), "{why}");
        assert_eq!(w.errors().len(), 1, "logged once");
    })
    .await;
}

#[tokio::test]
async fn a_stop_acknowledges_what_came() {
    workspace(async |w, s| {
        let nr = s.model.types(s.user("ana"), &s.ops, "/call jack").unwrap();
        // As soon as it is stored, and long before anybody has waited for the answer.
        while w.rows("inbox") == 0 {
            tokio::task::yield_now().await;
        }
        w.stop().await;
        assert!(matches!(s.model.delivery(nr).heard, Some(Heard::Message(_))), "{:?}", s.model.delivery(nr));
        assert_eq!(s.model.connected(), 0);
        w.start().await;
        s.model.until_connected(1).await;
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_says_no_hello_is_given_up_and_the_gap_is_told() {
    workspace(async |w, s| {
        w.advance(secs(61)).await;
        s.model.set(|rules| rules.greets = false);
        s.model.disconnects("refresh_requested");
        w.advance(secs(25)).await;
        let why = w.chat("slack").ready().await.unwrap_err().to_string();
        assert!(why.contains("is not connected since"), "{why}");
        s.model.set(|rules| rules.greets = true);
        w.advance(secs(60)).await;
        assert_eq!(w.chat("slack").ready().await, Ok(()));
        let metrics = reqwest::get(format!("{}/metrics", w.address())).await.unwrap().text().await.unwrap();
        assert!(metrics.contains("slack_reconnects_total 1"), "{metrics}");
        assert_eq!(s.told(w, "ana", "/call jack").await.text, "Calling jack (audio).");
    })
    .await;
}

#[tokio::test]
async fn sockets_that_are_taken_back_at_once_are_not_opened_in_a_hurry() {
    workspace(async |w, s| {
        for _ in 0..60 {
            s.model.disconnects("refresh_requested");
            w.advance(secs(1)).await;
        }
        let opened = s.requests("apps.connections.open");
        assert!((2..=15).contains(&opened), "{opened} in a minute");
        w.advance(secs(60)).await;
        assert_eq!(s.told(w, "ana", "/call jack").await.text, "Calling jack (audio).");
    })
    .await;
}

#[tokio::test]
async fn whose_socket_goes_before_the_acknowledgement_is_told_all_the_same() {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let s = Workspace::open(&mut w, Way::Socket, free()).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    s.is_ready(&w, Way::Socket).await;
    disk.shuts(true);
    let nr = s.model.types(s.user("ana"), &s.ops, "/call jack").unwrap();
    s.model.until("an envelope", |model| (model.delivery(nr).tries.is_empty()).then_some(())).await;
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    s.model.drop_sockets();
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    disk.shuts(false);
    w.advance(secs(5)).await;
    assert!(matches!(s.model.delivery(nr).heard, Some(Heard::Failed(_))), "{:?}", s.model.delivery(nr));
    let told: Vec<String> = s.model.answers(nr).into_iter().map(|seen| seen.text).collect();
    assert_eq!(told, ["Calling jack (audio)."]);
    assert_eq!(w.rings().len(), 1);
    w.advance(secs(60)).await;
    w.ends_clean().await;
}
