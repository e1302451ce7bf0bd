//! Commands: what may be registered, and what people can then type.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::bits;
use super::{Lab, problem, table, wrong};

#[tokio::test]
async fn a_bulk_overwrite_keeps_what_is_the_same() {
    let lab = Lab::open().await;
    assert_eq!(lab.discord.creates(), 4);
    let scope = Some(lab.discord.guild());
    let before = lab.discord.commands(scope);
    let mut changed = table();
    changed[0]["description"] = json!("answers at once");
    let after = lab.register(&changed).await;
    assert_eq!(lab.discord.creates(), 4, "nothing was made");
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert_ne!(after[0]["version"], before[0]["version"]);
    assert_eq!(after[1], before[1]);
    assert_eq!(lab.get(&lab.commands_path()).await.1, after);
    assert_eq!(after[3]["default_member_permissions"], "8");

    lab.register(&json!([])).await;
    for _ in 0..49 {
        lab.register(&table()).await;
        lab.register(&json!([])).await;
    }
    let last = lab.call(Method::PUT, &lab.commands_path(), table()).await;
    assert_eq!(problem(&last), (429, 30034), "200 a day");
    let global = format!("/applications/{}/commands", lab.discord.application());
    assert_eq!(lab.call(Method::PUT, &global, table()).await.0, 200, "another scope");
    let other = lab.call(Method::PUT, "/applications/1/commands", table()).await;
    assert_eq!(problem(&other), (403, 20012));
}

#[tokio::test]
async fn a_table_has_limits() {
    let lab = Lab::open().await;
    let command = |more: Value| {
        let mut command = json!({ "name": "x", "description": "y" });
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([command])
    };
    let option = |name: &str, required: bool| json!({ "type": 3, "name": name, "description": "y", "required": required });
    let sub = json!({ "type": 1, "name": "s", "description": "y" });
    let many: Vec<Value> = (0..26).map(|n| option(&format!("o{n}"), false)).collect();
    let choices = |n: usize| -> Vec<Value> { vec![json!({ "name": "n", "value": "v" }); n] };
    let mut choosy = option("a", true);
    choosy["choices"] = json!(choices(26));
    let mut both = option("a", true);
    (both["choices"], both["autocomplete"]) = (json!(choices(1)), json!(true));
    let big: Vec<Value> = (0..25)
        .map(|n| {
            json!({ "type": 1, "name": format!("s{n}"), "description": "y".repeat(100), "options": [
            { "type": 3, "name": "a", "description": "y".repeat(100) },
            { "type": 3, "name": "b", "description": "y".repeat(100) },
            { "type": 3, "name": "c", "description": "y".repeat(100) },
        ] })
        })
        .collect();
    let options = |options: Value| command(json!({ "options": options }));
    let cases = [
        (command(json!({ "name": "Upper" })), "0.name APPLICATION_COMMAND_INVALID_NAME"),
        (command(json!({ "name": "two words" })), "0.name APPLICATION_COMMAND_INVALID_NAME"),
        (command(json!({ "name": "x".repeat(33) })), "0.name BASE_TYPE_BAD_LENGTH"),
        (command(json!({ "description": "y".repeat(101) })), "0.description BASE_TYPE_BAD_LENGTH"),
        (command(json!({ "description": "" })), "0.description BASE_TYPE_BAD_LENGTH"),
        (command(json!({ "type": 2 })), "0.type NOT_MODELLED"),
        (command(json!({ "contexts": [3] })), "0.contexts BASE_TYPE_CHOICES"),
        (
            command(json!({ "default_member_permissions": "some" })),
            "0.default_member_permissions PERMISSIONS_TYPE_CONVERT",
        ),
        (options(json!(many)), "0.options BASE_TYPE_MAX_LENGTH"),
        (
            options(json!([option("a", false), option("b", true)])),
            "0.options.1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            options(json!([option("a", true), option("a", true)])),
            "0.options.1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (options(json!([sub, option("a", false)])), "0.options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (options(json!([choosy])), "0.options.0.choices BASE_TYPE_MAX_LENGTH"),
        (options(json!([both])), "0.options.0 APPLICATION_COMMAND_AUTOCOMPLETE_NOT_ALLOWED"),
        (options(json!(big)), "0 APPLICATION_COMMAND_TOO_LARGE"),
        (
            json!([{ "name": "x", "description": "y" }, { "name": "x", "description": "y" }]),
            "1 APPLICATION_COMMANDS_DUPLICATE_NAME",
        ),
    ];
    for (table, expected) in cases {
        let said = wrong(&lab.call(Method::PUT, &lab.commands_path(), table.clone()).await);
        assert_eq!(said, [expected], "{table}");
    }
}

#[tokio::test]
async fn people_type_what_is_registered() {
    let lab = Lab::open().await;
    let sent = |line: &str| {
        let id = lab.discord.slash(lab.ana, lab.ops, line)?;
        Ok::<Value, String>(lab.discord.look(|state| state.interactions[&id].payload["data"].clone()))
    };
    let data = sent("/call callees:@jack and more media:video note:two words: yes").unwrap();
    let values: Vec<&Value> =
        data["options"].as_array().unwrap().iter().map(|option| &option["value"]).collect();
    assert_eq!(
        values,
        [&json!(format!("<@{}> and more", lab.jack)), &json!("video"), &json!("two words: yes")]
    );
    let data = sent("/calls history who:jack").unwrap();
    assert_eq!(data["options"][0]["name"], "history");
    assert_eq!(data["options"][0]["options"][0]["value"], lab.jack.json());
    assert_eq!(data["resolved"]["users"][lab.jack.to_string()]["username"], "jack");
    assert!(data["resolved"]["members"][lab.jack.to_string()]["permissions"].is_string());
    let refused = |line: &str| sent(line).unwrap_err();
    assert_eq!(refused("ping"), "a command begins with a slash");
    assert_eq!(refused("/pong"), "/pong is not offered");
    assert_eq!(refused("/calls"), "/calls has no sub-command \"\"");
    assert_eq!(refused("/calls shwo"), "/calls has no sub-command \"shwo\"");
    assert_eq!(refused("/call media:video"), "/call: \"callees\" is required");
    assert_eq!(refused("/call jack"), "/call: \"jack\" belongs to no option");
    assert_eq!(refused("/call callees:jack media:film"), "/call: \"media\": one of audio, video");
    assert_eq!(refused("/calls show id:123456789"), "/calls show: \"id\": 9 characters do not fit");
    assert_eq!(refused("/calls history who:nobody"), "/calls history: \"who\": \"nobody\" is nobody here");
    assert_eq!(refused("/admin"), "/admin is not offered");
}

#[tokio::test]
async fn every_kind_of_option_is_typed() {
    let lab = Lab::open().await;
    let kinds = [(4, "whole"), (5, "flag"), (7, "place"), (8, "role"), (10, "share")];
    let options = kinds.map(|(kind, name)| json!({ "type": kind, "name": name, "description": "y" }));
    let mut options = options.to_vec();
    options[0]["max_value"] = json!(9);
    lab.register(&json!([{ "name": "all", "description": "y", "options": options }])).await;
    let oncall = lab.discord.add_role(lab.discord.guild(), "on-call", 0, &[]);
    let line = "/all whole:7 flag:true place:#ops role:@on-call share:0.5";
    let id = lab.discord.slash(lab.ana, lab.ops, line).unwrap();
    let data = lab.discord.look(|state| state.interactions[&id].payload["data"].clone());
    let values: Vec<&Value> =
        data["options"].as_array().unwrap().iter().map(|option| &option["value"]).collect();
    assert_eq!(values, [&json!(7), &json!(true), &lab.ops.json(), &oncall.json(), &json!(0.5)]);
    assert_eq!(data["resolved"]["channels"][lab.ops.to_string()]["name"], "ops");
    assert_eq!(data["resolved"]["roles"][oncall.to_string()]["name"], "on-call");
    assert!(lab.discord.slash(lab.ana, lab.ops, "/all whole:10").unwrap_err().contains("out of range"));
    assert!(lab.discord.slash(lab.ana, lab.ops, "/all whole:x").unwrap_err().contains("invalid digit"));
}

#[tokio::test]
async fn people_are_offered_what_they_may_use_where_they_are() {
    let lab = Lab::open().await;
    let guild = lab.discord.guild();
    assert_eq!(lab.discord.offered(lab.ana, lab.ops), ["ping", "call", "calls"]);
    lab.discord.add_role(guild, "chiefs", bits::ADMINISTRATOR, &[lab.ana]);
    assert_eq!(lab.discord.offered(lab.ana, lab.ops), ["ping", "call", "calls", "admin"]);
    lab.discord.permit_everyone(guild, bits::USUAL & !bits::USE_APPLICATION_COMMANDS);
    assert_eq!(lab.discord.offered(lab.jack, lab.ops), [""; 0]);
    lab.discord.permit_everyone(guild, bits::USUAL & !bits::VIEW_CHANNEL);
    assert_eq!(lab.discord.offered(lab.jack, lab.ops), [""; 0]);
    let direct = lab.discord.direct(lab.jack);
    assert_eq!(lab.discord.offered(lab.jack, direct), [""; 0], "the guild's commands stay there");
    let global = format!("/applications/{}/commands", lab.discord.application());
    lab.call(Method::PUT, &global, table()).await;
    assert_eq!(lab.discord.offered(lab.jack, direct), ["ping", "calls"], "/call is for guilds");
}
