//! What Slack sends, read: commands, forms, presses, mentions.

use serde_json::json;

use super::*;

fn read(kind: Kind, payload: Value) -> Asked {
    asked(kind, &payload, &CommandNames::default()).unwrap()
}

fn command(name: &str, text: &str) -> Asked {
    read(
        Kind::Command,
        json!({
            "token": "x", "team_id": "T1", "channel_id": "C1", "channel_name": "ops", "user_id": "U1", "user_name": "ana",
            "command": name, "text": text, "response_url": "https://hooks.slack.com/commands/1", "trigger_id": "1.2.3",
        }),
    )
}

fn interaction(kind: &str, more: Value) -> Asked {
    let mut all = json!({
        "type": kind, "team": { "id": "T1", "domain": "x" }, "user": { "id": "U1", "username": "ana", "name": "ana", "team_id": "T1" },
        "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/actions/1",
    });
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    read(Kind::Interaction, all)
}

#[test]
fn a_command_is_a_line_by_somebody_somewhere() {
    let asked = command("/call", "<@U2|jack> video a &amp; b");
    assert_eq!(asked.what, What::Said(Said::Line("/call <@U2|jack> video a & b".into())));
    assert_eq!((asked.who, asked.key), (Who::new("slack", "U1", "ana"), DeliveryKey::new("slack:1.2.3")));
    assert_eq!(asked.place, Place { chat: "slack".into(), channel: "C1".into(), thread: None });
    assert_eq!(command("/calls", " ").what, What::Said(Said::Line("/calls".into())));
}

#[test]
fn a_call_without_callees_asks_for_them() {
    let What::Ask { trigger, about, form, note } = command("/call", "  ").what else { panic!("no form") };
    assert_eq!(
        (trigger.as_str(), about.channel.as_str(), about.command.as_str(), note.as_str()),
        ("1.2.3", "C1", "call", "")
    );
    assert_eq!(form, FormOf::Call);
    let What::Ask { form, about, .. } = command("/page", "").what else { panic!("no form") };
    assert_eq!((form, about.command.as_str()), (FormOf::Page, "page"));
}

#[test]
fn a_press_names_its_card_and_where_it_is() {
    let press = |id: &str, value: &str, private| {
        interaction(
            "block_actions",
            json!({
                "container": { "type": "message", "message_ts": "9.9", "channel_id": "C1", "is_ephemeral": private, "thread_ts": "8.8" },
                "channel": { "id": "C1", "name": "ops" }, "actions": [{ "type": "button", "action_id": id, "value": value }],
            }),
        )
    };
    let hang_up = press("callout:Hang up", "c1", false);
    let said = Said::Pressed { card: CardId::new("c1"), button: "Hang up".into(), text: None };
    assert_eq!((hang_up.what, hang_up.place.thread.as_deref()), (What::Said(said), Some("8.8")));
    let AnswerBy::Url { replaces: true, .. } = press("callout:Don't ring", "ask_1", true).answer else {
        panic!("not replaced")
    };
    let What::AskText { about, .. } = press("callout:Ring anyway", "ask_1", true).what else {
        panic!("no form")
    };
    assert_eq!(
        (about.card.as_str(), about.button.as_str(), about.thread.as_deref()),
        ("ask_1", "Ring anyway", Some("8.8"))
    );
    for (id, value) in [("other", "c1"), ("callout:Hang up", "")] {
        assert_eq!(press(id, value, false).what, What::UnknownButton);
    }
}

#[test]
fn a_shortcut_is_about_what_a_bot_said_too() {
    let about = |message: Value| {
        let more = json!({ "callback_id": PAGE_ABOUT, "channel": { "id": "C1" }, "message": message });
        let What::Ask { about, note, .. } = interaction("message_action", more).what else {
            panic!("no form")
        };
        (note, about.thread)
    };
    let alert = json!([{ "color": "danger", "fallback": "[FIRING:1] db1 is down", "title": "" }]);
    assert_eq!(
        about(json!({ "text": "", "ts": "2.2", "thread_ts": "1.1", "attachments": alert })),
        ("[FIRING:1] db1 is down".to_owned(), Some("1.1".to_owned()))
    );
    let blocks = json!([{ "type": "divider" }, { "type": "section", "text": { "type": "mrkdwn", "text": "db &lt; ok" } }]);
    assert_eq!(about(json!({ "text": " ", "blocks": blocks })), ("db < ok".to_owned(), None));
    assert_eq!(about(json!({ "text": "said", "attachments": alert })).0, "said");
    assert_eq!(about(json!({ "ts": "1.1" })).0, "");
}

#[test]
fn somebody_of_another_workspace_is_of_that_one() {
    let asked =
        interaction("block_actions", json!({ "user": { "id": "U9", "team_id": "T9" }, "actions": [] }));
    assert_eq!((asked.team.as_str(), asked.who.name.as_str()), ("T9", "U9"));
}

#[test]
fn a_mention_is_what_was_said_to_the_bot() {
    let event = |event: Value| {
        read(
            Kind::Event,
            json!({ "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event }),
        )
    };
    let said = event(
        json!({ "type": "app_mention", "user": "U1", "text": "<@UB> ack &amp; go", "ts": "2.2", "thread_ts": "1.1", "channel": "C1" }),
    );
    assert_eq!((said.what, said.key), (What::Mentioned("ack & go".into()), DeliveryKey::new("slack:Ev1")));
    assert_eq!(said.place.thread.as_deref(), Some("1.1"));
    let bot = event(
        json!({ "type": "app_mention", "user": "U1", "bot_id": "B1", "text": "<@UB> ack", "channel": "C1" }),
    );
    assert_eq!(bot.what, What::Nothing);
    assert_eq!(without_mention("please hangup <@UB|callout>", None), "please hangup");
    assert_eq!(without_mention("<@U2> fyi <@UB> hangup", Some("UB")), "hangup");
    let home = event(json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home" }));
    assert_eq!(home.what, What::Home);
    let messages =
        event(json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages" }));
    assert_eq!(messages.what, What::Nothing);
}

#[test]
fn what_lacks_who_or_where_is_not_read() {
    let names = CommandNames::default();
    for (kind, payload) in [
        (Kind::Command, json!({ "command": "/call" })),
        (
            Kind::Command,
            json!({ "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/calls", "trigger_id": "" }),
        ),
        (Kind::Interaction, json!({ "type": "block_actions" })),
        (Kind::Event, json!({ "type": "event_callback" })),
        (Kind::Event, json!([])),
    ] {
        assert!(asked(kind, &payload, &names).is_none(), "{payload}");
    }
}
