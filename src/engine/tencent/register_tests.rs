//! One place for each application: ours is set, somebody else's stays.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::clock::Clock;
use crate::engine::tencent::TencentSettings;
use crate::engine::tencent::stub::{Say, Stub, code, response, settings};

const OURS: &str = "https://callout.example.com/base/engine/tencent/hookpath";

async fn register(says: Vec<Say>) -> (Result<Registration, EngineError>, Stub) {
    let (client, stub) = reachable(says).await;
    (client.register_callback().await, stub)
}

async fn reachable(says: Vec<Say>) -> (Arc<Tencent>, Stub) {
    let stub = Stub::saying(says).await;
    let public_url = Some("https://callout.example.com/base/".to_owned());
    let settings = TencentSettings { public_url, ..settings(&stub.root) };
    (Tencent::new(settings, Clock::system()).unwrap(), stub)
}

fn there(url: &str, commands: &[&str]) -> Say {
    response(json!({"Url": url, "CallbackCommandList": commands}))
}

#[tokio::test]
async fn where_none_is_ours_is_set() {
    for nothing in [code(100_301), there("", &[])] {
        let (outcome, stub) = register(vec![nothing]).await;
        assert_eq!(outcome, Ok(Registration::Set));
        let asked = &stub.asked()[1];
        assert_eq!(asked.path, "/v4/call_config/set_callback");
        assert_eq!(asked.body, json!({"Url": OURS, "CallbackCommandList": COMMANDS}));
    }
}

#[tokio::test]
async fn what_is_right_is_left_alone() {
    let (outcome, stub) = register(vec![there(OURS, &COMMANDS)]).await;
    assert_eq!((outcome, stub.asked().len()), (Ok(Registration::Kept), 1));
}

#[tokio::test]
async fn an_older_one_of_ours_is_replaced() {
    let older = "https://callout.example.com/base/engine/tencent/former";
    for ours in [there(older, &COMMANDS), there(OURS, &COMMANDS[..2])] {
        let (outcome, stub) = register(vec![ours]).await;
        assert_eq!((outcome, stub.asked().len()), (Ok(Registration::Set), 2));
    }
}

#[tokio::test]
async fn somebody_elses_stays_and_keeps_its_secret() {
    let foreign = [
        "https://other.example.com/tencent/call/9f2c71d0b6",
        "https://callout.example.com/engine/tencent/9f2c71d0b6",
        "http://callout.example.com/base/engine/tencent/9f2c71d0b6",
        "9f2c71d0b6",
    ];
    for url in foreign {
        let (outcome, stub) = register(vec![there(url, &COMMANDS)]).await;
        let Ok(Registration::Foreign(said)) = outcome else { panic!("{url}: {outcome:?}") };
        assert!(!said.contains("9f2c71d0b6") && !said.contains("hookpath"), "{said}");
        assert!(said.contains("delete the callback"), "{said}");
        assert_eq!(stub.asked().len(), 1, "nothing was overwritten");
    }
}

#[tokio::test]
async fn without_a_public_address_nothing_is_asked() {
    let stub = Stub::saying([]).await;
    assert_eq!(stub.client().register_callback().await, Ok(Registration::Off));
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn an_engine_that_fails_is_an_error() {
    let (outcome, stub) = register(vec![Say::Page(502)]).await;
    assert!(matches!(outcome, Err(EngineError::Temporary(_))));
    assert_eq!(stub.asked().len(), 1);
    let (outcome, _) = register(vec![code(100_301), code(100_002)]).await;
    assert!(matches!(outcome, Err(EngineError::Permanent(_))));
}

#[tokio::test]
async fn a_public_address_that_cannot_be_is_refused() {
    for public in ["callout", "ftp://callout.example.com", "https://callout.example.com/?a=b"] {
        let settings =
            TencentSettings { public_url: Some(public.to_owned()), ..settings("http://127.0.0.1:1") };
        let outcome = Tencent::new(settings, Clock::system()).unwrap().register_callback().await;
        assert!(
            matches!(&outcome, Err(EngineError::Permanent(why)) if why.starts_with("PUBLIC_URL")),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn somebody_elses_is_replaced_when_told_to() {
    let foreign = "https://other.example.com/hook";
    let (client, stub) = reachable(vec![there(foreign, &COMMANDS)]).await;
    assert_eq!(client.replace_callback().await, Ok(Registration::Set));
    assert_eq!(stub.asked()[1].body["Url"], OURS);
    let (client, stub) = reachable(vec![there(OURS, &COMMANDS)]).await;
    assert_eq!(client.replace_callback().await, Ok(Registration::Kept));
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn looking_changes_nothing() {
    let says =
        vec![code(100_301), there(OURS, &COMMANDS), there("https://other.example.com/hook", &COMMANDS)];
    let (client, stub) = reachable(says).await;
    assert_eq!(client.callback_state().await, Ok(Registration::Missing));
    assert_eq!(client.callback_state().await, Ok(Registration::Kept));
    assert!(matches!(client.callback_state().await, Ok(Registration::Foreign(_))));
    assert!(stub.asked().iter().all(|asked| asked.path == "/v4/call_config/get_callback"));
}

#[tokio::test]
async fn a_callback_is_deleted_once_and_for_all() {
    let (client, stub) = reachable(vec![code(0), code(100_301), code(100_001)]).await;
    assert_eq!(client.delete_callback().await, Ok(()));
    assert_eq!(client.delete_callback().await, Ok(()), "there was none");
    assert!(matches!(client.delete_callback().await, Err(EngineError::Temporary(_))));
    assert_eq!(
        (stub.asked()[0].path.as_str(), &stub.asked()[0].body),
        ("/v4/call_config/delete_callback", &json!({}))
    );
}
