//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// Doublings counted: more would overflow, and every longest pause is reached before.
const DOUBLINGS_MAX: u32 = 10;

/// The part of a pause that is always waited. Full jitter (wire reference, section 5) may come to nothing, and four tries
/// within a moment are one: a fifth keeps them growing, and still spreads what failed together.
const PART_MIN: f64 = 0.2;

/// The pause after `tried` tries beyond the first: `first`, doubled by each, at most `longest`; and of that a part by
/// chance.
pub(super) fn pause(first: Duration, longest: Duration, tried: u32) -> Duration {
    let whole = first.saturating_mul(1 << tried.min(DOUBLINGS_MAX)).min(longest);
    whole.mul_f64(rand::random_range(PART_MIN..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread_from_a_fifth_on() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(8));
        for (tried, whole_ms) in [(0, 500), (1, 1_000), (2, 2_000), (4, 8_000), (5, 8_000), (u32::MAX, 8_000)]
        {
            let whole = Duration::from_millis(whole_ms);
            let pauses: Vec<Duration> = (0..1_000).map(|_| pause(first, longest, tried)).collect();
            assert!(pauses.iter().all(|pause| (whole / 5..=whole).contains(pause)), "{tried}");
            assert!(pauses.iter().any(|pause| *pause < whole * 2 / 5), "{tried}: never short");
            assert!(pauses.iter().any(|pause| *pause > whole * 4 / 5), "{tried}: never long");
        }
    }
}
