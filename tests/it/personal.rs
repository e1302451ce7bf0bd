//! What the file says of people and what they chose themselves: links against it, quiet hours, a test call.

use callout::domain::settings::{AnnouncementRule, RoomNumbers, Settings};

use crate::kit::{World, desk_world_with, secs, world, world_where, world_with};
use crate::people::{code_on, types};

fn people(toml: &str) -> Settings {
    callout::config::parse("callout.toml", toml).0.unwrap().settings
}

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack_at_work"
discord = "80351110224678912"
timezone = "Asia/Tokyo"
quiet_hours = "22:00-07:00"
[[person]]
id = "mira"
account = "mira"
"#;

#[tokio::test]
async fn the_file_wins() {
    desk_world_with(people(FILE), async |w| {
        let listed = types(w, "mira", "/callout link jack").await.text;
        assert_eq!(listed, "callout.toml says that desk:mira is mira, and it wins. Nobody was rung.");
        let other = types(w, "ana", "/callout link jack discord:80351110224678977").await.text;
        insta::assert_snapshot!(other, @"callout.toml names another user of this chat for jack, and it wins. An admin can change it there. Nobody was rung.");
        let taken = types(w, "ana", "/callout link mira discord:80351110224678912").await.text;
        assert_eq!(taken, "callout.toml says that discord:80351110224678912 is jack, and it wins. Nobody was rung.");

        // A link that was there before the file said otherwise is not used, and that is said.
        types(w, "ana", "/callout link mira discord:80351110224678999").await;
        let mut file = FILE.to_owned();
        file.push_str("discord = \"88351110224678912\"\n");
        w.reload(people(&file)).await;
        let me = types(w, "mira", "/callout me").await.text;
        insta::assert_snapshot!(me, @"
        You are mira, account mira at the call engine.
        It is 15:00 for you (UTC). No quiet hours.
        Linked: discord:88351110224678912, as callout.toml says.
        Not used: the link of discord:80351110224678999, because callout.toml says otherwise.
        You may call, page and see.
        ");
        // It can still be undone.
        let undone = types(w, "mira", "/callout unlink discord:80351110224678999").await.text;
        assert_eq!(undone, "discord:80351110224678999 is not linked to mira any more: mira undid it.");
    })
    .await;
}

#[tokio::test]
async fn no_stranger_rings_in_quiet_hours() {
    world_where(&["ana"], people(FILE), async |w| {
        // By the account, as the app shows it.
        let night = types(w, "eve", "/callout link jack_at_work").await.text;
        insta::assert_snapshot!(night, @"It is 00:00 for jack. Ask again after 22:00:00 on Tue 10 Mar (UTC), or ask an admin to link you. Nobody was rung.");
        w.advance(secs(7 * 3600)).await;
        assert_eq!(types(w, "eve", "/callout link jack_at_work").await.buttons, ["Enter code"]);
        assert_eq!(types(w, "eve", "/callout link jakc").await.text, "“jakc” is nobody's name. Did you mean jack?");
    })
    .await;
}

#[tokio::test]
async fn what_was_asked_is_judged_when_it_is_done() {
    // Elsewhere nobody sees the buttons of somebody else's private message.
    desk_world_with(people(FILE), async |w| {
        types(w, "eve", "/call jack").await;
        types(w, "eve", "/callout link mira").await;
        let code = code_on(w, "mira").await;
        let linked = types(w, "eve", &format!("/callout link mira {code}")).await;
        // It is night for jack.
        let asks = w.desk("eve").presses(&linked.card(), "Do it now").await;
        assert_eq!(asks.buttons, ["Ring anyway", "Don't ring"], "{}", asks.text);
        let nobody_elses = w.desk("mallory").presses(&linked.card(), "Do it now").await.text;
        assert!(nobody_elses.starts_with("You (mallory) are not linked"), "{nobody_elses}");
        let nobody_elses = w.desk("ana").presses(&linked.card(), "Do it now").await.text;
        assert!(nobody_elses.starts_with("Nothing waits for that button"), "{nobody_elses}");
        w.desk("eve").presses(&asks.card(), "Don't ring").await;
        w.advance(secs(15 * 60 + 1)).await;
        let late = w.desk("eve").presses(&linked.card(), "Do it now").await.text;
        assert_eq!(
            late,
            "Nothing waits for that button any more: it was too long ago. Type the command again."
        );
        assert_eq!(w.rings().len(), 1, "mira's, for the code");
    })
    .await;
}

#[tokio::test]
async fn a_test_call_rings_oneself_at_any_hour() {
    world_with(people(FILE), async |w| {
        let said = types(w, "jack", "/callout test").await;
        insta::assert_snapshot!(said.text, @"Ringing your phone: it says “Test call: nothing is wrong”.");
        let phone = w.handset("jack_at_work").shows().await;
        assert_eq!((phone["title"].as_str(), phone["media"].as_str()), (Some("Test call: nothing is wrong"), Some("Audio")));
        let card = said.card();
        insta::assert_snapshot!(w.card(&card).await, @"Test call to jack (audio): ringing until 15:00:45 UTC.");
        w.handset("jack_at_work").does("answer").await;
        w.handset("jack_at_work").does("hangup").await;
        w.advance(secs(10)).await;
        insta::assert_snapshot!(w.card(&card).await, @"Test call to jack (audio): ended after 0 s.");
        assert_eq!(w.buttons(&card).await, Vec::<String>::new());
        insta::assert_snapshot!(w.thread(&card).await, @"
        Ringing jack (audio).
        jack answered (audio).
        Ended after 0 s (Completed).
        ");
        assert!(types(w, "eve", "/callout test").await.text.starts_with("You (eve) are not linked"));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_spoken_to_whoever_answers() {
    let mut settings = Settings::sandbox(&["ana", "jack"]).unwrap();
    settings.announcement = Some(AnnouncementRule {
        say: Some("{by} calls you: {note}".to_owned()),
        audio: None,
        video: None,
        page: None,
        repeats: 3,
        voice: None,
        rooms: RoomNumbers::Tutorial,
    });
    world_where(&["ana"], settings, async |w| {
        let heard = async |w: &World, account: &str| {
            w.handset(account).does("answer").await;
            let url = w.handset(account).shows().await["hears"].as_str().unwrap().to_owned();
            let (_, _, audio) = w.get_raw(url.strip_prefix(&w.address()).unwrap()).await;
            String::from_utf8_lossy(&audio).into_owned()
        };
        types(w, "eve", "/callout link jack").await;
        let code = code_on(w, "jack").await;
        let spelled: Vec<String> = code.replace(' ', "").chars().map(String::from).collect();
        let said = heard(w, "jack").await;
        assert!(said.contains(&format!("Your Callout code is {}.", spelled.join(", "))), "{said}");
        types(w, "eve", &format!("/callout link jack {code}")).await;
        assert_eq!(w.handset("jack").state().await, "idle", "it has said all");
        types(w, "ana", "/callout test").await;
        let said = heard(w, "ana").await;
        assert!(said.contains("ana calls you: Test call: nothing is wrong"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn quiet_hours_are_ones_own_choice() {
    world_with(people(FILE), async |w| {
        let quiet = async |w: &World, line: &str| types(w, "jack", line).await.text;
        insta::assert_snapshot!(quiet(w, "/callout quiet").await, @"Quiet hours: 22:00-07:00, as callout.toml says. Calls ask then before they ring you; pages do not.");
        insta::assert_snapshot!(quiet(w, "/callout quiet off").await, @"No quiet hours: turned off here (callout.toml says 22:00-07:00).");
        types(w, "ana", "/call jack").await;
        assert_eq!(w.handset("jack_at_work").state().await, "ringing", "without a question");
        w.handset("jack_at_work").does("decline").await;
        insta::assert_snapshot!(quiet(w, "/callout quiet 23:30-00:30").await, @"Quiet hours: 23:30-00:30, chosen here (callout.toml says 22:00-07:00). Calls ask then before they ring you; pages do not.");
        // It outlives a restart.
        w.advance(secs(60)).await;
        w.crash();
        w.start().await;
        assert_eq!(types(w, "ana", "/call jack").await.text, "It is 00:01 for jack. Ring anyway? (You may add a reason; it is kept.)");
        w.advance(secs(30 * 60)).await;
        assert!(types(w, "ana", "/call jack").await.card.is_some());
        w.handset("jack_at_work").does("decline").await;
        insta::assert_snapshot!(quiet(w, "/callout quiet default").await, @"Quiet hours: 22:00-07:00, as callout.toml says. Calls ask then before they ring you; pages do not.");
        assert_eq!(types(w, "ana", "/call jack").await.buttons, ["Ring anyway", "Don't ring"]);
    })
    .await;
}

#[tokio::test]
async fn not_to_be_disturbed_for_a_while() {
    world(async |w| {
        let said = types(w, "jack", "/callout quiet for 2h").await.text;
        insta::assert_snapshot!(said, @"No quiet hours. You asked not to be disturbed until 17:00:00 on Tue 10 Mar (UTC). Calls ask then before they ring you; pages do not.");
        let asked = types(w, "ana", "/call jack").await;
        insta::assert_snapshot!(asked.text, @"jack asked not to be disturbed until 17:00:00 on Tue 10 Mar (UTC). Ring anyway? (You may add a reason; it is kept.)");
        assert_eq!(w.rings().len(), 0);
        assert!(types(w, "eve", "/callout link jack").await.buttons.is_empty());
        // Hours beside it leave it as it is; off ends both.
        let both = types(w, "jack", "/callout quiet 22:00-07:00").await.text;
        assert!(both.starts_with("Quiet hours: 22:00-07:00, chosen here (callout.toml has none). You asked not to be"), "{both}");
        w.advance(secs(2 * 3600 - 1)).await;
        assert!(types(w, "ana", "/call jack").await.buttons.contains(&"Ring anyway".to_owned()));
        w.advance(secs(1)).await;
        assert_eq!(types(w, "ana", "/call jack").await.text, "Calling jack (audio).");
        w.handset("jack").does("decline").await;
        types(w, "jack", "/callout quiet for 1h").await;
        assert_eq!(types(w, "jack", "/callout quiet off").await.text, "No quiet hours.");
        assert_eq!(types(w, "ana", "/call jack").await.text, "Calling jack (audio).");
        w.handset("jack").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn an_admin_may_choose_for_somebody_else_and_that_is_known() {
    world(async |w| {
        let said = types(w, "ana", "/callout quiet @jack for 1h").await.text;
        insta::assert_snapshot!(said, @"jack: No quiet hours. Asked not to be disturbed until 16:00:00 on Tue 10 Mar (UTC). Calls ask then before they ring them; pages do not.");
        insta::assert_snapshot!(w.notes("jack").await.join("\n"), @"ana chose for you: No quiet hours. You asked not to be disturbed until 16:00:00 on Tue 10 Mar (UTC). Calls ask then before they ring you; pages do not.");
        assert_eq!(types(w, "mira", "/callout quiet @jack off").await.text, "Only an admin may do that.");
        assert!(types(w, "mira", "/callout quiet @mira off").await.text.starts_with("No quiet hours."));
        insta::assert_snapshot!(types(w, "ana", "/callout audit").await.text, @"
        Changes, newest first:
        • 2026-03-10 15:00:00 UTC: ana chose for jack: quiet hours as in callout.toml, undisturbed until 2026-03-10 16:00:00 UTC.
        ");
    })
    .await;
}

#[tokio::test]
async fn two_choices_at_once_both_hold() {
    world(async |w| {
        let jack = w.desk("jack");
        let (hours, span) = tokio::join!(
            jack.types_at_once("/callout quiet 20:00-06:00"),
            jack.types_at_once("/callout quiet for 2h")
        );
        assert!(
            hours.text.contains("20:00-06:00") && span.text.contains("until 17:00:00"),
            "{hours:?} {span:?}"
        );
        let both = jack.types("/callout quiet").await.text;
        assert!(both.contains("20:00-06:00") && both.contains("until 17:00:00"), "{both}");
    })
    .await;
}
