//! Calls, accounts and records.

use super::*;

#[tokio::test]
async fn a_call_is_rung_answered_seen_and_recorded() {
    let world = World::new(None).await;
    let call = world.dial(&["jack"]).await;
    let (status, handset) = world.get("/sandbox/handset/jack").await;
    assert_eq!(status, 200);
    assert_eq!((&handset["state"], &handset["title"]), (&json!("ringing"), &json!("P1")));
    assert_eq!((&handset["call"], &handset["media"]), (&json!(call), &json!("Video")));
    let seen = world.command(LOOK, &json!({"CallId": call})).await;
    assert_eq!(seen["Response"]["CallInfo"]["RoomId"], "co_c1");
    assert_eq!(seen["Response"]["UserList"][0], json!({"User_Account": "robot", "Status": "Calling"}));
    assert_eq!(seen["Response"]["UserList"][1], json!({"User_Account": "jack", "Status": "Waiting"}));
    world.wait(3).await;
    assert_eq!(world.act("jack", "answer").await.1["state"], "in_call");
    assert_eq!(world.act("jack", "answer").await.0, 409);
    assert_eq!(world.act("nobody", "answer").await.0, 404);
    assert_eq!(world.act("jack", "dance").await.0, 404);
    assert_eq!(world.code(RECORD, &call).await, 101_050);
    assert_eq!(world.code(END, &call).await, 0);
    assert_eq!(world.code(END, &call).await, 101_004);
    assert_eq!(world.code(LOOK, &call).await, 101_004);
    assert_eq!(world.code(RECORD, &call).await, 101_050);
    world.wait(5).await;
    let record = world.command(RECORD, &json!({"CallId": call})).await;
    let record = &record["Response"]["CallRecord"];
    assert_eq!(record["CalleeList_Account"], json!(["robot", "jack"]));
    assert_eq!(record["AcceptTime"], 1_750_000_003);
    assert_eq!((&record["CallResult"], &record["CallType"]), (&json!("NormalEnd"), &json!("SingleCall")));
    let listed = world.command("call_record_http_srv/get_record_by_filter", &json!({})).await;
    assert_eq!(listed["Response"]["TotalNum"], 1);
    assert_eq!(listed["Response"]["CallRecordList"][0], *record);
}

#[tokio::test]
async fn who_is_not_imported_is_not_rung() {
    let world = World::new(None).await;
    assert_eq!(world.command(DIAL, &dial(&["zoe"])).await["ErrorCode"], 70107);
    let group = world.command(DIAL, &dial(&["zoe", "jack"])).await;
    let results = json!([
        {"Callee_Account": "zoe", "ResultCode": 70107}, {"Callee_Account": "jack", "ResultCode": 0},
    ]);
    assert_eq!(group["Response"]["CallResult"], results);
    world.command("im_open_login_svc/account_import", &json!({"UserID": "zoe"})).await;
    let checked = json!({"CheckItem": [{"UserID": "zoe"}, {"UserID": "robot"}, {"UserID": "yan"}]});
    let checked = world.command("im_open_login_svc/account_check", &checked).await;
    let status = |n: usize| checked["ResultItem"][n]["AccountStatus"].clone();
    assert_eq!([status(0), status(1), status(2)], ["Imported", "Imported", "NotImported"]);
    world.dial(&["zoe"]).await;
    world.act("mira", "offline").await;
    let presence = json!({"IsNeedDetail": 0, "To_Account": ["mira", "zoe", "yan"]});
    let presence = world.command("openim/query_online_status", &presence).await;
    assert_eq!(presence["QueryResult"][0], json!({"To_Account": "mira", "Status": "Offline"}));
    assert_eq!(presence["QueryResult"][1]["Status"], "Online");
    assert_eq!(presence["ErrorList"][0]["To_Account"], "yan");
    let (_, all) = world.get("/sandbox/handsets").await;
    assert_eq!((&all["total"], &all["handsets"][3]["account"]), (&json!(4), &json!("zoe")));
}

#[tokio::test]
async fn what_is_not_a_command_is_refused_in_the_envelope() {
    let world = World::new(None).await;
    let unknown = world.command("call_engine_http_srv/dance", &json!({})).await;
    assert_eq!((&unknown["ErrorCode"], &unknown["ActionStatus"]), (&json!(60009), &json!("FAIL")));
    let (status, get) = world.get(&world.path(LOOK)).await;
    assert_eq!((status, &get["ErrorCode"]), (200, &json!(60009)));
    let (status, bare) = world.post("/sandbox/engine/v4/a/b", &json!({})).await;
    assert_eq!((status, &bare["ErrorCode"]), (200, &json!(60012)));
    assert_eq!(world.command(LOOK, &json!([])).await["ErrorCode"], 60003);
    assert_eq!(world.command(LOOK, &json!({})).await["ErrorCode"], 101_002);
    let path = world.path(LOOK);
    world.wait(600).await;
    assert_eq!(world.post(&path, &json!({})).await.1["ErrorCode"], 70001);
    let url = json!({"Url": "ftp://x", "CallbackCommandList": ["Call.CallbackAfterEndCall"]});
    assert_eq!(world.command("call_config/set_callback", &url).await["ErrorCode"], 100_002);
}

#[tokio::test]
async fn a_kill_loses_no_call_no_record_and_no_target() {
    let folder = tempfile::tempdir().unwrap();
    let (ringing, ended, heard_before) = {
        let world = World::new(Some(folder.path())).await;
        world.listen().await;
        world.act("ana", "offline").await;
        let ended = world.dial(&["mira"]).await;
        world.act("mira", "decline").await;
        let ringing = world.dial(&["jack"]).await;
        let heard = world.heard.lock().unwrap().len();
        world.dies().await;
        (ringing, ended, heard)
    };
    assert_eq!(heard_before, 4);
    let start = Timestamp::from_second(1_750_000_030).unwrap();
    let world = World::at(Some(folder.path()), start).await;
    assert_eq!(world.engine.handset("jack").unwrap().call.as_ref(), Some(&ringing));
    assert_eq!(world.engine.handset("ana").unwrap().state, HandsetState::Offline);
    assert_eq!(world.code(RECORD, &ended).await, 0);
    assert_eq!(world.engine.dials().len(), 2);
    assert_eq!(world.engine.rings().len(), 2);
    assert_eq!(world.command("call_config/get_callback", &json!({})).await["ErrorCode"], 0);
    world.wait(29).await;
    assert_eq!(world.engine.handset("jack").unwrap().state, HandsetState::Ringing);
    world.wait(1).await;
    assert_eq!(
        world.engine.handset("jack").unwrap().state,
        HandsetState::Idle,
        "it rings out when it was due"
    );
    let again = world.dial(&["jack"]).await;
    assert!(again != ringing && again != ended);
}

#[tokio::test]
async fn watchers_are_told_of_every_change() {
    let world = World::new(None).await;
    let mut changes = world.engine.subscribe();
    changes.mark_unchanged();
    world.dial(&["jack"]).await;
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    world.get("/sandbox/handset/jack").await;
    assert!(!changes.has_changed().unwrap());
    world.act("jack", "ignore").await;
    assert!(changes.has_changed().unwrap());
}

#[tokio::test]
async fn a_dial_of_nobody_who_is_imported_has_three_answers() {
    let world = World::new(None).await;
    for (setting, code) in [("70107", 70107), ("101002", 101_002)] {
        world.engine.misbehave(&json!({"not_imported": setting}).to_string()).unwrap();
        assert_eq!(world.command(DIAL, &dial(&["zoe"])).await["ErrorCode"], code);
    }
    world.engine.misbehave(r#"{"not_imported": "result_code"}"#).unwrap();
    let answer = world.command(DIAL, &dial(&["zoe"])).await;
    assert_eq!(answer["Response"]["CallResult"][0]["ResultCode"], 70107);
    let call = answer["Response"]["CallId"].as_str().unwrap();
    assert_eq!(world.code(END, call).await, 101_004, "it is over at once");
    assert!(world.engine.rings().is_empty());
}

#[tokio::test]
async fn an_import_is_checked_and_the_robot_needs_no_handset() {
    let world = World::new(None).await;
    let import = async |body: Value| {
        world.command("im_open_login_svc/account_import", &body).await["ErrorCode"].as_i64().unwrap()
    };
    assert_eq!(import(json!({"UserID": "robot", "Nick": "On-call", "FaceUrl": "https://x/a.png"})).await, 0);
    assert_eq!(import(json!({"UserID": "z".repeat(33)})).await, 70402);
    assert_eq!(import(json!({"UserID": "zoe", "Nick": 7})).await, 70402);
    assert!(world.engine.handset("robot").is_none());
    let presence = json!({"To_Account": ["robot"]});
    let presence = world.command("openim/query_online_status", &presence).await;
    assert_eq!(presence["QueryResult"], json!([{"To_Account": "robot", "Status": "Offline"}]));
    let check = async |items: Value| {
        let body = json!({"CheckItem": items});
        world.command("im_open_login_svc/account_check", &body).await["ErrorCode"].as_i64().unwrap()
    };
    let many: Vec<_> = (0..101).map(|n| json!({"UserID": format!("p{n}")})).collect();
    for wrong in [json!([]), json!([7]), json!(many), json!([{}])] {
        assert_eq!(check(wrong.clone()).await, 70402, "{wrong}");
    }
    assert_eq!(check(json!([{"UserID": "p"}])).await, 0);
}

#[tokio::test]
async fn pages_of_records_end_with_page_0() {
    let world = World::new(None).await;
    for _ in 0..3 {
        world.dial(&["jack"]).await;
        world.act("jack", "decline").await;
        world.wait(5).await;
    }
    let page = async |body: Value| {
        let answer = world.command("call_record_http_srv/get_record_by_filter", &body).await;
        let response = &answer["Response"];
        let length = response["CallRecordList"].as_array().unwrap().len();
        (response["TotalNum"].as_u64().unwrap(), response["Page"].as_u64().unwrap(), length)
    };
    assert_eq!(page(json!({"NumberPerPage": 2})).await, (3, 1, 2));
    assert_eq!(page(json!({"NumberPerPage": 2, "Page": 2})).await, (3, 2, 1));
    assert_eq!(page(json!({"NumberPerPage": 2, "Page": 3})).await, (3, 0, 0));
    assert_eq!(page(json!({"CallResult": "NormalEnd"})).await, (0, 0, 0));
    world.engine.misbehave(r#"{"ignore_filters": true}"#).unwrap();
    assert_eq!(page(json!({"CallResult": "NormalEnd", "CallType": "MultiCall"})).await, (3, 1, 3));
    world.wait(7 * 24 * 60 * 60).await;
    assert_eq!(page(json!({})).await, (0, 0, 0));
}
