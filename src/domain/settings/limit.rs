//! A limit in words: how often something may happen.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::span::{Misread, SPAN_MAX, in_units, parse_span, whole_number};

/// Longest window of a limit: uses are kept in the store for that long. 31 days.
pub const WINDOW_MAX: Duration = Duration::from_secs(31 * 86_400);

/// Largest count and burst: far above what people or the engine do, far below any overflow.
const COUNT_MAX: u64 = 1_000_000;

/// How often one chat user may have phones rung to be linked: enough for a wrong name and a phone that was off.
pub const LINK_BY_USER: [LimitRule; 1] = [LimitRule::new(3, 3600, None)];

/// How often one person may be rung to be linked, by whomever: a stranger's way to ring must not be a nuisance, and
/// thirty guesses a day must find no code of a million.
pub const LINK_OF_PERSON: [LimitRule; 2] = [LimitRule::new(2, 3600, None), LimitRule::new(6, 86_400, None)];

const FORMS: &str = "write a limit as in 10/h burst 3, 3/15m or 200/s";

/// `10/h burst 3`: three at once, then one each six minutes. `3/15m`: at most three in any 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LimitRule {
    /// How many in a window; at least 1.
    pub count: u32,
    /// How long the window is; at least 1 s, at most [`WINDOW_MAX`].
    pub window: Duration,
    /// How many at once, when they refill one by one; at least 1.
    pub burst: Option<u32>,
}

impl LimitRule {
    /// A rule over `seconds`.
    #[must_use]
    pub const fn new(count: u32, seconds: u64, burst: Option<u32>) -> Self {
        Self { count, window: Duration::from_secs(seconds), burst }
    }

    /// How long a use can matter: the window, or the time in which an empty burst fills up, up to
    /// [`SPAN_MAX`].
    #[must_use]
    pub fn memory(&self) -> Duration {
        let fill = self.burst.map(|burst| self.window.saturating_mul(burst) / self.count.max(1));
        fill.unwrap_or_default().clamp(self.window, SPAN_MAX)
    }
}

impl FromStr for LimitRule {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let bad = |what: &str| Misread::new(format!("`{text}` {what}"), FORMS);
        let mut words = text.split_ascii_whitespace();
        let rate = words.next().and_then(|word| word.split_once('/'));
        let (count, window) = rate.ok_or_else(|| bad("is not a limit"))?;
        let burst = match (words.next(), words.next(), words.next()) {
            (None, ..) => None,
            (Some("burst"), Some(burst), None) => Some(burst),
            _ => return Err(bad("is not a limit")),
        };
        let number = |text| whole_number(text).filter(|n| (1..=COUNT_MAX).contains(n));
        let number = |text| number(text).and_then(|n| u32::try_from(n).ok());
        let out_of_range = || bad("counts something else than 1 to 1000000");
        let window = window_of(window).ok_or_else(|| bad("has no window of 1 s to 31 days"))?;
        let burst = burst.map(|burst| number(burst).ok_or_else(out_of_range)).transpose()?;
        Ok(Self { count: number(count).ok_or_else(out_of_range)?, window, burst })
    }
}

/// Reads `h` as one hour, `15m` as a span.
fn window_of(text: &str) -> Option<Duration> {
    let bare = text.len() == 1;
    let span = if bare { parse_span(&format!("1{text}")) } else { parse_span(text) };
    span.ok().filter(|span| *span <= WINDOW_MAX)
}

impl fmt::Display for LimitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.count)?;
        match in_units(self.window) {
            (1, unit) => write!(f, "{unit}")?,
            (count, unit) => write!(f, "{count}{unit}")?,
        }
        self.burst.map_or(Ok(()), |burst| write!(f, " burst {burst}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in ["10/h burst 3", "3/15m", "7/h", "15/3h", "200/s", "1/d", "2/w burst 1"] {
            assert_eq!(text.parse::<LimitRule>().unwrap().to_string(), text);
        }
        assert_eq!("10/60m  burst  3".parse::<LimitRule>().unwrap(), LimitRule::new(10, 3600, Some(3)));
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        let bad = ["", "10", "10/", "/h", "10/h burst", "10/h 3", "10/h burst 3 more", "0/h", "10/h burst 0"];
        for text in
            bad.into_iter().chain(["10/0s", "10/32d", "1.5/h", "-1/h", "9999999/h", "10/hour", "10/é"])
        {
            assert!(text.parse::<LimitRule>().is_err(), "{text}");
        }
        let said = |text: &str| text.parse::<LimitRule>().unwrap_err().to_string();
        insta::assert_snapshot!(said("ten an hour"), @"`ten an hour` is not a limit, write a limit as in 10/h burst 3, 3/15m or 200/s");
        insta::assert_snapshot!(said("0/h"), @"`0/h` counts something else than 1 to 1000000, write a limit as in 10/h burst 3, 3/15m or 200/s");
        insta::assert_snapshot!(said("3/99d"), @"`3/99d` has no window of 1 s to 31 days, write a limit as in 10/h burst 3, 3/15m or 200/s");
    }
}
