//! Steps that tell a channel or another program: written like any effect, tried until it is taken, by one id.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use callout::clock::Clock;
use callout::domain::ids::WebhookId;
use callout::domain::settings::Settings;
use callout::domain::webhook::{Endpoint, Reach};
use callout::task::{self, TaskHandle};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;

use crate::kit::{CrashSteps, EDITS, Program, World, callout, desk_world_with, secs};

const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "zoe"
account = "zoe"
[limits]
call_by_caller = "100/h burst 100"

[[webhook]]
id = "ticket"
url_env = "TICKET_URL"
secret_env = "TICKET_SECRET"

[[policy]]
id = "payments"
owner = "zoe"
[[policy.step]]
webhook = ["ticket"]
post = ["desk:ops"]
wait = "1m"
[[policy.step]]
ring = ["jack"]
wait = "1m"
"#;

/// What the secret is, as bytes and as it is written.
const SECRET: &[u8] = b"a secret of some length";

/// What a receiver was told, and what it says to what comes next; then 200. `0`: nothing, for a minute.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    told: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    says: Arc<Mutex<VecDeque<u16>>>,
    /// It is as good as gone: says 503 to everything, after this.
    pub(crate) hangs: Arc<Mutex<Option<Duration>>>,
    /// Requests that are open, and the most that ever were.
    pub(crate) open: Arc<Mutex<(usize, usize)>>,
}

impl Receiver {
    pub(crate) async fn open(&self, clock: Clock) -> (String, TaskHandle) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=t0ken", listener.local_addr().unwrap());
        let receiver = self.clone();
        let router = Router::new().fallback(async move |headers: HeaderMap, body: Bytes| {
            receiver.told.lock().unwrap().push((headers, body));
            let hangs = *receiver.hangs.lock().unwrap();
            if let Some(span) = hangs {
                receiver.counts(|(now, most)| (now + 1, most.max(now + 1)));
                clock.sleep_for_waiter(callout::clock::later(clock.now(), span)).await;
                receiver.counts(|(now, most)| (now - 1, most));
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            let says = receiver.says.lock().unwrap().pop_front().unwrap_or(200);
            if says == 0 {
                clock.sleep_for_waiter(callout::clock::later(clock.now(), secs(60))).await;
            }
            StatusCode::from_u16(says).unwrap_or(StatusCode::OK)
        });
        let serving = task::spawn("receiver", async move { axum::serve(listener, router).await.unwrap() });
        (url, serving)
    }

    fn counts(&self, count: impl Fn((usize, usize)) -> (usize, usize)) {
        let mut open = self.open.lock().unwrap();
        *open = count(*open);
    }

    pub(crate) fn says(&self, statuses: &[u16]) {
        self.says.lock().unwrap().extend(statuses);
    }

    /// From now on it takes everything.
    pub(crate) fn recovers(&self) {
        self.says.lock().unwrap().clear();
    }

    /// What it was told, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        self.bodies().iter().map(|body| body["event"].as_str().unwrap().to_owned()).collect()
    }

    /// When it was told, in seconds since 1970.
    fn times(&self) -> Vec<i64> {
        let told = self.told.lock().unwrap();
        told.iter()
            .map(|(headers, _)| headers["webhook-timestamp"].to_str().unwrap().parse().unwrap())
            .collect()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter().map(|(headers, _)| headers["webhook-id"].to_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        let told = self.told.lock().unwrap();
        told.iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    /// Every signature is what its receiver would work out, at a time that is `now` or before.
    fn is_signed(&self, now: i64) {
        for (headers, body) in self.told.lock().unwrap().iter() {
            let header = |name: &str| headers[name].to_str().unwrap();
            let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap();
            mac.update(format!("{id}.{at}.").as_bytes());
            mac.update(body);
            let right = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
            assert_eq!(header("webhook-signature"), format!("v1,{right}"));
            assert!(at.parse::<i64>().unwrap() <= now);
        }
    }
}

fn settings() -> Settings {
    callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings
}

fn told_at(settings: Settings, url: &str) -> Settings {
    endpoint_at(settings, "ticket", url)
}

/// Where a webhook is.
pub(crate) fn endpoint_at(mut settings: Settings, webhook: &str, url: &str) -> Settings {
    let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(SECRET));
    let endpoint = Endpoint { url: url.to_owned().into(), secret: secret.into(), reach: Reach::Here };
    settings.endpoints.insert(WebhookId::new(webhook), endpoint);
    settings
}

/// Every page is over, and who was told of it has heard that.
pub(crate) async fn closes_all(w: &World) {
    w.close_pages().await;
    w.advance(secs(130)).await;
}

/// A world that tells a receiver.
async fn telling(says: &[u16], story: impl AsyncFnOnce(&mut World, &Receiver)) {
    desk_world_with(settings(), async |w| {
        let receiver = Receiver::default();
        receiver.says(says);
        let (url, _serving) = receiver.open(w.clock.clone()).await;
        w.reload(told_at(settings(), &url)).await;
        story(w, &receiver).await;
        receiver.recovers();
        closes_all(w).await;
        receiver.is_signed(w.clock.now().as_second());
    })
    .await;
}

async fn reasons(w: &World, card: &str) -> String {
    w.desk("ana").types(&format!("/pages show {card}")).await.text.replace(card, "p1")
}

#[tokio::test]
async fn a_step_tells_a_channel_and_a_program_and_is_waited_for() {
    telling(&[], async |w, receiver| {
        let said = w.desk("ana").types("/page payments db is down").await;
        let card = said.card();
        insta::assert_snapshot!(said.text.replace(&card, "p1"), @"Paging payments: nobody is rung yet. Step 1 rings nobody: it tells desk:ops and the webhook ticket. (p1)");
        w.advance(EDITS).await;
        insta::assert_snapshot!(w.card(&card).await.replace(&card, "p1"), @r"
        Page payments: db is down
        Nobody has it yet. Step 1 of 2, round 1 of 1. Step 2 at 15:01:00 UTC.
        Step 1 rings nobody: it tells desk:ops and the webhook ticket.
        p1 of ana.
        ");
        assert!(
            w.card(&format!("{card}.1")).await.contains("db is down"),
            "it is in the channel of the step"
        );
        w.advance(secs(57)).await;
        assert_eq!(w.handset("jack").state().await, "idle");
        w.advance(secs(1)).await;
        assert_eq!(w.handset("jack").state().await, "ringing", "the next step");
        assert_eq!(receiver.ids(), [format!("{card}-1-ticket")]);
        let body = &receiver.bodies()[0];
        let seen =
            ["/event", "/webhook", "/page/policy", "/page/title", "/page/state", "/page/step", "/page/by"];
        let seen: Vec<String> = seen.iter().map(|path| body.pointer(path).unwrap().to_string()).collect();
        insta::assert_snapshot!(seen.join(" "), @r#""page.step" "ticket" "payments" "db is down" "triggered" 1 "ana""#);
        insta::assert_snapshot!(reasons(w, &card).await, @r"
        p1 (2026-03-10 15:00:00 UTC): Page payments: db is down
        15:00:00.000 Page payments: db is down, by ana.
        15:00:00.000 Step 1 of 2, round 1 of 1. Step 2 at 15:01:00 UTC. Because: it is there to tell, and rings nobody.
        15:00:00.000 Telling desk:ops and the webhook ticket.
        15:00:00.000 The webhook ticket took it (HTTP 200).
        15:01:00.000 Step 2 of 2, round 1 of 1. The chain is over at 15:02:00 UTC: then its owner is told. Because: jack is named.
        15:01:00.000 Ringing jack.
        15:01:00.000 The engine rings jack.
        ");
        assert!(w.desk("jack").presses(&card, "Acknowledge").await.text.ends_with("nothing else rings."));
    })
    .await;
}

/// A receiver that is away, slow or cross is told the same again: same id, same body.
#[tokio::test]
async fn what_is_not_taken_is_told_again_by_the_same_id() {
    telling(&[503, 0, 404], async |w, receiver| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.advance(secs(55)).await;
        let (ids, bodies) = (receiver.ids(), receiver.bodies());
        assert_eq!(ids, vec![format!("{card}-1-ticket"); 4]);
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
        let told = reasons(w, &card).await;
        let told: Vec<&str> = told.lines().filter(|line| line.contains("webhook ticket")).collect();
        assert_eq!(told.len(), 3, "told once that it is tried again, and how it ended: {told:#?}");
        assert!(told[1].contains("did not take it (HTTP 503): again at 15:00:0"), "{told:#?}");
        assert!(told[2].ends_with("The webhook ticket took it (HTTP 200, at the 4th try)."), "{told:#?}");
        assert!(w.thread(&card).await.contains("did not take it (HTTP 503)"), "{}", w.thread(&card).await);
    })
    .await;
}

#[tokio::test]
async fn what_is_never_taken_is_given_up_and_the_owner_hears_of_it() {
    telling(&[500; 200], async |w, receiver| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.desk("ana").types(&format!("/ack {card}")).await;
        w.advance(secs(1800)).await;
        let times: Vec<i64> = (receiver.times().into_iter().zip(receiver.events()))
            .filter(|(_, event)| event == "page.step")
            .map(|(at, _)| at)
            .collect();
        assert_eq!(times.last().unwrap() - times[0], 900, "the last try is 15 minutes after the first: {times:?}");
        assert!((8..40).contains(&times.len()), "pauses grow up to two minutes: {times:?}");
        let told = reasons(w, &card).await;
        let ended = told.lines().find(|line| line.contains("given up")).unwrap();
        let ended = ended.replace(&format!("{} tries", times.len()), "some tries");
        insta::assert_snapshot!(ended, @"15:15:00.000 The webhook ticket did not take it (HTTP 500): given up after 15 min and some tries. The policy's owner is told.");
        insta::assert_snapshot!(w.notes("zoe").await.join("\n").replace(&card, "p1"), @r"
        The webhook ticket could not be told of a page. Page payments: db is down. See /pages show p1
        The webhook ticket could not be told of a page that somebody has it. Page payments: db is down. See /pages show p1
        ");
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_is_gone_from_the_file_is_given_up_at_once() {
    telling(&[500], async |w, receiver| {
        let card = w.desk("ana").types("/page payments db is down").await.card();
        w.reload(settings()).await;
        w.advance(secs(5)).await;
        assert_eq!(receiver.ids().len(), 1);
        assert!(
            reasons(w, &card).await.contains("has no such webhook any more"),
            "{}",
            reasons(w, &card).await
        );
    })
    .await;
}

/// Killed between its answer and our writing that down: it is told again, and knows by the id that it has it.
#[tokio::test]
async fn a_crash_after_its_answer_tells_it_again_by_the_same_id() {
    let receiver = Receiver::default();
    let (url, _serving) = receiver.open(Clock::system()).await;
    let mut w = World::at_desk(told_at(settings(), &url)).await;
    let steps = CrashSteps::at(0);
    steps.arm_at("post.answered");
    assert!(w.start_to_crash(steps.clone()).await);
    let card = w.desk("ana").tries("/page payments db is down", "d1").await;
    w.settle().await;
    assert_eq!(steps.died_at(), Some("post.answered"));
    w.crash();
    w.advance(secs(1)).await;
    w.start().await;
    w.advance(secs(1)).await;
    let ids = receiver.ids();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids[0] == ids[1] && card.is_none_or(|card| ids[0].starts_with(&card)), "{ids:?}");
    assert_eq!(receiver.bodies()[0], receiver.bodies()[1]);
    w.ends_clean().await;
}

/// The sandbox tells its webhooks to itself, whatever the environment says, and its log has no secret.
#[tokio::test]
async fn the_sandbox_receives_what_its_webhooks_are_told() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("people.toml"), FILE).unwrap();
    let log = std::fs::File::create(home.path().join("log")).unwrap();
    let mut command = callout(home.path());
    command
        .args(["sandbox", "--port", "0", "--config", "people.toml"])
        .env("RUST_LOG", "trace")
        .env("TICKET_URL", "http://127.0.0.1:1/t0ken")
        .stderr(Stdio::from(log));
    let program = Program::start(command);
    let http = reqwest::Client::new();
    let typed = serde_json::json!({ "text": "/page payments db is down" });
    let said = http.post(format!("{}/sandbox/desk/ana", program.address)).json(&typed).send().await.unwrap();
    let said: Value = said.json().await.unwrap();
    let card = said["receipt"]["card"].as_str().unwrap();
    let mut told = Value::Null;
    for _ in 0..100 {
        let all = http.get(format!("{}/sandbox/webhooks", program.address)).send().await.unwrap();
        told = all.json::<Value>().await.unwrap()["told"][0].clone();
        if told.is_object() {
            break;
        }
        #[expect(clippy::disallowed_methods, reason = "the program runs in real time")]
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((&told["webhook"], &told["body"]["page"]["id"]), (&"ticket".into(), &card.into()), "{told}");
    assert!(told["signature"].as_str().unwrap().starts_with("v1,"));
    program.stop();
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert!(log.contains("a webhook was told"), "{log}");
    assert!(!log.contains("sandbox-secret-of") && !log.contains("t0ken"), "{log}");
}
