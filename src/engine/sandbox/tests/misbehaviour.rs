//! Faults, limits and regions.

use super::*;

#[tokio::test]
async fn callbacks_are_dropped_or_doubled_on_command() {
    let world = World::new(None).await;
    world.listen().await;
    world.engine.misbehave(r#"{"drop_callbacks": 1, "double_callbacks": 1}"#).unwrap();
    world.dial(&["jack"]).await;
    assert!(world.next().is_none());
    world.act("jack", "answer").await;
    assert_eq!(world.next(), world.next());
    assert!(world.next().is_none());
}

#[tokio::test]
async fn faults_strike_dials_and_say_whether_anything_rang() {
    let world = World::new(None).await;
    let (status, error) = world.post("/sandbox/engine/faults", &json!({"dial_503": 1})).await;
    assert_eq!(status, 400);
    assert!(error["error"].as_str().unwrap().contains("dial_502"));
    let faults = json!({"dial_502": 1, "rate_limited": 1, "no_response": 1});
    assert_eq!(world.post("/sandbox/engine/faults", &faults).await.0, 200);
    assert_eq!(world.post(&world.path(DIAL), &dial(&["jack"])).await.0, 502);
    assert_eq!(world.command(DIAL, &dial(&["jack"])).await["ErrorCode"], 60007);
    assert!(world.engine.rings().is_empty());
    let bare = world.command(DIAL, &dial(&["jack"])).await;
    assert_eq!((&bare["ErrorCode"], bare.get("Response")), (&json!(0), None));
    assert_eq!(world.engine.rings().len(), 1);
    world.engine.misbehave(r#"{"down": true}"#).unwrap();
    assert_eq!(world.post(&world.path(LOOK), &json!({"CallId": "x"})).await.0, 503);
    world.engine.misbehave(r#"{"clear": true}"#).unwrap();
    assert_eq!(world.get("/sandbox/engine/faults").await.1["down"], false);
    let (_, seen) = world.get("/sandbox/engine/dials?since=0").await;
    assert_eq!((&seen["next"], &seen["dials"][0]["room"]), (&json!(1), &json!("co_c1")));
    assert_eq!(seen["dials"][0]["at_us"], 1_750_000_000_000_000_i64);
}

#[tokio::test]
async fn a_slow_or_lost_answer_comes_when_the_clock_says_so() {
    let world = World::new(None).await;
    for (fault, ms, status) in [(r#"{"slow": 1}"#, 3_500, 200), (r#"{"lose_answer": 1}"#, 30_000, 504)] {
        world.engine.misbehave(fault).unwrap();
        let rung = world.engine.rings().len();
        let asked = world.clock.now();
        let (path, body) = (world.path(DIAL), dial(&["mira"]));
        let answer = world.post(&path, &body);
        let time = async {
            while world.engine.rings().len() == rung {
                tokio::task::yield_now().await;
            }
            world.settle().await;
            assert!(world.clock.advance_to(later(asked, Duration::from_millis(ms))));
        };
        let (answer, ()) = tokio::join!(answer, time);
        assert_eq!(answer.0, status);
        assert_eq!(world.clock.now(), later(asked, Duration::from_millis(ms)));
        world.act("mira", "decline").await;
    }
}

#[tokio::test]
async fn codes_are_said_before_or_after_a_command_is_carried_out() {
    let world = World::new(None).await;
    world.engine.misbehave(r#"{"code_101001": 1}"#).unwrap();
    assert_eq!(world.command(DIAL, &dial(&["jack"])).await["ErrorCode"], 101_001);
    assert!(world.engine.dials().is_empty());
    world.engine.misbehave(r#"{"late_code_60008": {"times": 1, "on": "start_call_by_robot"}}"#).unwrap();
    assert_eq!(world.code(LOOK, "x").await, 101_004);
    let answer = world.command(DIAL, &dial(&["jack"])).await;
    assert_eq!((&answer["ErrorCode"], answer.get("Response")), (&json!(60008), None));
    assert_eq!(world.engine.rings().len(), 1, "it rang all the same");
    world.engine.misbehave(r#"{"bad_gateway": {"times": 1, "on": "end_call"}}"#).unwrap();
    assert_eq!(world.code(LOOK, "x").await, 101_004);
    assert_eq!(world.post(&world.path(END), &json!({"CallId": "x"})).await.0, 502);
}

#[tokio::test]
async fn a_share_of_dials_goes_wrong_by_the_seed_alone() {
    let outcomes = async |seed: u64| {
        let world = World::new(None).await;
        let faults = json!({"seed": seed, "bad_gateway": 0.2, "rate_limited": 0.2, "no_response": 0.2});
        world.engine.misbehave(&faults.to_string()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..40 {
            let (status, answer) = world.post(&world.path(DIAL), &dial(&["jack"])).await;
            seen.push((status, answer["ErrorCode"].clone(), answer["Response"].is_object()));
        }
        seen
    };
    let first = outcomes(3).await;
    assert_eq!(first, outcomes(3).await);
    assert_ne!(first, outcomes(4).await);
    for wanted in
        [(502, Value::Null, false), (200, json!(60007), false), (200, json!(0), false), (200, json!(0), true)]
    {
        assert!(first.contains(&wanted), "{wanted:?}");
    }
}

#[tokio::test]
async fn each_command_has_its_limit_and_its_code() {
    let world = World::new(None).await;
    world.engine.misbehave(r#"{"call_limit": 200, "call_limit_code": 60011}"#).unwrap();
    for _ in 0..200 {
        assert_eq!(world.code(LOOK, "x").await, 101_004);
    }
    assert_eq!(world.code(LOOK, "x").await, 60011);
    assert_eq!(world.code(END, "x").await, 101_004, "another command is counted on its own");
    world.engine.misbehave(r#"{"call_limit_code": 60007}"#).unwrap();
    assert_eq!(world.code(LOOK, "x").await, 60007);
    world.wait(1).await;
    assert_eq!(world.code(LOOK, "x").await, 101_004);
}

#[tokio::test]
async fn the_door_of_another_region_is_the_wrong_one() {
    let world = World::new(None).await;
    let at = async |door: &str| {
        let path = world.path(LOOK).replace("/engine/v4", &format!("/engine{door}/v4"));
        let (_, answer) = world.post(&path, &json!({"CallId": "x"})).await;
        answer["ErrorCode"].as_i64()
    };
    assert_eq!([at("").await, at("/at/seoul").await], [Some(101_004); 2], "no region: every door is right");
    world.engine.misbehave(r#"{"region": "seoul"}"#).unwrap();
    assert_eq!([at("").await, at("/at/singapore").await], [Some(60026); 2]);
    assert_eq!(at("/at/seoul").await, Some(101_004));
    assert_eq!(at("/at/mars").await, None);
    let url = format!("{}{}", world.root, world.path(LOOK));
    let request =
        world.http.post(url).header("host", "adminapikr.im.qcloud.com").json(&json!({"CallId": "x"}));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["ErrorCode"], 101_004, "the host says the region, too");
}

#[tokio::test]
async fn forged_usersigs_shut_the_door_for_a_minute() {
    let world = World::new(None).await;
    let forged = world.path(LOOK).replace("usersig=", "usersig=x");
    for _ in 0..10 {
        assert_eq!(world.post(&forged, &json!({})).await.1["ErrorCode"], 70003);
    }
    assert_eq!(world.code(LOOK, "x").await, 70050);
    world.wait(60).await;
    assert_eq!(world.code(LOOK, "x").await, 101_004);
}

#[tokio::test]
async fn a_callee_can_be_refused_or_falsely_denied() {
    let world = World::new(None).await;
    world.engine.misbehave(r#"{"refuse_callee": 1}"#).unwrap();
    let group = world.command(DIAL, &dial(&["mira", "jack"])).await;
    assert_eq!(group["Response"]["CallResult"][0]["ResultCode"], 1);
    assert_eq!(world.engine.handset("mira").unwrap().state, HandsetState::Idle);
    assert_eq!(world.engine.handset("jack").unwrap().state, HandsetState::Ringing);
    world.engine.misbehave(r#"{"false_result": 1}"#).unwrap();
    let denied = world.command(DIAL, &dial(&["ana"])).await;
    assert_eq!(denied["Response"]["CallResult"][0]["ResultCode"], 1);
    assert_eq!(world.engine.handset("ana").unwrap().state, HandsetState::Ringing);
}
