//! Deliveries over Socket Mode: what they say, and what becomes of their acknowledgements.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::{Heard, Kind, Outcome, Pick, Settings};
use super::{Lab, read, secs};

/// A client that only does what it is told.
pub(super) struct Client {
    pub(super) socket: WebSocketStream<TcpStream>,
    pub(super) hello: Value,
}

impl Client {
    /// Connects, and waits for the hello.
    pub(super) async fn open(lab: &Lab) -> Self {
        let url = address(lab).await;
        let mut client = Self::connect(&url).await.expect("a good ticket");
        client.hello = client.next().await;
        client
    }

    /// Connects; the status if it is refused.
    pub(super) async fn connect(url: &str) -> Result<Self, u16> {
        let host = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(host).await.unwrap();
        match tokio_tungstenite::client_async(url, stream).await {
            Ok((socket, _)) => Ok(Self { socket, hello: Value::Null }),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// The next frame with text.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            match self.socket.next().await.expect("open").expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Returns once the connection is over.
    pub(super) async fn over(&mut self) {
        while let Some(Ok(frame)) = self.socket.next().await {
            assert!(!frame.is_text(), "{frame:?}");
        }
    }

    pub(super) async fn says(&mut self, frame: &Value) {
        self.socket.send(Message::Text(frame.to_string())).await.unwrap();
    }

    pub(super) async fn acks(&mut self, envelope: &Value) {
        self.says(&json!({ "envelope_id": envelope["envelope_id"] })).await;
    }

    pub(super) async fn answers(&mut self, envelope: &Value, payload: Value) {
        self.says(&json!({ "envelope_id": envelope["envelope_id"], "payload": payload })).await;
    }
}

/// The address of a new connection.
pub(super) async fn address(lab: &Lab) -> String {
    let url = format!("{}/apps.connections.open", lab.slack.api_url());
    let answer = read(lab.http.post(url).bearer_auth(lab.slack.app_token())).await.1;
    answer["url"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

pub(super) async fn lab() -> Lab {
    Lab::with(Settings { ping_every: None, ..Settings::default() }).await
}

#[tokio::test]
async fn a_command_is_told_and_answered() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call @jack video a<b #ops, now").unwrap();
    let envelope = client.next().await;
    assert_eq!(
        (&envelope["type"], &envelope["accepts_response_payload"]),
        (&json!("slash_commands"), &json!(true))
    );
    let told = &envelope["payload"];
    let text = format!("<@{}|jack> video a&lt;b <#{}|ops>, now", lab.jack, lab.ops);
    assert_eq!((&told["command"], &told["text"]), (&json!("/call"), &json!(text)));
    assert_eq!((&told["user_id"], &told["user_name"]), (&json!(lab.ana), &json!("ana")));
    assert_eq!((&told["channel_id"], &told["channel_name"]), (&json!(lab.ops), &json!("ops")));
    client.answers(&envelope, json!({ "text": "Ringing jack &amp; co." })).await;
    lab.settle().await;
    let Some(Heard::Message(ts)) = lab.slack.delivery(nr).heard else {
        panic!("{:?}", lab.slack.delivery(nr))
    };
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!((seen.text.as_str(), seen.is_private), ("Ringing jack & co.", true));
    assert_eq!(
        lab.slack.delivery(nr).tries[0].outcome,
        Outcome::Acked(json!({ "text": "Ringing jack &amp; co." }))
    );
    lab.is_content();
}

#[tokio::test]
async fn a_command_may_be_answered_to_all_or_not_at_all() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    let envelope = client.next().await;
    assert_eq!(envelope["payload"]["text"], "");
    client.acks(&envelope).await;
    lab.settle().await;
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Nothing));
    for nothing in [json!({}), json!("")] {
        let nr = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
        let envelope = client.next().await;
        client.answers(&envelope, nothing).await;
        lab.settle().await;
        assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Nothing));
    }
    lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    let envelope = client.next().await;
    client.answers(&envelope, json!({ "response_type": "in_channel", "text": "none" })).await;
    lab.settle().await;
    assert_eq!(lab.slack.sees(&lab.jack, &lab.ops)[0].text, "none");
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/calls").unwrap();
    let envelope = client.next().await;
    client.answers(&envelope, json!({ "text": "a", "blocks": [{ "type": "section" }] })).await;
    lab.settle().await;
    let failed = "/calls failed with the error \"invalid_blocks\"".to_owned();
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Failed(failed)));
    assert!(lab.complaint().starts_with("the answer to 4 was no message"), "it is a complaint");
}

#[tokio::test]
async fn a_command_that_is_not_acknowledged_has_failed() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    let envelope = client.next().await;
    lab.advance(secs(2)).await;
    assert_eq!(lab.slack.delivery(nr).heard, None);
    lab.advance(secs(1)).await;
    let why = "/call failed with the error \"operation_timeout\"";
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Failed(why.to_owned())));
    let seen = &lab.slack.sees(&lab.ana, &lab.ops)[0];
    assert_eq!((seen.author.as_str(), seen.text.as_str(), seen.is_private), ("Slackbot", why, true));
    client.acks(&envelope).await;
    lab.slack.until("the complaint", |slack| slack.look(|state| state.complaints.first().cloned())).await;
    assert!(lab.complaint().ends_with("came too late"));
    lab.advance(secs(600)).await;
    assert_eq!(lab.slack.delivery(nr).tries.len(), 1, "commands do not come again");
}

#[tokio::test]
async fn nobody_is_there() {
    let lab = lab().await;
    let nr = lab.slack.types(&lab.ana, &lab.ops, "/call jack").unwrap();
    lab.settle().await;
    let why = "/call failed with the error \"dispatch_failed\"".to_owned();
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Failed(why)));
}

#[tokio::test]
async fn what_slacks_client_does_not_send() {
    let lab = lab().await;
    let types = |line: &str| lab.slack.types(&lab.ana, &lab.ops, line).unwrap_err();
    assert_eq!(types("/cal jack"), "/cal is not a valid command.");
    assert_eq!(lab.slack.types_in_thread("/call jack"), "/call is not supported in threads. Sorry!");
    let mira = lab.slack.person("mira");
    assert_eq!(
        lab.slack.types(&mira, &lab.ops, "/call jack").unwrap_err(),
        "the person is not in the channel"
    );
    assert_eq!(
        lab.slack.says(&lab.ana, &lab.ops, Some("1.000001"), "a").unwrap_err(),
        "there is no such thread"
    );
    lab.slack.archive(&lab.ops, true);
    assert_eq!(types("/call jack"), "the channel is archived");
    let direct = lab.slack.direct(&lab.ana);
    lab.slack.set(|settings| settings.should_escape = false);
    let nr = lab.slack.types(&lab.ana, &direct, "/call  @jack ").unwrap();
    let told = lab.slack.delivery(nr).payload;
    assert_eq!((&told["channel_name"], &told["text"]), (&json!("directmessage"), &json!("@jack")));
    let hidden = lab.slack.private_channel("hidden", &[&lab.ana]);
    let nr = lab.slack.types(&lab.ana, &hidden, "/call jack").unwrap();
    assert_eq!(lab.slack.delivery(nr).payload["channel_name"], "privategroup");
}

#[tokio::test]
async fn a_button_is_pressed() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let ts = lab.posted_button().await;
    let nr = lab.slack.presses(&lab.jack, &lab.ops, &ts, "Hang up").unwrap();
    let envelope = client.next().await;
    assert_eq!(
        (&envelope["type"], &envelope["accepts_response_payload"]),
        (&json!("interactive"), &json!(false))
    );
    let told = &envelope["payload"];
    assert_eq!((&told["type"], &told["user"]["id"]), (&json!("block_actions"), &json!(lab.jack)));
    let action = &told["actions"][0];
    assert_eq!(
        (&action["action_id"], &action["value"], &action["block_id"]),
        (&json!("hangup"), &json!("c1"), &json!("row"))
    );
    assert_eq!(told["container"]["message_ts"], json!(ts));
    assert_eq!(told["message"]["ts"], json!(ts));
    assert_eq!(told["channel"]["name"], "ops");
    client.acks(&envelope).await;
    lab.settle().await;
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Nothing));
    let none = lab.slack.presses(&lab.jack, &lab.ops, &ts, "Mine").unwrap_err();
    assert!(none.starts_with("there is no button \"Mine\", but [Button { label: \"Hang up\""), "{none}");
    assert_eq!(lab.slack.clicks(&lab.jack, &lab.ops, &ts, "x").unwrap_err(), "there is no \"x\"");
    let mira = lab.slack.person("mira");
    let hidden = lab.slack.clicks(&mira, &lab.ops, &ts, "hangup").unwrap_err();
    assert_eq!(hidden, "the person does not see the message");
    let second = lab.slack.deliver_again(nr);
    let again = client.next().await;
    assert_eq!(again["payload"]["trigger_id"], told["trigger_id"]);
    lab.advance(secs(3)).await;
    let failed = Heard::Failed("This app responded with operation_timeout".to_owned());
    assert_eq!(lab.slack.delivery(second).heard, Some(failed));
    assert_eq!(lab.slack.deliveries().iter().filter(|delivery| delivery.kind == Kind::Action).count(), 2);
}

#[tokio::test]
async fn a_menu_is_used_in_a_thread() {
    let lab = lab().await;
    let ts = lab.posted("card").await;
    let option = json!({ "text": { "type": "plain_text", "text": "Mira" }, "value": "mira" });
    let menus = json!([{ "type": "actions", "elements": [
        { "type": "static_select", "action_id": "who", "options": [option] },
        { "type": "users_select", "action_id": "user" },
        { "type": "channels_select", "action_id": "channel" },
        { "type": "conversations_select", "action_id": "any", "placeholder": { "type": "plain_text", "text": "Any" } },
    ] }]);
    let body = json!({ "channel": lab.ops, "thread_ts": ts, "text": "whom?", "blocks": menus });
    let reply = lab.does("chat.postMessage", body).await["ts"].as_str().unwrap().to_owned();
    let picks = |action: &str, pick: Pick<'_>| lab.slack.picks(&lab.ana, (&lab.ops, &reply), action, pick);
    let told = |nr: usize| lab.slack.delivery(nr).payload;
    let who = told(picks("who", Pick::Option("mira")).unwrap());
    assert_eq!(who["actions"][0]["selected_option"]["value"], "mira");
    assert_eq!(who["container"]["thread_ts"], json!(ts));
    let user = told(picks("user", Pick::Id(&lab.jack)).unwrap());
    assert_eq!(user["actions"][0]["selected_user"], json!(lab.jack));
    assert_eq!(told(picks("channel", Pick::Id("C1")).unwrap())["actions"][0]["selected_channel"], "C1");
    assert_eq!(told(picks("any", Pick::Id("C1")).unwrap())["actions"][0]["selected_conversation"], "C1");
    assert_eq!(picks("who", Pick::Option("ana")).unwrap_err(), "there is no option \"ana\"");
    assert_eq!(picks("who", Pick::Press).unwrap_err(), "a static_select is not used by Press");
    assert_eq!(lab.slack.message(&lab.ops, &reply).unwrap().buttons[3].label, "Any");
}

#[tokio::test]
async fn a_mention_is_an_event_where_the_bot_is() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let ts = lab.posted("card").await;
    let nr = lab.slack.mentions(&lab.jack, &lab.ops, Some(&ts), "ack").unwrap();
    let envelope = client.next().await;
    assert_eq!((&envelope["type"], &envelope["retry_attempt"]), (&json!("events_api"), &json!(0)));
    let event = &envelope["payload"]["event"];
    assert_eq!(event["type"], "app_mention");
    assert_eq!(event["text"], json!(format!("<@{}> ack", lab.slack.bot())));
    assert_eq!((&event["thread_ts"], &event["channel"]), (&json!(ts), &json!(lab.ops)));
    client.acks(&envelope).await;
    lab.settle().await;
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Nothing));
    assert_eq!(lab.slack.thread(&lab.ana, &lab.ops, &ts)[0].text, "@Callout ack");
    let (_, none) = lab.slack.says(&lab.jack, &lab.ops, None, "see https://a.b/?c&d @mira @here").unwrap();
    assert_eq!(none, None);
    assert_eq!(lab.slack.sees(&lab.ana, &lab.ops)[1].text, "see https://a.b/?c&d @mira @here");
    lab.slack.kick(&lab.ops, &lab.slack.bot());
    let why = "the bot is not here, or has not asked for mentions";
    assert_eq!(lab.slack.mentions(&lab.jack, &lab.ops, None, "ack").unwrap_err(), why);
    lab.slack.invite(&lab.ops, &lab.slack.bot());
    lab.slack.revoke_scope("app_mentions:read");
    assert_eq!(lab.slack.mentions(&lab.jack, &lab.ops, None, "ack").unwrap_err(), why);
}

#[tokio::test]
async fn an_event_comes_again_until_it_is_acknowledged() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let nr = lab.slack.mentions(&lab.ana, &lab.ops, None, "hi").unwrap();
    let first = client.next().await;
    lab.advance(secs(3)).await;
    let second = client.next().await;
    assert_eq!(
        (&second["retry_attempt"], &second["retry_reason"]),
        (&json!(1), &json!("timeout")),
        "at once"
    );
    assert_eq!(second["payload"]["event_id"], first["payload"]["event_id"]);
    assert_ne!(second["envelope_id"], first["envelope_id"]);
    lab.advance(secs(63)).await;
    let third = client.next().await;
    assert_eq!(third["retry_attempt"], 2, "after a minute");
    client.acks(&third).await;
    lab.settle().await;
    let delivery = lab.slack.delivery(nr);
    assert_eq!(delivery.tries.iter().map(|t| t.took.as_secs()).collect::<Vec<_>>(), [3, 3, 0]);
    assert_eq!(delivery.at, "2026-03-10T15:00:00Z".parse().unwrap());
    assert_eq!(delivery.tries[2].at, "2026-03-10T15:01:06Z".parse().unwrap());
    lab.advance(secs(600)).await;
    assert_eq!(lab.slack.delivery(nr).tries.len(), 3);
    let given_up = lab.slack.mentions(&lab.ana, &lab.ops, None, "hi").unwrap();
    lab.advance(secs(600)).await;
    assert_eq!(lab.slack.delivery(given_up).tries.len(), 4);
    assert_eq!(lab.slack.delivery(given_up).heard, Some(Heard::Nothing));
}

#[tokio::test]
async fn a_shortcut_of_a_message_says_which() {
    let lab = lab().await;
    let (ts, _) = lab.slack.says(&lab.jack, &lab.ops, None, "the database is down").unwrap();
    let nr = lab.slack.message_shortcut(&lab.ana, &lab.ops, &ts, "page_about").unwrap();
    let told = lab.slack.delivery(nr).payload;
    assert_eq!((&told["type"], &told["callback_id"]), (&json!("message_action"), &json!("page_about")));
    assert_eq!(told["message"]["text"], "the database is down");
    assert_eq!((&told["message_ts"], &told["channel"]["id"]), (&json!(ts), &json!(lab.ops)));
    assert!(told["response_url"].as_str().unwrap().starts_with("http"));
    assert_eq!(
        lab.slack.message_shortcut(&lab.ana, &lab.ops, &ts, "x").unwrap_err(),
        "there is no shortcut \"x\""
    );
    assert_eq!(lab.slack.global_shortcut(&lab.ana, "x").unwrap_err(), "there is no shortcut \"x\"");
    let body = json!({ "channel": lab.ops, "user": lab.ana, "text": "psst" });
    let whisper = lab.does("chat.postEphemeral", body).await["message_ts"].as_str().unwrap().to_owned();
    let none = lab.slack.message_shortcut(&lab.ana, &lab.ops, &whisper, "page_about").unwrap_err();
    assert_eq!(none, "a private message has no shortcuts");
}
