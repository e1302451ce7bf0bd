//! Modals and home tabs.

use serde_json::{Value, json};

use super::super::{Heard, Nr};
use super::socket::{Client, lab};
use super::{Lab, button, modal, secs};

impl Lab {
    /// ana types a command: what opens a modal.
    fn trigger(&self) -> Value {
        let nr = self.slack.types(&self.ana, &self.ops, "/page").unwrap();
        self.slack.delivery(nr).payload["trigger_id"].clone()
    }

    /// ana has a modal open.
    async fn opened(&self, view: Value) -> Value {
        self.does("views.open", json!({ "trigger_id": self.trigger(), "view": view })).await["view"].clone()
    }

    /// The app answers what ana sent in.
    async fn submitted(&self, client: &mut Client, answer: Value) -> (Value, Nr) {
        let nr = self.slack.submits(&self.ana, &[("why", "the database")]).unwrap();
        let envelope = client.next().await;
        client.answers(&envelope, answer).await;
        self.settle().await;
        (envelope, nr)
    }
}

#[tokio::test]
async fn a_trigger_opens_one_modal_within_three_seconds() {
    let lab = Lab::open().await;
    let open = |trigger: &Value| lab.call("views.open", json!({ "trigger_id": trigger, "view": modal() }));
    let trigger = lab.trigger();
    lab.advance(secs(3)).await;
    assert_eq!(open(&trigger).await.1["ok"], true);
    assert_eq!(open(&trigger).await.1["error"], "exchanged_trigger_id");
    let trigger = lab.trigger();
    lab.advance(secs(4)).await;
    assert_eq!(open(&trigger).await.1["error"], "expired_trigger_id");
    assert_eq!(open(&json!("1.2.x")).await.1["error"], "invalid_trigger_id");
    for _ in 0..2 {
        assert_eq!(open(&lab.trigger()).await.1["ok"], true);
    }
    assert_eq!(open(&lab.trigger()).await.1["error"], "push_limit_reached", "three on top of each other");
    let form = lab.slack.modal(&lab.ana).unwrap();
    assert_eq!((&*form.title, &*form.submit, &*form.text), ("Page", "Send", "Whom?"));
    let field = &form.fields[0];
    assert_eq!(
        (&*field.block_id, &*field.label, field.is_optional, &*field.value),
        ("why", "Why", false, "")
    );
    assert_eq!(form.buttons[0].label, "Me");
    assert_eq!(lab.slack.modal(&lab.jack), None);
}

#[tokio::test]
async fn a_modal_is_sent_in() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    assert_eq!(lab.slack.submits(&lab.ana, &[]).unwrap_err(), "no modal is open");
    let trigger = lab.trigger();
    client.next().await;
    let view =
        lab.does("views.open", json!({ "trigger_id": trigger, "view": modal() })).await["view"].clone();
    let submits = |inputs: &[(&str, &str)]| lab.slack.submits(&lab.ana, inputs).unwrap_err();
    assert_eq!(submits(&[]), "\"why\" has to be filled in");
    assert_eq!(submits(&[("who", "x")]), "the form has no \"who\"");
    assert_eq!(submits(&[("why", "ab")]), "it wants 3 to 20 characters");
    let (envelope, nr) =
        lab.submitted(&mut client, json!({ "response_action": "errors", "errors": { "why": "no" } })).await;
    let told = &envelope["payload"];
    assert_eq!(
        (&told["type"], &envelope["accepts_response_payload"]),
        (&json!("view_submission"), &json!(true))
    );
    assert_eq!(told["view"]["state"]["values"]["why"]["text"]["value"], "the database");
    assert_eq!(
        (&told["view"]["callback_id"], &told["view"]["private_metadata"]),
        (&json!("page"), &json!("secret"))
    );
    assert_eq!(told["view"]["id"], view["id"]);
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Errors(vec![("why".to_owned(), "no".to_owned())])));
    assert!(lab.slack.modal(&lab.ana).is_some(), "it stays");
    let (_, nr) = lab.submitted(&mut client, Value::Null).await;
    assert_eq!((lab.slack.delivery(nr).heard, lab.slack.modal(&lab.ana)), (Some(Heard::Form), None));
    lab.is_content();
}

#[tokio::test]
async fn an_answer_changes_what_is_open() {
    let lab = lab().await;
    let mut client = Client::open(&lab).await;
    let trigger = lab.trigger();
    client.next().await;
    lab.does("views.open", json!({ "trigger_id": trigger, "view": modal() })).await;
    let mut next = modal();
    next["title"]["text"] = json!("Next");
    lab.submitted(&mut client, json!({ "response_action": "update", "view": next })).await;
    assert_eq!(lab.slack.modal(&lab.ana).unwrap().title, "Next");
    lab.submitted(&mut client, json!({ "response_action": "push", "view": modal() })).await;
    assert_eq!(lab.slack.modal(&lab.ana).unwrap().title, "Page");
    let (_, nr) = lab.submitted(&mut client, json!({ "response_action": "push", "view": {} })).await;
    assert!(matches!(lab.slack.delivery(nr).heard, Some(Heard::Failed(_))));
    assert!(lab.complaint().contains("invalid_arguments"));
    let (_, nr) = lab.submitted(&mut client, json!({ "response_action": "dance" })).await;
    assert!(matches!(lab.slack.delivery(nr).heard, Some(Heard::Failed(_))));
    assert!(lab.complaint().contains("dance"));
    lab.submitted(&mut client, json!({ "response_action": "errors", "errors": { "who": "x" } })).await;
    assert!(lab.complaint().contains("are at no input"));
    lab.submitted(&mut client, json!({ "response_action": "clear" })).await;
    assert_eq!(lab.slack.modal(&lab.ana), None);
    let trigger = lab.trigger();
    client.next().await;
    lab.does("views.open", json!({ "trigger_id": trigger, "view": modal() })).await;
    let nr = lab.slack.submits(&lab.ana, &[("why", "the database")]).unwrap();
    client.next().await;
    lab.advance(secs(3)).await;
    let trouble = "We had some trouble connecting. Try again?".to_owned();
    assert_eq!(lab.slack.delivery(nr).heard, Some(Heard::Failed(trouble)));
}

#[tokio::test]
async fn a_modal_has_all_kinds_of_inputs() {
    let lab = Lab::open().await;
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    let option = |value: &str| json!({ "text": plain(value), "value": value });
    let input = |kind: &str, more: Value| {
        let mut element = json!({ "type": kind, "action_id": "a" });
        super::super::payload::merge(&mut element, more);
        json!({ "type": "input", "block_id": kind, "optional": true, "label": plain(kind), "element": element })
    };
    let options = json!({ "options": [option("x"), option("y")], "initial_option": option("y") });
    let blocks = json!([
        input("static_select", options.clone()),
        input("radio_buttons", options),
        input("checkboxes", json!({ "options": [option("x"), option("y")] })),
        input("users_select", json!({})),
        input("channels_select", json!({})),
        input("conversations_select", json!({})),
        input("datepicker", json!({ "initial_date": "2026-03-10" })),
        input("timepicker", json!({})),
        input("number_input", json!({ "is_decimal_allowed": false })),
        input("plain_text_input", json!({ "initial_value": "before" })),
    ]);
    let mut view = modal();
    view["blocks"] = blocks;
    lab.opened(view).await;
    let given =
        [("static_select", "x"), ("checkboxes", "x,y"), ("users_select", &*lab.jack), ("number_input", "7")];
    let nr = lab.slack.submits(&lab.ana, &given).unwrap();
    let values = lab.slack.delivery(nr).payload["view"]["state"]["values"].clone();
    let value = |block: &str, field: &str| values[block]["a"][field].clone();
    assert_eq!(value("static_select", "selected_option")["value"], "x");
    assert_eq!(value("radio_buttons", "selected_option")["value"], "y");
    assert_eq!(value("checkboxes", "selected_options").as_array().unwrap().len(), 2);
    assert_eq!(value("users_select", "selected_user"), json!(lab.jack));
    assert_eq!(value("channels_select", "selected_channel"), Value::Null);
    assert_eq!(value("conversations_select", "selected_conversation"), Value::Null);
    assert_eq!(value("datepicker", "selected_date"), "2026-03-10");
    assert_eq!(value("timepicker", "selected_time"), Value::Null);
    assert_eq!(value("number_input", "value"), "7");
    assert_eq!(value("plain_text_input", "value"), "before");
    assert_eq!(
        lab.slack.submits(&lab.ana, &[("static_select", "z")]).unwrap_err(),
        "there is no option \"z\""
    );
}

#[tokio::test]
async fn a_modal_is_used_and_closed() {
    let lab = Lab::open().await;
    let view = lab.opened(modal()).await;
    let nr = lab.slack.clicks_in_modal(&lab.ana, "me").unwrap();
    let told = lab.slack.delivery(nr).payload;
    assert_eq!((&told["container"]["type"], &told["container"]["view_id"]), (&json!("view"), &view["id"]));
    assert_eq!((&told["actions"][0]["value"], told.get("channel")), (&json!("1"), None));
    let mut changed = modal();
    changed["notify_on_close"] = json!(false);
    let stale = json!({ "view_id": view["id"], "hash": "x", "view": changed });
    assert_eq!(lab.error("views.update", stale).await, "hash_conflict");
    let update =
        |view: &Value, new: &Value| json!({ "view_id": view["id"], "hash": view["hash"], "view": new });
    lab.does("views.update", update(&view, &changed)).await;
    assert_eq!(lab.error("views.update", json!({ "view_id": "V1", "view": changed })).await, "not_found");
    assert_eq!(lab.slack.closes(&lab.ana).unwrap(), None, "the app does not want to know");
    let mut named = modal();
    named["external_id"] = json!("mine");
    lab.opened(named.clone()).await;
    lab.does("views.update", json!({ "external_id": "mine", "view": named })).await;
    let nr = lab.slack.closes(&lab.ana).unwrap().unwrap();
    assert_eq!(lab.slack.delivery(nr).payload["type"], "view_closed");
    assert_eq!(lab.slack.closes(&lab.ana).unwrap_err(), "no modal is open");
    assert_eq!(lab.error("views.update", json!({ "view": modal() })).await, "not_found");
    let mut bare = modal();
    bare["submit"] = Value::Null;
    bare["blocks"] = json!([{ "type": "divider" }]);
    lab.opened(bare).await;
    assert_eq!(lab.slack.submits(&lab.ana, &[]).unwrap_err(), "there is no button to send it in");
}

#[tokio::test]
async fn a_home_tab_is_published_and_opened() {
    let lab = Lab::open().await;
    let home = json!({ "type": "home", "blocks": [
        { "type": "section", "text": { "type": "mrkdwn", "text": "*My calls*" } },
        { "type": "actions", "elements": [button("Hang up", "hangup", "c1")] },
    ] });
    let first = lab.slack.opens_home(&lab.ana).unwrap();
    let event = &lab.slack.delivery(first).payload["event"];
    assert_eq!(
        (&event["type"], &event["user"], event.get("view")),
        (&json!("app_home_opened"), &json!(lab.ana), None)
    );
    assert_eq!(lab.slack.home(&lab.ana), None);
    let publish = |more: Value| {
        let mut body = json!({ "user_id": lab.ana, "view": home });
        super::super::payload::merge(&mut body, more);
        lab.call("views.publish", body)
    };
    let view = publish(json!({})).await.1["view"].clone();
    let shown = lab.slack.home(&lab.ana).unwrap();
    assert_eq!((&*shown.text, &*shown.buttons[0].label), ("*My calls*", "Hang up"));
    assert_eq!(publish(json!({ "hash": "x" })).await.1["error"], "hash_conflict");
    assert_eq!(publish(json!({ "hash": view["hash"] })).await.1["view"]["id"], view["id"]);
    assert_eq!(publish(json!({ "user_id": "U1" })).await.1["error"], "user_not_found");
    let second = lab.slack.opens_home(&lab.ana).unwrap();
    assert_eq!(lab.slack.delivery(second).payload["event"]["view"]["id"], view["id"]);
    let nr = lab.slack.clicks_home(&lab.ana, "hangup").unwrap();
    assert_eq!(lab.slack.delivery(nr).payload["view"]["type"], "home");
    lab.does("views.update", json!({ "view_id": view["id"], "view": home })).await;
    lab.slack.set(|settings| settings.home_tab = false);
    assert_eq!(publish(json!({})).await.1["error"], "not_enabled");
    assert_eq!(lab.slack.opens_home(&lab.ana), None);
}
