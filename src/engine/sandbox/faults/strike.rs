//! When a fault strikes: a number of times, or a share of its chances.

use serde_json::{Value, json};

/// What is not a strike.
const FORMS: &str = r#"is a number of times (3), a share of the chances (0.05), true for all of them, or {"times": 3, "share": 0.05, "on": "start_call_by_robot"}"#;
/// Strikes whatever is asked.
const ANY: &str = "any";

/// When a fault strikes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strike {
    /// How often yet; `None` for ever.
    left: Option<u32>,
    /// Of its chances, 0 to 1.
    share: f64,
    /// Only this command, action or callback.
    on: Option<String>,
    /// Chances that were drawn so far.
    drawn: u64,
}

impl Strike {
    /// Reads what a person or a test asks for.
    pub(super) fn parse(name: &str, value: &Value) -> Result<Self, String> {
        let wrong = || format!("{name} {FORMS}.");
        let mut strike = Self { left: None, share: 1.0, on: None, drawn: 0 };
        match value {
            Value::Bool(always) => strike.share = f64::from(u8::from(*always)),
            Value::Number(number) => match number.as_u64() {
                Some(times) => strike.left = Some(u32::try_from(times).map_err(|_| wrong())?),
                None => strike.share = share(value).ok_or_else(wrong)?,
            },
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("times", _) => strike.left = Some(times(value).ok_or_else(wrong)?),
                        ("share", _) => strike.share = share(value).ok_or_else(wrong)?,
                        ("on", Value::String(on)) => strike.on = Some(on.clone()),
                        _ => return Err(wrong()),
                    }
                }
            }
            _ => return Err(wrong()),
        }
        Ok(strike)
    }

    /// The same, but only for `on` unless it says something else.
    pub(super) fn on(mut self, on: &str) -> Self {
        self.on.get_or_insert_with(|| on.to_owned());
        self
    }

    /// Whether it will never strike again.
    pub(super) fn is_spent(&self) -> bool {
        self.left == Some(0) || self.share <= 0.0
    }

    /// One chance to strike what is named `at`. Which chances strike depends on `seed` alone.
    pub(super) fn strikes(&mut self, at: &str, seed: u64) -> bool {
        let elsewhere = self.on.as_deref().is_some_and(|on| on != ANY && on != at);
        if elsewhere || self.is_spent() {
            return false;
        }
        if self.share < 1.0 {
            self.drawn += 1;
            if draw(seed, self.drawn) >= self.share {
                return false;
            }
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        true
    }

    /// What is left of it, as it would be asked for; `usual` is what it strikes anyway.
    pub(super) fn show(&self, usual: Option<&str>) -> Value {
        let on = self.on.as_deref().filter(|on| usual != Some(*on));
        match (self.left, on) {
            (Some(times), None) if self.share >= 1.0 => json!(times),
            (None, None) if self.share >= 1.0 => json!(true),
            (None, None) => json!(self.share),
            (times, on) => {
                let fields = [
                    times.map(|times| ("times".to_owned(), json!(times))),
                    (self.share < 1.0).then(|| ("share".to_owned(), json!(self.share))),
                    on.map(|on| ("on".to_owned(), json!(on))),
                ];
                Value::Object(fields.into_iter().flatten().collect())
            }
        }
    }
}

fn times(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|times| u32::try_from(times).ok())
}

fn share(value: &Value) -> Option<f64> {
    value.as_f64().filter(|share| (0.0..=1.0).contains(share))
}

/// A number from 0 to 1 that looks like chance: the mixing of SplitMix64.
pub(super) fn draw(seed: u64, turn: u64) -> f64 {
    let mut mixed = seed.wrapping_add(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let high = u32::try_from(mixed >> 32).unwrap_or(u32::MAX);
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strike(value: Value) -> Strike {
        Strike::parse("slow", &value).unwrap()
    }

    fn struck(mut strike: Strike, at: &str, seed: u64, chances: usize) -> Vec<bool> {
        (0..chances).map(|_| strike.strikes(at, seed)).collect()
    }

    #[test]
    fn a_number_is_used_up() {
        assert_eq!(struck(strike(json!(2)), "x", 1, 4), [true, true, false, false]);
        assert_eq!(struck(strike(json!(0)), "x", 1, 1), [false]);
        assert_eq!(struck(strike(json!(true)), "x", 1, 3), [true; 3]);
        assert_eq!(struck(strike(json!(1.0)), "x", 1, 3), [true; 3]);
        assert_eq!(struck(strike(json!(false)), "x", 1, 1), [false]);
    }

    #[test]
    fn a_share_is_met_and_the_seed_decides_which() {
        let often = |seed| struck(strike(json!(0.05)), "x", seed, 10_000);
        let count = often(1).iter().filter(|struck| **struck).count();
        assert!((450..550).contains(&count), "{count}");
        assert_eq!(often(1), often(1));
        assert_ne!(often(1), often(2));
    }

    #[test]
    fn a_strike_can_be_bound_to_one_command() {
        let mut bound = strike(json!({"times": 1, "on": "end_call"}));
        assert!(!bound.strikes("get_call_info", 1));
        assert!(bound.strikes("end_call", 1));
        let dial = strike(json!(1)).on("dial");
        assert_eq!(struck(dial, "look", 1, 1), [false]);
        let any = strike(json!({"on": "any", "times": 1})).on("dial");
        assert_eq!(struck(any, "look", 1, 1), [true]);
        let some = struck(strike(json!({"share": 0.5, "times": 2})), "x", 1, 100);
        assert_eq!(some.iter().filter(|struck| **struck).count(), 2);
    }

    #[test]
    fn what_is_shown_can_be_asked_for() {
        for form in [json!(3), json!(0.05), json!(true), json!({"times": 2, "share": 0.5, "on": "x"})] {
            assert_eq!(strike(form.clone()).show(None), form);
        }
        assert_eq!(strike(json!(3)).on("dial").show(Some("dial")), json!(3));
        for wrong in [json!("3"), json!(-1), json!(1.5), json!(null), json!({"time": 1}), json!({"on": 1})] {
            let said = Strike::parse("slow", &wrong).unwrap_err();
            assert!(said.starts_with("slow is a number of times"), "{said}");
        }
    }
}
