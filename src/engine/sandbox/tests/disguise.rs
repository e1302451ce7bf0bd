//! Callbacks, and the other forms that they and answers can have.

use super::*;

#[tokio::test]
async fn ringing_ends_at_its_instant_and_callbacks_tell_it_in_order() {
    let world = World::new(None).await;
    let none = world.command("call_config/get_callback", &json!({})).await;
    assert_eq!(none["ErrorCode"], 100_301);
    world.listen().await;
    let call = world.dial(&["jack"]).await;
    let (query, started) = world.next().unwrap();
    let expected = "SdkAppid=1400000000&CallbackCommand=Call.CallbackAfterStartCall&contenttype=json\
                    &ClientIP=127.0.0.1&OptPlatform=RESTAPI";
    assert_eq!(query, expected);
    assert_eq!(
        (&started["CallInfo"]["CallId"], &started["EventTime"]),
        (&json!(call), &json!(1_750_000_000_000_i64))
    );
    world.wait(59).await;
    assert!(world.next().is_none());
    world.wait(1).await;
    let changed = world.next().unwrap().1;
    assert_eq!(changed["ChangedUserList"], json!([{"User_Account": "jack", "ActionType": "NotAnswer"}]));
    assert_eq!((&changed["CallId"], &changed["EventTime"]), (&json!(call), &json!(1_750_000_060_000_i64)));
    let ended = world.next().unwrap().1;
    assert_eq!(ended["CallRecord"]["CallResult"], "NotAnswer");
    assert!(world.next().is_none());
    world.command("call_config/delete_callback", &json!({})).await;
    world.dial(&["jack"]).await;
    assert!(world.next().is_none());
}

#[tokio::test]
async fn callbacks_are_lost_doubled_and_overtaken_by_the_seed() {
    let run = async |seed: u64| {
        let world = World::new(None).await;
        world.listen().await;
        let faults =
            json!({"seed": seed, "drop_callbacks": 0.1, "double_callbacks": 0.1, "reorder_callbacks": 0.2});
        world.engine.misbehave(&faults.to_string()).unwrap();
        for _ in 0..30 {
            world.dial(&["jack"]).await;
            world.act("jack", "answer").await;
            world.act("jack", "hangup").await;
        }
        world.wait(3).await;
        let heard: Vec<_> = std::iter::from_fn(|| world.next()).collect();
        heard
            .into_iter()
            .map(|(_, body)| body["CallbackCommand"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (first, other) = (run(1).await, run(2).await);
    assert_eq!(first, run(1).await);
    assert_ne!(first, other);
    assert!((100..150).contains(&first.len()), "{} of 120, some lost and some doubled", first.len());
    let in_order = ["Call.CallbackAfterStartCall", "Call.CallbackAfterMemberChanged"];
    assert!(first.chunks(4).any(|four| four[..2] != in_order), "some were overtaken");
}

#[tokio::test]
async fn late_news_of_a_member_comes_after_the_end() {
    let world = World::new(None).await;
    world.listen().await;
    world.engine.misbehave(r#"{"late_callbacks": 1}"#).unwrap();
    world.dial(&["jack"]).await;
    world.act("jack", "answer").await;
    world.wait(20).await;
    world.act("jack", "hangup").await;
    let told = |world: &World| {
        std::iter::from_fn(|| world.next())
            .map(|(_, body)| body["CallbackCommand"].clone())
            .collect::<Vec<_>>()
    };
    let on_time =
        ["Call.CallbackAfterStartCall", "Call.CallbackAfterMemberChanged", "Call.CallbackAfterEndCall"];
    assert_eq!(told(&world), on_time);
    world.wait(2).await;
    assert!(world.next().is_none());
    world.wait(1).await;
    let (_, late) = world.next().unwrap();
    assert_eq!(late["ChangedUserList"][0]["ActionType"], "Accept");
    assert_eq!(late["EventTime"], 1_750_000_000_000_i64, "it says when it happened");
}

#[tokio::test]
async fn every_spelling_is_used_in_turn() {
    let world = World::new(None).await;
    world.listen().await;
    world.engine.misbehave(r#"{"spellings": true}"#).unwrap();
    for expected in [
        ["Invite", "Accept", "Hangup"],
        ["Invited", "Answer", "HangUp"],
        ["Ringing_New", "Accept", "Hang Up"],
    ] {
        world.dial(&["jack"]).await;
        world.act("jack", "answer").await;
        world.act("jack", "hangup").await;
        assert_eq!(world.actions(), expected);
    }
    for expected in ["Cancel_Invite", "Canncel_Invite"] {
        let call = world.dial(&["jack"]).await;
        world.code(END, &call).await;
        assert_eq!(world.actions().last().unwrap(), expected);
    }
    world.dial(&["jack", "mira"]).await;
    world.act("jack", "answer").await;
    world.act("mira", "answer").await;
    assert_eq!(world.actions()[1..], ["Answer", "Join"]);
}

#[tokio::test]
async fn accounts_and_types_come_in_their_other_forms() {
    let world = World::new(None).await;
    world.listen().await;
    let account = "123456789012345678";
    world.command("im_open_login_svc/account_import", &json!({"UserID": account})).await;
    let faults = r#"{"numeric_accounts": true, "swap_types": true, "blank_rooms": true, "results": {"Reject": "Interrupt"}}"#;
    world.engine.misbehave(faults).unwrap();
    let call = world.dial(&[account]).await;
    let (_, started) = world.next().unwrap();
    assert_eq!(started["UserList"][1]["User_Account"].as_u64(), Some(123_456_789_012_345_678));
    assert_eq!(started["UserList"][0]["User_Account"], "robot");
    assert_eq!(
        (&started["CallInfo"]["RoomIdType"], &started["EventTime"]),
        (&json!("2"), &json!("1750000000000"))
    );
    let seen = world.command(LOOK, &json!({"CallId": call})).await;
    let info = &seen["Response"]["CallInfo"];
    assert_eq!((&info["RoomId"], &info["RoomIdType"]), (&json!(""), &json!("0")));
    world.act(account, "decline").await;
    world.wait(5).await;
    let record = world.command(RECORD, &json!({"CallId": call})).await;
    let record = &record["Response"]["CallRecord"];
    assert_eq!((&record["CallResult"], &record["AcceptTime"]), (&json!("Interrupt"), &json!("0")));
    assert_eq!(record["RoomId"], "co_c1");
}

#[tokio::test]
async fn a_token_signs_callbacks_and_a_garbled_one_is_no_json() {
    let world = World::new(None).await;
    world.listen().await;
    world.engine.misbehave(r#"{"callback_token": "xxxxyyyy", "garbled_callbacks": 1}"#).unwrap();
    world.dial(&["jack"]).await;
    let (query, body) = world.next().unwrap();
    assert_eq!(body, Value::Null);
    assert!(query.ends_with("&RequestTime=1750000000"), "{query}");
    let sign = query.split('&').find_map(|pair| pair.strip_prefix("Sign=")).unwrap();
    assert!(sign.len() == 64 && sign.chars().all(|c| c.is_ascii_hexdigit()), "{sign}");
    world.engine.misbehave(r#"{"callback_token": null}"#).unwrap();
    world.act("jack", "decline").await;
    let (query, body) = world.next().unwrap();
    assert!(!query.contains("Sign") && body.is_object());
}
