//! Messages: what they may be, when they may be changed, whom they ping.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Lab, id, problem, secs, wrong};

#[tokio::test]
async fn texts_and_embeds_have_limits() {
    let lab = Lab::open().await;
    let path = format!("/channels/{}/messages", lab.ops);
    let long = |n: usize| "é".repeat(n);
    let field = |name: usize, value: usize| json!({ "name": long(name), "value": long(value) });
    let embed = |embed: Value| json!({ "embeds": [embed] });
    let cases = [
        (json!({ "content": long(2001) }), "content BASE_TYPE_MAX_LENGTH"),
        (json!({ "content": 5 }), "content STRING_TYPE_CONVERT"),
        (json!({ "embeds": vec![json!({ "title": "x" }); 11] }), "embeds BASE_TYPE_MAX_LENGTH"),
        (embed(json!({ "title": long(257) })), "embeds.0.title BASE_TYPE_MAX_LENGTH"),
        (embed(json!({ "description": long(4097) })), "embeds.0.description BASE_TYPE_MAX_LENGTH"),
        (embed(json!({ "footer": { "text": long(2049) } })), "embeds.0.footer.text BASE_TYPE_BAD_LENGTH"),
        (embed(json!({ "author": { "name": long(257) } })), "embeds.0.author.name BASE_TYPE_BAD_LENGTH"),
        (embed(json!({ "fields": vec![field(1, 1); 26] })), "embeds.0.fields BASE_TYPE_MAX_LENGTH"),
        (embed(json!({ "fields": [field(257, 1)] })), "embeds.0.fields.0.name BASE_TYPE_BAD_LENGTH"),
        (embed(json!({ "fields": [field(1, 1025)] })), "embeds.0.fields.0.value BASE_TYPE_BAD_LENGTH"),
        (embed(json!({ "fields": [{ "name": "x" }] })), "embeds.0.fields.0.value BASE_TYPE_REQUIRED"),
        (embed(json!({ "title": "x", "color": 0x0100_0000 })), "embeds.0.color NUMBER_TYPE_MAX"),
        (embed(json!({ "title": "x", "url": "ftp://x" })), "embeds.0.url URL_TYPE_INVALID_SCHEME"),
        (embed(json!({ "title": "x", "timestamp": "now" })), "embeds.0.timestamp DATE_TIME_TYPE_PARSE"),
        (
            json!({ "embeds": [{ "description": long(4000) }, { "description": long(2001) }] }),
            "embeds MAX_EMBED_SIZE_EXCEEDED",
        ),
        (json!({ "content": "x", "nonce": long(26) }), "nonce BASE_TYPE_MAX_LENGTH"),
        (json!({ "content": "x", "flags": 1 << 15 }), "flags NOT_MODELLED"),
        (json!({ "content": "x", "poll": {} }), "poll NOT_MODELLED"),
    ];
    for (body, expected) in cases {
        assert_eq!(wrong(&lab.post(&path, body.clone()).await), [expected], "{body}");
    }
    assert_eq!(problem(&lab.post(&path, json!({ "content": " " })).await), (400, 50006));
    let most =
        json!({ "content": long(2000), "embeds": [{ "description": long(4096), "title": long(256) }] });
    assert_eq!(lab.post(&path, most).await.0, 200);
    let (status, body) = lab.call(Method::POST, &path, json!("{")).await;
    assert_eq!((status, &body["code"]), (400, &json!(50006)), "a text is no object");
}

#[tokio::test]
async fn buttons_and_menus_have_limits() {
    let lab = Lab::open().await;
    let path = format!("/channels/{}/messages", lab.ops);
    let button = |id: &str| json!({ "type": 2, "style": 1, "label": "x", "custom_id": id });
    let row = |buttons: Vec<Value>| json!({ "type": 1, "components": buttons });
    let with = |key: &str, value: Value| {
        let mut button = button("a");
        button[key] = value;
        json!([row(vec![button])])
    };
    let menu = json!({ "type": 3, "custom_id": "m", "options": [] });
    let six = (0..6).map(|n| button(&n.to_string())).collect();
    let rows: Vec<Value> = (0..6).map(|n| row(vec![button(&n.to_string())])).collect();
    let inside = "components.0.components.0";
    let cases = [
        (json!(rows), "components BASE_TYPE_MAX_LENGTH".to_owned()),
        (json!([row(six)]), "components.0.components BASE_TYPE_BAD_LENGTH".to_owned()),
        (json!([row(vec![])]), "components.0.components BASE_TYPE_BAD_LENGTH".to_owned()),
        (json!([button("a")]), "components.0.type BASE_TYPE_CHOICES".to_owned()),
        (with("label", json!("x".repeat(81))), format!("{inside}.label BASE_TYPE_MAX_LENGTH")),
        (with("label", json!("")), format!("{inside} BUTTON_COMPONENT_INVALID_EMOJI_OR_LABEL")),
        (with("custom_id", json!("x".repeat(101))), format!("{inside}.custom_id BASE_TYPE_BAD_LENGTH")),
        (with("custom_id", json!(null)), format!("{inside}.custom_id BASE_TYPE_REQUIRED")),
        (with("url", json!("https://x")), format!("{inside} BUTTON_COMPONENT_CUSTOM_ID_AND_URL")),
        (with("style", json!(9)), format!("{inside}.style BASE_TYPE_CHOICES")),
        (
            json!([row(vec![button("a"), button("a")])]),
            "components.0.components.1.custom_id COMPONENT_CUSTOM_ID_DUPLICATED".to_owned(),
        ),
        (json!([row(vec![menu])]), format!("{inside}.options BASE_TYPE_BAD_LENGTH")),
    ];
    for (components, expected) in cases {
        let body = json!({ "content": "x", "components": components });
        assert_eq!(wrong(&lab.post(&path, body).await), [expected]);
    }
    let link = json!({ "type": 2, "style": 5, "label": "open", "url": "https://x.example" });
    let posted = lab.posted(json!({ "content": "x", "components": [row(vec![button("a"), link])] })).await;
    let (_, body) = lab.get(&lab.message_path(posted)).await;
    let ids = body["components"][0]["components"].as_array().unwrap().iter().map(|button| &button["id"]);
    assert_eq!(ids.collect::<Vec<_>>(), [2, 3], "components are numbered");
    assert_eq!(lab.discord.message(posted).unwrap().buttons[1].custom_id, "");
}

#[tokio::test]
async fn a_nonce_that_is_enforced_makes_no_second_message() {
    let lab = Lab::open().await;
    let body =
        |text: &str, enforce: bool| json!({ "content": text, "nonce": "n-1", "enforce_nonce": enforce });
    let first = lab.posted(body("one", true)).await;
    assert_eq!(lab.posted(body("two", true)).await, first);
    assert_eq!(lab.discord.message(first).unwrap().text, "one");
    assert_ne!(lab.posted(body("three", false)).await, first, "nobody enforced it");
    lab.wait(secs(301));
    assert_ne!(lab.posted(body("four", true)).await, first, "it is remembered for some minutes");
}

#[tokio::test]
async fn old_messages_are_edited_a_few_times_an_hour() {
    let lab = Lab::open().await;
    let card = lab.posted(json!({ "content": "0" })).await;
    let edit = async |n: u32| lab.patch(&lab.message_path(card), json!({ "content": n.to_string() })).await;
    for n in 1..=20 {
        assert_eq!(edit(n).await.0, 200, "a young message is edited freely");
    }
    lab.wait(secs(3601));
    for n in 21..=25 {
        assert_eq!(edit(n).await.0, 200);
    }
    assert_eq!(problem(&edit(26).await), (429, 30046));
    assert_eq!(lab.discord.message(card).unwrap().text, "25");
    lab.wait(secs(3601));
    assert_eq!(edit(27).await.0, 200);
}

#[tokio::test]
async fn only_its_author_edits_a_message() {
    let lab = Lab::open().await;
    let theirs = lab.discord.says(lab.ana, lab.ops, "hello @jack").unwrap();
    assert_eq!(problem(&lab.patch(&lab.message_path(theirs), json!({ "content": "x" })).await), (403, 50005));
    assert_eq!(problem(&lab.delete(&lab.message_path(theirs)).await), (403, 50013));
    let mine = lab.posted(json!({ "content": "x", "message_reference": { "message_id": theirs } })).await;
    assert_eq!(lab.discord.message(mine).unwrap().pinged, ["ana"], "a reply pings");
    assert_eq!(problem(&lab.patch(&lab.message_path(mine), json!({ "content": "" })).await), (400, 50006));
    assert_eq!(lab.delete(&lab.message_path(mine)).await.0, 204);
    assert_eq!(problem(&lab.patch(&lab.message_path(mine), json!({ "content": "x" })).await), (404, 10008));
    let to_nothing = json!({ "content": "x", "message_reference": { "message_id": mine } });
    let path = format!("/channels/{}/messages", lab.ops);
    assert_eq!(wrong(&lab.post(&path, to_nothing).await), ["message_reference REPLIES_UNKNOWN_MESSAGE"]);
    let all = lab.get(&path).await.1;
    assert_eq!(all.as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [theirs]);
    lab.discord.delete_message(theirs);
    assert_eq!(lab.discord.sees(lab.ana, lab.ops), []);
}

#[tokio::test]
async fn only_whom_it_may_is_pinged() {
    let lab = Lab::open().await;
    let guild = lab.discord.guild();
    let oncall = lab.discord.add_role(guild, "on-call", 0, &[lab.jack]);
    let text = format!("<@{}> <@&{oncall}> @everyone", lab.ana);
    let pinged = async |allowed: Value| {
        let body = json!({ "content": text, "allowed_mentions": allowed });
        lab.discord.message(lab.posted(body).await).unwrap().pinged
    };
    assert_eq!(pinged(json!({ "parse": [] })).await, [""; 0]);
    assert_eq!(pinged(json!({ "users": [lab.ana] })).await, ["ana"]);
    assert_eq!(pinged(json!({ "parse": ["roles"] })).await, ["jack"]);
    assert_eq!(pinged(Value::Null).await, ["ana", "jack"], "the bot may not ping everyone");
    lab.discord.permit_everyone(guild, super::super::bits::USUAL | super::super::bits::MENTION_EVERYONE);
    assert_eq!(pinged(Value::Null).await, ["olga", "ana", "jack"]);
    assert_eq!(lab.discord.pings(lab.ops).len(), 4);
    let both = json!({ "content": "x", "allowed_mentions": { "parse": ["users"], "users": [lab.ana] } });
    let path = format!("/channels/{}/messages", lab.ops);
    let said = wrong(&lab.post(&path, both).await);
    assert_eq!(said, ["allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"]);
}

#[tokio::test]
async fn people_see_texts_as_they_are_rendered() {
    let lab = Lab::open().await;
    let content = format!("a \\*b\\* <@{}> <@!{}> <#{}> <@1> \\\\ c:\\d", lab.ana, lab.jack, lab.ops);
    let embed = json!({
        "title": "T", "description": "D", "author": { "name": "A" }, "footer": { "text": "F" },
        "fields": [{ "name": "N", "value": "V" }],
    });
    let posted = lab.posted(json!({ "content": content, "embeds": [embed], "allowed_mentions": {} })).await;
    let text = lab.discord.message(posted).unwrap().text;
    assert_eq!(text, "a *b* @ana @jack #ops <@1> \\ c:\\d\nA\nT\nD\nN\nV\nF");
    let bare = lab.posted(json!({ "content": "x", "embeds": [{ "title": "T" }], "flags": 4 })).await;
    assert_eq!(lab.discord.message(bare).unwrap().text, "x");
}
