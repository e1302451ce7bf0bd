//! Bodies of cloud actions: what may be in them, of which type and in which range (wire reference, 6.2, 9.2).

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::CloudRefused;

/// Fields whose type or value is wrong have a code of their own (6.8).
const CODED: [&str; 6] = ["SdkAppId", "RoomId", "UserId", "UserSig", "StreamUrl", "TaskId"];

/// The body of an action, or an object in it: its fields, and where it is.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    fields: &'a Map<String, Value>,
    /// For people: `Voice.`.
    place: &'static str,
}

/// The value of `name` is wrong.
pub(super) fn wrong(name: &str, why: &str) -> CloudRefused {
    let code = CODED.iter().find(|coded| **coded == name).copied().unwrap_or("BodyParamsError");
    CloudRefused::new(&format!("InvalidParameter.{code}"), &format!("{name} {why}"))
}

fn out_of_range(name: &str) -> CloudRefused {
    CloudRefused::new("InvalidParameter.OutOfRange", &format!("{name} is out of range"))
}

impl<'a> Fields<'a> {
    /// An action's body; nothing but `known` may be in it.
    pub(super) fn of(body: &'a Value, known: &[&str]) -> Result<Self, CloudRefused> {
        Self::inside(body, "", known)
    }

    fn inside(value: &'a Value, place: &'static str, known: &[&str]) -> Result<Self, CloudRefused> {
        let Value::Object(fields) = value else {
            let what = if place.is_empty() { "the body" } else { place };
            return Err(wrong(what, "is not a JSON object"));
        };
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(CloudRefused::new("UnknownParameter", &format!("{place}{name} is not known"))),
            None => Ok(Self { fields, place }),
        }
    }

    pub(super) fn object(
        &self,
        name: &str,
        place: &'static str,
        known: &[&str],
    ) -> Result<Option<Fields<'a>>, CloudRefused> {
        self.fields.get(name).map(|value| Self::inside(value, place, known)).transpose()
    }

    pub(super) fn need<T>(&self, name: &str, value: Option<T>) -> Result<T, CloudRefused> {
        let missing = || {
            let place = self.place;
            CloudRefused::new(&format!("MissingParameter.{name}"), &format!("{place}{name} is missing"))
        };
        value.ok_or_else(missing)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, CloudRefused> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| wrong(name, "must be a string"));
        self.fields.get(name).map(text).transpose()
    }

    pub(super) fn needed_text(&self, name: &str) -> Result<&'a str, CloudRefused> {
        let text = self.text(name)?;
        self.need(name, text)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, CloudRefused> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| wrong(name, "must be true or false"));
        self.fields.get(name).map(flag).transpose()
    }

    pub(super) fn whole(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, CloudRefused> {
        let whole = |value: &Value| {
            let number = value.as_i64().ok_or_else(|| wrong(name, "must be an integer"))?;
            if range.contains(&number) { Ok(number) } else { Err(out_of_range(name)) }
        };
        self.fields.get(name).map(whole).transpose()
    }

    /// One of these whole numbers.
    pub(super) fn whole_of(&self, name: &str, known: &[i64]) -> Result<Option<i64>, CloudRefused> {
        match self.whole(name, i64::MIN..=i64::MAX)? {
            Some(number) if !known.contains(&number) => Err(out_of_range(name)),
            number => Ok(number),
        }
    }

    pub(super) fn fraction(
        &self,
        name: &str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, CloudRefused> {
        let fraction = |value: &Value| {
            let number = value.as_f64().ok_or_else(|| wrong(name, "must be a number"))?;
            if fits(number) { Ok(number) } else { Err(out_of_range(name)) }
        };
        self.fields.get(name).map(fraction).transpose()
    }
}
