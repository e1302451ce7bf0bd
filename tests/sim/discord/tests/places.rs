//! Channels, threads, guilds: who may do what where.

use serde_json::{Value, json};

use super::super::bits;
use super::{Lab, id, problem, wrong};

#[tokio::test]
async fn a_message_has_one_thread() {
    let lab = Lab::open().await;
    let card = lab.posted(json!({ "content": "a card" })).await;
    let path = format!("{}/threads", lab.message_path(card));
    assert_eq!(wrong(&lab.post(&path, json!({ "name": "" })).await), ["name BASE_TYPE_BAD_LENGTH"]);
    let odd = json!({ "name": "x", "auto_archive_duration": 61 });
    assert_eq!(wrong(&lab.post(&path, odd).await), ["auto_archive_duration BASE_TYPE_CHOICES"]);
    let (status, body) = lab.post(&path, json!({ "name": "log", "auto_archive_duration": 1440 })).await;
    assert_eq!((status, &body["type"], id(&body)), (201, &json!(11), card));
    assert_eq!(problem(&lab.post(&path, json!({ "name": "two" })).await), (400, 160_004));
    assert_eq!(lab.discord.message(card).unwrap().thread, Some(card));
    let inner = lab.post(&format!("/channels/{card}/messages"), json!({ "content": "line" })).await.1;
    let nested = format!("/channels/{card}/messages/{}/threads", id(&inner));
    assert_eq!(problem(&lab.post(&nested, json!({ "name": "x" })).await), (400, 50024));
    assert_eq!(
        problem(
            &lab.post(&format!("{}/threads", lab.message_path(id(&inner))), json!({ "name": "x" })).await
        ),
        (404, 10008)
    );
    let alone =
        lab.post(&format!("/channels/{}/threads", lab.ops), json!({ "name": "own", "type": 11 })).await;
    assert_eq!(alone.0, 201);
    let names: Vec<String> = lab.discord.threads(lab.ops).into_iter().map(|(_, name, _)| name).collect();
    assert_eq!(names, ["log", "own"]);
    let private = lab.post(&format!("/channels/{}/threads", lab.ops), json!({ "name": "own" })).await;
    assert_eq!(private.0, 501);
}

#[tokio::test]
async fn archived_threads_wake_and_locked_ones_do_not() {
    let lab = Lab::open().await;
    let card = lab.posted(json!({ "content": "a card" })).await;
    lab.post(&format!("{}/threads", lab.message_path(card)), json!({ "name": "log" })).await;
    let path = format!("/channels/{card}/messages");
    let first = id(&lab.post(&path, json!({ "content": "1" })).await.1);
    let edit = async || lab.patch(&format!("{path}/{first}"), json!({ "content": "2" })).await;
    lab.discord.archive(card, true);
    assert_eq!(problem(&edit().await), (400, 50083));
    assert_eq!(lab.post(&path, json!({ "content": "3" })).await.0, 200);
    assert_eq!(lab.discord.threads(lab.ops), [(card, "log".to_owned(), true)], "it came back");
    assert_eq!(edit().await.0, 200);

    lab.discord.lock_thread(card, true);
    assert_eq!(problem(&lab.post(&path, json!({ "content": "4" })).await), (403, 50083));
    assert!(lab.discord.says(lab.ana, card, "hello").is_err());
    assert!(lab.discord.slash(lab.ana, card, "/ping").is_err());
    assert_eq!(
        problem(&lab.patch(&format!("/channels/{card}"), json!({ "locked": false })).await),
        (403, 50013)
    );
    lab.discord.permit_bot(lab.ops, bits::MANAGE_THREADS, 0);
    assert_eq!(lab.post(&path, json!({ "content": "5" })).await.0, 200);
    assert_eq!(
        lab.patch(&format!("/channels/{card}"), json!({ "locked": false, "archived": true })).await.0,
        200
    );
    assert_eq!(problem(&lab.patch(&format!("/channels/{card}"), json!({ "name": "x" })).await), (400, 50083));
    let open = lab.patch(&format!("/channels/{card}"), json!({ "archived": false, "name": "n" })).await;
    assert_eq!((open.0, &open.1["name"]), (200, &json!("n")));
    lab.discord.lock_thread(card, false);
    lab.discord.delete_channel(card);
    assert_eq!(problem(&lab.post(&path, json!({ "content": "6" })).await), (404, 10003));
    assert_eq!(problem(&lab.get(&lab.message_path(first)).await), (404, 10008));
}

#[tokio::test]
async fn permissions_are_held_in_every_channel() {
    let lab = Lab::open().await;
    let card = lab.posted(json!({ "content": "a card" })).await;
    let messages = format!("/channels/{}/messages", lab.ops);
    let text = json!({ "content": "x" });
    let threads = format!("{}/threads", lab.message_path(card));
    let without = |denied: u64| lab.discord.permit_bot(lab.ops, 0, denied);

    without(bits::SEND_MESSAGES);
    assert_eq!(problem(&lab.post(&messages, text.clone()).await), (403, 50013));
    without(bits::EMBED_LINKS);
    assert_eq!(problem(&lab.post(&messages, json!({ "embeds": [{ "title": "x" }] })).await), (403, 50013));
    assert_eq!(lab.post(&messages, text.clone()).await.0, 200);
    without(bits::CREATE_PUBLIC_THREADS);
    assert_eq!(problem(&lab.post(&threads, json!({ "name": "x" })).await), (403, 50013));
    without(bits::READ_MESSAGE_HISTORY);
    assert_eq!(problem(&lab.get(&lab.message_path(card)).await), (403, 50001));
    assert_eq!(lab.get(&messages).await.1, json!([]));
    let reply = json!({ "content": "x", "message_reference": { "message_id": card } });
    assert_eq!(problem(&lab.post(&messages, reply).await), (400, 160_002));
    without(0);
    lab.post(&threads, json!({ "name": "x" })).await;
    without(bits::SEND_MESSAGES_IN_THREADS);
    assert_eq!(problem(&lab.post(&format!("/channels/{card}/messages"), text.clone()).await), (403, 50013));
    without(bits::VIEW_CHANNEL);
    for refused in [
        lab.post(&messages, text.clone()).await,
        lab.get(&format!("/channels/{}", lab.ops)).await,
        lab.patch(&lab.message_path(card), text.clone()).await,
    ] {
        assert_eq!(problem(&refused), (403, 50001));
    }
    // An answer to a command needs none of them.
    let (_, answer) = lab.answered(json!({ "content": "pong" })).await;
    assert_eq!(lab.discord.message(answer).unwrap().text, "pong");
}

#[tokio::test]
async fn pins_need_a_permission() {
    let lab = Lab::open().await;
    let card = lab.posted(json!({ "content": "a card" })).await;
    let path = format!("/channels/{}/messages/pins/{card}", lab.ops);
    let pin = async || lab.call(reqwest::Method::PUT, &path, Value::Null).await;
    assert_eq!(problem(&pin().await), (403, 50013));
    lab.discord.permit_bot(lab.ops, bits::MANAGE_MESSAGES, 0);
    assert_eq!(pin().await.0, 204);
    assert_eq!(lab.get(&lab.message_path(card)).await.1["pinned"], true);
    assert_eq!(lab.delete(&path).await.0, 204);
}

#[tokio::test]
async fn direct_messages_can_be_closed() {
    let lab = Lab::open().await;
    let nobody = lab.post("/users/@me/channels", json!({ "recipient_id": "1" })).await;
    assert_eq!(problem(&nobody), (400, 50033));
    let opened = lab.post("/users/@me/channels", json!({ "recipient_id": lab.jack })).await;
    assert_eq!((opened.0, &opened.1["type"]), (200, &json!(1)));
    let direct = lab.discord.direct(lab.jack);
    assert_eq!(id(&opened.1), direct);
    let path = format!("/channels/{direct}/messages");
    assert_eq!(lab.post(&path, json!({ "content": "hello" })).await.0, 200);
    assert_eq!(lab.discord.sees(lab.jack, direct).len(), 1);
    assert_eq!(lab.discord.sees(lab.ana, direct).len(), 0);
    lab.discord.close_direct_messages(lab.jack);
    assert_eq!(problem(&lab.post(&path, json!({ "content": "hello" })).await), (403, 50007));
}

#[tokio::test]
async fn guilds_tell_of_their_members_and_roles() {
    let lab = Lab::open().await;
    let guild = lab.discord.guild();
    let root = format!("/guilds/{guild}");
    assert_eq!(lab.get(&root).await.1["name"], "Example");
    assert_eq!(lab.get(&format!("{root}/roles")).await.1.as_array().unwrap().len(), 2);
    assert_eq!(lab.get(&format!("{root}/channels")).await.1.as_array().unwrap().len(), 1);
    let member = lab.get(&format!("{root}/members/{}", lab.ana)).await.1;
    assert_eq!(member["user"]["username"], "ana");
    assert_eq!(problem(&lab.get(&format!("{root}/members/1")).await), (404, 10013));
    lab.discord.remove_user(lab.ana);
    assert_eq!(problem(&lab.get(&format!("{root}/members/{}", lab.ana)).await), (404, 10007));
    assert_eq!(problem(&lab.get("/guilds/1").await), (404, 10004));
    assert_eq!(wrong(&lab.get("/guilds/one").await), ["guild_id NUMBER_TYPE_COERCE"]);
    let other = lab.discord.add_guild("Other");
    assert_eq!(lab.get("/users/@me/guilds").await.1.as_array().unwrap().len(), 2);
    lab.discord.expel_bot(other);
    assert_eq!(problem(&lab.get(&format!("/guilds/{other}")).await), (403, 50001));
    let threads = lab.get(&format!("{root}/threads/active")).await.1;
    assert_eq!(threads["threads"], json!([]));
    assert_eq!(lab.get(&format!("{root}/emojis")).await.0, 501, "what it does not know it says");
}
