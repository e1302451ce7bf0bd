//! Who somebody is to a chat, proved by a ring.

use callout::domain::settings::Settings;

use crate::kit::{CrashSteps, Said, World, secs, world_where};

/// The code that a phone shows.
pub(crate) async fn code_on(w: &World, account: &str) -> String {
    let title = w.handset(account).shows().await["title"].as_str().unwrap().to_owned();
    title.strip_prefix("Callout code ").unwrap_or_else(|| panic!("no code: {title:?}")).to_owned()
}

/// A code that it is not.
fn another(code: &str) -> String {
    let number: u32 = code.replace(' ', "").parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// A story about a stranger to the chat where ana is: jack and mira, whom a stranger may turn out to be, have no user there.
pub(crate) async fn strangers(story: impl AsyncFnOnce(&mut World)) {
    world_where(&["ana"], Settings::sandbox(&["ana", "jack", "mira"]).unwrap(), story).await;
}

pub(crate) async fn types(w: &World, who: &str, line: &str) -> Said {
    w.desk(who).types(line).await
}

#[tokio::test]
async fn a_stranger_is_linked_by_a_ring_and_what_they_asked_is_done() {
    strangers(async |w| {
        let offered = types(w, "eve", "/call mira video the db").await;
        assert!(offered.private);
        insta::assert_snapshot!(offered.text, @"You (eve) are not linked to anybody here, so you may look but not ring. If you are listed, type /callout link &lt;your id&gt;: your phone shows a code that proves it. What you asked can be done then, within 15 minutes. Not listed? Ask an admin to add you to callout.toml.");

        let rings = types(w, "eve", "/callout link jack").await;
        insta::assert_snapshot!(rings.text, @"jack's phone rings and shows a code. Type it within 10 minutes: /callout link jack &lt;code&gt;, or press “Enter code”. If jack declines on the phone, the code is void.");
        assert!(rings.private && rings.buttons == ["Enter code"], "{rings:?}");
        let code = code_on(w, "jack").await;
        let phone = w.handset("jack").shows().await;
        assert_eq!(phone["state"], "ringing");
        let who = w.user_of("eve");
        assert_eq!(phone["text"], format!("Not you? Decline. eve ({who}) wants to be you in chat"));
        assert_eq!(w.notes("jack").await, [
            "desk:eve says to be you, so your phone rings with a code. If that is not you, decline, and tell nobody the code."
        ]);
        assert_eq!(w.channel().await.len(), 0, "it concerns two alone");
        let live = types(w, "mira", "/calls").await.text;
        assert!(live.contains("Code to link jack (audio): ringing") && !live.contains(&code), "{live}");

        let linked = types(w, "eve", &format!("/callout link jack {code}")).await;
        insta::assert_snapshot!(linked.text, @"You are jack here now. You asked for “/call mira video the db”; “Do it now” does it.");
        assert_eq!(linked.buttons, ["Do it now"]);
        assert_eq!(w.handset("jack").state().await, "idle", "it need not ring any more");
        assert_eq!(w.notes("jack").await[1..], [
            "desk:eve is linked to you now, and commands as you. Not you? /callout unlink desk:eve"
        ]);

        let placed = w.desk("eve").presses(&linked.card(), "Do it now").await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        insta::assert_snapshot!(w.card(&placed.card()).await, @"
        jack calls mira (video): ringing until 15:00:45 UTC.
        Note: the db
        ");
        let twice = w.desk("eve").presses(&linked.card(), "Do it now").await;
        assert_eq!(twice.text, placed.text);
        assert_eq!(w.rings().iter().filter(|ring| ring.account == "mira").count(), 1);
        w.handset("mira").does("decline").await;
    })
    .await;
}

/// eve is jack.
pub(crate) async fn link_eve(w: &World) -> Said {
    types(w, "eve", "/callout link jack").await;
    let code = code_on(w, "jack").await;
    types(w, "eve", &format!("/callout link jack {code}")).await
}

#[tokio::test]
async fn a_link_outlives_a_restart_is_shown_and_is_undone() {
    strangers(async |w| {
        assert_eq!(link_eve(w).await.text, "You are jack here now.");
        w.advance(secs(60)).await;
        w.crash();
        w.start().await;
        let me = types(w, "eve", "/callout me").await.text;
        let me =
            me.lines().map(|line| line.split(", proved by the ring").next().unwrap()).collect::<Vec<_>>();
        insta::assert_snapshot!(me.join("\n"), @"
        You are jack, account jack at the call engine.
        It is 15:01 for you (UTC). No quiet hours.
        Linked: desk:eve, since 2026-03-10 15:00:00 UTC
        You may call, page and see.
        ");
        assert_eq!(
            types(w, "eve", "/callout link jack").await.text,
            "That is jack already. Nobody was rung."
        );
        // Only whom it concerns, or an admin, may undo it.
        let mira = types(w, "mira", "/callout unlink desk:eve").await.text;
        assert_eq!(mira, "Only who is linked, or an admin, may undo that.");
        let undone = types(w, "jack", "/callout unlink desk:eve").await.text;
        assert_eq!(undone, "desk:eve is not linked to jack any more: jack undid it.");
        assert!(types(w, "eve", "/call mira").await.text.starts_with("You (eve) are not linked"));
        assert_eq!(
            types(w, "jack", "/callout unlink desk:eve").await.text,
            "desk:eve is not linked to anybody."
        );
        let own = types(w, "jack", "/callout unlink").await.text;
        assert_eq!(own, "It is callout.toml that says who jack is: only an admin can undo that, there.");

        let audit = types(w, "ana", "/callout audit").await.text;
        let audit: Vec<_> =
            audit.lines().map(|line| line.split(", proved by the ring").next().unwrap()).collect();
        insta::assert_snapshot!(audit.join("\n"), @"
        Changes, newest first:
        • 2026-03-10 15:01:00 UTC: jack unlinked desk:eve from jack.
        • 2026-03-10 15:00:00 UTC: desk:eve was linked to jack
        • 2026-03-10 15:00:00 UTC: desk:eve had jack's phone rung, to be linked.
        ");
        assert_eq!(types(w, "jack", "/callout audit").await.text, "Only an admin may do that.");
    })
    .await;
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_void() {
    strangers(async |w| {
        let rings = types(w, "eve", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        let wrong = another(&code);
        assert_eq!(
            w.desk("eve").presses_with(&rings.card(), "Enter code", Some("12 34")).await.text,
            "“12 34” is not a code: it has the six digits that the phone shows. That was no try."
        );
        for left in [
            "You have 4 tries left.",
            "You have 3 tries left.",
            "You have 2 tries left.",
            "You have one try left.",
        ] {
            let said = w.desk("eve").presses_with(&rings.card(), "Enter code", Some(&wrong)).await.text;
            assert_eq!(said, format!("That is not the code. {left}"));
        }
        // A platform that delivers a try twice does not use up two.
        let last = w.desk("eve").types_as(&format!("/callout link jack {wrong}"), "last").await.text;
        assert_eq!(
            last,
            "That is not the code either, and it is void now. For a new one: /callout link jack"
        );
        assert_eq!(w.desk("eve").types_as(&format!("/callout link jack {wrong}"), "last").await.text, last);
        let late = types(w, "eve", &format!("/callout link jack {code}")).await.text;
        assert_eq!(late, "No code is awaited from you. To have one shown: /callout link &lt;your id&gt;");
        assert!(types(w, "eve", "/call mira").await.card.is_none());
        let audit = types(w, "ana", "/callout audit").await.text;
        assert!(audit.contains("desk:eve typed nothing but wrong codes for jack."), "{audit}");
    })
    .await;
}

#[tokio::test]
async fn tries_at_one_moment_are_each_counted() {
    strangers(async |w| {
        types(w, "eve", "/callout link jack").await;
        let wrong = format!("/callout link jack {}", another(&code_on(w, "jack").await));
        let eve = w.desk("eve");
        let said = futures_util::future::join_all((0..8).map(|_| eve.types_at_once(&wrong))).await;
        let judged = said.iter().filter(|said| said.text.starts_with("That is not the code")).count();
        let void = said.iter().filter(|said| said.text.starts_with("No code is awaited")).count();
        assert_eq!((judged, void), (5, 3), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a_code_is_for_whom_it_was_shown_and_grows_old() {
    strangers(async |w| {
        types(w, "eve", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        // Nobody else can use it, and not for anybody else.
        let mallory = types(w, "mallory", &format!("/callout link jack {code}")).await.text;
        assert!(mallory.starts_with("No code is awaited from you."), "{mallory}");
        let other = types(w, "eve", &format!("/callout link mira {code}")).await.text;
        assert!(other.starts_with("No code is awaited from you."), "{other}");
        let again = types(w, "eve", "/callout link jack").await.text;
        assert_eq!(again, "jack's phone rings already and shows the code: /callout link jack &lt;code&gt;");
        w.advance(secs(60)).await;
        assert_eq!(
            w.notes("eve").await,
            ["jack's phone rang out. The code that it showed holds until 15:10:00 UTC."]
        );
        w.advance(secs(9 * 60 + 1)).await;
        let late = types(w, "eve", &format!("/callout link jack {code}")).await.text;
        assert_eq!(late, "That code is too old. For a new one: /callout link jack");
        // What was asked before has grown old as well, but the link is made.
        assert!(types(w, "eve", "/call mira").await.card.is_none());
        w.advance(secs(15 * 60 + 1)).await;
        let linked = link_eve(w).await;
        assert_eq!((linked.text.as_str(), linked.buttons.len()), ("You are jack here now.", 0));
    })
    .await;
}

#[tokio::test]
async fn a_code_within_its_time_holds_though_the_phone_rang_out() {
    strangers(async |w| {
        types(w, "eve", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        w.advance(secs(9 * 60)).await;
        let linked = types(w, "eve", &format!("/callout link jack {code}")).await.text;
        assert_eq!(linked, "You are jack here now.");
    })
    .await;
}

#[tokio::test]
async fn who_declines_was_not_asked() {
    strangers(async |w| {
        types(w, "eve", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        w.handset("jack").does("decline").await;
        let line = format!("/callout link jack {code}");
        let void = "jack's phone declined, so the code is void. If it was you: /callout link jack";
        assert_eq!(types(w, "eve", &line).await.text, void);
        w.advance(secs(60)).await;
        assert_eq!(types(w, "eve", &line).await.text, void);
        assert_eq!(w.notes("eve").await[..], ["jack's phone declined, so the code is void."]);
        let audit = types(w, "ana", "/callout audit").await.text;
        assert!(audit.contains("jack's phone declined to be linked to desk:eve."), "{audit}");
    })
    .await;
}

#[tokio::test]
async fn after_a_decline_one_may_ask_again_at_once() {
    strangers(async |w| {
        types(w, "eve", "/callout link jack").await;
        let first = code_on(w, "jack").await;
        w.handset("jack").does("decline").await;
        assert_eq!(types(w, "eve", "/callout link jack").await.buttons, ["Enter code"]);
        let code = code_on(w, "jack").await;
        assert_ne!(first, code);
        let old = types(w, "eve", &format!("/callout link jack {first}")).await.text;
        assert_eq!(old, "That is not the code. You have 4 tries left.");
        assert_eq!(
            types(w, "eve", &format!("/callout link jack {code}")).await.text,
            "You are jack here now."
        );
    })
    .await;
}

#[tokio::test]
async fn strangers_cannot_make_a_phone_ring_all_day() {
    // ana's phone is tried as well.
    world_where(&[], Settings::sandbox(&["ana", "jack", "mira"]).unwrap(), async |w| {
        let mut rung = 0;
        for n in 0..30 {
            let who = format!("mallory{n}");
            let said = types(w, &who, "/callout link jack").await;
            if said.buttons.is_empty() {
                insta::allow_duplicates! {
                    if n == 2 {
                        insta::assert_snapshot!(said.text, @"jack's phone may be rung 2/h times by whoever wants to be linked. The next ring is allowed at 16:00:00 on Tue 10 Mar (UTC). An admin can link you at once. Nobody was rung.");
                    }
                }
            } else {
                rung += 1;
                w.handset("jack").does("ignore").await;
            }
            w.advance(secs(20 * 60)).await;
        }
        assert_eq!(rung, 6, "in ten hours, of whatever strangers");
        // One stranger cannot try everybody either.
        for person in ["ana", "mira", "ana"] {
            let said = types(w, "eve", &format!("/callout link {person}")).await;
            assert_eq!(said.buttons, ["Enter code"], "{}", said.text);
            w.advance(secs(60)).await;
        }
        let most = types(w, "eve", "/callout link mira").await.text;
        assert!(most.starts_with("You may have phones rung 3/h times to be linked."), "{most}");
    })
    .await;
}

#[tokio::test]
async fn a_restart_resets_no_limit_of_links() {
    strangers(async |w| {
        for who in ["eve", "mallory"] {
            assert_eq!(types(w, who, "/callout link jack").await.buttons, ["Enter code"]);
            w.advance(secs(90)).await;
        }
        w.crash();
        w.start().await;
        let refused = types(w, "trudy", "/callout link jack").await.text;
        assert!(refused.starts_with("jack's phone may be rung 2/h times"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_click_waits_as_a_line_does() {
    strangers(async |w| {
        let card = types(w, "ana", "/call mira").await.card();
        assert!(w.desk("eve").presses(&card, "Hang up").await.text.starts_with("You (eve) are not linked"));
        types(w, "ana", "/callout link mira @eve").await;
        let told = w.told("eve").await.remove(0);
        assert_eq!(
            told.text,
            "ana linked you: you are mira here now. You pressed “Hang up”; “Do it now” does it."
        );
        let done = w.desk("eve").presses(&told.card(), "Do it now").await.text;
        assert_eq!(done, format!("Hanging up {card}."));
        w.advance(secs(10)).await;
        assert!(w.card(&card).await.contains("hung up by mira"), "{}", w.card(&card).await);
    })
    .await;
}

#[tokio::test]
async fn wherever_it_crashes_a_link_is_made_once_or_can_be_made_again() {
    for place in ["commit.before", "store.after_commit", "effect.before", "dial.marked"] {
        assert_eq!(link_through_a_crash(|steps| steps.arm_at(place)).await, Some(place));
    }
    let mut places = Vec::new();
    while let Some(place) = link_through_a_crash(|steps| steps.arm(1 + places.len() as u64)).await {
        places.push(place);
    }
    assert!(places.len() >= 9, "it died at too few steps: {places:?}");
    assert!(!places.contains(&"report.shown"), "no card shows any of it: {places:?}");
}

/// Dies at the step that `arm` chooses; tells where, unless the story ends before.
async fn link_through_a_crash(arm: impl FnOnce(&CrashSteps)) -> Option<&'static str> {
    let mut w = World::at_desk(Settings::sandbox(&["ana", "jack", "mira"]).unwrap()).await;
    let steps = CrashSteps::at(0);
    assert!(w.start_to_crash(steps.clone()).await);
    arm(&steps);
    w.desk("eve").tries("/callout link jack", "link").await;
    let mut code = shown(&w).await;
    if steps.died_at().is_none() {
        w.desk("eve").tries(&format!("/callout link jack {code}"), "code").await;
    }
    let place = steps.died_at();
    w.crash();
    w.start().await;
    // The platform delivers again what was not answered.
    let again = w.desk("eve").types_as("/callout link jack", "link").await;
    assert_eq!(again.buttons, ["Enter code"], "{place:?}: {}", again.text);
    w.advance(secs(1)).await;
    if code.is_empty() {
        code = shown(&w).await;
    }
    if code.is_empty() {
        // It died between the mark and the request: nothing rang, and that is known only later.
        w.advance(secs(90)).await;
        assert!(w.notes("eve").await[0].starts_with("jack's phone could not be rung"), "{place:?}");
        types(&w, "eve", "/callout link jack").await;
        code = shown(&w).await;
    }
    w.desk("eve").types_as(&format!("/callout link jack {code}"), "code").await;
    let me = types(&w, "eve", "/callout me").await.text;
    assert!(me.starts_with("You are jack"), "died at {place:?}, code {code:?}: {me}");
    assert_eq!(w.rings().len(), 1, "died at {place:?}");
    let links = types(&w, "ana", "/callout audit").await.text.matches("was linked").count();
    assert_eq!(links, 1, "died at {place:?}");
    w.ends_clean().await;
    place
}

/// The code on jack's phone; empty when it does not ring.
async fn shown(w: &World) -> String {
    let title = w.handset("jack").shows().await["title"].as_str().unwrap().to_owned();
    title.replace("Callout code ", "")
}
