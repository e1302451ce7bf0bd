//! The cloud API on the wire: who asks, what is asked, and every way it can go wrong.

use std::collections::VecDeque;
use std::num::NonZeroU32;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap as Headers, Uri};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::clock::later;
use crate::domain::ids::{IngestId, RoomId};
use crate::engine::tencent::sign::decode;
use crate::engine::tencent::stub::serve;
use crate::ports::{Announcer as _, EngineError, Feed, Started};
use crate::task::TaskHandle;

/// Settings with recognisable secrets: `AKIDfixture`, `cloudsecret` and `topsecret`.
pub(crate) fn settings(root: &str) -> CloudSettings {
    CloudSettings {
        secret_id: "AKIDfixture".into(),
        secret_key: "cloudsecret".into(),
        region: "ap-guangzhou".to_owned(),
        root: root.to_owned(),
        sdk_app_id: 1_400_000_000,
        robot_account: "oncall_robot".to_owned(),
        usersig_key: "topsecret".into(),
        room_types: RoomTypes::default(),
        voice: VOICE.to_owned(),
        rate_per_second: NonZeroU32::new(100_000).unwrap(),
    }
}

/// What the peer answers: a `Response`, after which `Date`.
type Say = (Value, Option<&'static str>);

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: Headers,
    raw: Bytes,
    pub(crate) body: Value,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Script = Arc<Mutex<(VecDeque<Say>, Vec<Asked>)>>;

/// A peer that answers what it is told to, then success with a task.
pub(crate) struct Peered {
    script: Script,
    pub(crate) cloud: Arc<TencentCloud>,
    _server: TaskHandle,
}

pub(crate) async fn peered(says: impl IntoIterator<Item = Value>) -> Peered {
    peered_at(says.into_iter().map(|say| (say, None)), Clock::system(), "").await
}

async fn peered_at(says: impl IntoIterator<Item = Say>, clock: Clock, path: &str) -> Peered {
    let script: Script = Arc::new(Mutex::new((says.into_iter().collect(), Vec::new())));
    let app = Router::new().fallback(answer).with_state(Arc::clone(&script));
    let (root, server) = serve(app).await;
    let cloud = TencentCloud::new(settings(&format!("{root}{path}")), clock).unwrap();
    Peered { script, cloud, _server: server }
}

async fn answer(State(script): State<Script>, uri: Uri, headers: Headers, raw: Bytes) -> (Headers, String) {
    let body = serde_json::from_slice(&raw).unwrap();
    let mut script = script.lock().unwrap();
    script.1.push(Asked { path: uri.to_string(), headers, raw, body });
    let (say, date) =
        script.0.pop_front().unwrap_or_else(|| (json!({"TaskId": "t-1", "RequestId": "r"}), None));
    let dates = date.map(|date| (DATE, HeaderValue::from_static(date)));
    let text =
        if say.is_string() { say.as_str().unwrap().to_owned() } else { json!({"Response": say}).to_string() };
    (Headers::from_iter(dates), text)
}

impl Peered {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().1.clone()
    }

    fn kinds(&self) -> Vec<Value> {
        self.asked().iter().map(|asked| asked.body["RoomIdType"].clone()).collect()
    }
}

pub(crate) fn error(code: &str) -> Value {
    json!({"Error": {"Code": code, "Message": "its words"}, "RequestId": "r"})
}

pub(crate) fn feed() -> Feed {
    let url = "https://callout.example.com/media/unguessable".to_owned();
    Feed { room: RoomId::new("co_c1"), url, repeats: 3 }
}

fn task() -> IngestId {
    IngestId::new("t-1")
}

#[tokio::test]
async fn a_feed_is_started_as_the_robot_in_our_room() {
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let peered = peered_at([], clock, "/sandbox/trtc").await;
    assert_eq!(peered.cloud.start(&feed()).await, Ok(Started::Task(task())));
    let asked = &peered.asked()[0];
    let sig = asked.body["UserSig"].as_str().unwrap();
    assert_eq!(decode(sig).unwrap()["TLS.identifier"], "oncall_robot");
    assert_eq!(
        asked.body,
        json!({
            "SdkAppId": 1_400_000_000, "RoomId": "co_c1", "RoomIdType": 1, "UserId": "oncall_robot", "UserSig": sig,
            "StreamUrl": "https://callout.example.com/media/unguessable", "RepeatNum": 3,
        })
    );
    assert_eq!(asked.path, "/sandbox/trtc/");
    assert_eq!(asked.header("x-tc-action"), "StartStreamIngest");
    assert_eq!(asked.header("x-tc-version"), "2019-07-22");
    assert_eq!(asked.header("x-tc-timestamp"), "1800000000");
    assert_eq!(asked.header("x-tc-region"), "ap-guangzhou");
    assert_eq!(asked.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_signature_is_of_what_is_really_sent() {
    let peered = peered([]).await;
    peered.cloud.start(&feed()).await.unwrap();
    let asked = &peered.asked()[0];
    let signable = Signable {
        host: asked.header("host"),
        service: "trtc",
        content_type: asked.header("content-type"),
        action: None,
        payload: &asked.raw,
        timestamp: asked.header("x-tc-timestamp").parse().unwrap(),
    };
    assert!(asked.header("host").starts_with("127.0.0.1:"), "with its port");
    let credential = Credential { id: "AKIDfixture".into(), key: "cloudsecret".into() };
    assert_eq!(asked.header("authorization"), signable.authorization(&credential));
}

#[tokio::test]
async fn a_feed_that_would_not_end_or_cannot_be_is_never_sent() {
    let peered = peered([]).await;
    let wrong = [
        Feed { repeats: 0, ..feed() },
        Feed { repeats: 1001, ..feed() },
        Feed { room: RoomId::new("123"), ..feed() },
        Feed { url: "file:///etc/secretpath".to_owned(), ..feed() },
        Feed { url: "secretpath".to_owned(), ..feed() },
    ];
    for feed in wrong {
        let error = peered.cloud.start(&feed).await.unwrap_err();
        assert!(matches!(&error, EngineError::Permanent(why) if !why.contains("secretpath")), "{error:?}");
    }
    assert!(matches!(peered.cloud.switch(&task(), "x").await, Err(EngineError::Permanent(_))));
    assert!(peered.asked().is_empty());
}

#[tokio::test]
async fn the_other_room_number_is_tried_once_and_remembered() {
    for code in ["InvalidParameter.RoomId", "InvalidParameterValue.RoomId", "InvalidParameter.OutOfRange"] {
        let peered = peered([error(code)]).await;
        assert_eq!(peered.cloud.start(&feed()).await, Ok(Started::Task(task())));
        assert_eq!(peered.cloud.start(&feed()).await, Ok(Started::Task(task())));
        assert_eq!(peered.kinds(), [json!(1), json!(0), json!(0)], "{code}");
    }
}

#[tokio::test]
async fn a_room_that_neither_number_fits_is_an_error_and_teaches_nothing() {
    let peered = peered([error("InvalidParameter.RoomId"), error("InvalidParameter.OutOfRange")]).await;
    let said = peered.cloud.start(&feed()).await.unwrap_err();
    assert!(
        matches!(&said, EngineError::Permanent(why) if why.contains("InvalidParameter.RoomId")),
        "{said:?}"
    );
    peered.cloud.start(&feed()).await.unwrap();
    assert_eq!(peered.kinds(), [json!(1), json!(0), json!(1)]);
}

#[tokio::test]
async fn what_became_of_the_second_try_is_told() {
    let peered = peered([error("InvalidParameter.RoomId"), json!("<html>")]).await;
    assert!(matches!(peered.cloud.start(&feed()).await, Err(EngineError::Unsettled(_))), "it may play");
    assert_eq!(peered.kinds().len(), 2);
}

#[tokio::test]
async fn a_start_that_may_play_is_unsettled() {
    for say in [json!("<html>"), json!({"RequestId": "r"}), json!({"TaskId": ""}), json!("{}")] {
        let peered = peered([say]).await;
        assert!(matches!(peered.cloud.start(&feed()).await, Err(EngineError::Unsettled(_))));
        assert_eq!(peered.asked().len(), 1, "not started twice");
    }
}

#[tokio::test]
async fn a_room_that_is_fed_already_is_no_failure_and_one_that_is_not_there_yet_is_tried_again() {
    let peered = peered([error("FailedOperation.TaskExist"), error("FailedOperation.RoomNotExist")]).await;
    assert_eq!(peered.cloud.start(&feed()).await, Ok(Started::Adrift));
    assert!(matches!(peered.cloud.start(&feed()).await, Err(EngineError::Temporary(_))));
}

#[tokio::test]
async fn a_refused_robot_is_signed_for_once_more() {
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let bad = error("InvalidParameter.UserSig");
    let says = [json!({"TaskId": "t-1"}), bad.clone(), json!({"TaskId": "t-1"}), bad.clone(), bad]
        .map(|say| (say, None));
    let peered = peered_at(says, clock.clone(), "").await;
    peered.cloud.start(&feed()).await.unwrap();
    let _ = clock.advance_to(later(clock.now(), Duration::from_secs(60)));
    peered.cloud.start(&feed()).await.unwrap();
    let time = |asked: &Asked| {
        decode(asked.body["UserSig"].as_str().unwrap()).unwrap()["TLS.time"].as_i64().unwrap()
    };
    let times: Vec<i64> = peered.asked().iter().map(time).collect();
    assert_eq!(times, [1_800_000_000, 1_800_000_000, 1_800_000_060]);
    assert!(matches!(peered.cloud.start(&feed()).await, Err(EngineError::Permanent(_))));
    assert_eq!(peered.asked().len(), 5, "not a third time");
}

#[tokio::test]
async fn a_clock_that_is_off_is_set_by_the_apis_and_asked_once_more() {
    let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
    let off = error("AuthFailure.SignatureExpire");
    let ten_minutes_on = Some("Fri, 15 Jan 2027 08:10:00 GMT");
    let says = [(off.clone(), ten_minutes_on), (json!({}), None), (json!({}), None), (off, Some("soon"))];
    let peered = peered_at(says, clock, "").await;
    peered.cloud.stop(&task()).await.unwrap();
    peered.cloud.stop(&task()).await.unwrap();
    let times: Vec<_> =
        peered.asked().iter().map(|asked| asked.header("x-tc-timestamp").to_owned()).collect();
    assert_eq!(times, ["1800000000", "1800000600", "1800000600"], "and remembered");
    assert!(matches!(peered.cloud.stop(&task()).await, Err(EngineError::Permanent(_))));
    assert_eq!(peered.asked().len(), 4, "without a date there is nothing to go by");
}

#[tokio::test]
async fn stopping_what_is_over_is_success() {
    let over =
        ["FailedOperation.TaskNotExist", "FailedOperation.TaskFinished", "FailedOperation.RoomNotExist"];
    let peered = peered(over.map(error).into_iter().chain([json!({"Status": "NotExist"}), json!({})])).await;
    for _ in 0..5 {
        assert_eq!(peered.cloud.stop(&task()).await, Ok(()));
    }
    let asked = &peered.asked()[0];
    assert_eq!(asked.body, json!({"SdkAppId": 1_400_000_000, "TaskId": "t-1"}));
    assert_eq!(asked.header("x-tc-action"), "StopStreamIngest");
}

#[tokio::test]
async fn whether_a_feed_plays_is_told() {
    let says = [
        json!({"Status": "InProgress"}),
        json!({"Status": "NotExist"}),
        error("FailedOperation.TaskNotExist"),
        json!({"Status": "Pausing"}),
        error("InternalError"),
    ];
    let peered = peered(says).await;
    for plays in [true, false, false, true] {
        assert_eq!(peered.cloud.plays(&task()).await, Ok(plays));
    }
    assert!(matches!(peered.cloud.plays(&task()).await, Err(EngineError::Temporary(_))));
    assert_eq!(peered.asked()[0].header("x-tc-action"), "DescribeStreamIngest");
}

#[tokio::test]
async fn a_feed_begins_anew_with_another_source() {
    let peered = peered([json!({"Status": "InProgress"}), error("FailedOperation.TaskFinished")]).await;
    let url = "https://a.example/b.mp3";
    assert_eq!(peered.cloud.switch(&task(), url).await, Ok(true));
    assert_eq!(peered.cloud.switch(&task(), url).await, Ok(false), "it was over");
    let asked = &peered.asked()[0];
    assert_eq!(asked.body, json!({"SdkAppId": 1_400_000_000, "TaskId": "t-1", "StreamUrl": url}));
    assert_eq!(asked.header("x-tc-action"), "UpdateStreamIngest");
}

#[tokio::test]
async fn a_text_is_spoken_as_mp3() {
    let peered = peered([json!({"Audio": "SUQz"})]).await;
    assert_eq!(peered.cloud.speak(" P1. Database lag. ").await, Ok(b"ID3".to_vec()));
    let asked = &peered.asked()[0];
    assert_eq!(asked.header("x-tc-action"), "TextToSpeech");
    assert_eq!(
        asked.body,
        json!({
            "Text": "P1. Database lag.", "Voice": {"VoiceId": VOICE, "Speed": 1.0}, "SdkAppId": 1_400_000_000,
            "AudioFormat": {"Format": "mp3", "SampleRate": 24_000, "Bitrate": 128},
        })
    );
}

#[tokio::test]
async fn only_as_much_is_spoken_as_fits() {
    let says = std::iter::repeat_n(json!({"Audio": "SUQz"}), 4);
    let peered = peered(says).await;
    let words = "word ".repeat(60);
    for text in [words.as_str(), &"ü".repeat(300), &"x".repeat(255), &format!("{} y", "x".repeat(255))] {
        peered.cloud.speak(text).await.unwrap();
    }
    let spoken: Vec<usize> =
        peered.asked().iter().map(|asked| asked.body["Text"].as_str().unwrap().chars().count()).collect();
    assert_eq!(spoken, [254, 255, 255, 255]);
    assert!(matches!(peered.cloud.speak(" \n").await, Err(EngineError::Permanent(_))));
    assert_eq!(peered.asked().len(), 4);
}

#[tokio::test]
async fn a_sound_that_cannot_be_used_is_refused() {
    let long = "A".repeat(3 * 1024 * 1024);
    for say in [json!({}), json!({"Audio": "?"}), json!({"Audio": ""}), json!({"Audio": long})] {
        let peered = peered([say]).await;
        assert!(matches!(peered.cloud.speak("a").await, Err(EngineError::Temporary(_))));
    }
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let echo = json!({"Error": {"Code": "InvalidParameter.StreamUrl", "Message":
        "https://callout.example.com/media/unguessable of AKIDfixture is bad"}});
    let peered = peered([echo.clone(), echo, error("AuthFailure.SignatureFailure")]).await;
    let said = [
        format!("{:?}", peered.cloud.start(&feed()).await.unwrap_err()),
        format!("{:?}", peered.cloud.switch(&task(), &feed().url).await.unwrap_err()),
        format!("{:?}", peered.cloud.stop(&task()).await.unwrap_err()),
        format!("{:?}", peered.cloud),
        format!(
            "{:?}",
            TencentCloud::new(settings("http://127.0.0.1:1"), Clock::system()).unwrap().stop(&task()).await
        ),
    ];
    for said in said {
        for secret in ["unguessable", "AKIDfixture", "cloudsecret", "topsecret", "eJ", "Signature="] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
}

#[tokio::test]
async fn each_action_has_its_ceiling() {
    let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
    let peered = peered_at([], clock.clone(), "").await;
    let root = peered.cloud.settings.root.clone();
    let slow = CloudSettings { rate_per_second: CLOUD_RATE, ..settings(&root) };
    let slow = TencentCloud::new(slow, clock.clone()).unwrap();
    slow.stop(&task()).await.unwrap();
    slow.plays(&task()).await.unwrap();
    let second = async {
        let _busy = clock.busy();
        slow.stop(&task()).await.unwrap();
    };
    let passing = async {
        tokio::task::yield_now().await;
        assert_eq!((peered.asked().len(), clock.in_flight()), (2, 0));
        assert!(clock.advance_to(later(Timestamp::UNIX_EPOCH, Duration::from_millis(50))));
    };
    tokio::join!(second, passing);
    assert_eq!(peered.asked().len(), 3);
}
