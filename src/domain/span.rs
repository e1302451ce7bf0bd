//! Spans of time as people write them: `90s`, `2m`, `12h`, `1d`, `2w`.

use std::time::Duration;

/// Longest span that is taken, so that adding one to an instant cannot leave the calendar: 10 years.
pub const SPAN_MAX: Duration = Duration::from_secs(3650 * 86_400);

/// Units with their seconds, largest first. A day is 24 hours here, a week seven of them.
const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A text that somebody wrote and we cannot take: what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}, {advice}")]
pub struct Misread {
    /// What is wrong, naming the text.
    pub problem: String,
    /// What to write instead.
    pub advice: String,
}

impl Misread {
    /// Pairs a problem with its advice.
    pub fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into() }
    }
}

/// Reads a whole number and one unit.
///
/// # Errors
/// [`Misread`] for anything else, for nothing, and for more than [`SPAN_MAX`].
pub fn parse_span(text: &str) -> Result<Duration, Misread> {
    let bad = |problem: &str| {
        Misread::new(
            format!("`{text}` {problem}"),
            "write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w",
        )
    };
    let unit = text.chars().last().and_then(|last| UNITS.iter().find(|(letter, _)| *letter == last));
    let (_, seconds) = unit.ok_or_else(|| bad("is not a duration"))?;
    let count = whole_number(&text[..text.len() - 1]).ok_or_else(|| bad("is not a duration"))?;
    let span = count.checked_mul(*seconds).map(Duration::from_secs).filter(|span| *span <= SPAN_MAX);
    match span {
        Some(Duration::ZERO) => Err(bad("lasts no time")),
        Some(span) => Ok(span),
        None => Err(bad("is longer than 10 years")),
    }
}

/// Writes a span the way it is read: the largest unit that divides it. Parts of a second are dropped.
#[must_use]
pub fn show_span(span: Duration) -> String {
    let (count, unit) = in_units(span);
    format!("{count}{unit}")
}

/// How many of the largest unit that divides `span`.
pub(super) fn in_units(span: Duration) -> (u64, char) {
    let seconds = span.as_secs();
    let fits = |(_, size): &&(char, u64)| seconds != 0 && seconds.is_multiple_of(*size);
    UNITS.iter().find(fits).map_or((seconds, 's'), |(unit, size)| (seconds / size, *unit))
}

/// Digits only: no sign, no blank, no underscore.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        let seconds = |text| parse_span(text).map(|span| span.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("2m"), Ok(120));
        assert_eq!(seconds("12h"), Ok(43_200));
        assert_eq!(seconds("1d"), Ok(86_400));
        assert_eq!(seconds("2w"), Ok(1_209_600));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "s", "5", "-5s", "+5s", "5 s", "5ms", "1.5h", "1h30m", "5é", "1_0s", "99999999999999999999s"]
        {
            assert!(parse_span(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(parse_span("5 min").unwrap_err(), @"`5 min` is not a duration, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w");
        insta::assert_snapshot!(parse_span("0m").unwrap_err().problem, @"`0m` lasts no time");
        insta::assert_snapshot!(parse_span("999w").unwrap_err().problem, @"`999w` is longer than 10 years");
    }

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for text in ["1s", "90s", "2m", "36h", "1d", "10d", "2w"] {
            assert_eq!(show_span(parse_span(text).unwrap()), text);
        }
        assert_eq!(show_span(Duration::from_secs(120)), "2m");
        assert_eq!(show_span(Duration::ZERO), "0s");
    }
}
