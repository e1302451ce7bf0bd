//! The doors of alert sources: keys, answers, bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callout::domain::settings::Settings;
use callout::ports::Steps;
use serde_json::{Value, json};

use crate::kit::{Answered, World, body, desk_world_with, key_of, secs, with_keys};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[policy]]
id = "p"
[[policy.step]]
ring = ["ana"]
[[source]]
id = "prod"
kind = "alertmanager"
keys_env = "KEYS_PROD"
policy = "p"
post = ["desk:general"]
[[source]]
id = "pd"
kind = "pagerduty"
keys_env = "KEYS_PD"
policy = "p"
post = ["desk:general"]
"#;

fn settings() -> Settings {
    with_keys(callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings)
}

async fn doors(story: impl AsyncFnOnce(&mut World)) {
    desk_world_with(settings(), story).await;
}

/// The status, and the reason or the whole answer.
async fn posts(w: &World, path: &str, key: Option<&str>, body: Vec<u8>) -> String {
    let mut request = w.http.post(w.address() + path).body(body);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let json: Value = answer.json().await.unwrap();
    json["error"].as_str().map_or_else(|| format!("{status} {json}"), |error| format!("{status} {error}"))
}

fn one() -> Vec<u8> {
    let alert = json!({ "status": "firing", "fingerprint": "f1", "labels": { "alertname": "db" } });
    serde_json::to_vec(&body("g", &[alert])).unwrap()
}

#[tokio::test]
async fn a_key_opens_its_own_door_only() {
    doors(async |w| {
        let door = "/alerts/alertmanager";
        let (prod, pd) = (key_of("prod"), key_of("pd"));
        insta::assert_snapshot!(posts(w, door, None, one()).await, @"401 send the key of a source as Authorization: Bearer KEY, or as ?key=KEY");
        insta::assert_snapshot!(posts(w, door, Some("not-a-key-of-anybody"), one()).await, @"403 the key is of no source");
        insta::assert_snapshot!(posts(w, door, Some(&pd), one()).await, @"403 the key is of a source of kind pagerduty: send to /v2/enqueue");
        insta::assert_snapshot!(posts(w, "/alerts/grafana", Some(&prod), one()).await, @"403 the key is of a source of kind alertmanager: send to /alerts/alertmanager");
        assert_eq!(w.rows("page"), 0);
        insta::assert_snapshot!(posts(w, &format!("{door}?key={prod}&key={pd}"), None, one()).await, @"400 the address has one key=KEY at most");
        let in_address = posts(w, &format!("{door}?key={prod}"), None, one()).await;
        assert!(in_address.starts_with("202 "), "{in_address}");
        assert_eq!(w.rows("page"), 1);
    })
    .await;
}

/// As a restart does with other keys in the environment.
#[tokio::test]
async fn other_keys_open_and_the_old_ones_do_not() {
    doors(async |w| {
        let mut next = settings();
        next.keys = callout::domain::alert::Keyring::default();
        next.keys.add(&callout::domain::ids::SourceId::new("prod"), "a-new-key-of-length").unwrap();
        w.reload(next).await;
        let door = "/alerts/alertmanager";
        assert!(posts(w, door, Some(&key_of("prod")), one()).await.starts_with("403 "));
        assert!(posts(w, door, Some("a-new-key-of-length"), one()).await.starts_with("202 "));
    })
    .await;
}

#[tokio::test]
async fn what_can_never_be_taken_is_a_400_with_the_reason() {
    doors(async |w| {
        let said =
            async |body: &[u8]| posts(w, "/alerts/alertmanager", Some(&key_of("prod")), body.to_vec()).await;
        insta::assert_snapshot!(said(b"{").await, @"400 the body can't be read: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(said(b"{\"alerts\": []}").await, @"400 there is no alert in it");
        insta::assert_snapshot!(said(b"{\"alerts\": [{\"status\": \"firing\"}]}").await, @"400 the alert can't be taken: it has neither a fingerprint nor a label");
        // The sender gives up after that: its channels are told, once an hour.
        w.advance(secs(5)).await;
        assert_eq!(
            told(w).await,
            ["What prod has sent is refused, and nobody is rung for it: the body can't be read: EOF while parsing an object at line 1 column 1."]
        );
        w.advance(secs(3_600)).await;
        for _ in 0..2 {
            said(b"{\"alerts\": [{\"status\": \"firing\"}, {\"status\": \"odd\"}]}").await;
        }
        w.advance(secs(5)).await;
        assert_eq!(
            told(w).await[1..],
            ["2 alerts of prod refused, and nobody is rung for them: it has neither a fingerprint nor a label."]
        );
        w.advance(secs(3_600)).await;
        let mixed = json!({ "alerts": [
            { "status": "firing" },
            { "status": "firing", "fingerprint": "f1", "labels": { "alertname": "db" } },
        ] });
        let answered = w.source("prod").sends(&mixed).await;
        assert_eq!((answered.status, &answered.body["accepted"]), (202, &json!(1)));
        let reasons = json!([{ "alert": 1, "why": "it has neither a fingerprint nor a label" }]);
        assert_eq!((&answered.body["refused"], &answered.body["reasons"]), (&json!(1), &reasons));
        w.advance(secs(5)).await;
        let expected = "1 alert of prod refused, and nobody is rung for it: it has neither a fingerprint nor a label. The others of the body were taken.";
        assert_eq!(told(w).await[2..], [expected]);
    })
    .await;
}

/// What the channel was told of alerts that were refused.
async fn told(w: &World) -> Vec<String> {
    let cards = w.channel().await;
    let texts = cards.iter().map(|card| card["text"].as_str().unwrap());
    texts.filter(|text| text.contains("refused")).map(str::to_owned).collect()
}

#[tokio::test]
async fn more_than_16_mib_is_refused_so_that_the_sender_and_its_channel_know() {
    doors(async |w| {
        let huge = vec![b' '; 17 * 1024 * 1024];
        let key = key_of("prod");
        let first = posts(w, "/alerts/alertmanager", Some(&key), huge.clone()).await;
        insta::assert_snapshot!(first, @"413 more than 16 MiB at once; set max_alerts at the sender");
        let again = posts(w, "/alerts/alertmanager", Some(&key), huge.clone()).await;
        assert_eq!(first, again);
        w.advance(secs(5)).await;
        let cards = w.channel().await;
        let texts: Vec<&str> = cards.iter().map(|card| card["text"].as_str().unwrap()).collect();
        insta::assert_snapshot!(texts.join("\n"), @"Alerts of prod were refused: it sends more than 16 MiB at once, and nobody is rung for them. Set max_alerts in its webhook_config, to 1000 for example.");
        assert!(
            posts(w, "/alerts/alertmanager", None, huge).await.starts_with("401 "),
            "the key comes first"
        );
        let event = vec![b' '; 1024 * 1024 + 1];
        insta::assert_snapshot!(posts(w, "/v2/enqueue", None, event).await, @"413 an event has at most 1 MiB");
    })
    .await;
}

#[tokio::test]
async fn senders_to_pagerduty_only_change_an_address() {
    doors(async |w| {
        let event = |action: &str, key: &str| {
            json!({
                "routing_key": key, "event_action": action, "dedup_key": "srv01/http",
                "payload": { "summary": "HTTP is down", "source": "srv01", "severity": "critical" },
            })
        };
        let sends =
            async |event: Value| posts(w, "/v2/enqueue", None, serde_json::to_vec(&event).unwrap()).await;
        let pd = key_of("pd");
        let triggered: Value =
            serde_json::from_str(&sends(event("trigger", &pd)).await["202 ".len()..]).unwrap();
        let page = triggered["pages"][0].as_str().unwrap().to_owned();
        assert_eq!(
            (&triggered["status"], &triggered["message"]),
            (&json!("success"), &json!("Event processed"))
        );
        assert_eq!(triggered["dedup_key"], "srv01/http");
        w.settle().await;
        assert_eq!(w.handset("ana").state().await, "ringing");
        let acknowledged = sends(event("acknowledge", &pd)).await;
        assert!(acknowledged.starts_with("202 "), "{acknowledged}");
        w.advance(secs(1)).await;
        assert_eq!(w.handset("ana").state().await, "idle", "somebody has it there");
        assert_eq!(w.get(&format!("/api/pages/{page}")).await["state"], "acknowledged");
        assert!(sends(event("resolve", &pd)).await.starts_with("202 "));
        w.advance(secs(1)).await;
        assert_eq!(w.get(&format!("/api/pages/{page}")).await["state"], "closed");
        insta::assert_snapshot!(sends(event("trigger", &key_of("prod"))).await, @"403 routing_key is of no source of kind pagerduty");
        insta::assert_snapshot!(sends(event("trigger", "")).await, @"401 routing_key is missing: it is the key of a source");
        insta::assert_snapshot!(sends(event("explode", &pd)).await, @"400 event_action is trigger, acknowledge or resolve, not `explode`");
        w.advance(secs(5)).await;
        assert_eq!(
            told(w).await,
            ["1 alert of pd refused, and nobody is rung for it: event_action is trigger, acknowledge or resolve, not ˋexplodeˋ."]
        );
    })
    .await;
}

/// A disk that takes its time: nothing is committed while it is shut.
#[derive(Debug, Default)]
struct SlowDisk(AtomicBool);

impl Steps for SlowDisk {
    fn reached(&self, name: &'static str) -> bool {
        while name == "store.before_commit" && self.0.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        true
    }
}

/// Sends one alert; time goes on meanwhile.
async fn sends_while_time_passes(w: &World) -> Answered {
    let prod = w.source("prod");
    let sending = prod.sends_at_once(one());
    tokio::pin!(sending);
    loop {
        tokio::select! {
            biased;
            answered = &mut sending => return answered,
            () = tokio::task::yield_now() => {
                let next = callout::clock::later(w.clock.now(), std::time::Duration::from_millis(1));
                let _woken = w.clock.advance_to(next);
            }
        }
    }
}

#[tokio::test]
async fn catalogue_14_overload_is_a_503_and_what_is_sent_again_is_one_page() {
    let mut w = World::at_desk(settings()).await;
    let disk = Arc::new(SlowDisk::default());
    w.start_with(disk.clone()).await;
    disk.0.store(true, Ordering::SeqCst);
    let before = w.clock.now();
    let refused = sends_while_time_passes(&w).await;
    assert_eq!((refused.status, refused.retry_after.as_deref()), (503, Some("2")));
    insta::assert_snapshot!(refused.error(), @"503 it could not be recorded in time: send it again, no alert comes twice by that");
    let waited = callout::clock::until(before, w.clock.now());
    // It waited for no room.
    assert!((std::time::Duration::from_millis(1_500)..secs(2)).contains(&waited), "{waited:?}");
    disk.0.store(false, Ordering::SeqCst);
    w.settle().await;
    let answered = w.source("prod").sends_at_once(one()).await;
    w.settle().await;
    answered.page();
    assert_eq!(
        (w.rows("page"), w.rings().len()),
        (1, 1),
        "the first one was recorded after all, or it was not"
    );
    w.ends_clean().await;
}

#[tokio::test]
async fn who_has_shown_no_key_shuts_no_door() {
    doors(async |w| {
        let address = w.address().replace("http://", "");
        let mut idle = Vec::new();
        for _ in 0..80 {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            let head = "POST /v2/enqueue HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
            std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
            idle.push(stream);
        }
        // Each of them is being listened to by now: no turn of theirs is left.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        let answered = w.source("prod").sends_at_once(one()).await;
        assert_eq!(answered.status, 202, "{answered:?}");
        drop(idle);
        w.settle().await;
    })
    .await;
}
