//! Entries of the catalogue of what goes wrong in on-call systems (field.md, section 5) that no room alone answers for:
//! the store fails, the engine's news come in disorder, two people take a page at one moment.

use callout::domain::settings::Settings;
use serde_json::{Value, json};

use crate::kit::{EDITS, World, secs, world_with};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"
[limits]
ring_of_callee = ["100/h"]
[[policy]]
id = "payments"
[[policy.step]]
ring = ["jack"]
wait = "1m"
[[policy.step]]
ring = ["jack", "mira"]
wait = "2m"
"#;

fn settings() -> Settings {
    settings_of(FILE)
}

fn settings_of(toml: &str) -> Settings {
    callout::config::parse("callout.toml", toml).0.expect("the file is good").settings
}

/// Every commit that says something of a page fails, until the database is mended.
fn breaks_pages(w: &World, is_broken: bool) {
    let database = rusqlite::Connection::open(w.database()).unwrap();
    let sql = match is_broken {
        true => {
            "CREATE TRIGGER broken BEFORE UPDATE ON page BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
        }
        false => "DROP TRIGGER broken",
    };
    database.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn catalogue_05_a_store_that_fails_for_a_while_does_not_end_the_chain() {
    world_with(settings(), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(50)).await;
        breaks_pages(w, true);
        w.advance(secs(40)).await;
        assert_eq!(w.handset("mira").state().await, "idle", "the second step can't be recorded");
        let errors = w.logged();
        assert!(errors.iter().any(|line| line.contains("the disk is full")), "{errors:?}");
        breaks_pages(w, false);
        w.advance(secs(30)).await;
        assert_eq!(w.handset("mira").state().await, "ringing", "{}", w.thread(&card).await);
        assert_eq!(w.rings().iter().filter(|ring| ring.account == "mira").count(), 1);
        w.logged();
    })
    .await;
}

#[tokio::test]
async fn catalogue_10_planned_work_keeps_a_page_back_over_a_restart_and_ends_when_it_should() {
    let planned = "[[maintenance]]\nfrom = \"2026-03-10 14:00\"\nto = \"2026-03-10 16:00\"\nwhy = \"the database moves\"\n";
    world_with(settings_of(&format!("{FILE}{planned}")), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(60)).await;
        assert!(w.card(&card).await.contains("the database moves"), "{}", w.card(&card).await);
        w.crash();
        w.advance(secs(600)).await;
        w.start().await;
        w.advance(secs(2939)).await;
        assert_eq!(w.rings().len(), 0, "15:59:59");
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "ringing");
    })
    .await;
}

async fn calls_back(w: &World, body: &Value) {
    w.post("/engine/tencent/s3cret?SdkAppid=1400000000", body).await;
    w.settle().await;
}

fn changed(call: &str, account: &str, action: &str) -> Value {
    let who = json!([{ "User_Account": account, "ActionType": action }]);
    json!({ "CallbackCommand": "Call.CallbackAfterMemberChanged", "CallId": call, "ChangedUserList": who })
}

#[tokio::test]
async fn catalogue_19_callbacks_in_disorder_twice_unknown_and_late_change_nothing_that_is_not_so() {
    world_with(settings(), async |w| {
        w.faults(json!({ "drop_callbacks": 1000 })).await;
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(1)).await;
        let call = w.rings()[0].call.clone();
        // Of a call that nobody knows; of ours, an end before its beginning, which the engine denies.
        calls_back(w, &changed("5f1c4b1e-0000-4000-8000-00000000dead", "jack", "Reject")).await;
        calls_back(w, &changed(&call, "jack", "Hangup")).await;
        w.advance(EDITS).await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        assert_eq!(w.handset("mira").state().await, "idle", "no end that was not one moves the chain");
        // What is so, twice.
        w.handset("jack").does("decline").await;
        for _ in 0..2 {
            calls_back(w, &changed(&call, "jack", "Reject")).await;
        }
        w.advance(secs(2)).await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        let thread = w.thread(&card).await;
        assert_eq!(thread.matches("jack declined (Declined)").count(), 1, "{thread}");
        // Long after its end.
        w.desk("mira").types("/ack").await;
        w.advance(secs(60)).await;
        let before = (w.card(&card).await, w.thread(&card).await, w.rings().len());
        for action in ["Accept", "Hangup", "NotAnswer"] {
            calls_back(w, &changed(&call, "jack", action)).await;
        }
        w.advance(secs(60)).await;
        assert_eq!((w.card(&card).await, w.thread(&card).await, w.rings().len()), before);
        w.faults(json!({ "drop_callbacks": 0 })).await;
    })
    .await;
}

#[tokio::test]
async fn catalogue_29_of_several_who_take_a_page_one_has_it_and_each_knows_who() {
    world_with(settings(), async |w| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.handset("jack").does("decline").await;
        w.advance(secs(61)).await;
        let line = format!("/ack {card}");
        let (jack, mira) = (w.desk("jack"), w.desk("mira"));
        let (one, other) = tokio::join!(jack.types_at_once(&line), mira.types_at_once(&line));
        w.settle().await;
        let is_mine = |text: &str| text.contains("is yours");
        assert!(is_mine(&one.text) != is_mine(&other.text), "{} / {}", one.text, other.text);
        let (owner, heard) = if is_mine(&one.text) { ("jack", &other.text) } else { ("mira", &one.text) };
        assert!(heard.contains(&format!("{owner} has it")), "{heard}");
        w.advance(secs(1)).await;
        for phone in ["jack", "mira"] {
            assert_eq!(w.handset(phone).state().await, "idle");
        }
        // A third one, and the owner once more.
        let third = w.desk("ana").types(&line).await.text;
        assert!(third.contains(owner), "{third}");
        assert!(!is_mine(&third), "{third}");
        w.advance(EDITS).await;
        assert!(w.card(&card).await.contains(&format!("{owner} has it")), "{}", w.card(&card).await);
    })
    .await;
}
