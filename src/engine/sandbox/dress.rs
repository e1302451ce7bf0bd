//! The same facts in the other forms that the vendor's pages have (wire reference, 2.5, 3.2, 3.3 and 11).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::faults::Settings;

/// Every spelling of an `ActionType` (3.3), the model's own first, and of the media.
const SPELLINGS: [(&str, &[&str]); 9] = [
    ("Accept", &["Accept", "Answer"]),
    ("Reject", &["Reject"]),
    ("NotAnswer", &["NotAnswer"]),
    ("Hangup", &["Hangup", "HangUp", "Hang Up"]),
    ("Offline", &["Offline"]),
    // The last is documented nowhere, as will happen.
    ("Invite", &["Invite", "Invited", "Ringing_New"]),
    ("Cancel_Invite", &["Cancel_Invite", "Canncel_Invite"]),
    ("Audio", &["Audio", "audio"]),
    ("Video", &["Video", "video"]),
];
/// `CallResult` as an integer: one table says so and names no value; these follow section 3.5.
const RESULTS: [&str; 7] = ["NormalEnd", "NotAnswer", "Reject", "CallBusy", "Cancel", "Interrupt", "Offline"];
/// Seconds and milliseconds.
const TIMES: [&str; 4] = ["StartTime", "EndTime", "AcceptTime", "EventTime"];

/// Which spelling is next.
#[derive(Debug, Default)]
pub(super) struct Turns {
    words: HashMap<&'static str, usize>,
    keys: usize,
}

impl Turns {
    fn spell(&mut self, word: &str) -> Option<&'static str> {
        let (own, all) = SPELLINGS.iter().find(|(own, _)| *own == word)?;
        let turn = self.words.entry(own).or_default();
        let spelling = all[*turn % all.len()];
        *turn += 1;
        Some(spelling)
    }

    /// Rewrites the body of a callback.
    pub(super) fn callback(&mut self, body: &mut Value, settings: &Settings) {
        if settings.spellings {
            self.respell(body);
        }
        if settings.numeric_accounts {
            each(body, &mut |key, value| {
                let number = value.as_str().and_then(plain_number);
                if let Some(number) = number.filter(|_| key == "User_Account") {
                    *value = number.into();
                }
            });
        }
        answer(body, settings);
    }

    fn respell(&mut self, body: &mut Value) {
        each(body, &mut |key, value| {
            let spelled = ["ActionType", "MediaType", "CallMediaType"].contains(&key);
            if let Some(word) = value.as_str().filter(|_| spelled).and_then(|word| self.spell(word)) {
                *value = word.into();
            }
        });
        let Some(info) = body.get_mut("CallInfo").and_then(Value::as_object_mut) else { return };
        self.keys += 1;
        if self.keys.is_multiple_of(2)
            && let Some(media) = info.remove("CallMediaType")
        {
            info.insert("MediaType".to_owned(), media);
        }
    }
}

/// Rewrites what a command says.
pub(super) fn answer(body: &mut Value, settings: &Settings) {
    if !settings.results.is_empty() {
        each(body, &mut |key, value| {
            let other = value.as_str().and_then(|word| settings.results.get(word));
            if let Some(other) = other.filter(|_| key == "CallResult") {
                *value = other.as_str().into();
            }
        });
    }
    if settings.numeric_results {
        each(body, &mut |key, value| {
            let place = RESULTS.iter().position(|word| value.as_str() == Some(word));
            if let Some(place) = place.filter(|_| key == "CallResult") {
                *value = place.into();
            }
        });
    }
    if settings.swap_types {
        each(body, &mut |key, value| {
            if value.is_number() && (key == "RoomIdType" || TIMES.contains(&key)) {
                *value = value.to_string().into();
            }
        });
    }
}

/// The room of a live call as the vendor's sample shows it (2.2).
pub(super) fn blank_room(body: &mut Value) {
    let info = &mut body["CallInfo"];
    info["RoomId"] = "".into();
    info["RoomIdType"] = json!(0);
}

/// Digits that stay the same when they are a number.
fn plain_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Does `act` to every field, however deep.
fn each(value: &mut Value, act: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                act(key, value);
                each(value, act);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, act)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(action: &str) -> Value {
        json!({"ChangedUserList": [{"User_Account": "123456789012345678", "ActionType": action}]})
    }

    #[test]
    fn every_spelling_has_its_turn() {
        let (mut turns, settings) = (Turns::default(), Settings { spellings: true, ..Settings::default() });
        let mut told = |action| {
            let mut body = changed(action);
            turns.callback(&mut body, &settings);
            body["ChangedUserList"][0]["ActionType"].as_str().unwrap().to_owned()
        };
        assert_eq!(["Accept"; 3].map(&mut told), ["Accept", "Answer", "Accept"]);
        assert_eq!(["Hangup"; 3].map(&mut told), ["Hangup", "HangUp", "Hang Up"]);
        assert_eq!(["Cancel_Invite"; 2].map(&mut told), ["Cancel_Invite", "Canncel_Invite"]);
        assert_eq!(["Invite"; 2].map(&mut told), ["Invite", "Invited"]);
        assert_eq!(["Join", "Reject", "NotAnswer"].map(told), ["Join", "Reject", "NotAnswer"]);
    }

    #[test]
    fn media_has_two_keys_and_two_cases() {
        let (mut turns, settings) = (Turns::default(), Settings { spellings: true, ..Settings::default() });
        let mut told = || {
            let mut body = json!({"CallInfo": {"CallMediaType": "Video"}});
            turns.callback(&mut body, &settings);
            body["CallInfo"].clone()
        };
        let pair = [json!({"CallMediaType": "Video"}), json!({"MediaType": "video"})];
        assert_eq!([told(), told()], pair);
        assert_eq!([told(), told()], pair);
    }

    #[test]
    fn an_account_of_digits_can_be_a_number_and_loses_none_of_them() {
        let settings = Settings { numeric_accounts: true, ..Settings::default() };
        let mut body = changed("Accept");
        Turns::default().callback(&mut body, &settings);
        assert!(body.to_string().contains(r#""User_Account":123456789012345678"#), "{body}");
        for kept in ["jack", "007", "18446744073709551616", "+7"] {
            assert_eq!(plain_number(kept), None);
        }
    }

    #[test]
    fn types_are_swapped_and_results_have_other_words() {
        let record = || json!({"CallRecord": {"CallResult": "Cancel", "RoomIdType": 2, "AcceptTime": 0}});
        let dressed = |settings: Settings| {
            let mut body = record();
            answer(&mut body, &settings);
            body["CallRecord"].clone()
        };
        let default = Settings::default;
        assert_eq!(dressed(default()), record()["CallRecord"]);
        let swapped = dressed(Settings { swap_types: true, ..default() });
        assert_eq!(swapped, json!({"CallResult": "Cancel", "RoomIdType": "2", "AcceptTime": "0"}));
        assert_eq!(dressed(Settings { numeric_results: true, ..default() })["CallResult"], 4);
        let results = [("Cancel".to_owned(), "Interrupt".to_owned())].into();
        assert_eq!(dressed(Settings { results, ..default() })["CallResult"], "Interrupt");
        let list = json!({"CallResult": [{"Callee_Account": "jack", "ResultCode": 0}]});
        let mut body = list.clone();
        answer(&mut body, &Settings { swap_types: true, numeric_results: true, ..default() });
        assert_eq!(body, list, "the dial's CallResult is something else");
    }
}
