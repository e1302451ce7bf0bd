//! Limits of blocks and views: at the limit, and one over it.

use serde_json::{Value, json};

use super::{Lab, button, modal};

/// What Slack says of these blocks; empty when it takes them.
async fn wrong(lab: &Lab, blocks: Value) -> Vec<String> {
    let (_, answer) =
        lab.call("chat.postMessage", json!({ "channel": lab.ops, "text": "a", "blocks": blocks })).await;
    if answer["ok"] == true {
        return Vec::new();
    }
    assert_eq!(answer["error"], "invalid_blocks", "{answer:#}");
    let told: Vec<&str> = answer["errors"].as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
    let again = answer["response_metadata"]["messages"].as_array().unwrap();
    assert_eq!(again.len(), told.len());
    assert_eq!(again[0], json!(format!("[ERROR] {}", told[0])));
    told.into_iter().map(str::to_owned).collect()
}

fn section(len: usize) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": "a".repeat(len) } })
}

fn actions(elements: Value) -> Value {
    json!([{ "type": "actions", "elements": elements }])
}

fn option(value: &str) -> Value {
    json!({ "text": { "type": "plain_text", "text": value }, "value": value })
}

/// Something that grows with a number.
type Grows = fn(usize) -> Value;

#[tokio::test]
async fn every_length_has_a_limit() {
    let lab = Lab::open().await;
    let cases: [(usize, Grows, &str); 12] = [
        (
            3000,
            |n| json!([section(n)]),
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            50,
            |n| vec![json!({ "type": "divider" }); n].into(),
            "no more than 50 items allowed [json-pointer:/blocks]",
        ),
        (
            150,
            |n| json!([{ "type": "header", "text": { "type": "plain_text", "text": "a".repeat(n) } }]),
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            10,
            |n| json!([{ "type": "section", "fields": vec![json!({ "type": "mrkdwn", "text": "a" }); n] }]),
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            2000,
            |n| json!([{ "type": "section", "fields": [{ "type": "mrkdwn", "text": "a".repeat(n) }] }]),
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            10,
            |n| json!([{ "type": "context", "elements": vec![json!({ "type": "mrkdwn", "text": "a" }); n] }]),
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            25,
            |n| actions((0..n).map(|n| button("a", &format!("id{n}"), "v")).collect::<Vec<_>>().into()),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            75,
            |n| actions(json!([button(&"a".repeat(n), "id", "v")])),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            255,
            |n| actions(json!([button("a", &"i".repeat(n), "v")])),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            2000,
            |n| actions(json!([button("a", "id", &"v".repeat(n))])),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            255,
            |n| json!([{ "type": "divider", "block_id": "b".repeat(n) }]),
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (
            5,
            |n| actions(json!([{ "type": "overflow", "options": vec![option("v"); n] }])),
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
    ];
    for (most, make, said) in cases {
        assert_eq!(wrong(&lab, make(most)).await, Vec::<String>::new(), "{said}");
        assert_eq!(wrong(&lab, make(most + 1)).await, [said]);
    }
}

#[tokio::test]
async fn blocks_have_a_shape() {
    let lab = Lab::open().await;
    let mut disabled = button("a", "id", "v");
    disabled["disabled"] = json!(true);
    let mut bold = button("a", "id", "v");
    bold["style"] = json!("bold");
    let mut marked = button("a", "id", "v");
    marked["text"]["type"] = json!("mrkdwn");
    let at = "[json-pointer:/blocks/0/elements/0";
    let cases = [
        (
            json!([{ "type": "carousel" }]),
            "unsupported type: carousel [json-pointer:/blocks/0/type]".to_owned(),
        ),
        (json!([{ "text": "a" }]), "missing required field: type [json-pointer:/blocks/0]".to_owned()),
        (json!([{ "type": "section" }]), "missing required field: text [json-pointer:/blocks/0]".to_owned()),
        (json!([section(0)]), "must be more than 0 characters [json-pointer:/blocks/0/text/text]".to_owned()),
        (actions(json!([])), "no less than 1 items allowed [json-pointer:/blocks/0/elements]".to_owned()),
        (actions(json!([disabled])), format!("invalid additional property: disabled {at}]")),
        (actions(json!([bold])), format!("must be a valid enum value: primary, danger {at}/style]")),
        (actions(json!([marked])), format!("unsupported type: mrkdwn {at}/text/type]")),
        (actions(json!([button("a", "id", "")])), format!("must be more than 0 characters {at}/value]")),
        (
            actions(json!([{ "type": "plain_text_input" }])),
            format!("unsupported type: plain_text_input {at}/type]"),
        ),
        (
            actions(json!([button("a", "id", "1"), button("b", "id", "2")])),
            "`action_id` already exists: id [json-pointer:/blocks/0/elements/1/action_id]".to_owned(),
        ),
        (
            json!([{ "type": "divider", "block_id": "x" }, { "type": "divider", "block_id": "x" }]),
            "`block_id` already exists: x [json-pointer:/blocks/1/block_id]".to_owned(),
        ),
        (
            json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "a", "emoji": true } }]),
            "invalid additional property: emoji [json-pointer:/blocks/0/text]".to_owned(),
        ),
        (
            json!([{ "type": "section", "text": { "type": "plain_text", "text": "a", "verbatim": true } }]),
            "invalid additional property: verbatim [json-pointer:/blocks/0/text]".to_owned(),
        ),
        (json!([7]), "missing required field: type [json-pointer:/blocks/0]".to_owned()),
        (
            json!([{ "type": "section", "text": "a" }]),
            "must provide an object [json-pointer:/blocks/0/text]".to_owned(),
        ),
        (
            json!([{ "type": "section", "text": { "type": "mrkdwn", "text": 7 } }]),
            "must provide a string [json-pointer:/blocks/0/text/text]".to_owned(),
        ),
        (
            json!([{ "type": "section", "fields": 7 }]),
            "must be an array [json-pointer:/blocks/0/fields]".to_owned(),
        ),
        (
            json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "a" }, "expand": "yes" }]),
            "must be a boolean [json-pointer:/blocks/0/expand]".to_owned(),
        ),
        (
            json!([{ "type": "image", "image_url": "https://a.b" }]),
            "missing required field: alt_text [json-pointer:/blocks/0]".to_owned(),
        ),
    ];
    for (blocks, said) in cases {
        assert_eq!(wrong(&lab, blocks).await, [said]);
    }
}

#[tokio::test]
async fn menus_and_questions_have_a_shape() {
    let lab = Lab::open().await;
    let menu = |more: Value| {
        let mut all =
            json!({ "type": "static_select", "action_id": "m", "options": [option("a"), option("b")] });
        super::super::payload::merge(&mut all, more);
        actions(json!([all]))
    };
    let group = json!({ "label": { "type": "plain_text", "text": "g" }, "options": [option("a")] });
    let grouped = actions(json!([{ "type": "static_select", "action_id": "m", "option_groups": [group] }]));
    assert_eq!(wrong(&lab, grouped).await, Vec::<String>::new());
    assert_eq!(wrong(&lab, menu(json!({ "initial_option": option("b") }))).await, Vec::<String>::new());
    assert_eq!(
        wrong(&lab, menu(json!({ "initial_option": option("c") }))).await,
        ["initial option must be one of the options [json-pointer:/blocks/0/elements/0]"]
    );
    let mut asking = button("a", "id", "v");
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    asking["confirm"] =
        json!({ "title": plain("Sure?"), "text": plain("a"), "confirm": plain("Yes"), "deny": plain("No") });
    assert_eq!(wrong(&lab, actions(json!([asking.clone()]))).await, Vec::<String>::new());
    asking["confirm"]["deny"] = plain(&"n".repeat(31));
    assert_eq!(
        wrong(&lab, actions(json!([asking]))).await,
        ["must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/deny/text]"]
    );
}

#[tokio::test]
async fn all_texts_together_have_a_limit() {
    let lab = Lab::open().await;
    let body = |n: usize| {
        let blocks = [section(3000), section(3000), section(3000), section(3000), section(n)];
        json!({ "channel": lab.ops, "text": "a", "blocks": blocks })
    };
    lab.does("chat.postMessage", body(1000)).await;
    assert_eq!(lab.error("chat.postMessage", body(1001)).await, "msg_blocks_too_long");
}

#[tokio::test]
async fn a_view_has_a_shape() {
    let lab = Lab::open().await;
    let publish = |view: Value| lab.call("views.publish", json!({ "user_id": lab.ana, "view": view }));
    let told = |answer: &Value| answer["response_metadata"]["messages"].clone();
    let home = publish(json!({ "type": "home", "blocks": vec![json!({ "type": "divider" }); 101] })).await.1;
    assert_eq!(home["error"], "invalid_arguments");
    assert_eq!(told(&home), json!(["[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]"]));
    let titled =
        publish(json!({ "type": "home", "blocks": [], "title": { "type": "plain_text", "text": "a" } }))
            .await
            .1;
    assert_eq!(told(&titled), json!(["[ERROR] invalid additional property: title [json-pointer:/view]"]));
    let wrong_kind = publish(json!({ "type": "modal", "blocks": [] })).await.1;
    assert_eq!(told(&wrong_kind), json!(["[ERROR] must be home [json-pointer:/view/type]"]));
    let huge =
        publish(json!({ "type": "home", "blocks": [], "private_metadata": "x".repeat(250_001) })).await.1;
    assert_eq!(huge["error"], "view_too_large");
    let mut bare = modal();
    bare.as_object_mut().unwrap().remove("submit");
    bare["title"]["text"] = json!("a".repeat(25));
    let open = |view: Value| {
        let nr = lab.slack.global_shortcut(&lab.ana, "new").unwrap();
        let trigger = lab.slack.delivery(nr).payload["trigger_id"].clone();
        lab.call("views.open", json!({ "trigger_id": trigger, "view": view }))
    };
    lab.slack.set(|settings| settings.global_shortcuts.push("new".to_owned()));
    let answer = open(bare).await.1;
    let complaints = [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        "[ERROR] submit is required when there are input blocks [json-pointer:/view/submit]",
    ];
    assert_eq!(told(&answer), json!(complaints));
    let mut long = modal();
    long["blocks"][1]["element"]["max_length"] = json!(3001);
    let answer = open(long).await.1;
    assert_eq!(
        told(&answer),
        json!(["[ERROR] must be from 1 to 3000 [json-pointer:/view/blocks/1/element/max_length]"])
    );
    let text = open(json!("no view")).await.1;
    assert_eq!(told(&text), json!(["[ERROR] must provide an object [json-pointer:/view]"]));
}
