//! `callout check --online`: the built program against the modelled engine, in real time.

use std::process::Output;
use std::sync::Arc;

use callout::clock::Clock;
use callout::domain::ids::Account;
use callout::engine::sandbox::{HandsetAction, Sandbox, SandboxConfig};
use callout::engine::tencent::{Registration, Tencent, TencentSettings};
use callout::task::{self, TaskHandle};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::kit::callout;

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const CLOUD_KEY: &str = "cloud-key-of-the-fixture";
const SECRET: &str = "callback-secret-of-the-fixture";
const PUBLIC_URL: &str = "https://callout.example.org";

const FILE: &str = r#"
[[person]]
id = "jack"
account = "jack"
roles = ["admin"]
[[person]]
id = "mira"
account = "mira_1"
[announcement]
say = "{by} calls: {note}"
"#;

/// A modelled engine that knows jack and mira, and a place for the program to be.
struct Scene {
    engine: Arc<Sandbox>,
    address: String,
    home: TempDir,
    _tasks: (TaskHandle, Vec<TaskHandle>),
}

impl Scene {
    async fn new() -> Self {
        let engine = Sandbox::new(SandboxConfig {
            sdk_app_id: 1_400_000_000,
            usersig_key: KEY.into(),
            secret_id: "AKIDfixture".to_owned(),
            secret_key: CLOUD_KEY.into(),
            admin_account: Account::new("administrator"),
            robot_account: Account::new("oncall_robot"),
            accounts: vec![Account::new("jack"), Account::new("mira_1")],
            data: None,
            clock: Clock::system(),
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = engine.router();
        let server = task::spawn("engine", async move { axum::serve(listener, router).await.unwrap() });
        let tasks = engine.start();
        let scene = Self { engine, address, home: TempDir::new().unwrap(), _tasks: (server, tasks) };
        scene.writes(FILE);
        scene
    }

    fn writes(&self, file: &str) {
        std::fs::write(self.home.path().join("callout.toml"), file).unwrap();
    }

    /// A client of the engine whose callbacks go to `public_url`.
    fn client(&self, public_url: &str) -> Arc<Tencent> {
        let settings = TencentSettings {
            sdk_app_id: 1_400_000_000,
            usersig_key: KEY.into(),
            admin_account: "administrator".to_owned(),
            robot_account: "oncall_robot".to_owned(),
            root: format!("{}/sandbox/engine", self.address),
            callback_secret: Some(SECRET.into()),
            callback_token: None,
            public_url: Some(public_url.to_owned()),
            rate_per_second: 200.try_into().unwrap(),
            push: None,
        };
        Tencent::new(settings, Clock::system()).unwrap()
    }

    /// What the program prints with everything set up but for `but`, and its exit code.
    async fn check(&self, but: &[(&str, &str)]) -> (i32, String) {
        let output = self.output(but).await;
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        for secret in [KEY, CLOUD_KEY, SECRET, "AKIDfixture", "usersig="] {
            assert!(!said.contains(secret) && !errors.contains(secret), "{secret} in {said}{errors}");
        }
        assert!(self.engine.dials().is_empty() && self.engine.ingests().is_empty(), "something was started");
        (output.status.code().unwrap(), said + &errors)
    }

    async fn output(&self, but: &[(&str, &str)]) -> Output {
        let mut command = callout(self.home.path());
        command.args(["check", "--online"]);
        for (name, value) in [
            ("TENCENT_SDK_APP_ID", "1400000000"),
            ("TENCENT_USERSIG_KEY", KEY),
            ("TENCENT_ADMIN_ACCOUNT", "administrator"),
            ("TENCENT_ROBOT_ACCOUNT", "oncall_robot"),
            ("TENCENT_CALLBACK_SECRET", SECRET),
            ("TENCENTCLOUD_SECRET_ID", "AKIDfixture"),
            ("TENCENTCLOUD_SECRET_KEY", CLOUD_KEY),
            ("TENCENTCLOUD_REGION", "ap-singapore"),
            ("PUBLIC_URL", PUBLIC_URL),
        ] {
            command.env(name, value);
        }
        command.env("TENCENT_CALL_URL", format!("{}/sandbox/engine", self.address));
        command.env("TENCENT_TRTC_URL", format!("{}/sandbox/engine/trtc", self.address));
        command.envs(but.iter().copied());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

/// A story in which our callback is registered.
async fn scene(story: impl AsyncFnOnce(&Scene)) {
    let scene = Scene::new().await;
    let registered = scene.client(PUBLIC_URL).register_callback().await;
    assert_eq!(registered, Ok(Registration::Set));
    story(&scene).await;
}

/// The table alone.
fn table(said: &str) -> String {
    said.lines().skip_while(|line| !line.starts_with(['✓', '✗', '!'])).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_well() {
    scene(async |scene| {
        let (code, said) = scene.check(&[]).await;
        insta::assert_snapshot!(said, @r"
        callout.toml: nothing to put right. It lists 2 people, 0 schedules, 0 policies and 0 sources.
        The announcement needs the cloud account (TENCENTCLOUD_…) and PUBLIC_URL where `callout run` is started, or calls stay silent; `callout check --online` tells whether it works.
        ✓ engine        TENCENT_CALL_URL answers, and takes the signature of administrator
        ✓ robot         oncall_robot is known to the engine
        ✓ people        2 listed, all are known to the engine
        ✓ presence      everybody's app is online, or can be woken
        ✓ callbacks     they come to us
        ✓ announcement  the cloud API takes the account in ap-singapore, and asks for no package
        ✓ speech        the cloud API speaks
        online: nothing to put right.
        ");
        assert_eq!(code, 0);
        assert_eq!(scene.client(PUBLIC_URL).callback_state().await, Ok(Registration::Kept));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_cannot_be_rung_are_named() {
    scene(async |scene| {
        scene.writes(&format!("[[person]]\nid = \"zoe\"\naccount = \"zoe\"\n{FILE}"));
        scene.engine.act("jack", HandsetAction::Offline).unwrap();
        let (code, said) = scene.check(&[("TENCENT_ROBOT_ACCOUNT", "nobody")]).await;
        insta::assert_snapshot!(table(&said), @r"
        ✓ engine        TENCENT_CALL_URL answers, and takes the signature of administrator
        ✗ robot         the engine knows no account nobody: add the user in the vendor's console, or set TENCENT_ROBOT_ACCOUNT to another
        ✗ person zoe    nobody can ring them, the engine knows no account zoe: sign in to the app once as this user, or add the user in the vendor's console
        ! presence      offline: jack. Their phones ring once the app is signed in
        ✓ callbacks     they come to us
        ✓ announcement  the cloud API takes the account in ap-singapore, and asks for no package
        ✓ speech        the cloud API speaks
        online: 2 to put right, 1 good to know.
        ");
        assert_eq!(code, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn catalogue_09_many_people_are_asked_about_in_pieces_and_told_in_bounds() {
    scene(async |scene| {
        // The engine takes 100 at once.
        let person = |n: u32| format!("[[person]]\nid = \"p{n}\"\naccount = \"p{n}\"\n");
        scene.writes(&format!("{}{FILE}", (0..253).map(person).collect::<String>()));
        let (code, said) = scene.check(&[]).await;
        assert_eq!(said.lines().filter(|line| line.starts_with("✗ person p")).count(), 50);
        assert!(said.contains("203 more are not known to the engine either"), "{said}");
        assert!(said.contains("online: 51 to put right."), "{said}");
        assert_eq!(code, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_offline_is_no_finding() {
    scene(async |scene| {
        scene.engine.act("jack", HandsetAction::Offline).unwrap();
        let (code, said) = scene.check(&[]).await;
        assert!(said.contains("! presence") && said.contains("1 good to know"), "{said}");
        assert_eq!(code, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_found_once() {
    scene(async |scene| {
        let (code, said) = scene.check(&[("TENCENT_USERSIG_KEY", "another")]).await;
        insta::assert_snapshot!(table(&said), @r"
        ✗ engine               The signature was made with another application's key: check TENCENT_USERSIG_KEY (70009)
        ! accounts, callbacks  not checked: put the engine right first
        ✓ announcement         the cloud API takes the account in ap-singapore, and asks for no package
        ✓ speech               the cloud API speaks
        online: 1 to put right, 1 good to know.
        ");
        assert_eq!(code, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_region_is_found() {
    scene(async |scene| {
        scene.engine.misbehave(r#"{"region": "singapore"}"#).unwrap();
        let at = |region: &str| format!("{}/sandbox/engine/at/{region}", scene.address);
        let (code, said) = scene.check(&[("TENCENT_CALL_URL", &at("china"))]).await;
        insta::assert_snapshot!(table(&said).lines().next().unwrap(), @"✗ engine               The host does not serve this SDKAppID: set TENCENT_REGION (60026)");
        assert_eq!(code, 1);
        assert_eq!(scene.check(&[("TENCENT_CALL_URL", &at("singapore"))]).await.0, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_callback_is_found_and_left_alone() {
    let scene = Scene::new().await;
    let callbacks = |said: &str| said.lines().find(|line| line.contains(" callbacks ")).unwrap().to_owned();
    let (code, said) = scene.check(&[]).await;
    insta::assert_snapshot!(callbacks(&said), @"! callbacks     not registered yet: `callout run` does it when it starts");
    assert_eq!(code, 0);
    let theirs = scene.client("https://other.example.org");
    assert_eq!(theirs.register_callback().await, Ok(Registration::Set));
    let (code, said) = scene.check(&[]).await;
    insta::assert_snapshot!(callbacks(&said), @"✗ callbacks     The engine's callbacks go to https://other.example.org/… and not to us: they stay there, and outcomes come by polling. If nobody needs them there, set replace_callback = true under [engine], or delete the callback in the vendor's console, and start again");
    assert_eq!(code, 1);
    scene.writes(&format!("{FILE}[engine]\nreplace_callback = true\n"));
    let (code, said) = scene.check(&[]).await;
    insta::assert_snapshot!(callbacks(&said), @"! callbacks     they go to somebody else: `callout run` takes them over when it starts, as replace_callback says");
    assert_eq!((code, theirs.callback_state().await), (0, Ok(Registration::Kept)));
    let (code, said) = scene.check(&[("TENCENT_CALLBACK_SECRET", "")]).await;
    insta::assert_snapshot!(callbacks(&said), @"! callbacks     off, outcomes come by polling: set PUBLIC_URL and TENCENT_CALLBACK_SECRET to have them at once");
    assert_eq!(code, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_are_proved_without_playing_any() {
    scene(async |scene| {
        let spoken = |said: &str| {
            let lines = table(said);
            lines.lines().skip_while(|line| !line.contains(" announcement ")).collect::<Vec<_>>().join("\n")
        };
        let (code, said) = scene.check(&[("TENCENTCLOUD_SECRET_KEY", "another")]).await;
        insta::assert_snapshot!(spoken(&said), @r"
        ✗ announcement  The signature does not fit the secret id: check TENCENTCLOUD_SECRET_KEY (AuthFailure.SignatureFailure)
        online: 1 to put right.
        ");
        assert_eq!(code, 1);
        let none =
            ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_REGION", "TENCENT_TRTC_URL"];
        let (code, said) = scene.check(&none.map(|name| (name, ""))).await;
        insta::assert_snapshot!(spoken(&said), @r"
        ✗ announcement  calls stay silent without the cloud account: set TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_REGION, or remove [announcement]
        online: 1 to put right.
        ");
        assert_eq!(code, 1);
        let (code, said) = scene.check(&[("PUBLIC_URL", "")]).await;
        insta::assert_snapshot!(spoken(&said), @r"
        ✓ announcement  the cloud API takes the account in ap-singapore, and asks for no package
        ✗ speech        the cloud API speaks, but nobody could fetch the sound: set PUBLIC_URL, or use audio instead of say
        online: 1 to put right, 1 good to know.
        ");
        assert_eq!(code, 1);
        scene.engine.misbehave(r#"{"not_ability": {"on": "DescribeStreamIngest"}}"#).unwrap();
        let (code, said) = scene.check(&[]).await;
        insta::assert_snapshot!(spoken(&said), @r"
        ✗ announcement  The RTC-Engine package is missing: buy or activate it, or leave announcements off (FailedOperation.NotAbility)
        online: 1 to put right.
        ");
        assert_eq!(code, 1);
        scene.engine.misbehave(r#"{"clear": true, "cloud_internal": {"on": "TextToSpeech"}}"#).unwrap();
        let (code, said) = scene.check(&[]).await;
        insta::assert_snapshot!(spoken(&said), @r"
        ✓ announcement  the cloud API takes the account in ap-singapore, and asks for no package
        ✗ speech        The cloud API has an internal error (InternalError)
        online: 1 to put right.
        ");
        assert_eq!(code, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_configured_is_no_finding() {
    scene(async |scene| {
        scene.writes(FILE.split("[announcement]").next().unwrap());
        let (code, said) = scene.check(&[]).await;
        assert!(said.contains("no [announcement] is configured"), "{said}");
        assert_eq!(code, 0);
        let none =
            ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_REGION", "TENCENT_TRTC_URL"];
        let (code, said) = scene.check(&none.map(|name| (name, ""))).await;
        assert!(said.contains("✓ announcement  none is configured"), "{said}");
        assert_eq!(code, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_not_there_is_found() {
    scene(async |scene| {
        let (code, said) = scene.check(&[("TENCENT_CALL_URL", "http://127.0.0.1:1/sandbox/engine")]).await;
        assert!(said.contains("✗ engine"), "{said}");
        assert_eq!(code, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_environment_or_a_right_file_nobody_is_asked() {
    scene(async |scene| {
        let (code, said) = scene.check(&[("TENCENT_USERSIG_KEY", ""), ("TENCENT_REGION", "mars")]).await;
        insta::assert_snapshot!(said, @r"
        callout: not checked:
        TENCENT_USERSIG_KEY is not set: the SecretKey of the same application
        TENCENT_REGION: `mars` is not a region, use china, singapore, seoul, frankfurt, silicon-valley, jakarta
        ");
        assert_eq!(code, 2);
        scene.writes("[call]\nring = \"5s\"\n");
        let (code, said) = scene.check(&[]).await;
        insta::assert_snapshot!(said, @r"
        callout.toml:1: nobody is listed, so nobody can be rung, add a [[person]]
        callout.toml:2: ring: 5s is out of range, choose 10s to 10m
        callout.toml: 2 things to put right.
        ");
        assert_eq!(code, 1);
        std::fs::remove_file(scene.home.path().join("callout.toml")).unwrap();
        assert_eq!(scene.check(&[]).await.0, 2);
    })
    .await;
}
