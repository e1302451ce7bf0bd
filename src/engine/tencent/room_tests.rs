//! Finding a call by its room, through pages of any size.

use serde_json::{Value, json};

use super::*;
use crate::engine::tencent::stub::{Say, Stub, code, response};

fn entries(range: std::ops::Range<u32>) -> Vec<Value> {
    range
        .map(|n| json!({"CallId": format!("c-{n}"), "RoomId": format!("co_{}", n % 10), "StartTime": 1000, "EndTime": 1010}))
        .collect()
}

fn page(number: u32, total: u32, range: std::ops::Range<u32>) -> Say {
    response(json!({"TotalNum": total, "Page": number, "CallRecordList": entries(range)}))
}

async fn search(stub: &Stub) -> Result<Vec<Record>, EngineError> {
    let since = Timestamp::from_second(1_000).unwrap();
    stub.client().records_in(&RoomId::new("co_3"), &[Account::new("jack")], since).await
}

#[tokio::test]
async fn every_page_is_read_even_when_pages_are_smaller_than_asked_for() {
    let stub = Stub::saying([page(1, 45, 0..20), page(2, 45, 20..40), page(3, 45, 40..45)]).await;
    let found: Vec<_> =
        search(&stub).await.unwrap().into_iter().map(|record| record.call.to_string()).collect();
    assert_eq!(found, ["c-3", "c-13", "c-23", "c-33", "c-43"]);
    let bodies: Vec<_> = stub.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[0], json!({"StartTime": 940, "NumberPerPage": 50, "Page": 1}));
    assert_eq!((bodies.len(), &bodies[2]["Page"]), (3, &json!(3)));
}

#[tokio::test]
async fn without_a_total_an_empty_page_is_the_end() {
    let untold = |range| response(json!({"CallRecordList": entries(range)}));
    let stub = Stub::saying([untold(0..50), untold(50..54), untold(0..0)]).await;
    assert_eq!(search(&stub).await.unwrap().len(), 6);
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn a_record_that_slips_to_the_next_page_is_found_once() {
    let stub = Stub::saying([page(1, 8, 0..6), page(0, 10, 2..6)]).await;
    assert_eq!(search(&stub).await.unwrap().len(), 1);
    assert_eq!(stub.asked().len(), 2);
}

#[tokio::test]
async fn an_older_call_in_the_room_is_left_out() {
    let record = |call: &str, start: i64| json!({"CallId": call, "RoomId": "co_3", "StartTime": start});
    let both = [record("old", 939), record("new", 940)];
    let stub = Stub::saying([response(json!({"TotalNum": 2, "CallRecordList": both}))]).await;
    let found = search(&stub).await.unwrap();
    assert_eq!((found.len(), found[0].call.as_str()), (1, "new"));
}

#[tokio::test]
async fn nothing_is_proof_only_when_the_engine_said_so() {
    let nothing = Stub::saying([response(json!({"TotalNum": 0}))]).await;
    assert_eq!(search(&nothing).await, Ok(Vec::new()));
    let mute = Stub::saying([code(0)]).await;
    assert!(matches!(search(&mute).await, Err(EngineError::Temporary(_))));
    let half = Stub::saying([page(1, 90, 0..50), Say::Page(502)]).await;
    assert!(matches!(search(&half).await, Err(EngineError::Temporary(_))), "half a list proves nothing");
    let endless = Stub::saying((1..=PAGES_MAX).map(|n| page(n, u32::MAX, 0..1))).await;
    assert!(matches!(search(&endless).await, Err(EngineError::Temporary(_))));
    assert_eq!(endless.asked().len(), 200);
}

#[tokio::test]
async fn what_cannot_be_read_is_no_proof_when_it_could_be_ours() {
    let ours =
        || json!({"CallId": "c-1", "RoomId": "co_3", "StartTime": 1000, "Caller_Account": "oncall_robot"});
    let with = |changes: Value| {
        let mut entry = ours();
        entry.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        entry
    };
    let said = async |entries: Vec<Value>| {
        let total = entries.len();
        let stub = Stub::saying([response(json!({"TotalNum": total, "CallRecordList": entries}))]).await;
        search(&stub).await
    };
    let doubtful = [
        with(json!({"CallId": ""})),
        with(json!({"RoomId": ""})),
        with(json!({"RoomId": null, "Caller_Account": null})),
        with(json!({"RoomId": 7.5, "StartTime": "soon"})),
        with(json!({"RoomId": "", "CalleeList_Account": ["mira", "jack"]})),
        with(json!({"RoomId": "", "CalleeList_Account": ["mira", {}]})),
        with(json!({"RoomId": "", "CalleeList_Account": ["oncall_robot"]})),
        with(json!({"RoomId": "", "CalleeList_Account": ["", "oncall_robot"]})),
        json!("co_3"),
    ];
    for entry in doubtful {
        let answer = said(vec![entry.clone()]).await;
        assert!(matches!(answer, Err(EngineError::Temporary(_))), "{entry}: {answer:?}");
        assert_eq!(said(vec![entry, ours()]).await.unwrap().len(), 1, "ours is among them");
    }
    let anothers = [
        with(json!({"CallId": "", "RoomId": "co_4"})),
        with(json!({"RoomId": "", "Caller_Account": "mira"})),
        with(json!({"RoomId": "", "StartTime": 900})),
        with(json!({"RoomId": "", "StartTime": null, "EndTime": 900})),
        with(json!({"RoomId": "", "CalleeList_Account": ["mira", "zoe"]})),
    ];
    assert_eq!(said(anothers.to_vec()).await, Ok(Vec::new()));
}
