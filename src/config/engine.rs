//! `[engine]`: what the engine is told beyond our own words.

use serde_json::{Map, Value};

use super::raw::RawEngine;
use super::reader::Reader;
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// Fills in what the section says over the defaults in `settings`.
pub(super) fn engine(reader: &mut Reader<'_>, raw: &RawEngine, settings: &mut Settings) {
    settings.replace_callback = raw.replace_callback.unwrap_or(settings.replace_callback);
    let Some(push) = &raw.push else { return };
    let judge = reader.push_judge;
    let named = |Misread { problem, advice }| Misread { problem: format!("push: {problem}"), advice };
    let judged = object(push.get_ref()).map_err(named).and_then(|object| judge(&object).map(|()| object));
    match judged {
        Ok(object) => settings.push = Some(object),
        Err(misread) => reader.error(push.span(), misread),
    }
}

/// The same as JSON. Which fields there may be is the engine's to judge.
fn object(table: &toml::Table) -> Result<Map<String, Value>, Misread> {
    table.iter().map(|(key, value)| Ok((key.clone(), json(value)?))).collect()
}

fn json(value: &toml::Value) -> Result<Value, Misread> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => {
            let odd = || Misread::new(format!("`{number}` cannot be sent"), "write a number");
            serde_json::Number::from_f64(*number).map(Value::Number).ok_or_else(odd)?
        }
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(date) => {
            return Err(Misread::new(format!("`{date}` cannot be sent"), "write dates in quotes"));
        }
        toml::Value::Array(list) => Value::Array(list.iter().map(json).collect::<Result<_, _>>()?),
        toml::Value::Table(table) => Value::Object(object(table)?),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_becomes_the_same_json() {
        let table: toml::Table = toml::from_str(
            r#"
            PushFlag = 0
            Ext = "callout"
            Share = 0.5
            Loud = true
            Lines = ["a", { b = 1 }]
            [AndroidInfo]
            Sound = "alarm"
            "#,
        )
        .unwrap();
        let wanted = json!({
            "PushFlag": 0, "Ext": "callout", "Share": 0.5, "Loud": true, "Lines": ["a", {"b": 1}],
            "AndroidInfo": {"Sound": "alarm"},
        });
        assert_eq!(object(&table).map(Value::Object), Ok(wanted));
    }

    #[test]
    fn the_section_is_taken() {
        let decided = |lines: &str| {
            let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n";
            let settings =
                crate::config::parse("callout.toml", &format!("{jack}{lines}")).0.unwrap().settings;
            (settings.push.map(Value::Object), settings.replace_callback)
        };
        assert_eq!(decided(""), (None, false));
        let push = Some(json!({"AndroidInfo": {"Sound": "alarm"}}));
        let inline = "[engine]\nreplace_callback = true\npush = { AndroidInfo = { Sound = \"alarm\" } }\n";
        assert_eq!(decided(inline), (push.clone(), true));
        assert_eq!(decided("[engine.push.AndroidInfo]\nSound = \"alarm\"\n"), (push, false));
    }

    #[test]
    fn what_the_engine_would_refuse_is_found_where_it_stands() {
        let text = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n\n[engine]\npush = { Loud = true }\n";
        let refuses = |_: &Map<String, Value>| Err(Misread::new("push.Loud must be a word", "correct it"));
        let (config, found) = crate::config::judged("callout.toml", text, &refuses);
        assert_eq!(config, None);
        insta::assert_snapshot!(found[0], @"callout.toml:7: push.Loud must be a word, correct it");
    }

    #[test]
    fn a_switch_is_true_or_false() {
        let found = crate::config::parse("callout.toml", "[engine]\nreplace_callback = \"yes\"\n").1;
        insta::assert_snapshot!(found[0], @"callout.toml:2: `replace_callback` must be true or false, see callout.example.toml");
    }

    #[test]
    fn what_json_does_not_know_is_refused() {
        let said = |text: &str| object(&toml::from_str(text).unwrap()).unwrap_err().to_string();
        insta::assert_snapshot!(said("A = { B = [2026-01-05] }"), @"`2026-01-05` cannot be sent, write dates in quotes");
        insta::assert_snapshot!(said("A = inf"), @"`inf` cannot be sent, write a number");
    }
}
