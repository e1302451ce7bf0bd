//! Ingest and speech, as a cloud account uses them.

use base64::Engine as _;
use data_encoding::HEXLOWER;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use sha2::Digest as _;

use super::*;

impl World {
    /// An action, signed as the cloud account; the answer's `Response`.
    async fn cloud(&self, action: &str, body: &Value) -> Value {
        self.cloud_in(action, body, "ap-singapore").await
    }

    async fn cloud_in(&self, action: &str, body: &Value, region: &str) -> Value {
        let (status, answer) = self.cloud_raw("/sandbox/engine/trtc/", action, body, region).await;
        assert_eq!(status, 200);
        assert!(answer["Response"]["RequestId"].is_string());
        self.settle().await;
        answer["Response"].clone()
    }

    async fn cloud_raw(&self, path: &str, action: &str, body: &Value, region: &str) -> (u16, Value) {
        let (payload, now) = (body.to_string(), self.clock.now());
        let host = self.root.trim_start_matches("http://");
        let request = self.http.post(format!("{}{path}", self.root)).body(payload.clone());
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, authorize(host, &payload, now))
            .header("X-TC-Action", action)
            .header("X-TC-Version", "2019-07-22")
            .header("X-TC-Timestamp", now.as_second())
            .header("X-TC-Region", region);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn start(&self, changes: &[(&str, Value)]) -> Value {
        self.cloud("StartStreamIngest", &self.feed(changes)).await
    }

    async fn started(&self, changes: &[(&str, Value)]) -> String {
        let answer = self.start(changes).await;
        answer["TaskId"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A good request, with some fields changed; `null` takes one away.
    fn feed(&self, changes: &[(&str, Value)]) -> Value {
        let mut body = json!({
            "SdkAppId": APP, "RoomId": "co_c1", "RoomIdType": 1, "UserId": "robot",
            "UserSig": sign_for("robot", self.clock.now()), "StreamUrl": "https://x/a.mp3", "RepeatNum": 3,
        });
        for (name, value) in changes {
            match value {
                Value::Null => drop(body.as_object_mut().unwrap().remove(*name)),
                value => body[*name] = value.clone(),
            }
        }
        body
    }

    async fn task(&self, action: &str, task: &str) -> Value {
        self.cloud(action, &json!({"SdkAppId": APP, "TaskId": task})).await
    }

    async fn hears(&self, account: &str) -> Value {
        self.get(&format!("/sandbox/handset/{account}")).await.1["hears"].clone()
    }
}

fn authorize(host: &str, payload: &str, now: Timestamp) -> String {
    let hash = |text: &str| HEXLOWER.encode(&Sha256::digest(text));
    let mac = |key: &[u8], text: &str| {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text);
        mac.finalize().into_bytes().to_vec()
    };
    let date = now.strftime("%Y-%m-%d").to_string();
    let scope = format!("{date}/trtc/tc3_request");
    let headers = format!("content-type:application/json\nhost:{host}\n");
    let request = format!("POST\n/\n\n{headers}\ncontent-type;host\n{}", hash(payload));
    let text = format!("TC3-HMAC-SHA256\n{}\n{scope}\n{}", now.as_second(), hash(&request));
    let first = format!("TC3{CLOUD_KEY}").into_bytes();
    let key = [date.as_str(), "trtc", "tc3_request"].iter().fold(first, |key, step| mac(&key, step));
    let signature = HEXLOWER.encode(&mac(&key, &text));
    let credential = format!("Credential={CLOUD_ID}/{scope}");
    format!("TC3-HMAC-SHA256 {credential}, SignedHeaders=content-type;host, Signature={signature}")
}

fn code(answer: &Value) -> &str {
    answer["Error"]["Code"].as_str().unwrap_or("ok")
}

#[tokio::test]
async fn who_is_in_the_call_hears_what_is_fed_into_its_room() {
    let world = World::new(None).await;
    let mut changes = world.engine.subscribe();
    world.dial(&["jack"]).await;
    let task = world.started(&[]).await;
    assert_eq!(world.hears("jack").await, Value::Null, "it only rings");
    world.act("jack", "answer").await;
    assert_eq!(world.hears("jack").await, "https://x/a.mp3");
    assert_eq!(world.hears("mira").await, Value::Null);
    changes.mark_unchanged();
    let switch = json!({"SdkAppId": APP, "TaskId": task, "StreamUrl": "https://x/b.mp3"});
    assert_eq!(world.cloud("UpdateStreamIngest", &switch).await["Status"], "InProgress");
    assert!(changes.has_changed().unwrap(), "watchers are told");
    assert_eq!(world.hears("jack").await, "https://x/b.mp3");
    assert_eq!(world.task("DescribeStreamIngest", &task).await["Status"], "InProgress");
    world.wait(29).await;
    assert_eq!(world.hears("jack").await, "https://x/b.mp3");
    world.wait(1).await;
    assert_eq!(world.hears("jack").await, Value::Null, "it ended by itself after three plays");
    assert_eq!(world.task("DescribeStreamIngest", &task).await["Status"], "NotExist");
    assert_eq!(code(&world.task("StopStreamIngest", &task).await), "FailedOperation.TaskFinished");
    assert_eq!(code(&world.task("StopStreamIngest", "x").await), "FailedOperation.TaskNotExist");
    assert_eq!(code(&world.cloud("UpdateStreamIngest", &switch).await), "FailedOperation.TaskFinished");
}

#[tokio::test]
async fn every_task_there_was_is_listed_with_its_end() {
    let world = World::new(None).await;
    let first = world.started(&[]).await;
    let second = world.started(&[]).await;
    let third = world.started(&[("RoomId", json!("co_c2"))]).await;
    world.task("StopStreamIngest", &second).await;
    world.wait(60).await;
    let (_, page) = world.get("/sandbox/engine/ingests").await;
    let told: Vec<_> =
        page["ingests"].as_array().unwrap().iter().map(|one| (&one["task"], &one["end"])).collect();
    let expected = [
        (json!(first), json!("replaced")),
        (json!(second), json!("stopped")),
        (json!(third), json!("finished")),
    ];
    assert_eq!(told, expected.each_ref().map(|(task, end)| (task, end)));
    let last = &page["ingests"][2];
    assert_eq!(
        (&last["state"], &last["room_kind"], &last["repeats"]),
        (&json!("ended"), &json!("string"), &json!(3))
    );
    assert_eq!(
        (&last["started"], &last["ended"]),
        (&json!("2025-06-15T15:06:40Z"), &json!("2025-06-15T15:07:10Z"))
    );
    assert_eq!(page["next"], 4);
    assert!(world.get("/sandbox/engine/ingests?since=4").await.1["ingests"].as_array().unwrap().is_empty());
    assert!(world.engine.ingests().iter().all(|task| !task.is_live()));
}

#[tokio::test]
async fn the_number_of_a_string_room_depends_on_the_world() {
    let world = World::new(None).await;
    let tried = async |kind: i64, room: &str| {
        code(&world.start(&[("RoomIdType", json!(kind)), ("RoomId", json!(room))]).await).to_owned()
    };
    assert_eq!([tried(1, "co_c1").await, tried(0, "co_c1").await], ["ok", "InvalidParameter.RoomId"]);
    assert_eq!([tried(0, "7").await, tried(2, "co_c1").await], ["ok", "InvalidParameter.OutOfRange"]);
    world.engine.misbehave(r#"{"string_room": 0}"#).unwrap();
    assert_eq!([tried(0, "co_c1").await, tried(1, "co_c1").await], ["ok", "InvalidParameter.RoomId"]);
    assert_eq!(tried(1, "7").await, "ok");
}

#[tokio::test]
async fn a_wrong_number_for_a_room_of_digits_plays_into_another_room() {
    let world = World::new(None).await;
    let mut body = dial(&["jack"]);
    body["CallInfo"]["RoomId"] = "4711".into();
    assert_eq!(world.command(DIAL, &body).await["ErrorCode"], 0);
    world.act("jack", "answer").await;
    world.started(&[("RoomId", json!("4711")), ("RoomIdType", json!(0))]).await;
    assert_eq!(world.hears("jack").await, Value::Null);
    world.started(&[("RoomId", json!("4711")), ("RoomIdType", json!(1))]).await;
    assert_eq!(world.hears("jack").await, "https://x/a.mp3");
}

#[tokio::test]
async fn what_a_start_may_not_hold_is_refused_by_name() {
    let world = World::new(None).await;
    let (admin, null) = (sign(world.clock.now()), Value::Null);
    for (field, value, expected) in [
        ("SdkAppId", null.clone(), "MissingParameter.SdkAppId"),
        ("SdkAppId", json!("1400000000"), "InvalidParameter.SdkAppId"),
        ("SdkAppId", json!(7), "FailedOperation.SdkAppIdNotUnderAppId"),
        ("RoomId", null.clone(), "MissingParameter.RoomId"),
        ("RoomId", json!(7), "InvalidParameter.RoomId"),
        ("RoomIdType", null.clone(), "MissingParameter.RoomIdType"),
        ("RoomIdType", json!("1"), "InvalidParameter.BodyParamsError"),
        ("UserId", json!("r b"), "InvalidParameter.UserId"),
        ("UserId", json!("r".repeat(33)), "InvalidParameter.UserId"),
        ("UserSig", json!(admin), "InvalidParameter.UserSig"),
        ("UserSig", null.clone(), "MissingParameter.UserSig"),
        ("StreamUrl", null, "InvalidParameter.StreamUrl"),
        ("StreamUrl", json!("rtmp://x/a"), "InvalidParameter.StreamUrl"),
        ("StreamUrl", json!("a.mp3"), "InvalidParameter.StreamUrl"),
        ("RepeatNum", json!(0), "InvalidParameter.OutOfRange"),
        ("RepeatNum", json!(1_001), "InvalidParameter.OutOfRange"),
        ("RepeatNum", json!(1.5), "InvalidParameter.BodyParamsError"),
        ("MaxDuration", json!(1), "InvalidParameter.OutOfRange"),
        ("Volume", json!(101), "InvalidParameter.OutOfRange"),
        ("AutoPush", json!("no"), "InvalidParameter.BodyParamsError"),
        ("EnableProgress", json!(true), "UnknownParameter"),
    ] {
        let answer = world.start(&[(field, value.clone())]).await;
        assert_eq!(code(&answer), expected, "{field} {value}");
    }
    let loops = [("RepeatNum", json!(-1)), ("MaxDuration", json!(1))];
    assert_eq!(code(&world.start(&loops).await), "ok");
    assert_eq!(world.engine.ingests().len(), 1);
    world.wait(60).await;
    assert!(!world.engine.ingests()[0].is_live());
}

#[tokio::test]
async fn a_request_that_is_no_action_of_the_account_is_refused_in_the_envelope() {
    let world = World::new(None).await;
    let feed = world.feed(&[]);
    assert_eq!(code(&world.cloud("StartDance", &feed).await), "InvalidAction");
    assert_eq!(code(&world.cloud_in("StartStreamIngest", &feed, "ap-mars").await), "UnsupportedRegion");
    assert_eq!(code(&world.cloud_in("TextToSpeech", &feed, "ap-tokyo").await), "UnsupportedRegion");
    assert_eq!(code(&world.cloud("StopStreamIngest", &json!([])).await), "InvalidParameter.BodyParamsError");
    let (status, unsigned) = world.post("/sandbox/engine/trtc/", &feed).await;
    let error = unsigned["Response"]["Error"]["Code"].as_str().unwrap();
    assert_eq!((status, error), (200, "AuthFailure.InvalidAuthorization"));
    let (_, got) = world.get("/sandbox/engine/trtc/").await;
    assert_eq!(got["Response"]["Error"]["Code"], "UnsupportedProtocol");
    let (status, bare) =
        world.cloud_raw("/sandbox/engine/trtc", "StartStreamIngest", &feed, "ap-tokyo").await;
    assert_eq!(status, 200);
    assert!(bare["Response"]["TaskId"].is_string(), "the slash may be left out");
}

#[tokio::test]
async fn tasks_survive_a_kill_and_end_when_they_were_due() {
    let folder = tempfile::tempdir().unwrap();
    let (ended, playing) = {
        let world = World::new(Some(folder.path())).await;
        world.dial(&["jack"]).await;
        world.act("jack", "answer").await;
        let ended = world.started(&[("RoomId", json!("co_c2")), ("RepeatNum", json!(1))]).await;
        let playing = world.started(&[]).await;
        world.dies().await;
        (ended, playing)
    };
    let world = World::at(Some(folder.path()), Timestamp::from_second(1_750_000_020).unwrap()).await;
    world.settle().await;
    while world.engine.ingests()[0].is_live() {
        tokio::task::yield_now().await;
    }
    let tasks = world.engine.ingests();
    assert_eq!([&tasks[0].task, &tasks[1].task], [&ended, &playing]);
    let due = Timestamp::from_second(1_750_000_010).unwrap();
    assert_eq!(tasks[0].ended, Some((due, IngestEnd::Finished)));
    assert_eq!(world.hears("jack").await, "https://x/a.mp3");
    world.wait(10).await;
    assert_eq!(world.hears("jack").await, Value::Null);
    let again = world.started(&[]).await;
    assert!(again != ended && again != playing);
}

#[tokio::test]
async fn cloud_faults_strike_before_or_after_the_action() {
    let world = World::new(None).await;
    let feed = world.feed(&[]);
    world.engine.misbehave(r#"{"cloud_502": 1, "not_ability": true}"#).unwrap();
    let (status, _) = world.cloud_raw("/sandbox/engine/trtc/", "StartStreamIngest", &feed, "ap-tokyo").await;
    assert_eq!(status, 502);
    assert_eq!(code(&world.start(&[]).await), "FailedOperation.NotAbility");
    world.engine.misbehave(r#"{"clear": true, "cloud_limited": 1, "cloud_internal": 1}"#).unwrap();
    assert_eq!(code(&world.start(&[]).await), "RequestLimitExceeded");
    assert_eq!(code(&world.start(&[]).await), "InternalError");
    assert!(world.engine.ingests().is_empty());
    world.engine.misbehave(r#"{"cloud_lost": 1}"#).unwrap();
    let lost = world.cloud_raw("/sandbox/engine/trtc/", "StartStreamIngest", &feed, "ap-tokyo");
    let time = async {
        while world.engine.ingests().is_empty() {
            tokio::task::yield_now().await;
        }
        world.settle().await;
        while world.clock.now() < Timestamp::from_second(1_750_000_030).unwrap() {
            let _ = world.clock.advance_to(Timestamp::from_second(1_750_000_030).unwrap());
            world.settle().await;
        }
    };
    let (lost, ()) = tokio::join!(lost, time);
    assert_eq!((lost.0, world.engine.ingests().len()), (504, 1), "it was carried out");
}

#[tokio::test]
async fn each_action_has_its_limit() {
    let world = World::new(None).await;
    world.engine.misbehave(r#"{"cloud_limit": 20}"#).unwrap();
    for _ in 0..20 {
        assert_eq!(code(&world.task("StopStreamIngest", "x").await), "FailedOperation.TaskNotExist");
    }
    assert_eq!(code(&world.task("StopStreamIngest", "x").await), "RequestLimitExceeded");
    assert_eq!(world.task("DescribeStreamIngest", "x").await["Status"], "NotExist");
    world.wait(1).await;
    assert_eq!(code(&world.task("StopStreamIngest", "x").await), "FailedOperation.TaskNotExist");
}

#[tokio::test]
async fn text_becomes_the_same_file_each_time() {
    let world = World::new(None).await;
    let speak = async |changes: &[(&str, Value)]| {
        let mut body = json!({
            "Text": "P1. Database replica lag.", "Voice": {"VoiceId": "v-female-P6q9LmR2", "Speed": 1.0},
            "SdkAppId": APP, "AudioFormat": {"Format": "mp3", "SampleRate": 24_000, "Bitrate": 128},
        });
        changes.iter().for_each(|(name, value)| body[*name] = value.clone());
        world.cloud("TextToSpeech", &body).await
    };
    let file = speak(&[]).await["Audio"].as_str().unwrap().to_owned();
    assert_eq!(speak(&[]).await["Audio"], file.as_str());
    let bytes = STANDARD.decode(&file).unwrap();
    assert!(bytes.starts_with(b"ID3") && bytes.windows(25).any(|part| part == b"P1. Database replica lag."));
    let text = |length: usize| ("Text", json!("é".repeat(length)));
    assert_eq!(code(&speak(&[text(255)]).await), "ok");
    assert_eq!(code(&speak(&[text(256)]).await), "InvalidParameter.OutOfRange");
    assert_eq!(code(&speak(&[text(0)]).await), "InvalidParameter.OutOfRange");
    assert_eq!(code(&speak(&[("Voice", json!({}))]).await), "MissingParameter.VoiceId");
    let fast = json!({"VoiceId": "v", "Speed": 2.1});
    assert_eq!(code(&speak(&[("Voice", fast)]).await), "InvalidParameter.OutOfRange");
    let opus = json!({"Format": "opus"});
    assert_eq!(code(&speak(&[("AudioFormat", opus)]).await), "InvalidParameter.BodyParamsError");
    assert_eq!(code(&speak(&[("AlignmentMode", json!(1))]).await), "UnknownParameter");
}
