//! People and channels, as the bot may know them.

use serde_json::json;

use super::Lab;

#[tokio::test]
async fn people_are_found_by_id_and_by_address() {
    let lab = Lab::open().await;
    let ana = lab.form("users.info", &[("user", &lab.ana)]).await;
    assert_eq!(ana["user"]["profile"]["email"], "ana@example.com");
    assert_eq!(ana["user"]["real_name"], "Ana");
    let found = lab.form("users.lookupByEmail", &[("email", "ANA@example.com")]).await;
    assert_eq!(found["user"]["id"], json!(lab.ana));
    assert_eq!(
        lab.form("users.lookupByEmail", &[("email", "x@example.com")]).await["error"],
        "users_not_found"
    );
    assert_eq!(lab.form("users.info", &[("user", "U1")]).await["error"], "user_not_found");
    lab.slack.renames(&lab.ana, "", "");
    let ana = lab.form("users.info", &[("user", &lab.ana)]).await;
    assert_eq!(ana["user"]["profile"]["display_name"], "");
    lab.slack.revoke_scope("users:read.email");
    let ana = lab.form("users.info", &[("user", &lab.ana)]).await;
    assert_eq!(ana["user"]["profile"].get("email"), None);
    assert_eq!(lab.form("users.lookupByEmail", &[("email", "a")]).await["needed"], "users:read.email");
    lab.slack.deactivate(&lab.ana);
    let ana = lab.form("users.info", &[("user", &lab.ana)]).await;
    assert_eq!((&ana["user"]["deleted"], ana["user"].get("tz")), (&json!(true), None));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let lab = Lab::open().await;
    let first = lab.form("users.list", &[("limit", "2")]).await;
    assert_eq!(first["members"].as_array().unwrap().len(), 2);
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = lab.form("users.list", &[("limit", "2"), ("cursor", cursor)]).await;
    assert_eq!(
        (second["members"].as_array().unwrap().len(), &second["response_metadata"]["next_cursor"]),
        (2, &json!("")),
        "two people, the bot, and Slack's own"
    );
    assert_eq!(lab.form("users.list", &[("cursor", "x")]).await["error"], "invalid_cursor");
    let members = lab.form("conversations.members", &[("channel", &lab.ops)]).await;
    let mut all = [lab.ana.clone(), lab.jack.clone(), lab.slack.bot()];
    all.sort();
    assert_eq!(members["members"], json!(all));
}

#[tokio::test]
async fn a_channel_says_what_it_is() {
    let lab = Lab::open().await;
    let ops = lab.form("conversations.info", &[("channel", &lab.ops), ("include_num_members", "true")]).await;
    let channel = &ops["channel"];
    assert_eq!(
        (&channel["name"], &channel["is_member"], &channel["num_members"]),
        (&json!("ops"), &json!(true), &json!(3))
    );
    let hidden = lab.slack.private_channel("hidden", &[]);
    assert_eq!(lab.form("conversations.info", &[("channel", &hidden)]).await["channel"]["is_private"], true);
    lab.slack.revoke_scope("groups:read");
    assert_eq!(lab.form("conversations.info", &[("channel", &hidden)]).await["needed"], "groups:read");
    let direct = lab.slack.direct(&lab.ana);
    assert_eq!(lab.form("conversations.info", &[("channel", &direct)]).await["needed"], "im:read");
    lab.slack.kick(&hidden, &lab.slack.bot());
    assert_eq!(lab.form("conversations.info", &[("channel", &hidden)]).await["error"], "channel_not_found");
    let missing = lab.call("conversations.info", json!({ "channel": lab.ops })).await.1;
    assert_eq!(missing["error"], "invalid_arguments", "it reads no JSON");
    assert_eq!(lab.complaint(), "conversations.info takes no JSON");
}

#[tokio::test]
async fn the_bot_joins_and_opens() {
    let lab = Lab::open().await;
    let join = |channel: &str| lab.call("conversations.join", json!({ "channel": channel }));
    assert_eq!(join(&lab.ops).await.1["needed"], "channels:join");
    lab.slack.set(|settings| settings.scopes.push("channels:join".to_owned()));
    assert_eq!(join(&lab.ops).await.1["warning"], "already_in_channel");
    lab.slack.kick(&lab.ops, &lab.slack.bot());
    assert_eq!(join(&lab.ops).await.1["channel"]["is_member"], true);
    lab.slack.archive(&lab.ops, true);
    assert_eq!(join(&lab.ops).await.1["error"], "is_archived");
    let hidden = lab.slack.private_channel("hidden", &[]);
    assert_eq!(join(&hidden).await.1["error"], "method_not_supported_for_channel_type");
    let open = |users: &str| lab.call("conversations.open", json!({ "users": users, "return_im": true }));
    let direct = open(&lab.ana).await.1;
    assert_eq!(direct["channel"]["user"], json!(lab.ana));
    assert_eq!(direct["channel"]["id"], json!(lab.slack.direct(&lab.ana)));
    let again = json!({ "channel": lab.slack.direct(&lab.ana) });
    assert_eq!(lab.does("conversations.open", again).await["already_open"], true);
    let wrong = json!({ "channel": lab.ops });
    assert_eq!(lab.error("conversations.open", wrong).await, "method_not_supported_for_channel_type");
    assert_eq!(open("U1").await.1["error"], "user_not_found");
    assert_eq!(open("").await.1["error"], "users_list_not_supplied");
    assert_eq!(open(&lab.slack.bot()).await.1["error"], "cannot_dm_bot");
    assert_eq!(open("USLACKBOT").await.1["error"], "cannot_dm_bot");
    assert_eq!(open("U1,U2").await.1["needed"], "mpim:write");
    assert_eq!(open("1,2,3,4,5,6,7,8,9").await.1["error"], "too_many_users");
    lab.slack.deactivate(&lab.jack);
    assert_eq!(open(&lab.jack).await.1["error"], "user_disabled");
}

#[tokio::test]
async fn a_bot_has_a_card_of_its_own() {
    let lab = Lab::open().await;
    let id = lab.does("auth.test", json!({})).await["bot_id"].as_str().unwrap().to_owned();
    assert_eq!(lab.form("bots.info", &[("bot", &id)]).await["bot"]["user_id"], json!(lab.slack.bot()));
    assert_eq!(lab.form("bots.info", &[("bot", "B1")]).await["error"], "bot_not_found");
}
