//! Answers to interactions: in time, once, of the right kind, by whom they are seen.

use serde_json::{Value, json};

use super::super::state::Kind;
use super::super::{Answer, Heard};
use super::{Lab, id, problem, secs, wrong};

fn says(text: &str) -> Value {
    json!({ "type": 4, "data": { "content": text } })
}

#[tokio::test]
async fn an_answer_comes_within_three_seconds() {
    let lab = Lab::open().await;
    let in_time = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    lab.wait(secs(3));
    assert_eq!(lab.discord.heard(in_time), Heard::Nothing);
    assert_eq!(lab.callback(in_time, says("pong")).await.0, 204);

    let late = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    lab.wait(secs(3) + std::time::Duration::from_millis(1));
    assert_eq!(problem(&lab.callback(late, says("pong")).await), (404, 10062));
    assert_eq!(lab.discord.heard(late), Heard::NoResponse);
    let follow_up = lab.post(&lab.hook(late), json!({ "content": "late" })).await;
    assert_eq!(problem(&follow_up), (404, 10015));
    let other = format!("/interactions/{late}/no-such-token/callback");
    assert_eq!(problem(&lab.post(&other, says("x")).await), (404, 10062));
}

#[tokio::test]
async fn an_interaction_is_answered_once() {
    let lab = Lab::open().await;
    let (interaction, _) = lab.answered(json!({ "content": "pong" })).await;
    assert_eq!(problem(&lab.callback(interaction, says("again")).await), (400, 40060));
    lab.wait(secs(10));
    assert_eq!(problem(&lab.callback(interaction, says("again")).await), (400, 40060));
}

#[tokio::test]
async fn a_token_lives_for_fifteen_minutes() {
    let lab = Lab::open().await;
    let (interaction, message) = lab.answered(json!({ "content": "pong" })).await;
    let original = format!("{}/messages/@original", lab.hook(interaction));
    lab.wait(secs(15 * 60));
    assert_eq!(id(&lab.get(&original).await.1), message);
    assert_eq!(lab.patch(&original, json!({ "content": "still" })).await.0, 200);
    lab.wait(secs(1));
    for dead in [
        lab.get(&original).await,
        lab.patch(&original, json!({ "content": "x" })).await,
        lab.delete(&original).await,
        lab.post(&lab.hook(interaction), json!({ "content": "x" })).await,
    ] {
        assert_eq!(problem(&dead), (401, 50027));
    }
    // The bot's own token goes on.
    assert_eq!(lab.patch(&lab.message_path(message), json!({ "content": "on" })).await.0, 200);
    assert_eq!(lab.discord.message(message).unwrap().text, "on");
}

#[tokio::test]
async fn what_one_person_sees_is_out_of_reach_of_the_bots_token() {
    let lab = Lab::open().await;
    let (interaction, message) = lab.answered(json!({ "content": "psst", "flags": 64 })).await;
    assert!(matches!(lab.discord.heard(interaction), Heard::Message(seen) if seen.is_private));
    assert_eq!(lab.discord.sees(lab.ana, lab.ops).len(), 1);
    assert_eq!(lab.discord.sees(lab.jack, lab.ops).len(), 0);
    let path = lab.message_path(message);
    assert_eq!(problem(&lab.get(&path).await), (404, 10008));
    assert_eq!(problem(&lab.patch(&path, json!({ "content": "x" })).await), (404, 10008));
    assert_eq!(problem(&lab.delete(&path).await), (404, 10008));
    let thread = lab.post(&format!("{path}/threads"), json!({ "name": "no" })).await;
    assert_eq!(problem(&thread), (404, 10008));
    let by_token = format!("{}/messages/@original", lab.hook(interaction));
    assert_eq!(lab.patch(&by_token, json!({ "content": "pssst" })).await.0, 200);
    assert_eq!(lab.discord.message(message).unwrap().text, "pssst");
}

#[tokio::test]
async fn thinking_is_filled_by_an_edit_or_by_the_first_follow_up() {
    let lab = Lab::open().await;
    for by_follow_up in [false, true] {
        let interaction = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
        let deferred = lab.callback(interaction, json!({ "type": 5, "data": { "flags": 64 } })).await;
        assert_eq!(deferred.0, 204);
        let Heard::Message(thinking) = lab.discord.heard(interaction) else { panic!("no message") };
        assert!(thinking.is_loading && thinking.is_private);
        let hook = lab.hook(interaction);
        let (status, body) = if by_follow_up {
            lab.post(&hook, json!({ "content": "done" })).await
        } else {
            lab.patch(&format!("{hook}/messages/%40original"), json!({ "content": "done" })).await
        };
        assert_eq!((status, id(&body)), (200, thinking.id), "{body:#}");
        let filled = lab.discord.message(thinking.id).unwrap();
        assert!(!filled.is_loading && !filled.is_edited && filled.is_private);
        let more = lab.post(&hook, json!({ "content": "more" })).await.1;
        assert_ne!(id(&more), thinking.id);
        assert!(!lab.discord.message(id(&more)).unwrap().is_private, "a follow-up has flags of its own");
        assert_eq!(lab.discord.answers(interaction).len(), 2);
        let gone = format!("{hook}/messages/{}", id(&more));
        assert_eq!(lab.delete(&gone).await.0, 204);
        assert_eq!(problem(&lab.get(&gone).await), (404, 10008));
    }
}

#[tokio::test]
async fn a_button_is_answered_in_four_ways() {
    let lab = Lab::open().await;
    let row = json!([{ "type": 1, "components": [
        { "type": 2, "style": 1, "label": "Hang up", "custom_id": "c:1" },
        { "type": 2, "style": 2, "label": "Off", "custom_id": "c:2", "disabled": true },
    ] }]);
    let (_, card) = lab.answered(json!({ "content": "a card", "components": row })).await;
    assert!(lab.discord.press(lab.jack, card, "Off").unwrap_err().contains("switched off"));
    assert!(lab.discord.press(lab.jack, card, "Up").unwrap_err().contains("no button"));
    assert!(lab.discord.click(lab.jack, card, "c:3").unwrap_err().contains("there is no"));

    let silent = lab.discord.press(lab.jack, card, "Hang up").unwrap();
    assert_eq!(lab.callback(silent, json!({ "type": 6 })).await.0, 204);
    assert_eq!(lab.discord.heard(silent), Heard::Done);
    let update = json!({ "type": 7, "data": { "content": "changed", "components": [] } });
    let changed = lab.discord.click(lab.jack, card, "c:1").unwrap();
    let shown = lab.callback(changed, update).await;
    assert_eq!(shown.0, 204);
    let seen = lab.discord.message(card).unwrap();
    assert_eq!((seen.text.as_str(), seen.buttons.len(), seen.is_edited), ("changed", 0, true));
    let original = lab.get(&format!("{}/messages/@original", lab.hook(changed))).await;
    assert_eq!(id(&original.1), card, "@original is the card");
    assert!(lab.discord.click(lab.jack, card, "c:1").is_err(), "the button is gone");
    let late = lab.discord.click_late(lab.jack, card, "c:1").unwrap();
    assert_eq!(
        lab.callback(late, json!({ "type": 6 })).await.0,
        204,
        "who has not been told yet can press it"
    );
    assert!(lab.discord.click_late(lab.jack, card, "c:9").unwrap_err().contains("never was"));
    assert_eq!(lab.discord.first_answer(changed).unwrap().text, "changed");
}

#[tokio::test]
async fn a_form_is_shown_filled_in_and_answered() {
    let lab = Lab::open().await;
    let field = json!({ "type": 4, "custom_id": "why", "label": "Why?", "style": 1, "max_length": 10 });
    let form = json!({ "custom_id": "f:1", "title": "Reason", "components": [{ "type": 1, "components": [field] }] });
    let command = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    assert!(lab.discord.submit(command, &[]).unwrap_err().contains("no form"));
    assert_eq!(lab.callback(command, json!({ "type": 9, "data": form })).await.0, 204);
    assert_eq!(lab.discord.heard(command), Heard::Form("Reason".into(), vec!["Why?".into()]));
    assert!(lab.discord.submit(command, &[]).unwrap_err().contains("characters"));
    assert!(lab.discord.submit(command, &[("why", "much too long")]).unwrap_err().contains("characters"));
    assert!(lab.discord.submit(command, &[("what", "x")]).unwrap_err().contains("no \"what\""));
    let sent = lab.discord.submit(command, &[("why", "urgent")]).unwrap();
    let row = lab.discord.look(|state| state.interactions[&sent].payload["data"]["components"][0].clone());
    assert_eq!((&row["type"], &row["components"][0]["value"]), (&json!(1), &json!("urgent")));
    let wrong_kind = lab.callback(sent, json!({ "type": 9, "data": form })).await;
    assert_eq!(wrong(&wrong_kind), ["type BASE_TYPE_CHOICES"], "a form cannot follow a form");
    assert_eq!(lab.callback(sent, says("thanks")).await.0, 204);

    lab.discord.set(|settings| settings.submits_labels = true);
    let labelled = lab.discord.submit(command, &[("why", "urgent")]).unwrap();
    let row =
        lab.discord.look(|state| state.interactions[&labelled].payload["data"]["components"][0].clone());
    assert_eq!((&row["type"], &row["component"]["value"]), (&json!(18), &json!("urgent")));
}

#[tokio::test]
async fn forms_have_limits() {
    let lab = Lab::open().await;
    let field = |label: usize, id: &str| {
        let field = json!({ "type": 4, "custom_id": id, "label": "x".repeat(label), "style": 1 });
        json!({ "type": 1, "components": [field] })
    };
    let form = |title: usize, rows: &[Value]| json!({ "type": 9, "data": { "custom_id": "f", "title": "x".repeat(title), "components": rows } });
    let ids = ["a", "b", "c", "d", "e", "f"];
    let six: Vec<Value> = ids.iter().map(|id| field(1, id)).collect();
    let refused = async |body: Value| {
        let command = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
        wrong(&lab.callback(command, body).await)
    };
    assert_eq!(refused(form(46, &[field(1, "a")])).await, ["data.title BASE_TYPE_BAD_LENGTH"]);
    assert_eq!(
        refused(form(1, &[field(46, "a")])).await,
        ["data.components.0.components.0.label BASE_TYPE_BAD_LENGTH"]
    );
    assert_eq!(refused(form(1, &six)).await, ["data.components BASE_TYPE_BAD_LENGTH"]);
    assert_eq!(refused(form(1, &[])).await, ["data.components BASE_TYPE_BAD_LENGTH"]);
    let twice = refused(form(1, &[field(1, "a"), field(1, "a")])).await;
    assert_eq!(twice, ["data.components.1 COMPONENT_CUSTOM_ID_DUPLICATED"]);
    let label = json!({ "type": 18, "label": "Why?", "component": field(1, "a")["components"][0] });
    let command = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    assert_eq!(lab.callback(command, form(45, &[label])).await.0, 204, "the new shape is taken");
    assert!(matches!(lab.discord.answer(command), Answer::Modal(_)));
}

#[tokio::test]
async fn autocomplete_takes_choices_and_nothing_else() {
    let lab = Lab::open().await;
    let asked = lab.discord.autocomplete(lab.ana, lab.ops, "/call callees:ja").unwrap();
    let (kind, focused) = lab.discord.look(|state| {
        let interaction = &state.interactions[&asked];
        (interaction.kind, interaction.payload["data"]["options"][0].clone())
    });
    assert_eq!(kind, Kind::Autocomplete);
    assert_eq!(focused, json!({ "name": "callees", "type": 3, "value": "ja", "focused": true }));
    assert_eq!(wrong(&lab.callback(asked, says("no")).await), ["type BASE_TYPE_CHOICES"]);
    let choices = |count: usize| {
        let all: Vec<Value> = (0..count).map(|n| json!({ "name": format!("n{n}"), "value": "v" })).collect();
        json!({ "type": 8, "data": { "choices": all } })
    };
    assert_eq!(wrong(&lab.callback(asked, choices(26)).await), ["data.choices BASE_TYPE_MAX_LENGTH"]);
    assert_eq!(lab.callback(asked, choices(2)).await.0, 204);
    assert_eq!(lab.discord.heard(asked), Heard::Choices(vec!["n0".into(), "n1".into()]));
    assert!(
        lab.discord.autocomplete(lab.ana, lab.ops, "/call note:x").unwrap_err().contains("completes nothing")
    );
}

#[tokio::test]
async fn with_response_tells_the_message() {
    let lab = Lab::open().await;
    let interaction = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    let path = format!("/interactions/{interaction}/{}/callback?with_response=true", lab.token(interaction));
    let (status, body) = lab.post(&path, says("pong")).await;
    assert_eq!((status, &body["resource"]["message"]["content"]), (200, &json!("pong")));
    assert_eq!(body["interaction"]["response_message_id"], body["resource"]["message"]["id"]);
    assert_eq!(body["resource"]["message"]["interaction_metadata"]["id"], interaction.json());
}

#[tokio::test]
async fn what_is_needed_can_be_left_out_and_delivered_twice() {
    let lab = Lab::open().await;
    lab.discord.leave_out(&["locale", "member.permissions"]);
    let interaction = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    lab.discord.leave_out(&[]);
    let whole = lab.discord.slash(lab.ana, lab.ops, "/ping").unwrap();
    let payload = |id| lab.discord.look(|state| state.interactions[&id].payload.clone());
    let (lacking, whole) = (payload(interaction), payload(whole));
    assert!(lacking.get("locale").is_none() && lacking["member"].get("permissions").is_none());
    for field in [
        "id",
        "application_id",
        "type",
        "token",
        "version",
        "channel_id",
        "channel",
        "locale",
        "entitlements",
        "attachment_size_limit",
        "data",
        "guild_id",
        "member",
        "app_permissions",
        "context",
        "guild_locale",
        "authorizing_integration_owners",
    ] {
        assert!(whole.get(field).is_some(), "{field}");
    }
    assert!(whole["member"]["permissions"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    lab.discord.deliver_again(interaction);
}
