//! Messages: who may post where, how often, and what becomes of it.

use serde_json::json;

use super::super::{Limits, Settings};
use super::{Lab, button, secs};

#[tokio::test]
async fn a_message_is_seen_as_people_see_it() {
    let lab = Lab::open().await;
    let text = format!(
        "<@{}> &amp; <#{}|x>: <https://a.b/?c=1&amp;d|the page>, a &lt; b <!here>",
        lab.jack, lab.ops
    );
    let ts = lab.posted(&text).await;
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!(seen.text, "@jack & #ops: the page, a < b @here");
    assert_eq!(seen.pinged, ["@here", "@jack"]);
    assert_eq!(seen.author, "Callout");
    let date = "<!date^1773154800^{time}|15:00> <!subteam^S1|@team> <@U999> <x";
    let ts = lab.posted(date).await;
    assert_eq!(lab.slack.message(&lab.ops, &ts).unwrap().text, "15:00 @team @unknown <x");
    let ts = lab.posted_button().await;
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!((seen.text.as_str(), seen.notice.as_str()), ("ana calls jack", "ana calls jack"));
    let shown = &seen.buttons[0];
    assert_eq!(
        (&*shown.label, &*shown.action_id, &*shown.value, &*shown.style),
        ("Hang up", "hangup", "c1", "")
    );
    assert_eq!(lab.slack.blocks(&lab.ops, &ts).len(), 2);
}

#[tokio::test]
async fn the_bot_posts_where_it_is() {
    let lab = Lab::open().await;
    let (slack, bot) = (&lab.slack, lab.slack.bot());
    let post = |channel: &str| lab.call("chat.postMessage", json!({ "channel": channel, "text": "a" }));
    let hidden = slack.private_channel("hidden", &[&lab.ana]);
    assert_eq!(post(&hidden).await.1["ok"], true);
    slack.kick(&hidden, &bot);
    assert_eq!(post(&hidden).await.1["error"], "channel_not_found");
    slack.kick(&lab.ops, &bot);
    assert_eq!(post(&lab.ops).await.1["error"], "not_in_channel");
    slack.set(|settings| settings.scopes.push("chat:write.public".to_owned()));
    assert_eq!(post(&lab.ops).await.1["ok"], true);
    slack.revoke_scope("chat:write.public");
    slack.invite(&lab.ops, &bot);
    assert_eq!(post("#ops").await.1["channel"], json!(lab.ops), "by its name");
    assert_eq!(post("C999").await.1["error"], "channel_not_found");
    slack.archive(&lab.ops, true);
    assert_eq!(post(&lab.ops).await.1["error"], "is_archived");
    let direct = post(&lab.ana).await.1;
    assert_eq!(direct["channel"], json!(slack.direct(&lab.ana)), "a person's id means the direct messages");
    slack.set(|settings| settings.messages_tab = false);
    assert_eq!(post(&lab.ana).await.1["error"], "messages_tab_disabled");
    slack.deactivate(&lab.ana);
    assert_eq!(post(&lab.ana).await.1["error"], "user_disabled");
}

#[tokio::test]
async fn a_message_has_content() {
    let lab = Lab::open().await;
    let post = |more: serde_json::Value| {
        let mut body = json!({ "channel": lab.ops });
        super::super::payload::merge(&mut body, more);
        lab.call("chat.postMessage", body)
    };
    assert_eq!(post(json!({})).await.1["error"], "no_text");
    assert_eq!(post(json!({ "text": " ", "blocks": [] })).await.1["error"], "no_text");
    assert_eq!(post(json!({ "text": "a", "blocks": {} })).await.1["error"], "invalid_blocks_format");
    assert_eq!(
        post(json!({ "text": "a", "metadata": { "event_type": 1 } })).await.1["error"],
        "invalid_metadata_schema"
    );
    let long = post(json!({ "text": "a".repeat(40_001) })).await.1;
    assert_eq!(long["message"]["text"].as_str().unwrap().len(), 40_000);
    let metadata = json!({ "event_type": "card", "event_payload": { "id": "c1" } });
    let kept = post(json!({ "text": "a", "metadata": metadata })).await.1;
    assert_eq!(kept["message"]["metadata"], metadata);
    let (_, missing) = lab.call("chat.postMessage", json!({ "text": "a" })).await;
    assert_eq!(missing["response_metadata"]["messages"][0], "[ERROR] missing required field: channel");
}

#[tokio::test]
async fn a_thread_is_under_a_message_and_in_order() {
    let lab = Lab::open().await;
    let ts = lab.posted("card").await;
    let reply = |thread: &str, text: &str| {
        lab.call("chat.postMessage", json!({ "channel": lab.ops, "thread_ts": thread, "text": text }))
    };
    let first = reply(&ts, "one").await.1["ts"].as_str().unwrap().to_owned();
    reply(&ts, "two").await;
    let shout = json!({ "channel": lab.ops, "thread_ts": ts, "text": "three", "reply_broadcast": true });
    assert_eq!(lab.does("chat.postMessage", shout).await["message"]["thread_ts"], json!(ts));
    lab.slack.says(&lab.jack, &lab.ops, Some(&ts), "hm & so").unwrap();
    let texts = |seen: Vec<super::super::Seen>| seen.into_iter().map(|seen| seen.text).collect::<Vec<_>>();
    assert_eq!(texts(lab.slack.thread(&lab.ana, &lab.ops, &ts)), ["one", "two", "three", "hm & so"]);
    assert_eq!(texts(lab.slack.sees(&lab.ana, &lab.ops)), ["card", "three"]);
    assert_eq!(lab.slack.message(&lab.ops, &ts).unwrap().replies, 4);
    assert_eq!(reply(&first, "x").await.1["error"], "cannot_reply_to_message");
    assert_eq!(reply("1.000001", "x").await.1["error"], "thread_not_found");
    assert_eq!(reply("yesterday", "x").await.1["error"], "invalid_thread_ts");
    lab.slack.delete(&lab.ops, &ts);
    assert_eq!(texts(lab.slack.sees(&lab.ana, &lab.ops))[0], "This message was deleted.");
    assert_eq!(reply(&ts, "still").await.1["ok"], true, "a stone keeps the thread");
    let edit = json!({ "channel": lab.ops, "ts": ts, "text": "x" });
    assert_eq!(lab.error("chat.update", edit).await, "message_not_found");
    let bare = lab.posted("bare").await;
    lab.slack.delete(&lab.ops, &bare);
    assert_eq!(reply(&bare, "x").await.1["error"], "thread_not_found");
}

#[tokio::test]
async fn the_bot_edits_its_own_messages() {
    let lab = Lab::open().await;
    let ts = lab.posted_button().await;
    let update = |more: serde_json::Value| {
        let mut body = json!({ "channel": lab.ops, "ts": ts });
        super::super::payload::merge(&mut body, more);
        lab.call("chat.update", body)
    };
    let answer = update(json!({ "text": "jack answered" })).await.1;
    assert_eq!((answer["text"].as_str(), answer["ts"].as_str()), (Some("jack answered"), Some(&*ts)));
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!(
        (seen.text.as_str(), seen.buttons.len(), seen.is_edited),
        ("ana calls jack", 1, true),
        "blocks stay"
    );
    update(json!({ "text": "over", "blocks": [] })).await;
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!((seen.text.as_str(), seen.buttons.len()), ("over", 0));
    assert_eq!(update(json!({})).await.1["error"], "no_text");
    assert_eq!(update(json!({ "text": "a".repeat(4001) })).await.1["error"], "msg_too_long");
    let name = json!({ "channel": "#ops", "ts": ts, "text": "x" });
    assert_eq!(lab.error("chat.update", name).await, "channel_not_found", "an edit wants the id");
    let (theirs, _) = lab.slack.says(&lab.jack, &lab.ops, None, "hello").unwrap();
    let theirs = json!({ "channel": lab.ops, "ts": theirs, "text": "x" });
    assert_eq!(lab.error("chat.update", theirs.clone()).await, "cant_update_message");
    assert_eq!(lab.error("chat.delete", theirs).await, "cant_delete_message");
    lab.slack.set(|settings| settings.edit_window = Some(secs(300)));
    lab.advance(secs(300)).await;
    assert_eq!(update(json!({ "text": "x" })).await.1["ok"], true);
    lab.advance(secs(1)).await;
    assert_eq!(update(json!({ "text": "x" })).await.1["error"], "edit_window_closed");
    lab.slack.archive(&lab.ops, true);
    assert_eq!(update(json!({ "text": "x" })).await.1["error"], "is_inactive");
    lab.slack.archive(&lab.ops, false);
    lab.slack.kick(&lab.ops, &lab.slack.bot());
    assert_eq!(update(json!({ "text": "x" })).await.1["error"], "not_in_channel");
    lab.slack.invite(&lab.ops, &lab.slack.bot());
    lab.does("chat.delete", json!({ "channel": lab.ops, "ts": ts })).await;
    assert_eq!(update(json!({ "text": "x" })).await.1["error"], "message_not_found");
    assert_eq!(lab.slack.message(&lab.ops, &ts), None);
}

#[tokio::test]
async fn a_whisper_is_for_one_member() {
    let lab = Lab::open().await;
    let mira = lab.slack.person("mira");
    let whisper = |user: &str, text: &str| {
        lab.call("chat.postEphemeral", json!({ "channel": lab.ops, "user": user, "text": text }))
    };
    assert_eq!(whisper(&mira, "psst").await.1["error"], "user_not_in_channel");
    assert_eq!(whisper(&lab.ana, &"a".repeat(40_001)).await.1["error"], "msg_too_long");
    let ts = whisper(&lab.ana, "psst").await.1["message_ts"].as_str().unwrap().to_owned();
    assert!(lab.slack.sees(&lab.ana, &lab.ops)[0].is_private);
    assert_eq!(lab.slack.sees(&lab.jack, &lab.ops), []);
    let edit = json!({ "channel": lab.ops, "ts": ts, "text": "x" });
    assert_eq!(lab.error("chat.update", edit).await, "message_not_found", "nobody edits a whisper");
    let pin = json!({ "channel": lab.ops, "timestamp": ts });
    assert_eq!(lab.error("pins.add", pin).await, "message_not_found");
    let hidden = lab.slack.private_channel("hidden", &[&lab.ana]);
    lab.does("chat.postMessage", json!({ "channel": hidden, "text": "a" })).await;
    assert_eq!(lab.slack.sees(&lab.jack, &hidden), []);
}

#[tokio::test]
async fn one_message_a_second_in_a_channel_after_a_short_burst() {
    let lab = Lab::with(Settings::default()).await;
    let other = lab.slack.channel("other", &[&lab.ana]);
    let post = |channel: String| lab.call("chat.postMessage", json!({ "channel": channel, "text": "a" }));
    for _ in 0..3 {
        assert_eq!(post(lab.ops.clone()).await.0, 200);
    }
    assert_eq!(post(lab.ops.clone()).await.0, 429);
    assert_eq!(post(other.clone()).await.0, 200, "each channel by itself");
    lab.advance(secs(1)).await;
    assert_eq!(post(lab.ops.clone()).await.0, 200);
    assert_eq!(post(lab.ops.clone()).await.0, 429);
    lab.slack.set(|settings| settings.limits = Limits { workspace_posts: Some(6), ..Limits::none() });
    assert_eq!(post(other.clone()).await.0, 200);
    assert_eq!(post(other).await.0, 429, "six in the workspace within a minute");
}

#[tokio::test]
async fn fifty_edits_a_minute_in_the_workspace() {
    let lab = Lab::with(Settings::default()).await;
    let ts = lab.posted("a").await;
    let body = json!({ "channel": lab.ops, "ts": ts, "text": "b" });
    for _ in 0..50 {
        assert_eq!(lab.call("chat.update", body.clone()).await.0, 200);
    }
    assert_eq!(lab.call("chat.update", body.clone()).await.0, 429);
    lab.advance(secs(60)).await;
    assert_eq!(lab.call("chat.update", body).await.0, 200);
}

#[tokio::test]
async fn a_message_has_an_address() {
    let lab = Lab::open().await;
    let ts = lab.posted("a").await;
    let answer = lab.form("chat.getPermalink", &[("channel", &lab.ops), ("message_ts", &ts)]).await;
    let end = format!("/archives/{}/p{}", lab.ops, ts.replace('.', ""));
    assert!(answer["permalink"].as_str().unwrap().ends_with(&end), "{answer}");
    let none = lab.form("chat.getPermalink", &[("channel", &lab.ops), ("message_ts", "1.000001")]).await;
    assert_eq!(none["error"], "message_not_found");
}

#[tokio::test]
async fn pins_are_kept_in_order() {
    let lab = Lab::open().await;
    let (first, second) = (lab.posted("one").await, lab.posted("two").await);
    let pin = |ts: &str| json!({ "channel": lab.ops, "timestamp": ts });
    lab.does("pins.add", pin(&second)).await;
    lab.does("pins.add", pin(&first)).await;
    assert_eq!(lab.slack.pins(&lab.ops), [second.clone(), first.clone()]);
    assert!(lab.slack.message(&lab.ops, &first).unwrap().is_pinned);
    assert_eq!(lab.error("pins.add", pin(&first)).await, "already_pinned");
    lab.does("pins.remove", pin(&first)).await;
    assert_eq!(lab.error("pins.remove", pin(&first)).await, "no_pin");
    assert_eq!(lab.error("pins.add", pin("x")).await, "bad_timestamp");
    assert_eq!(lab.error("pins.add", json!({ "channel": lab.ops })).await, "no_item_specified");
    lab.slack.archive(&lab.ops, true);
    assert_eq!(lab.error("pins.add", pin(&first)).await, "is_archived");
    lab.slack.archive(&lab.ops, false);
    lab.slack.kick(&lab.ops, &lab.slack.bot());
    assert_eq!(lab.error("pins.add", pin(&first)).await, "not_in_channel");
}

#[tokio::test]
async fn text_beside_blocks_is_for_the_notification() {
    let lab = Lab::open().await;
    let blocks = json!([
        { "type": "header", "text": { "type": "plain_text", "text": "a < b" } },
        {
            "type": "section", "fields": [
                { "type": "mrkdwn", "text": "*by*" }, { "type": "plain_text", "text": "<@U1> &amp;" },
            ],
            "accessory": button("Show", "show", "1"),
        },
        { "type": "divider" },
        { "type": "context", "elements": [
            { "type": "mrkdwn", "text": format!("<@{}>", lab.jack) },
            { "type": "image", "image_url": "https://a.b/c.png", "alt_text": "a face" },
        ] },
        { "type": "image", "image_url": "https://a.b/c.png", "alt_text": "x",
          "title": { "type": "plain_text", "text": "a map" } },
        { "type": "markdown", "text": "**m** <!channel>" },
        { "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "r" }] }] },
    ]);
    let body = json!({ "channel": lab.ops, "text": "short &amp; plain", "blocks": blocks });
    let ts = lab.does("chat.postMessage", body).await["ts"].as_str().unwrap().to_owned();
    let seen = lab.slack.message(&lab.ops, &ts).unwrap();
    assert_eq!(seen.notice, "short & plain");
    assert_eq!(seen.text, "a < b\n*by*\n<@U1> &amp;\n---\n@jack a face\na map\n**m** @channel\nr");
    assert_eq!(seen.pinged, ["@channel", "@jack"]);
    assert_eq!(seen.buttons[0].label, "Show");
}
