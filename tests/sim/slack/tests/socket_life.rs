//! The life of a socket: how it begins, how it ends, and how many there may be.

use serde_json::json;

use super::super::{Settings, Transport};
use super::socket::{Client, address, lab};
use super::{Lab, secs};

#[tokio::test]
async fn a_connection_begins_with_hello() {
    let lab = lab().await;
    let first = Client::open(&lab).await;
    assert_eq!((&first.hello["type"], &first.hello["num_connections"]), (&json!("hello"), &json!(1)));
    assert_eq!(first.hello["debug_info"]["approximate_connection_time"], 18_060);
    let second = Client::open(&lab).await;
    assert_eq!(second.hello["num_connections"], 2);
    assert_eq!(second.hello["connection_info"], first.hello["connection_info"]);
    let mut short = Client::connect(&format!("{}&debug_reconnects=true", address(&lab).await)).await.unwrap();
    assert_eq!(short.next().await["debug_info"]["approximate_connection_time"], 360);
    lab.slack.until_connected(3).await;
    drop((first, second, short));
    lab.slack.until_connected(0).await;
    assert_eq!(lab.slack.connections(), 3);
}

#[tokio::test]
async fn an_address_works_once_and_not_for_long() {
    let lab = lab().await;
    let url = address(&lab).await;
    let refused = |client: Result<Client, u16>| client.err();
    let other = url.replace("/link/", "/other/");
    assert_eq!(refused(Client::connect(&other).await), Some(403));
    let client = Client::connect(&url).await.unwrap();
    assert_eq!(refused(Client::connect(&url).await), Some(403), "it was used up");
    drop(client);
    let url = address(&lab).await;
    lab.advance(secs(31)).await;
    assert_eq!(refused(Client::connect(&url).await), Some(403), "it was too old");
    lab.slack.set(|settings| {
        let door = || "http://127.0.0.1:9/".to_owned();
        settings.transport =
            Transport::Http(super::super::Doors { commands: door(), interactions: door(), events: door() });
    });
    let token = lab.slack.app_token();
    let answer = lab.call_as(&token, "apps.connections.open", json!({})).await.1;
    assert_eq!(answer["error"], "forbidden_team", "the app has no Socket Mode");
    assert_eq!(lab.complaint(), "apps.connections.open takes no JSON");
}

#[tokio::test]
async fn ten_connections_take_turns_and_an_eleventh_is_sent_away() {
    let lab = lab().await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(Client::open(&lab).await);
    }
    let mut eleventh = Client::connect(&address(&lab).await).await.unwrap();
    assert_eq!(eleventh.next().await["reason"], "too_many_websockets");
    eleventh.over().await;
    for client in &mut clients {
        let nr = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
        let envelope = client.next().await;
        client.acks(&envelope).await;
        lab.settle().await;
        assert!(lab.slack.delivery(nr).heard.is_some());
    }
    lab.is_content();
}

#[tokio::test]
async fn a_refresh_warns_and_loses_nothing() {
    let lab = lab().await;
    let mut old = Client::open(&lab).await;
    lab.slack.refresh();
    assert_eq!(old.next().await["reason"], "warning");
    let mut new = Client::open(&lab).await;
    lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    let envelope = old.next().await;
    lab.advance(secs(10)).await;
    assert_eq!(old.next().await["reason"], "refresh_requested");
    assert_eq!((lab.slack.connected(), lab.slack.open_sockets()), (1, 2));
    let second = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    let envelope_of_new = new.next().await;
    assert_ne!(envelope, envelope_of_new);
    old.acks(&envelope_of_new).await;
    lab.settle().await;
    assert!(lab.slack.delivery(second).heard.is_some(), "whichever connection it comes over");
    let ending = async {
        lab.advance(secs(5)).await;
    };
    tokio::join!(ending, old.over());
    lab.slack.until_connected(1).await;
    lab.is_content();
}

#[tokio::test]
async fn slack_sends_clients_away() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    lab.slack.disconnects("link_disabled");
    assert_eq!(client.next().await["reason"], "link_disabled");
    assert_eq!(lab.slack.connected(), 0);
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    lab.settle().await;
    assert!(lab.slack.delivery(nr).heard.is_some(), "nobody is there");
    let ending = async { lab.advance(secs(5)).await };
    tokio::join!(ending, client.over());
    lab.slack.go_down();
    lab.slack.come_back();
    let mut client = Client::open(&lab).await;
    lab.slack.drop_sockets();
    client.over().await;
    lab.slack.until_connected(0).await;
}

#[tokio::test]
async fn a_frozen_socket_is_silent_and_stays_open() {
    let lab = Lab::with(Settings::default()).await;
    let mut client = Client::open(&lab).await;
    lab.slack.freeze_sockets();
    let nr = lab.slack.mentions(&lab.ana, &lab.ops, None, "hi").unwrap();
    lab.advance(secs(3)).await;
    assert_eq!(lab.slack.connected(), 1, "nobody has noticed");
    assert_eq!(lab.slack.delivery(nr).tries.len(), 1);
    let read = client.next();
    tokio::pin!(read);
    tokio::select! {
        biased;
        frame = &mut read => panic!("{frame}"),
        () = super::super::deliver::grace() => {}
    }
}

#[tokio::test]
async fn a_socket_is_pinged_by_the_models_clock() {
    let lab = Lab::with(Settings::default()).await;
    let mut client = Client::open(&lab).await;
    let advancing = lab.advance(secs(10));
    let reading = async {
        use futures_util::StreamExt as _;
        let frame = client.socket.next().await.unwrap().unwrap();
        assert!(frame.is_ping(), "{frame:?}");
        // The answer goes out with the next look.
        drop(futures_util::poll!(client.socket.next()));
    };
    tokio::join!(advancing, reading);
    assert_eq!(lab.clock.in_flight(), 0);
}

#[tokio::test]
async fn what_is_no_acknowledgement_is_a_complaint() {
    use futures_util::SinkExt as _;
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    client.says(&json!({ "envelope_id": "x" })).await;
    client.says(&json!({ "hello": 1 })).await;
    client.socket.send(tokio_tungstenite::tungstenite::Message::Binary(vec![1])).await.unwrap();
    lab.slack.until("three", |slack| slack.look(|state| (state.complaints.len() == 3).then_some(()))).await;
    assert_eq!(
        lab.slack.complaints(),
        [
            "the acknowledgement of x is not known, or was acknowledged before",
            "a frame that is no acknowledgement: {\"hello\":1}",
            "a binary frame of 1 bytes",
        ]
    );
}
