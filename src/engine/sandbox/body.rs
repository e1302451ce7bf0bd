//! Bodies of commands: what must be in them, of which type and in which range (wire reference, 2).

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::call::{Dial, Show};
use super::record::{Filter, KEPT_FOR};
use super::wire::Refused;

/// Ring time in milliseconds.
const RING_MS: std::ops::RangeInclusive<u64> = 10_000..=600_000;
/// Bytes of `UserData`.
const USER_DATA_MAX: usize = 1_000;
/// Bytes of a string room.
const ROOM_MAX: usize = 64;
/// The highest integer room.
const ROOM_NUMBER_MAX: u64 = 4_294_967_294;
/// Besides letters and digits.
const ROOM_SIGNS: &str = " !#$%&()+-:;<=.>?@[]^_{}|~,";
/// Callees of one call. No maximum is documented; a phone shows some dozens.
const CALLEES_MAX: usize = 100;
/// Records on a page. No maximum is documented.
const PAGE_MAX: u64 = 100;
/// Records on a page when the request does not say.
const PAGE_DEFAULT: u64 = 10;

/// The body of a request: a JSON object.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Refused::new(60003, "the body is not a JSON object")),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A string that must be there and say something.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refused> {
        let text = self.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refused::parameter(format!("{name} must be a string that is not empty")))
    }

    fn optional_text(&self, name: &str) -> Result<Option<&str>, Refused> {
        self.get(name).map(|_| self.text(name)).transpose()
    }

    /// A string, if it is there.
    pub(super) fn optional_string(&self, name: &str) -> Result<Option<&str>, Refused> {
        let wrong = || Refused::parameter(format!("{name} must be a string"));
        self.get(name).map(|value| value.as_str().ok_or_else(wrong)).transpose()
    }

    fn optional_number(&self, name: &str) -> Result<Option<u64>, Refused> {
        let number = |value: &Value| {
            value.as_u64().ok_or_else(|| Refused::parameter(format!("{name} must be a positive integer")))
        };
        self.get(name).map(number).transpose()
    }

    fn object(&self, name: &str) -> Result<Self, Refused> {
        match self.get(name) {
            Some(Value::Object(fields)) => Ok(Self(fields.clone())),
            _ => Err(Refused::parameter(format!("{name} must be an object"))),
        }
    }

    /// A list of strings that are not empty; `code` is for one that is no string.
    pub(super) fn texts(&self, name: &str, code: i64) -> Result<Vec<String>, Refused> {
        let list = self.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| Refused::parameter(format!("{name} must be a list, not empty")))?;
        let text = |value: &Value| match value.as_str() {
            None => Err(Refused::new(code, format!("{name} holds something that is not a string"))),
            Some("") => Err(Refused::parameter(format!("{name} holds an empty string"))),
            Some(text) => Ok(text.to_owned()),
        };
        list.iter().map(text).collect()
    }

    /// The objects of a list.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Refused> {
        let list = self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let object = |item: &Value| item.as_object().cloned().map(Self);
        let objects = list.iter().map(object).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty());
        objects.ok_or_else(|| Refused::parameter(format!("{name} must be a list of objects, not empty")))
    }

    /// `start_call_by_robot` (2.1). Whether the accounts are known is not looked at.
    pub(super) fn dial(&self) -> Result<Dial, Refused> {
        if self.get("Robot_Account").is_some_and(|value| !value.is_string()) {
            return Err(Refused::new(60015, "Robot_Account is not a string"));
        }
        let robot = self.text("Robot_Account")?.to_owned();
        let callees = self.texts("CalleeList_Account", 60015)?;
        if callees.len() > CALLEES_MAX {
            return Err(Refused::parameter(format!("CalleeList_Account holds more than {CALLEES_MAX}")));
        }
        if callees.iter().collect::<HashSet<_>>().len() < callees.len() {
            return Err(Refused::parameter("CalleeList_Account names somebody twice"));
        }
        let ring_ms = self.get("Timeout").and_then(Value::as_u64).filter(|ms| RING_MS.contains(ms));
        let ring_ms =
            ring_ms.ok_or_else(|| Refused::parameter("Timeout must be an integer from 10000 to 600000"))?;
        match self.get("UserData") {
            None => {}
            Some(Value::String(data)) if data.len() <= USER_DATA_MAX => {}
            Some(_) => return Err(Refused::parameter("UserData must be a string of at most 1000 bytes")),
        }
        let ring = Duration::from_millis(ring_ms);
        Ok(Dial { robot, group: callees.len() > 1, callees, ring, show: self.show()? })
    }

    fn show(&self) -> Result<Show, Refused> {
        let info = self.object("CallInfo")?;
        let media = info.text("MediaType")?;
        if !["Audio", "Video"].contains(&media) {
            return Err(Refused::parameter("MediaType must be Audio or Video"));
        }
        let (room, room_kind) = info.room()?;
        let (title, text) = self.push()?;
        Ok(Show { media: media.to_owned(), room, room_kind, title, text })
    }

    fn room(&self) -> Result<(String, u8), Refused> {
        let kind = self.optional_number("RoomIdType")?;
        match (self.get("RoomId"), kind) {
            (None, None) => Ok((String::new(), 0)),
            (Some(Value::String(room)), Some(2)) if is_string_room(room) => Ok((room.clone(), 2)),
            (Some(Value::String(room)), Some(1)) if is_number_room(room.parse().ok()) => {
                Ok((room.clone(), 1))
            }
            (Some(room @ Value::Number(_)), Some(1)) if is_number_room(room.as_u64()) => {
                Ok((room.to_string(), 1))
            }
            (Some(_), Some(1)) => Err(Refused::parameter("RoomId must be an integer from 1 to 4294967294")),
            (Some(_), Some(2)) => {
                Err(Refused::parameter("RoomId must be 1 to 64 bytes of letters, digits and known signs"))
            }
            (None, Some(1 | 2)) => Err(Refused::parameter("RoomId is missing beside RoomIdType")),
            _ => Err(Refused::parameter("RoomIdType must be 1 or 2")),
        }
    }

    /// The lines of the push notification (2.7).
    fn push(&self) -> Result<(String, String), Refused> {
        if self.get("OfflinePushInfo").is_none() {
            return Ok((String::new(), String::new()));
        }
        let push = self.object("OfflinePushInfo")?;
        let line = |name: &str| Ok(push.optional_string(name)?.unwrap_or_default().to_owned());
        if push.optional_number("PushFlag")?.is_some_and(|flag| flag > 1) {
            return Err(Refused::parameter("PushFlag must be 0 or 1"));
        }
        line("Ext")?;
        Ok((line("Title")?, line("Desc")?))
    }

    /// `get_record_by_filter` (2.5), and the number of the page.
    pub(super) fn filter(&self, now: Timestamp) -> Result<(Filter, u64), Refused> {
        let now_s = now.as_second();
        let oldest = now_s - i64::try_from(KEPT_FOR.as_secs()).unwrap_or(i64::MAX);
        let second = |name: &str| {
            let number = self.optional_number(name)?;
            Ok::<_, Refused>(number.map(|number| i64::try_from(number).unwrap_or(i64::MAX)))
        };
        let start = second("StartTime")?.unwrap_or(oldest).max(oldest);
        let end = second("EndTime")?.unwrap_or(now_s);
        let take = self.optional_number("NumberPerPage")?.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&take) {
            return Err(Refused::parameter(format!("NumberPerPage must be from 1 to {PAGE_MAX}")));
        }
        let page = self.optional_number("Page")?.unwrap_or(1);
        if page == 0 {
            return Err(Refused::parameter("Page must be at least 1"));
        }
        let filter = Filter {
            started: start..=end,
            ending: self.optional_text("CallResult")?.map(str::to_owned),
            kind: self.optional_text("CallType")?.map(str::to_owned),
            skip: usize::try_from((page - 1).saturating_mul(take)).unwrap_or(usize::MAX),
            take: usize::try_from(take).unwrap_or(usize::MAX),
        };
        Ok((filter, page))
    }
}

pub(super) fn is_string_room(room: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || ROOM_SIGNS.contains(c);
    (1..=ROOM_MAX).contains(&room.len()) && room.chars().all(fits)
}

pub(super) fn is_number_room(room: Option<u64>) -> bool {
    room.is_some_and(|room| (1..=ROOM_NUMBER_MAX).contains(&room))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dial(field: &str, value: &Value) -> Result<Dial, Refused> {
        let mut body = json!({
            "Robot_Account": "robot", "CalleeList_Account": ["jack"], "Timeout": 60_000, "UserData": "{}",
            "CallInfo": {"MediaType": "Audio", "RoomIdType": 2, "RoomId": "co_c1"},
            "OfflinePushInfo": {"PushFlag": 0, "Title": "P1", "Desc": "replica lag"},
        });
        let place = field.split('/').fold(&mut body, |at, name| &mut at[name]);
        *place = value.clone();
        Body::parse(body.to_string().as_bytes()).unwrap().dial()
    }

    #[test]
    fn a_dial_in_range_is_taken() {
        let taken = dial("Timeout", &json!(10_000)).unwrap();
        assert_eq!((taken.ring, taken.group), (Duration::from_secs(10), false));
        assert_eq!(
            (taken.show.title.as_str(), taken.show.text.as_str(), taken.show.room_kind),
            ("P1", "replica lag", 2)
        );
        assert!(dial("UserData", &json!("é".repeat(500))).is_ok());
        assert_eq!(dial("CallInfo", &json!({"MediaType": "Video"})).unwrap().show.room_kind, 0);
        let number = json!({"MediaType": "Video", "RoomIdType": 1, "RoomId": 7});
        assert_eq!(dial("CallInfo", &number).unwrap().show.room, "7");
    }

    #[test]
    fn what_is_out_of_range_is_refused_by_name() {
        for (field, value, code, said) in [
            ("Timeout", json!(9_999), 101_002, "Timeout"),
            ("Timeout", json!(600_001), 101_002, "Timeout"),
            ("Timeout", json!("60000"), 101_002, "Timeout"),
            ("UserData", json!("é".repeat(501)), 101_002, "UserData"),
            ("Robot_Account", json!(7), 60015, "Robot_Account"),
            ("CalleeList_Account", json!([]), 101_002, "CalleeList_Account"),
            ("CalleeList_Account", json!([""]), 101_002, "CalleeList_Account"),
            ("CalleeList_Account", json!(["a", "a"]), 101_002, "twice"),
            ("CalleeList_Account", json!(["a", 7]), 60015, "CalleeList_Account"),
            ("CallInfo", json!(null), 101_002, "CallInfo"),
            ("CallInfo/MediaType", json!("video"), 101_002, "MediaType"),
            ("CallInfo/RoomId", json!("a/b"), 101_002, "RoomId"),
            ("CallInfo/RoomId", json!("x".repeat(65)), 101_002, "RoomId"),
            ("CallInfo/RoomIdType", json!(0), 101_002, "RoomIdType"),
            ("CallInfo/RoomIdType", json!(1), 101_002, "RoomId"),
            ("OfflinePushInfo/Ext", json!({}), 101_002, "Ext"),
            ("OfflinePushInfo/PushFlag", json!(2), 101_002, "PushFlag"),
        ] {
            let refused = dial(field, &value).unwrap_err();
            assert_eq!(refused.code, code, "{field} {value}");
            assert!(refused.info.contains(said), "{field} {value}: {}", refused.info);
        }
        assert_eq!(Body::parse(b"").unwrap_err().code, 60003);
        assert_eq!(Body::parse(b"[]").unwrap_err().code, 60003);
    }

    #[test]
    fn a_filter_is_held_to_seven_days() {
        let now = Timestamp::from_second(2_000_000).unwrap();
        let filter = |body: &[u8]| Body::parse(body).unwrap().filter(now);
        let (all, page) = filter(b"{}").unwrap();
        assert_eq!((all.started, all.take, page), (1_395_200..=2_000_000, 10, 1));
        let (second, _) = filter(br#"{"StartTime": 5, "Page": 2, "NumberPerPage": 50}"#).unwrap();
        assert_eq!((*second.started.start(), second.skip), (1_395_200, 50));
        for wrong in [&br#"{"Page": 0}"#[..], br#"{"NumberPerPage": 101}"#, br#"{"StartTime": "5"}"#] {
            assert_eq!(filter(wrong).unwrap_err().code, 101_002);
        }
    }
}
