//! The judge of limits: replays stored arrival times, so that a restart does not reset them.
//!
//! Holds no state and asks no clock. Refused attempts are no arrivals.

use std::time::Duration;

use jiff::Timestamp;

use super::settings::LimitRule;

/// How many times its own span (window, or the whole burst) a rule with a burst looks back.
///
/// Such a rule never forgets while somebody uses it at its full rate. Cut at this many spans, one who does
/// so for that long gets at most one more burst, over all that time.
const BURST_MEMORY_SPANS: u32 = 8;

/// A limit refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSoon {
    /// The rule that holds longest.
    pub rule: LimitRule,
    /// The earliest instant at which every rule allows, if nothing arrives until then. To the nanosecond:
    /// round up when it is shown. [`Timestamp::MAX`]: never.
    pub next: Timestamp,
}

/// Whether one more may arrive at `now`, after `arrivals` (oldest first).
///
/// An arrival later than the time that is judged (a clock was set back) counts as at that time.
///
/// # Errors
/// [`TooSoon`] when a rule refuses; the first such rule where several allow at the same instant.
pub fn judge(rules: &[LimitRule], arrivals: &[Timestamp], now: Timestamp) -> Result<(), TooSoon> {
    let mut worst: Option<TooSoon> = None;
    for rule in rules {
        let next = next_of(rule, arrivals, now);
        if next > now && worst.is_none_or(|known| next > known.next) {
            worst = Some(TooSoon { rule: *rule, next });
        }
    }
    worst.map_or(Ok(()), Err)
}

/// How far back arrivals matter to `rules`; older ones may be forgotten.
///
/// Exact for `N/W`. For `N/W burst B` see the constant above: exact once there was a pause.
#[must_use]
pub fn memory(rules: &[LimitRule]) -> Duration {
    rules.iter().map(memory_of).max().unwrap_or_default()
}

fn memory_of(rule: &LimitRule) -> Duration {
    let Some(burst) = rule.burst else { return rule.window };
    let refill = rule.window.checked_mul(burst).unwrap_or(Duration::MAX) / rule.count.max(1);
    refill.max(rule.window).checked_mul(BURST_MEMORY_SPANS).unwrap_or(Duration::MAX)
}

/// The earliest instant from `now` on at which `rule` allows.
fn next_of(rule: &LimitRule, arrivals: &[Timestamp], now: Timestamp) -> Timestamp {
    if rule.count == 0 {
        return Timestamp::MAX;
    }
    match rule.burst {
        Some(burst) => next_in_turn(rule, burst.max(1), arrivals, now),
        None => next_in_window(rule, arrivals, now),
    }
}

/// `N/W`: the last but N must be a whole window ago.
fn next_in_window(rule: &LimitRule, arrivals: &[Timestamp], now: Timestamp) -> Timestamp {
    let count = usize::try_from(rule.count).unwrap_or(usize::MAX);
    let nth_last = arrivals.len().checked_sub(count).map(|at| arrivals[at]);
    nth_last.map_or(now, |at| crate::clock::later(at, rule.window).max(now))
}

/// `N/W burst B`: the generic cell rate algorithm, replayed.
///
/// In units of 1/N nanosecond, in which both an instant and the turn of W/N are whole.
fn next_in_turn(rule: &LimitRule, burst: u32, arrivals: &[Timestamp], now: Timestamp) -> Timestamp {
    let scale = i128::from(rule.count);
    let scaled = |at: Timestamp| at.as_nanosecond().saturating_mul(scale);
    let turn = i128::try_from(rule.window.as_nanos()).unwrap_or(i128::MAX);
    let slack = turn.saturating_mul(i128::from(burst - 1));

    let (past, future) = arrivals.split_at(arrivals.partition_point(|at| *at <= now));
    let mut free = past.iter().fold(i128::MIN, |free, at| free.max(scaled(*at)).saturating_add(turn));
    let mut from = now;
    // Usually nothing is in the future, and this is left at its first round or after the loop.
    for (done, at) in future.iter().enumerate() {
        let ahead = turn.saturating_mul(i128::try_from(future.len() - done).unwrap_or(i128::MAX));
        let room = slack.saturating_sub(ahead);
        let next = scaled(from).max(free.saturating_sub(room));
        if room >= 0 && next < scaled(*at) {
            return instant(next, scale);
        }
        free = free.max(scaled(*at)).saturating_add(turn);
        from = *at;
    }
    instant(scaled(from).max(free.saturating_sub(slack)), scale)
}

/// The first nanosecond that is not before `scaled / scale`.
fn instant(scaled: i128, scale: i128) -> Timestamp {
    let up = i128::from(scaled.rem_euclid(scale) != 0);
    Timestamp::from_nanosecond(scaled.div_euclid(scale) + up).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NANO: Duration = Duration::from_nanos(1);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + secs).unwrap()
    }

    fn rule(count: u32, secs: u64, burst: Option<u32>) -> LimitRule {
        LimitRule { count, window: Duration::from_secs(secs), burst }
    }

    fn ats(secs: &[i64]) -> Vec<Timestamp> {
        secs.iter().map(|s| at(*s)).collect()
    }

    #[test]
    fn a_window_forgets_an_arrival_exactly_when_it_has_passed() {
        let rules = [rule(3, 900, None)];
        let arrivals = ats(&[0, 10, 20]);
        let refused = judge(&rules, &arrivals, at(899)).unwrap_err();
        assert_eq!(refused, TooSoon { rule: rules[0], next: at(900) });
        assert_eq!(judge(&rules, &arrivals, at(900)), Ok(()));
    }

    #[test]
    fn a_burst_is_followed_by_one_each_turn() {
        let rules = [rule(10, 3600, Some(3))];
        assert_eq!(judge(&rules, &ats(&[0, 0]), at(0)), Ok(()));
        assert_eq!(judge(&rules, &ats(&[0, 0, 0]), at(1)).unwrap_err().next, at(360));
        assert_eq!(judge(&rules, &ats(&[0, 0, 0, 360]), at(361)).unwrap_err().next, at(720));
        assert_eq!(judge(&rules, &ats(&[0, 0, 0]), at(1080)), Ok(()), "full again");
    }

    #[test]
    fn the_rule_that_holds_longest_is_named() {
        let rules = [rule(3, 900, None), rule(7, 3600, None), rule(15, 10_800, None)];
        let refused = judge(&rules, &ats(&[0, 500, 1000, 1500, 2000, 2500, 2600]), at(2700)).unwrap_err();
        assert_eq!(refused, TooSoon { rule: rules[1], next: at(3600) });
        assert_eq!(memory(&rules), Duration::from_secs(10_800));
    }

    #[test]
    fn catalogue_20_arrivals_from_the_future_count_as_now() {
        let window = [rule(2, 60, None)];
        assert_eq!(judge(&window, &ats(&[500]), at(0)), Ok(()));
        assert_eq!(judge(&window, &ats(&[500, 501]), at(0)).unwrap_err().next, at(560));
        let burst = [rule(6, 60, Some(3))];
        assert_eq!(judge(&burst, &ats(&[500, 501]), at(0)), Ok(()));
        assert_eq!(judge(&burst, &ats(&[500, 500, 500]), at(0)).unwrap_err().next, at(510));
    }

    #[test]
    fn odd_rules_do_not_panic() {
        assert_eq!(judge(&[], &ats(&[0]), at(0)), Ok(()));
        let never = [rule(0, 60, None)];
        assert_eq!(judge(&never, &[], at(0)).unwrap_err().next, Timestamp::MAX);
        let huge = LimitRule { count: u32::MAX, window: Duration::MAX, burst: Some(u32::MAX) };
        let ends = [Timestamp::MIN, Timestamp::MIN, at(0), Timestamp::MAX, Timestamp::MAX];
        for rule in [huge, LimitRule { burst: None, count: 2, ..huge }, LimitRule { count: 1, ..huge }] {
            for now in [Timestamp::MIN, at(0), Timestamp::MAX] {
                let _ = judge(&[rule], &ends, now);
            }
            assert!(memory(&[rule]) > Duration::from_secs(1));
        }
    }

    /// Written another way than the judge: a count in the span, and a bucket that fills.
    fn model(rule: &LimitRule, arrivals: &[Timestamp], now: Timestamp) -> bool {
        let seen: Vec<i128> = arrivals.iter().map(|at| (*at).min(now).as_nanosecond()).collect();
        let (now, window) = (now.as_nanosecond(), i128::try_from(rule.window.as_nanos()).unwrap());
        let Some(burst) = rule.burst else {
            let inside = seen.iter().filter(|at| **at > now - window).count();
            return inside < usize::try_from(rule.count).unwrap();
        };
        let full = i128::from(burst) * window;
        let (mut level, mut last) = (full, i128::MIN);
        let fill = |level: i128, from: i128, to: i128| match from {
            i128::MIN => full,
            from => full.min(level + (to - from) * i128::from(rule.count)),
        };
        for at in seen {
            level = fill(level, last, at) - window;
            last = at;
        }
        fill(level, last, now) >= window
    }

    fn rules() -> impl Strategy<Value = Vec<LimitRule>> {
        let one = (1_u32..8, 1_u64..200, proptest::option::of(1_u32..6));
        let rule = one.prop_map(|(count, secs, burst)| rule(count, secs, burst));
        proptest::collection::vec(rule, 1..4)
    }

    /// Gaps in milliseconds between attempts.
    fn gaps() -> impl Strategy<Value = Vec<i64>> {
        proptest::collection::vec(prop_oneof![Just(0), 0_i64..3_000, 0_i64..90_000], 1..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn agrees_with_the_model_and_next_is_the_first_allowed(
            rules in rules(), gaps in gaps(), back in 0_i64..200_000,
        ) {
            let mut arrivals = Vec::new();
            let mut time = 0;
            let allowed = |arrivals: &[Timestamp], now| rules.iter().all(|rule| model(rule, arrivals, now));
            for gap in gaps {
                time += gap;
                let now = at(0) + Duration::from_millis(u64::try_from(time).unwrap());
                let verdict = judge(&rules, &arrivals, now);
                prop_assert_eq!(verdict.is_ok(), allowed(&arrivals, now));
                if verdict.is_ok() {
                    arrivals.push(now);
                }
            }
            // Then the clock is set back.
            let end = at(0) + Duration::from_millis(u64::try_from(time).unwrap());
            let now = end - Duration::from_millis(u64::try_from(back).unwrap());
            match judge(&rules, &arrivals, now) {
                Ok(()) => prop_assert!(allowed(&arrivals, now)),
                Err(TooSoon { rule, next }) => {
                    prop_assert!(next > now && allowed(&arrivals, next));
                    prop_assert!(!model(&rule, &arrivals, next - NANO));
                    prop_assert_eq!(judge(&rules, &arrivals, next), Ok(()));
                }
            }
        }

        #[test]
        fn forgetting_beyond_the_memory_lets_no_more_through(rules in rules(), gaps in gaps()) {
            let (mut arrivals, mut time) = (Vec::<Timestamp>::new(), at(0));
            let memory = memory(&rules);
            for gap in gaps {
                time = crate::clock::later(time, Duration::from_millis(u64::try_from(gap).unwrap()));
                let kept: Vec<_> = arrivals.iter().copied().filter(|at| *at > time - memory).collect();
                let verdict = judge(&rules, &kept, time);
                if rules.iter().all(|rule| rule.burst.is_none()) {
                    prop_assert_eq!(verdict, judge(&rules, &arrivals, time));
                }
                if verdict.is_ok() {
                    arrivals.push(time);
                }
            }
            for rule in rules {
                assert_never_over(&rule, &arrivals, memory);
            }
        }
    }

    /// In any span of a window at most N; with a burst, in any span at most B and one each turn.
    fn assert_never_over(rule: &LimitRule, arrivals: &[Timestamp], memory: Duration) {
        for (first, from) in arrivals.iter().enumerate() {
            for (last, to) in arrivals.iter().enumerate().skip(first) {
                let span = Duration::try_from(to.duration_since(*from)).unwrap();
                let seen = u128::try_from(last - first + 1).unwrap();
                let turns = span.as_nanos() * u128::from(rule.count) / rule.window.as_nanos();
                match rule.burst {
                    Some(burst) if span < memory => assert!(seen <= u128::from(burst) + turns),
                    None if span < rule.window => assert!(seen <= u128::from(rule.count)),
                    _ => {}
                }
            }
        }
    }
}
