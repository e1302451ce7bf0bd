//! Changes of a schedule in chat: taken, laid over it by an admin, taken back.

use serde_json::{Value, json};

use std::sync::Arc;

use callout::domain::ids::{DeliveryKey, OverrideId};
use callout::domain::person::{Directory, Person};
use callout::domain::settings::Settings;

use crate::kit::{
    SlowDisk, Way, Workspace, World, callout, desk_world_with, free, secs, workspace_with, world_with,
};
use crate::oncall::{FILE, home, settings};

#[tokio::test]
async fn a_shift_is_taken_and_given_back() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("jack").types("/oncall take payments 2h").await;
        assert!(said.private);
        let id = said.text.rsplit(' ').next().unwrap().to_owned();
        insta::assert_snapshot!(said.text.replace(&id, "o1"), @"payments: Tue 10 Mar 15:00 to Tue 10 Mar 17:00, jack is on call instead of everybody (UTC). Then jack is on call; without it mira is on call. Take it back: /oncall undo o1");
        // mira, who did not ask for it, hears of it.
        insta::assert_snapshot!(w.desk("mira").heard().await, @"jack changed who is on call for payments: Tue 10 Mar 15:00 to Tue 10 Mar 17:00, jack is on call instead of everybody (UTC).");
        w.desk("ana").types("/call oncall:payments").await;
        assert_eq!(w.handset("jack").state().await, "ringing");
        w.handset("jack").does("decline").await;
        // It outlives a crash, and the schedule lists it.
        w.crash();
        w.start().await;
        insta::assert_snapshot!(w.desk("ana").types("/oncall payments").await.text.replace(&id, "o1"), @r"
        payments: jack is on call until Tue 10 Mar 18:00, then mira until Mon 16 Mar 09:00. (Times: Europe/Berlin)
        • o1: Tue 10 Mar 16:00 to Tue 10 Mar 18:00, jack is on call instead of everybody (by jack)
        ");
        let played = w.desk("ana").types("/oncall simulate checkout").await.text;
        assert!(played.contains("step 2: jack. oncall:payments is jack until Tue 10 Mar 18:00"), "{played}");
        // Only jack or an admin may take it back, and once.
        let undo = format!("/oncall undo {}", id.to_uppercase());
        insta::assert_snapshot!(w.desk("mira").types(&undo).await.text.replace(&id, "o1"), @"Only jack, who made o1, or an admin may take it back.");
        w.advance(secs(60)).await;
        insta::assert_snapshot!(w.desk("ana").types(&undo).await.text, @"Taken back for payments: Tue 10 Mar 16:00 to Tue 10 Mar 18:00, jack is on call instead of everybody (Europe/Berlin).");
        // Both hear of it: jack, who is not on call any more, and mira, who is.
        for person in ["jack", "mira"] {
            let told = w.desk(person).heard().await;
            assert!(told.starts_with("ana took back a change of who is on call for payments: Tue 10 Mar"), "{told}");
        }
        let now = w.desk("ana").types("/oncall payments").await.text;
        assert!(now.starts_with("payments: mira is on call until") && now.lines().count() == 1, "{now}");
        insta::assert_snapshot!(w.desk("ana").types(&undo).await.text.replace(&id, "o1"), @"There is no change “o1”, or it is over. /oncall with the schedule lists them.");
        assert_eq!(w.rows("duty_override"), 1, "what held for a minute is kept");
        insta::assert_snapshot!(w.desk("ana").types("/callout audit").await.text, @r"
        Changes, newest first:
        • 2026-03-10 15:01:00 UTC: ana took back: jack changed who is on call for payments: Tue 10 Mar 15:00 to Tue 10 Mar 17:00, jack is on call instead of everybody (UTC).
        • 2026-03-10 15:00:00 UTC: jack changed who is on call for payments: Tue 10 Mar 15:00 to Tue 10 Mar 17:00, jack is on call instead of everybody (UTC).
        ");
    })
    .await;
}

#[tokio::test]
async fn admins_change_who_is_on_call() {
    world_with(settings(FILE), async |w| {
        let plain = |text: String| text.split(" Take it back").next().unwrap().to_owned();
        let ana = async |line: &str| plain(w.desk("ana").types(&format!("/oncall override payments {line}")).await.text);
        insta::assert_snapshot!(ana("@ana for @mira Wed 09:00 8h").await, @"payments: Wed 11 Mar 09:00 to Wed 11 Mar 17:00, ana stands in for mira (Europe/Berlin). Then ana is on call; without it mira is on call.");
        insta::assert_snapshot!(ana("jack Wed 09:00 Wed 12:00").await, @"payments: Wed 11 Mar 09:00 to Wed 11 Mar 12:00, jack is on call as well (Europe/Berlin). Then ana and jack are on call; without it ana is on call.");
        insta::assert_snapshot!(ana("nobody for ana Wed 10:00 1h").await, @"payments: Wed 11 Mar 10:00 to Wed 11 Mar 11:00, ana is not on call (Europe/Berlin). Then jack is on call; without it ana and jack are on call.");
        insta::assert_snapshot!(ana("nobody now 1h").await, @"payments: Tue 10 Mar 16:00 to Tue 10 Mar 17:00, nobody is on call (Europe/Berlin). Then nobody is on call; it was mira.");
        insta::assert_snapshot!(ana("mira Thu 09:00 1h").await, @"payments: Thu 12 Mar 09:00 to Thu 12 Mar 10:00, mira is on call as well (Europe/Berlin). That changes nothing: at its start mira is on call anyway.");
        insta::assert_snapshot!(w.desk("jack").types("/call oncall:payments").await.text, @"Nobody is on call for payments now, so nobody was rung. Next is mira, from Tue 10 Mar 16:00 (UTC).");
        let listed = w.desk("ana").types("/oncall payments").await.text;
        assert_eq!(listed.lines().count(), 6, "{listed}");
        // What has not begun is forgotten when it is taken back.
        let last = listed.lines().last().unwrap().trim_start_matches("• ").split(':').next().unwrap();
        assert!(w.desk("ana").types(&format!("/oncall undo {last}")).await.text.starts_with("Taken back for payments"));
        assert_eq!(w.rows("duty_override"), 4);
    })
    .await;
}

#[tokio::test]
async fn who_is_taken_out_of_the_file_is_not_put_on_call_by_an_earlier_change() {
    world_with(settings(FILE), async |w| {
        w.desk("ana").types("/oncall override payments jack now 2d").await;
        let without = FILE
            .replace("[[person]]\nid = \"jack\"\naccount = \"jack\"\n", "")
            .replace("\"jack\"", "\"ana\"");
        for _ in ["a reload", "and a restart"] {
            w.reload(settings(&without)).await;
            let said = w.desk("ana").types("/oncall payments").await.text;
            assert!(said.starts_with("payments: mira is on call until"), "{said}");
            // It stays in the list, so that it can be taken back.
            assert!(
                said.ends_with("jack is on call as well (by ana), without effect: jack is not listed"),
                "{said}"
            );
            w.crash();
            w.start().await;
        }
        // The program says the same of the store.
        let home = home();
        std::fs::write(home.path().join("callout.toml"), &without).unwrap();
        let mut command = callout(home.path());
        command.env("DATABASE_URL", format!("sqlite://{}", w.database().display()));
        let output = command
            .args([
                "oncall",
                "payments",
                "--store",
                "--from",
                "2026-03-10T15:30:00Z",
                "--to",
                "2026-03-11T18:00:00Z",
            ])
            .output()
            .unwrap();
        let (told, aside) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(told.ends_with("  mira\n") && !told.contains("jack"), "{told}");
        assert!(
            aside.starts_with("callout: without effect, because they name somebody who is not listed: o")
                && aside.contains(" (jack); list them in the file, or take the changes back"),
            "{aside}"
        );
        w.desk("ana").types("/call oncall:payments").await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        w.handset("mira").does("decline").await;
        w.reload(settings(FILE)).await;
        let said = w.desk("ana").types("/oncall payments").await.text;
        assert!(
            said.starts_with("payments: mira and jack are on call until"),
            "who is back is on call again: {said}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused() {
    world_with(settings(FILE), async |w| {
        for (line, said) in [
            ("override payments jack Wed 12:00 2026-03-10", "That span is over before it begins"),
            ("override payments jack 2026-03-01 2026-03-02", "That span is over before it begins"),
            ("override payments jack now 60w", "That is longer than 366d"),
            ("override payments jack 2028-01-01 2028-01-02", "That begins more than 366d from now"),
            ("override payments jack 2026-03-10 18:00", "“2026-03-10 18:00” is no span of time: write from and to"),
            ("override payments jack soon later", "“soon later” is no span of time: write from and to"),
            ("take payments 99w", "That is longer than 366d"),
            ("take payments soon", "“soon” is not a time"),
            ("undo oxyz", "There is no change “oxyz”"),
        ] {
            let text = w.desk("ana").types(&format!("/oncall {line}")).await.text;
            assert!(text.starts_with(said), "{line}: {text}");
        }
        insta::assert_snapshot!(w.desk("jack").types("/oncall override payments jack now 1h").await.text, @"Only an admin may do that.");
        for _ in 0..100 {
            w.desk("ana").types("/oncall take office Wed 09:00").await;
        }
        insta::assert_snapshot!(w.desk("ana").types("/oncall take office Wed 09:00").await.text, @"office has 100 changes ahead, which is the most. Take one back first: /oncall office");
        assert_eq!(w.rows("duty_override"), 100);
    })
    .await;
}

#[tokio::test]
async fn catalogue_02_a_delivery_that_comes_twice_changes_a_schedule_once() {
    world_with(settings(FILE), async |w| {
        let first = w.desk("jack").types_as("/oncall take payments 2h", "desk:77").await;
        let again = w.desk("jack").types_as("/oncall take payments 2h", "desk:77").await;
        assert_eq!(first.text, again.text);
        assert_eq!(w.rows("duty_override"), 1);
        // The program shows what the store keeps, while Callout runs.
        let home = home();
        let mut command = callout(home.path());
        command.env("DATABASE_URL", format!("sqlite://{}", w.database().display()));
        command.args(["oncall", "payments", "--store", "--json"]);
        command.args(["--from", "2026-03-10T15:30:00Z", "--to", "2026-03-10T18:00:00Z"]);
        let output = command.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shift =
            |start: &str, end: &str, who: &str| json!({ "start": start, "end": end, "people": [who] });
        let expected = json!([
            shift("2026-03-10T16:30:00+01:00", "2026-03-10T18:00:00+01:00", "jack"),
            shift("2026-03-10T18:00:00+01:00", "2026-03-10T19:00:00+01:00", "mira"),
        ]);
        assert_eq!((told, output.stderr.len()), (expected, 0));
    })
    .await;
}

/// mira is on call until Monday, 16 March, and then jack.
#[tokio::test]
async fn whoever_is_on_call_later_in_a_change_hears_of_it_as_well() {
    world_with(settings(FILE), async |w| {
        let plain = |text: String| text.split(" Take it back").next().unwrap().to_owned();
        let said = w.desk("ana").types("/oncall override payments @ana for @jack Thu 09:00 2026-03-19").await.text;
        insta::assert_snapshot!(plain(said), @"payments: Thu 12 Mar 09:00 to Thu 19 Mar 00:00, ana stands in for jack (Europe/Berlin). Until Mon 16 Mar 09:00 that changes nothing; then ana is on call, without it jack is on call.");
        insta::assert_snapshot!(w.desk("jack").heard().await, @"ana changed who is on call for payments: Thu 12 Mar 08:00 to Wed 18 Mar 23:00, ana stands in for jack (UTC).");
        // mira is on call now, and takes next week as well: ana, who stands in for jack by then, hears of it.
        let said = w.desk("mira").types("/oncall take payments 2w").await.text;
        insta::assert_snapshot!(plain(said.clone()), @"payments: Tue 10 Mar 15:00 to Tue 24 Mar 15:00, mira is on call instead of everybody (UTC). Until Mon 16 Mar 08:00 that changes nothing; then mira is on call, without it ana is on call.");
        assert!(w.desk("ana").heard().await.starts_with("mira changed who is on call for payments: Tue 10 Mar"));
        // From Thursday, 19 March, it would be jack.
        assert!(w.desk("jack").heard().await.starts_with("mira changed who is on call for payments: Tue 10 Mar"));
        w.advance(secs(60)).await;
        w.desk("mira").types(&format!("/oncall undo {}", said.rsplit(' ').next().unwrap())).await;
        for person in ["ana", "jack"] {
            let told = w.desk(person).heard().await;
            assert!(told.starts_with("mira took back a change of who is on call for payments"), "{person}: {told}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_in_this_chat_is_told_where_they_are() {
    let adapt = |settings: &mut Settings, _: &Workspace| {
        let slackless = |person: &Person| match person.id.as_str() {
            "mira" => Person { slack: None, ..person.clone() },
            _ => person.clone(),
        };
        let people = settings.people.iter().map(slackless).collect();
        settings.people = Arc::new(Directory::new(people).unwrap());
        settings.schedules = crate::oncall::settings(FILE).schedules;
    };
    workspace_with((Way::Socket, free()), adapt, async |w, s| {
        let said = s.told(w, "jack", "/oncall take payments 2h").await.text;
        assert!(said.contains("Then jack is on call; without it mira is on call."), "{said}");
        let told = w.desk("mira").heard().await;
        assert!(told.starts_with("jack changed who is on call for payments"), "{told}");
    })
    .await;
}

/// The file without jack.
fn without_jack() -> Settings {
    let listed = "[[person]]\nid = \"jack\"\naccount = \"jack\"\n";
    settings(&FILE.replace(listed, "").replace("\"jack\"", "\"ana\""))
}

#[tokio::test]
async fn a_change_that_waits_while_the_file_is_read_again_puts_nobody_on_call_who_is_not_listed() {
    let mut w = World::at_desk(settings(FILE)).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    disk.shuts(true);
    // mira's change is not recorded yet; the file, and then ana's change, wait for it.
    w.while_time_passes(w.desk("mira").types_at_once("/oncall take turns 1h")).await;
    {
        let reload = w.rereads(without_jack());
        tokio::pin!(reload);
        for _ in 0..20 {
            tokio::select! {
                biased;
                () = &mut reload => panic!("it did not wait"),
                _ = w.get_raw("/healthz") => {}
            }
        }
        w.while_time_passes(w.desk("ana").types_at_once("/oncall override payments jack now 2d")).await;
        disk.shuts(false);
        reload.await;
    }
    w.settle().await;
    // It came after the file, or before it and has no effect since: either way jack is not on call.
    let told = w.notes("ana").await;
    let refused = "jack is not listed any more: name somebody else. Nothing was changed.";
    let is_told = told.iter().any(|told| told == refused || told.contains("jack is on call as well"));
    assert!(is_told, "{told:?}");
    let said = w.desk("ana").types("/oncall payments").await.text;
    assert!(said.starts_with("payments: mira is on call until"), "{said}");
    w.ends_clean().await;
}

#[tokio::test]
async fn whoever_is_on_call_since_the_file_was_read_again_is_told() {
    world_with(settings(FILE), async |w| {
        let swapped = FILE.replacen("participants = [\"jack\", \"mira\"]", "participants = [\"mira\", \"jack\"]", 1);
        w.reload(settings(&swapped)).await;
        for person in ["jack", "mira"] {
            assert_eq!(
                w.desk(person).heard().await,
                "callout.toml was read again at Tue 10 Mar 15:00 (UTC), and that changes who is on call. payments: \
                 jack is on call, before it mira is on call."
            );
        }
        // The same file once more changes nothing, and says nothing.
        w.advance(secs(60)).await;
        w.reload(settings(&swapped)).await;
        assert!(w.desk("mira").heard().await.contains("at Tue 10 Mar 15:00"));
        // A layer that is gone.
        let gone = swapped.replacen("[[schedule]]\nid = \"turns\"", "[[schedule]]\nid = \"shifts\"", 1);
        w.reload(settings(&gone)).await;
        assert_eq!(
            w.desk("mira").heard().await,
            "callout.toml was read again at Tue 10 Mar 15:01 (UTC), and that changes who is on call. shifts: mira is on \
             call, before it nobody is on call; turns: nobody is on call, before it mira is on call."
        );
    })
    .await;
}

#[tokio::test]
async fn only_who_can_acknowledge_is_put_on_call() {
    let viewer = format!("{FILE}[[person]]\nid = \"vera\"\naccount = \"vera\"\nroles = [\"viewer\"]\n");
    world_with(settings(&viewer), async |w| {
        for line in ["override payments vera now 8h", "override payments @vera for @mira now 8h"] {
            let said = w.desk("ana").types(&format!("/oncall {line}")).await.text;
            assert_eq!(
                said,
                "vera may only look, and could not acknowledge: name somebody else. Nothing was changed."
            );
        }
        assert_eq!(w.rows("duty_override"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_page_tells_by_which_change_of_a_schedule_somebody_is_rung() {
    world_with(settings(FILE), async |w| {
        let said = w.desk("jack").types("/oncall take payments 2h").await.text;
        let id = said.rsplit(' ').next().unwrap().to_owned();
        let page = w.desk("ana").types("/page checkout db is down").await.card();
        assert_eq!(w.handset("jack").state().await, "ringing");
        let told = w.desk("ana").types(&format!("/pages show {page}")).await.text.replace(&id, "o1");
        let why = "Because: oncall:payments is jack until Tue 10 Mar 17:00 UTC, by the change o1 of jack.";
        assert!(told.contains(why), "{told}");
        w.desk("jack").types("/ack").await;
        w.desk("jack").types("/close").await;
    })
    .await;
}

#[tokio::test]
async fn two_changes_at_one_moment_are_both_there_in_the_order_of_the_store() {
    world_with(settings(FILE), async |w| {
        let (jack, mira, ana) = (w.desk("jack"), w.desk("mira"), w.desk("ana"));
        tokio::join!(
            jack.types_at_once("/oncall take payments 2h"),
            mira.types_at_once("/oncall take payments 3h"),
            ana.types_at_once("/oncall override payments ana now 4h"),
            ana.types_at_once("/oncall take payments 1h"),
        );
        w.settle().await;
        let said = w.desk("ana").types("/oncall payments").await.text;
        assert_eq!(said.lines().count(), 5, "{said}");
        w.crash();
        w.start().await;
        assert_eq!(w.desk("ana").types("/oncall payments").await.text, said);
    })
    .await;
}

#[tokio::test]
async fn the_id_of_a_change_that_is_over_is_not_used_again() {
    desk_world_with(settings(FILE), async |w| {
        let short = OverrideId::of_delivery(&DeliveryKey::new("desk:jack:77"), |_| false);
        let rows = rusqlite::Connection::open(w.database()).unwrap();
        let sql = "INSERT INTO duty_override (id, seq, until, body) VALUES (?1, 1, 1, '{}')";
        rows.execute(sql, [short.as_str()]).unwrap();
        let said = w.desk("jack").types_as("/oncall take payments 2h", "77").await.text;
        let id = said.rsplit(' ').next().unwrap();
        assert!(id.starts_with(short.as_str()) && id.len() == short.as_str().len() + 1, "{short}: {said}");
        assert_eq!(w.rows("duty_override"), 2);
        assert!(w.desk("jack").types(&format!("/oncall undo {id}")).await.text.starts_with("Taken back"));
    })
    .await;
}
