//! The connection: what is lost, what is not, and who is told. serenity's own pauses pass in real time here.

use std::time::Duration;

use callout::clock::{Clock, until};
use callout::domain::report::Place;

use crate::discord::{RateLimits, Settings as Rules};
use crate::kit::{Guild, World, guild, guild_with, secs, text};

async fn connection(w: &World) -> String {
    w.get("/readyz").await["parts"]["discord"].as_str().unwrap().to_owned()
}

/// Until `/readyz` says something that `fits`, in real time.
async fn until_ready_says(w: &World, fits: impl Fn(&str) -> bool) {
    #[expect(clippy::disallowed_methods, reason = "a connection lives in real time")]
    for _ in 0..600 {
        if fits(&connection(w).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("/readyz never said it: {}", connection(w).await);
}

async fn still_works(w: &World, g: &Guild) {
    let heard = g.types(w, "ana", "/calls list").await;
    assert!(text(&heard).starts_with("No call is live."), "{heard:?}");
}

#[tokio::test]
async fn a_session_that_is_cut_or_closed_goes_on_and_nothing_is_lost() {
    guild(async |w, g| {
        assert_eq!(connection(w).await, "ok");
        for cut in ["drop", "4000", "op7", "op9"] {
            match cut {
                "drop" => g.model.drop_ws(),
                "4000" => g.model.close_ws(4000),
                "op7" => g.model.op7(),
                _ => g.model.op9(true),
            }
            // Typed while nobody listens: delivered when the session goes on.
            still_works(w, g).await;
            g.model.until_connected(1).await;
        }
        assert_eq!(g.model.identifies(), 1, "one session, resumed four times");
        until_ready_says(w, |said| said == "ok").await;
    })
    .await;
}

#[tokio::test]
async fn a_bot_that_is_invited_again_registers_its_commands_again() {
    guild(async |w, g| {
        still_works(w, g).await;
        let server = g.model.guild();
        g.model.expel_bot(server);
        assert!(g.model.commands(Some(server)).is_empty());
        g.model.invite_bot(server);
        let are_there =
            |model: &crate::discord::Discord| (!model.commands(Some(server)).is_empty()).then_some(());
        g.model.until("the commands", are_there).await;
        still_works(w, g).await;
        // Expelled and invited while nobody listened: found at the next start.
        w.stop().await;
        g.model.expel_bot(server);
        g.model.invite_bot(server);
        w.start().await;
        g.model.until("the commands", are_there).await;
        still_works(w, g).await;
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_lost_is_begun_anew_and_admins_are_told() {
    let adapt = |settings: &mut callout::domain::settings::Settings, g: &Guild| {
        let place = Place { chat: "discord".into(), channel: g.ops.to_string(), thread: None };
        settings.admin_channel = Some(place);
    };
    let rules = Rules { limits: RateLimits::none(), ..Rules::default() };
    guild_with(rules, adapt, async |w, g| {
        w.advance(secs(60)).await;
        g.model.op9(false);
        // serenity says nothing of it for 5 s, and then begins a new session.
        g.model.until("a second session", |model| (model.identifies() == 2).then_some(())).await;
        until_ready_says(w, |said| said == "ok").await;
        still_works(w, g).await;
        insta::assert_snapshot!(g.card().text, @"Discord was not connected from 15:00:00 UTC to 15:01:00 UTC. What was typed or pressed there meanwhile has not reached me: it has to be done again.");
        let metrics = String::from_utf8(w.get_raw("/metrics").await.2).unwrap();
        assert!(metrics.contains("callout_discord_reconnects_total 1"), "{metrics}");
    })
    .await;
}

#[tokio::test]
async fn heartbeats_that_are_not_acknowledged_end_the_session() {
    let rules = Rules {
        limits: RateLimits::none(),
        heartbeat_interval: Duration::from_millis(400),
        ..Rules::default()
    };
    guild_with(
        rules,
        |_, _| {},
        async |w, g| {
            g.model.acknowledge_heartbeats(false);
            until_ready_says(w, |said| said.contains("not connected since")).await;
            g.model.acknowledge_heartbeats(true);
            until_ready_says(w, |said| said == "ok").await;
            assert!(g.model.identifies() >= 2);
            still_works(w, g).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_waited_for_and_a_stop_meanwhile_does_not_hang() {
    guild(async |w, g| {
        g.model.go_down();
        until_ready_says(w, |said| said.contains("not connected since")).await;
        g.model.come_back();
        until_ready_says(w, |said| said == "ok").await;
        still_works(w, g).await;
        g.model.go_down();
        until_ready_says(w, |said| said.contains("not connected since")).await;
        w.stop().await;
        g.model.come_back();
        w.start().await;
        g.is_ready(w).await;
        still_works(w, g).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_void_is_said_and_not_tried_again() {
    guild(async |w, g| {
        g.types(w, "ana", "/call callees:jack").await;
        g.model.revoke_token();
        until_ready_says(w, |said| said.contains("refuses the token")).await;
        w.settle().await;
        let errors = w.errors();
        assert!(errors.iter().any(|line| line.contains("Discord is not served any more")), "{errors:?}");
        assert_eq!(w.rings().len(), 1, "phones ring on");
        w.advance(secs(120)).await;
        let refused = g.model.journal().iter().filter(|exchange| exchange.status == 401).count();
        assert!(refused <= 3, "a token that was refused is not sent again and again: {refused}");
        // What is to be shown waits for a token that works.
        w.stop().await;
        w.start().await;
        g.is_ready(w).await;
        w.advance(secs(120)).await;
        assert!(g.cards().iter().any(|seen| seen.text.contains("no answer from jack")), "{:#?}", g.cards());
        w.errors();
    })
    .await;
}

#[tokio::test]
async fn a_gap_across_our_own_restart_is_told_to_admins() {
    let adapt = |settings: &mut callout::domain::settings::Settings, g: &Guild| {
        let place = Place { chat: "discord".into(), channel: g.ops.to_string(), thread: None };
        settings.admin_channel = Some(place);
    };
    let rules = Rules { limits: RateLimits::none(), ..Rules::default() };
    guild_with(rules, adapt, async |w, g| {
        assert_eq!(g.cards().len(), 0, "before the first start nothing was lost");
        w.advance(secs(60)).await;
        w.stop().await;
        g.model.until_connected(0).await;
        w.advance(secs(300)).await;
        w.start().await;
        g.is_ready(w).await;
        w.advance(secs(1)).await;
        // A stop takes its time.
        let told = g.card().text;
        assert!(told.starts_with("Discord was not connected from 15:01:00 UTC to 15:06:0"), "{told}");
        // After a crash the last sign of life is known to a while.
        w.advance(secs(600)).await;
        w.crash();
        g.model.until_connected(0).await;
        w.advance(secs(300)).await;
        w.start().await;
        g.is_ready(w).await;
        w.advance(secs(1)).await;
        let told = g.cards();
        assert!(told.len() == 2 && told[1].text.contains("to 15:21:"), "{told:#?}");
    })
    .await;
}

/// Real time: serenity begins another session after 5 s, and is stopped when the third does not last either.
#[tokio::test]
async fn sessions_that_do_not_last_are_begun_less_and_less_often() {
    guild(async |_, g| {
        let nth = async |count: u32| {
            g.model.until("a session", |model| (model.identifies() == count).then_some(())).await;
            Clock::system().now()
        };
        let mut began = Vec::new();
        for session in 2..=4 {
            g.model.op9(false);
            began.push(nth(session).await);
            g.model.until_connected(1).await;
        }
        let pause = until(began[1], began[2]);
        assert!(pause >= Duration::from_secs(10), "{pause:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_gateway_that_says_nothing() {
    let mut w = World::at_desk(callout::domain::settings::Settings::sandbox(&["ana"]).unwrap()).await;
    let g = Guild::open(&mut w, Rules { limits: RateLimits::none(), ..Rules::default() }).await;
    w.discord = None;
    w.start().await;
    g.model.next("GET /gateway", 1, crate::discord::Fault::Late(Duration::ZERO));
    g.model.next("GET /gateway", 1, crate::discord::Fault::Silent);
    let serving = w.serves(&g, std::sync::Arc::new(crate::discord_receipts::Deaf));
    // Our own look for the gateway is answered; serenity's is not.
    g.model.until("a look", |model| (!model.requests("GET /gateway").is_empty()).then_some(())).await;
    let real = Clock::system();
    real.sleep(Duration::from_millis(500)).await;
    let from = real.now();
    serving.stop().await;
    let took = until(from, real.now());
    assert!(took < Duration::from_secs(5), "{took:?}");
    w.ends_clean().await;
}
