//! The overhead bench: what a dial costs us before it leaves, without the network.
//!
//! `cargo bench --bench overhead` checks the ranges, writes the body, takes the signature from its cache and makes
//! the address, 100,000 times. Beside it stands what a signature would cost without the cache, and how long a callback
//! waits for its answer while nobody takes what it says.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callout::clock::Clock;
use callout::domain::call::Media;
use callout::domain::ids::{Account, RoomId};
use callout::domain::inbound::{Inbound, Receipt};
use callout::engine::tencent::sign::{Claim, LIFE};
use callout::engine::tencent::{Tencent, TencentSettings, callback_router};
use callout::ports::{Dial, EngineEvent, Intake, Outage};
use secrecy::SecretString;

/// How often each is measured.
const ROUNDS: usize = 100_000;
/// Not counted: caches and branch predictors warm up.
const WARM_UP: usize = 1_000;
/// What a dial may cost.
const BOUND: Duration = Duration::from_micros(20);

/// Callbacks sent: more than wait in the queue.
const CALLBACKS: usize = 3_000;
/// How long a callback may wait for its answer.
const CALLBACK_BOUND: Duration = Duration::from_millis(50);

/// How long one thing takes.
struct Cost {
    name: &'static str,
    median: Duration,
    p99: Duration,
    most: Duration,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |span: Duration| span.as_secs_f64() * 1e6;
        let [median, p99, most] = [self.median, self.p99, self.most].map(micros);
        write!(f, "{:<36} {median:>9.2} {p99:>9.2} {most:>9.2}", self.name)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
fn measure(name: &'static str, mut work: impl FnMut()) -> Cost {
    (0..WARM_UP).for_each(|_| work());
    let mut spans: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        spans.push(start.elapsed());
    }
    spans.sort_unstable();
    Cost { name, median: spans[ROUNDS / 2], p99: spans[ROUNDS * 99 / 100], most: spans[ROUNDS - 1] }
}

fn dial(callees: usize) -> Dial {
    Dial {
        callees: (0..callees).map(|n| Account::new(format!("engineer_{n}"))).collect(),
        media: Media::Audio,
        room: RoomId::new("co_c4k2n7q5r3t6w"),
        ring: Duration::from_secs(45),
        title: "P1: database replica lag".to_owned(),
        text: "INC-4711, tap to answer. The replica of the payments database is 42 s behind.".to_owned(),
        user_data: r#"{"v":1,"call":"c4k2n7q5r3t6w","by":"ana","note":"replica lag"}"#.to_owned(),
    }
}

fn settings() -> TencentSettings {
    TencentSettings {
        sdk_app_id: 1_400_000_000,
        usersig_key: SecretString::from("bench"),
        admin_account: "administrator".to_owned(),
        robot_account: "oncall_robot".to_owned(),
        root: "https://console.tim.qq.com".to_owned(),
        callback_secret: None,
        callback_token: None,
        public_url: None,
        rate_per_second: NonZeroU32::MAX,
        push: None,
    }
}

fn main() -> anyhow::Result<()> {
    let tencent = Tencent::new(settings(), Clock::system())?;
    let prepare = |dial: &Dial| {
        std::hint::black_box(tencent.prepare_dial(std::hint::black_box(dial)))
            .map(drop)
            .expect("the dial is right");
    };
    let (one, eight) = (dial(1), dial(8));
    let (key, claim) = (
        SecretString::from("bench"),
        Claim {
            sdk_app_id: 1_400_000_000,
            identifier: "administrator",
            time: 1_800_000_000,
            expire: LIFE.as_secs(),
            userbuf: None,
        },
    );
    let costs = [
        measure("a dial to one", || prepare(&one)),
        measure("a dial to a group of eight", || prepare(&eight)),
        measure("a signature that is not in the cache", || drop(std::hint::black_box(claim.encode(&key)))),
    ];
    println!("{:<36} {:>9} {:>9} {:>9}", "microseconds", "median", "p99", "most");
    costs.iter().for_each(|cost| println!("{cost}"));
    let [one, ..] = &costs;
    anyhow::ensure!(one.p99 < BOUND, "a dial costs more than {BOUND:?}");
    let answers = tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(callbacks())?;
    println!("{answers}");
    anyhow::ensure!(answers.most < CALLBACK_BOUND, "a callback waits longer than {CALLBACK_BOUND:?}");
    Ok(())
}

/// A use case that never comes back: the callback's answer must not wait for it.
#[derive(Debug)]
struct Stuck;

#[async_trait::async_trait]
impl Intake for Stuck {
    async fn person(&self, _inbound: Inbound) -> Receipt {
        std::future::pending().await
    }

    async fn answered(&self, _card: &callout::domain::ids::CardId, _message: &str) {}

    async fn outage(&self, _outage: Outage) {}

    async fn engine(&self, _event: EngineEvent) {
        std::future::pending().await
    }
}

/// How long the engine waits for the answer to a callback, over HTTP.
#[expect(clippy::disallowed_methods, reason = "a bench, in real time")]
async fn callbacks() -> anyhow::Result<Cost> {
    let settings = TencentSettings { callback_secret: Some("bench".into()), ..settings() };
    let tencent = Tencent::new(settings, Clock::system())?;
    let router = callback_router(&tencent, Arc::new(Stuck));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/engine/tencent/bench?SdkAppid=1400000000", listener.local_addr()?);
    let _server = callout::task::spawn("bench", async move {
        axum::serve(listener, router).await.expect("it serves");
    });
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut spans = Vec::with_capacity(CALLBACKS);
    for n in 0..CALLBACKS {
        let body = serde_json::json!({
            "CallbackCommand": "Call.CallbackAfterMemberChanged", "CallId": format!("call-{n}"), "EventTime": 1_740_464_128_807_u64,
            "UserList": [], "ChangedUserList": [{ "User_Account": "jack", "ActionType": "Accept" }],
        });
        let start = Instant::now();
        let answer = http.post(&url).json(&body).send().await?;
        anyhow::ensure!(answer.status().is_success(), "a callback was refused: {}", answer.status());
        spans.push(start.elapsed());
    }
    spans.sort_unstable();
    let name = "a callback, its use case being stuck";
    Ok(Cost {
        name,
        median: spans[CALLBACKS / 2],
        p99: spans[CALLBACKS * 99 / 100],
        most: spans[CALLBACKS - 1],
    })
}
