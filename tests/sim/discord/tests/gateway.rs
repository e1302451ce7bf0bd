//! The gateway: who is let in, what is told, what is told again.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::ZlibDecoder;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::gateway::intents;
use super::super::{Discord, Fault};
use super::{Lab, secs};

/// What a client heard.
#[derive(Debug, PartialEq)]
enum Told {
    Frame(Value),
    Closed(u16),
    Cut,
}

impl Told {
    fn frame(self) -> Value {
        match self {
            Self::Frame(frame) => frame,
            other => panic!("no frame: {other:?}"),
        }
    }
}

/// A client that does nothing by itself.
struct Client {
    socket: WebSocketStream<TcpStream>,
    seq: u64,
}

impl Client {
    async fn open(discord: &Discord, tail: &str) -> Self {
        let stream = TcpStream::connect(discord.url().strip_prefix("http://").unwrap()).await.unwrap();
        let url = format!("{}{tail}", discord.gateway());
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Self { socket, seq: 0 }
    }

    /// Opens a connection and reads Hello.
    async fn greeted(discord: &Discord) -> Self {
        let mut client = Self::open(discord, "/?v=10&encoding=json").await;
        let hello = client.next().await.frame();
        assert_eq!((&hello["op"], &hello["d"]["heartbeat_interval"]), (&json!(10), &json!(41_250)));
        client
    }

    /// Identifies with `intents`, and reads READY. Returns the session.
    async fn identified(discord: &Discord, intents: u64) -> (Self, String) {
        let mut client = Self::greeted(discord).await;
        client.identify(&discord.token(), intents, json!({})).await;
        let ready = client.event("READY").await;
        (client, ready["session_id"].as_str().unwrap().to_owned())
    }

    async fn identify(&mut self, token: &str, intents: u64, more: Value) {
        let mut data = json!({ "token": token, "intents": intents, "properties": {} });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.say(&json!({ "op": 2, "d": data })).await;
    }

    async fn say(&mut self, frame: &Value) {
        self.socket.send(Message::Text(frame.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Told {
        loop {
            let frame = match self.socket.next().await {
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Binary(bytes))) => {
                    let mut text = String::new();
                    ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
                    serde_json::from_str(&text).unwrap()
                }
                Some(Ok(Message::Close(frame))) => return Told::Closed(u16::from(frame.unwrap().code)),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Told::Cut,
            };
            let frame: Value = frame;
            self.seq = frame["s"].as_u64().unwrap_or(self.seq);
            return Told::Frame(frame);
        }
    }

    /// The next event, which has to be of this name.
    async fn event(&mut self, name: &str) -> Value {
        let frame = self.next().await.frame();
        assert_eq!((&frame["op"], &frame["t"]), (&json!(0), &json!(name)), "{frame:#}");
        frame["d"].clone()
    }

    async fn resume(&mut self, discord: &Discord, session: &str, seq: u64) {
        let data = json!({ "token": discord.token(), "session_id": session, "seq": seq });
        self.say(&json!({ "op": 6, "d": data })).await;
    }
}

#[tokio::test]
async fn who_identifies_gets_a_session_and_the_guilds() {
    let lab = Lab::open().await;
    let mut client = Client::greeted(&lab.discord).await;
    client.say(&json!({ "op": 1, "d": null })).await;
    assert_eq!(client.next().await.frame()["op"], 11, "a heartbeat is acknowledged, even before Identify");
    client.identify(&format!("Bot {}", lab.discord.token()), intents::GUILDS, json!({})).await;
    let ready = client.event("READY").await;
    assert_eq!(ready["application"]["id"], lab.discord.application().json());
    assert_eq!(ready["guilds"][0]["id"], lab.discord.guild().json());
    assert!(ready["resume_gateway_url"].as_str().unwrap().starts_with("ws://127.0.0.1"));
    let guild = client.event("GUILD_CREATE").await;
    assert_eq!((&guild["channels"][0]["name"], &guild["member_count"]), (&json!("ops"), &json!(4)));
    assert_eq!((lab.discord.connected(), lab.discord.identifies()), (1, 1));

    let interaction = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    assert!(lab.clock.in_flight() > 0, "time stands still until it is read");
    let event = client.event("INTERACTION_CREATE").await;
    assert_eq!(event["id"], interaction.json());
    client.say(&json!({ "op": 3, "d": {} })).await;
    lab.discord.op7();
    assert_eq!(client.next().await.frame()["op"], 7);
    let settled = async {
        while lab.clock.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = settled => (),
        told = client.next() => panic!("{told:?}"),
    }
}

#[tokio::test]
async fn intents_choose_what_is_told() {
    let lab = Lab::open().await;
    let (mut few, _) = Client::identified(&lab.discord, 0).await;
    let (mut many, _) = Client::identified(&lab.discord, intents::GUILDS | intents::GUILD_MESSAGES).await;
    many.event("GUILD_CREATE").await;
    lab.discord.until_connected(2).await;
    let said = lab.discord.says(lab.ana, lab.ops, "hello").unwrap();
    assert_eq!(many.event("MESSAGE_CREATE").await["id"], said.json());
    lab.discord.delete_message(said);
    assert_eq!(many.event("MESSAGE_DELETE").await["id"], said.json());
    let dev = lab.discord.add_channel("dev");
    assert_eq!(many.event("CHANNEL_CREATE").await["name"], "dev");
    lab.discord.delete_channel(dev);
    assert_eq!(many.event("CHANNEL_DELETE").await["name"], "dev");
    lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    few.event("INTERACTION_CREATE").await;
    many.event("INTERACTION_CREATE").await;
}

#[tokio::test]
async fn who_does_wrong_is_thrown_out_with_a_number() {
    let lab = Lab::open().await;
    let token = lab.discord.token();
    let identify = |more: Value| {
        let mut data = json!({ "token": token, "intents": 1, "properties": {} });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "op": 2, "d": data })
    };
    let cases = [
        (json!({ "op": 99 }), 4001),
        (json!("text"), 4002),
        (json!({ "op": 2, "d": {} }), 4002),
        (json!({ "op": 1, "d": "x".repeat(4096) }), 4002),
        (json!({ "op": 3, "d": {} }), 4003),
        (identify(json!({ "token": "wrong" })), 4004),
        (json!({ "op": 6, "d": { "token": "wrong", "session_id": "x", "seq": 0 } }), 4004),
        (identify(json!({ "shard": [1, 1] })), 4010),
        (identify(json!({ "intents": 1_u64 << 40 })), 4013),
        (identify(json!({ "intents": intents::MESSAGE_CONTENT })), 4014),
    ];
    let numbers: Vec<u16> = cases.iter().map(|(_, number)| *number).collect();
    for (frame, expected) in cases {
        let mut client = Client::greeted(&lab.discord).await;
        client.say(&frame).await;
        assert_eq!(client.next().await, Told::Closed(expected), "{frame}");
    }
    assert_eq!(lab.discord.closes(), numbers);
    let (mut twice, _) = Client::identified(&lab.discord, 0).await;
    twice.identify(&lab.discord.token(), 0, json!({})).await;
    assert_eq!(twice.next().await, Told::Closed(4005));
    let mut hasty = Client::greeted(&lab.discord).await;
    for _ in 0..120 {
        hasty.say(&json!({ "op": 1, "d": null })).await;
        assert_eq!(hasty.next().await.frame()["op"], 11);
    }
    hasty.say(&json!({ "op": 1, "d": null })).await;
    assert_eq!(hasty.next().await, Told::Closed(4008));
    for (tail, expected) in [("?v=6", 4012), ("?v=10&encoding=etf", 4002)] {
        let mut client = Client::open(&lab.discord, tail).await;
        assert_eq!(client.next().await, Told::Closed(expected));
    }
}

#[tokio::test]
async fn a_session_is_resumed_with_what_was_missed() {
    let lab = Lab::open().await;
    let (mut client, session) = Client::identified(&lab.discord, 0).await;
    let seen = client.seq;
    lab.discord.drop_ws();
    assert_eq!(client.next().await, Told::Cut);
    lab.discord.until_connected(0).await;
    let missed = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    let mut again = Client::greeted(&lab.discord).await;
    again.resume(&lab.discord, &session, seen).await;
    assert_eq!(again.event("INTERACTION_CREATE").await["id"], missed.json());
    again.event("RESUMED").await;
    assert_eq!((lab.discord.connected(), lab.discord.identifies()), (1, 1));

    let mut other = Client::greeted(&lab.discord).await;
    other.resume(&lab.discord, &session, 99).await;
    assert_eq!(other.next().await, Told::Closed(4007), "never sent");
    let mut stranger = Client::greeted(&lab.discord).await;
    stranger.resume(&lab.discord, "none", 0).await;
    let invalid = stranger.next().await.frame();
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));

    lab.discord.close_ws(4000);
    assert_eq!(again.next().await, Told::Closed(4000));
    drop(again);
    lab.discord.until_connected(0).await;
    lab.wait(secs(181));
    let mut late = Client::greeted(&lab.discord).await;
    late.resume(&lab.discord, &session, seen).await;
    assert_eq!(late.next().await.frame()["op"], 9, "nobody waits for ever");
}

#[tokio::test]
async fn a_session_can_be_taken_away() {
    let lab = Lab::open().await;
    for is_resumable in [true, false] {
        let (mut client, session) = Client::identified(&lab.discord, 0).await;
        lab.discord.op9(is_resumable);
        let told = client.next().await.frame();
        assert_eq!((&told["op"], &told["d"]), (&json!(9), &json!(is_resumable)));
        let mut again = Client::greeted(&lab.discord).await;
        again.resume(&lab.discord, &session, client.seq).await;
        let answer = again.next().await.frame();
        assert_eq!(answer["op"], if is_resumable { 0 } else { 9 });
    }
    let (mut client, _) = Client::identified(&lab.discord, 0).await;
    lab.discord.revoke_token();
    assert_eq!(client.next().await, Told::Closed(4004));
    // The new token works.
    let (mut leaving, session) = Client::identified(&lab.discord, 0).await;
    leaving.socket.close(None).await.unwrap();
    drop(leaving);
    lab.discord.until_connected(0).await;
    let mut back = Client::greeted(&lab.discord).await;
    back.resume(&lab.discord, &session, 1).await;
    assert_eq!(back.next().await.frame()["t"], "RESUMED", "it left without a code");
}

#[tokio::test]
async fn heartbeats_pace_and_compression_can_be_chosen() {
    let lab = Lab::open().await;
    lab.discord.acknowledge_heartbeats(false);
    lab.discord.beat_every(Duration::from_millis(200));
    lab.discord.set(|settings| (settings.zlib, settings.identify_pace) = (true, true));
    let mut client = Client::open(&lab.discord, "?v=10").await;
    assert_eq!(client.next().await.frame()["d"]["heartbeat_interval"], 200);
    client.say(&json!({ "op": 1, "d": null })).await;
    client.identify(&lab.discord.token(), 0, json!({ "compress": true })).await;
    client.event("READY").await;
    let mut second = Client::open(&lab.discord, "?v=10").await;
    second.next().await;
    second.identify(&lab.discord.token(), 0, json!({})).await;
    assert_eq!(second.next().await.frame()["op"], 9, "too soon");
    lab.wait(secs(5));
    second.identify(&lab.discord.token(), 0, json!({})).await;
    second.event("READY").await;
}

#[tokio::test]
async fn when_nobody_is_at_home_nothing_connects() {
    let lab = Lab::open().await;
    let (mut client, session) = Client::identified(&lab.discord, 0).await;
    lab.discord.go_down();
    assert_eq!(client.next().await, Told::Cut);
    assert!(lab.send(reqwest::Method::GET, "/gateway", None).await.is_err());
    lab.discord.come_back();
    assert_eq!(lab.get("/gateway").await.0, 200);
    let mut again = Client::greeted(&lab.discord).await;
    again.resume(&lab.discord, &session, client.seq).await;
    again.event("RESUMED").await;
    lab.discord.next("GET /gateway", 1, Fault::Cut);
    assert!(lab.send(reqwest::Method::GET, "/gateway", None).await.is_err());
}
