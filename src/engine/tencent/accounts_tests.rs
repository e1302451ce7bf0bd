//! Who exists and who is reachable, in the engine's every way of saying it.

use serde_json::json;

use super::*;
use crate::engine::tencent::stub::{Say, Stub, code};

fn accounts(names: &[&str]) -> Vec<Account> {
    names.iter().map(|name| Account::new(*name)).collect()
}

fn said(value: Value) -> Say {
    let mut whole = json!({"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0});
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    Say::Json(whole)
}

#[tokio::test]
async fn each_account_is_told_in_the_order_asked() {
    let stub = Stub::saying([said(json!({"ResultItem": [
        {"UserID": "jack", "ResultCode": 0, "ResultInfo": "", "AccountStatus": "NotImported"},
        {"UserID": 7, "ResultCode": 0, "AccountStatus": "Imported"},
        {"UserID": "mira", "ResultCode": 70_169, "ResultInfo": "busy", "AccountStatus": ""},
        {"UserID": "odd", "ResultCode": "0", "AccountStatus": "Asleep"},
    ]}))])
    .await;
    let known = stub.client().check_accounts(&accounts(&["7", "jack", "mira", "odd", "gone"])).await.unwrap();
    let (names, states): (Vec<_>, Vec<_>) = known.into_iter().unzip();
    assert_eq!(names, accounts(&["7", "jack", "mira", "odd", "gone"]));
    assert_eq!(
        states,
        [
            Import::Imported,
            Import::NotImported,
            Import::Unknown("The engine ran out of time (70169)".to_owned()),
            Import::Unknown("Asleep".to_owned()),
            Import::Unknown("the engine's answer lacks the account".to_owned()),
        ]
    );
    let asked = &stub.asked()[0];
    assert_eq!(asked.path, "/v4/im_open_login_svc/account_check");
    assert_eq!(asked.body["CheckItem"][1], json!({"UserID": "jack"}));
}

#[tokio::test]
async fn no_more_than_a_hundred_are_asked_about_at_once() {
    let stub = Stub::saying([]).await;
    let many: Vec<Account> = (0..201).map(|n| Account::new(format!("p{n}"))).collect();
    assert_eq!(stub.client().check_accounts(&many).await.unwrap().len(), 201);
    assert_eq!(stub.client().presence(&many).await.unwrap().len(), 201);
    let sizes: Vec<usize> = stub
        .asked()
        .iter()
        .map(|asked| {
            ["CheckItem", "To_Account"]
                .iter()
                .filter_map(|name| asked.body[name].as_array())
                .map(Vec::len)
                .sum()
        })
        .collect();
    assert_eq!(sizes, [100, 100, 1, 100, 100, 1]);
    assert_eq!(stub.client().check_accounts(&[]).await, Ok(Vec::new()));
    assert_eq!(stub.asked().len(), 6, "nobody is no request");
}

#[tokio::test]
async fn presence_is_told_in_the_order_asked() {
    let stub = Stub::saying([said(json!({
        "QueryResult": [
            {"To_Account": "jack", "Status": "PushOnline"}, {"To_Account": "ana", "Status": "Online"},
            {"To_Account": "mira", "Status": "Offline"}, {"To_Account": "odd", "Status": "Away"},
        ],
        "ErrorList": [{"To_Account": "gone", "ErrorCode": 70_107}],
    }))])
    .await;
    let known =
        stub.client().presence(&accounts(&["ana", "jack", "mira", "odd", "gone", "none"])).await.unwrap();
    let states: Vec<_> = known.into_iter().map(|(_, presence)| presence).collect();
    let unknown = |text: &str| Presence::Unknown(text.to_owned());
    assert_eq!(
        states,
        [
            Presence::Online,
            Presence::PushOnline,
            Presence::Offline,
            unknown("Away"),
            unknown("An account is not known to the engine: import the user first (70107)"),
            unknown("the engine's answer lacks the account"),
        ]
    );
    assert_eq!(stub.asked()[0].path, "/v4/openim/query_online_status");
    assert_eq!(stub.asked()[0].body["IsNeedDetail"], 0);
}

#[tokio::test]
async fn an_account_is_imported_with_its_name_and_picture() {
    let stub = Stub::saying([code(0), code(0), code(70_398)]).await;
    let client = stub.client();
    let robot = Account::new("oncall_robot");
    client.import_account(&robot, "On-call", Some("https://a.example/b.png")).await.unwrap();
    client.import_account(&robot, "On-call", None).await.unwrap();
    let full = client.import_account(&robot, "On-call", None).await.unwrap_err();
    assert!(matches!(full, EngineError::Permanent(_)), "{full:?}");
    let asked = stub.asked();
    assert_eq!(asked[0].path, "/v4/im_open_login_svc/account_import");
    let picture = "https://a.example/b.png";
    assert_eq!(asked[0].body, json!({"UserID": "oncall_robot", "Nick": "On-call", "FaceUrl": picture}));
    assert_eq!(asked[1].body, json!({"UserID": "oncall_robot", "Nick": "On-call"}));
}

#[tokio::test]
async fn an_account_that_cannot_be_is_never_sent() {
    let stub = Stub::saying([]).await;
    let client = stub.client();
    for bad in ["", "an account that is longer than 32 bytes"] {
        let bad = accounts(&["jack", bad]);
        assert!(matches!(client.check_accounts(&bad).await, Err(EngineError::Permanent(_))));
        assert!(matches!(client.presence(&bad).await, Err(EngineError::Permanent(_))));
        assert!(matches!(client.import_account(&bad[1], "x", None).await, Err(EngineError::Permanent(_))));
    }
    assert!(stub.asked().is_empty());
}
