//! What makes two deliveries one alert: while it is open, its source and fingerprint; after its end, the instant it
//! began.
//!
//! Senders behind one balancer disagree about `startsAt`, and send what is over again: so an open alert is known without
//! it, and one that is over comes back only when it began after that. Their clocks are not ours: what they say is kept
//! as they say it, and held against what they have said before, not against when we heard of it.

use std::time::Duration;

use jiff::Timestamp;

use super::{AlertNews, AlertStatus};
use crate::clock::later;
use crate::domain::ids::{Fingerprint, PageId, PolicyId, SourceId};
use crate::domain::page::Urgency;

/// So far ahead of ours a sender's clock may be for what it says to be compared; what is beyond is no instant of a clock.
const AHEAD_MAX: Duration = Duration::from_secs(3600);

/// An alert as it is kept: its last episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Who sends it.
    pub source: SourceId,
    /// What it is at its source.
    pub fingerprint: Fingerprint,
    /// The page that it is part of; `None`: we heard of its end before its beginning, and nobody was rung.
    pub page: Option<PageId>,
    /// When the episode began, by the sender's clock; of one that says nothing, when it came.
    pub starts_at: Timestamp,
    /// When it was over, by the sender's clock, and never before it began; of a sender that does not say when, the instant
    /// at which it began. What began no later is no other episode. `None`: its source has not said that it is over.
    pub resolved_at: Option<Timestamp>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The stored row's version; 0 for one that was never stored.
    pub version: i64,
}

/// An alert, and what became of its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The alert.
    pub alert: Alert,
    /// When its page was closed; `None`: it is open, or there is none.
    pub page_closed_at: Option<Timestamp>,
    /// The policy of its page.
    pub page_policy: Option<PolicyId>,
    /// Alerts that its sender left out of the last body about its page, as that says.
    pub left_out: u64,
}

/// What a delivery says that we did not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It begins, or begins again.
    Begins {
        /// When.
        starts_at: Timestamp,
    },
    /// It goes on, and is more urgent than it was.
    Louder,
    /// It goes on, is more urgent than it was, and because of that another policy's: its page is another one from here on.
    Moves {
        /// Since when it goes on.
        starts_at: Timestamp,
    },
    /// It goes on, as we knew.
    GoesOn,
    /// It goes on, and began later than we knew: an end before that is an earlier episode's.
    GoesOnSince {
        /// When.
        starts_at: Timestamp,
    },
    /// It is over.
    Ends {
        /// When.
        at: Timestamp,
    },
    /// An episode is over of which we have not heard: if its beginning comes later, that is old news.
    WasOver {
        /// When.
        at: Timestamp,
    },
    /// Somebody has it at its source.
    Acknowledged,
    /// Old news of an episode that was over when they came.
    Late,
    /// Nothing that we did not know.
    Nothing,
}

impl Verdict {
    /// As `/metrics` names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begins { .. } => "begins",
            Self::Louder => "louder",
            Self::Moves { .. } => "moves",
            Self::GoesOn | Self::GoesOnSince { .. } => "goes_on",
            Self::Ends { .. } => "ends",
            Self::WasOver { .. } => "was_over",
            Self::Acknowledged => "acknowledged",
            Self::Late => "late",
            Self::Nothing => "nothing",
        }
    }

    /// Since when it goes on, if it comes to a page that it was not part of: the open one of its group, or a new one.
    #[must_use]
    pub const fn comes(self) -> Option<Timestamp> {
        match self {
            Self::Begins { starts_at } | Self::Moves { starts_at } => Some(starts_at),
            _ => None,
        }
    }
}

impl Known {
    /// When the episode was over: by its source, or because a person closed the page.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.alert.resolved_at.or(self.page_closed_at)
    }
}

/// Judges `news` of the `urgency` that came at `now`, by what is known of the alert.
#[must_use]
pub fn judge(known: Option<&Known>, news: &AlertNews, urgency: Urgency, now: Timestamp) -> Verdict {
    let starts_at = news.starts_at.unwrap_or(now);
    // Nothing is over in a far future: it would not be heard of until then.
    let ends_at = news.ends_at.map(|at| at.min(later(now, AHEAD_MAX)));
    let Some(known) = known else {
        return match (news.status, ends_at) {
            (AlertStatus::Firing, _) => Verdict::Begins { starts_at },
            (AlertStatus::Resolved, Some(at)) => Verdict::WasOver { at },
            (AlertStatus::Acknowledged | AlertStatus::Resolved, _) => Verdict::Nothing,
        };
    };
    match (news.status, known.ended_at()) {
        (AlertStatus::Firing, None) if urgency > known.alert.urgency => Verdict::Louder,
        (AlertStatus::Firing, None) => match news.starts_at {
            Some(starts_at) if starts_at > known.alert.starts_at => Verdict::GoesOnSince { starts_at },
            _ => Verdict::GoesOn,
        },
        (AlertStatus::Firing, Some(ended))
            if news.starts_at.is_none_or(|at| at > ended && is_later(at, known.alert.starts_at, ended)) =>
        {
            Verdict::Begins { starts_at }
        }
        (AlertStatus::Firing, Some(_)) => Verdict::Late,
        // Also of a page that a person has closed: it may be opened again.
        (AlertStatus::Resolved, _) if known.alert.resolved_at.is_none() => ends(known, ends_at, now),
        (AlertStatus::Resolved, _) => match ends_at {
            Some(at) if Some(at) > known.alert.resolved_at => Verdict::WasOver { at },
            _ => Verdict::Nothing,
        },
        (AlertStatus::Acknowledged, None) => Verdict::Acknowledged,
        (AlertStatus::Acknowledged, Some(_)) => Verdict::Nothing,
    }
}

/// Whether an episode that begins at `at` is later than one that `began`. A page that a person has closed ended by our clock:
/// by one that is ahead, the same episode begins after that. What began in a far future, when a clock was wrong, holds
/// back only itself.
fn is_later(at: Timestamp, began: Timestamp, ended: Timestamp) -> bool {
    if began > later(ended, AHEAD_MAX) { at != began } else { at > began }
}

/// The end of an earlier episode, which one of two senders tells late, is not the end of this one.
fn ends(known: &Known, ends_at: Option<Timestamp>, now: Timestamp) -> Verdict {
    let (began, far) = (known.alert.starts_at, later(now, AHEAD_MAX));
    match ends_at {
        // What is said to begin in a far future ends all the same: by our clock, if it ends there, too.
        Some(at) if began > far && at < far => Verdict::Ends { at },
        _ if began > far => Verdict::Ends { at: now },
        Some(at) if at < began => Verdict::Late,
        Some(at) => Verdict::Ends { at },
        None => Verdict::Ends { at: began },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::alert::Labels;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_773_154_800 + minute * 60).unwrap()
    }

    fn news(status: AlertStatus, starts: Option<i64>, ends: Option<i64>) -> AlertNews {
        AlertNews {
            fingerprint: Fingerprint::new("f1"),
            status,
            labels: Labels::new(),
            title: "disk full".to_owned(),
            urgency: None,
            link: None,
            starts_at: starts.map(at),
            ends_at: ends.map(at),
        }
    }

    fn known(starts: i64, resolved: Option<i64>, closed: Option<i64>) -> Known {
        let alert = Alert {
            source: SourceId::new("prod"),
            fingerprint: Fingerprint::new("f1"),
            page: Some(PageId::new("p1")),
            starts_at: at(starts),
            resolved_at: resolved.map(at),
            urgency: Urgency::Low,
            version: 1,
        };
        Known { alert, page_closed_at: closed.map(at), page_policy: Some(PolicyId::new("p")), left_out: 0 }
    }

    fn firing(known: Option<&Known>, starts: i64, now: i64) -> Verdict {
        judge(known, &news(AlertStatus::Firing, Some(starts), None), Urgency::Low, at(now))
    }

    fn resolved(known: &Known, ends: Option<i64>, now: i64) -> Verdict {
        judge(Some(known), &news(AlertStatus::Resolved, None, ends), Urgency::Low, at(now))
    }

    #[test]
    fn an_alert_begins_goes_on_and_ends() {
        assert_eq!(firing(None, 0, 1), Verdict::Begins { starts_at: at(0) });
        let open = known(0, None, None);
        assert_eq!(firing(Some(&open), 0, 5), Verdict::GoesOn);
        let later = Verdict::GoesOnSince { starts_at: at(3) };
        assert_eq!(firing(Some(&open), 3, 5), later, "senders disagree about the beginning");
        assert_eq!(firing(Some(&open), -3, 5), Verdict::GoesOn);
        let loud = judge(Some(&open), &news(AlertStatus::Firing, None, None), Urgency::High, at(5));
        assert_eq!(loud, Verdict::Louder);
        assert_eq!(resolved(&open, Some(6), 7), Verdict::Ends { at: at(6) });
        assert_eq!(resolved(&open, None, 7), Verdict::Ends { at: at(0) }, "nobody says when");
        assert_eq!(resolved(&open, Some(9), 7), Verdict::Ends { at: at(9) }, "a clock that is ahead");
    }

    #[test]
    fn one_that_is_over_begins_again_only_later() {
        for over in [known(0, Some(10), None), known(0, None, Some(10)), known(0, Some(10), Some(30))] {
            assert_eq!(firing(Some(&over), 0, 40), Verdict::Late);
            assert_eq!(firing(Some(&over), 10, 40), Verdict::Late);
            assert_eq!(firing(Some(&over), 11, 40), Verdict::Begins { starts_at: at(11) });
            let unsaid = judge(Some(&over), &news(AlertStatus::Firing, None, None), Urgency::Low, at(40));
            assert_eq!(unsaid, Verdict::Begins { starts_at: at(40) }, "now, if nobody says when");
        }
        assert_eq!(resolved(&known(0, Some(10), None), Some(10), 40), Verdict::Nothing);
    }

    #[test]
    fn the_end_of_an_earlier_episode_ends_no_later_one() {
        let again = known(11, None, None);
        assert_eq!(resolved(&again, Some(10), 12), Verdict::Late);
        assert_eq!(resolved(&again, Some(12), 12), Verdict::Ends { at: at(12) });
    }

    #[test]
    fn what_was_never_heard_of_cannot_end() {
        for status in [AlertStatus::Resolved, AlertStatus::Acknowledged] {
            assert_eq!(judge(None, &news(status, None, None), Urgency::High, at(1)), Verdict::Nothing);
        }
        let acknowledged = news(AlertStatus::Acknowledged, None, None);
        let judged = |known: &Known| judge(Some(known), &acknowledged, Urgency::High, at(20));
        assert_eq!(judged(&known(0, None, None)), Verdict::Acknowledged);
        assert_eq!(judged(&known(0, Some(10), None)), Verdict::Nothing);
    }

    #[test]
    fn what_a_source_ends_after_a_person_has_closed_it_is_known_when_it_is_opened_again() {
        let closed = known(0, None, Some(10));
        assert_eq!(resolved(&closed, Some(12), 13), Verdict::Ends { at: at(12) });
    }

    /// Firing, its end, the other node's copy of the firing, and a new episode: from a clock that differs from ours.
    fn through(skew: i64, says_ends: bool) -> Vec<Verdict> {
        let begins = firing(None, skew, 0);
        let Verdict::Begins { starts_at } = begins else { return vec![begins] };
        let mut one = known(0, None, None);
        one.alert.starts_at = starts_at;
        let ends = resolved(&one, says_ends.then_some(20 + skew), 20);
        let Verdict::Ends { at } = ends else { return vec![begins, ends] };
        one.alert.resolved_at = Some(at);
        vec![begins, ends, firing(Some(&one), skew, 25), firing(Some(&one), 30 + skew, 30)]
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_loses_nothing_and_pages_for_nothing_twice() {
        for (skew, says_ends) in [(0, true), (60, true), (-60, true), (0, false), (60, false), (-60, false)] {
            let told = through(skew, says_ends);
            let [Verdict::Begins { .. }, Verdict::Ends { .. }, copy, again] = told[..] else {
                panic!("{skew}, {says_ends}: {told:?}")
            };
            assert_eq!(copy, Verdict::Late, "{skew}, {says_ends}: what is over is not paged for");
            let expected = Verdict::Begins { starts_at: at(30 + skew) };
            assert_eq!(again, expected, "{skew}, {says_ends}: what begins again is not lost");
        }
    }

    #[test]
    fn a_beginning_in_a_far_future_ends_and_does_not_come_back() {
        let mut far = known(0, None, None);
        far.alert.starts_at = at(1_000_000);
        let Verdict::Ends { at: end } = resolved(&far, Some(5), 6) else { panic!("it never ends") };
        far.alert.resolved_at = Some(end);
        assert_eq!(firing(Some(&far), 1_000_000, 7), Verdict::Late);
    }

    #[test]
    fn a_beginning_in_a_far_future_holds_back_nothing_but_itself() {
        let far = 1_440;
        let closed = known(far, None, Some(10));
        let mut ended = known(far, None, None);
        for ends in [Some(far + 5), None] {
            assert_eq!(resolved(&ended, ends, 10), Verdict::Ends { at: at(10) }, "by our clock");
        }
        ended.alert.resolved_at = Some(at(10));
        for over in [closed, ended] {
            assert_eq!(firing(Some(&over), far, 11), Verdict::Late, "the same again");
            assert_eq!(firing(Some(&over), 9, 11), Verdict::Late, "what began before the end");
            assert_eq!(firing(Some(&over), 11, 11), Verdict::Begins { starts_at: at(11) });
            // As long as it takes: that time comes near does not bring the wrong clock back.
            assert_eq!(firing(Some(&over), far - 1, far - 1), Verdict::Begins { starts_at: at(far - 1) });
            assert_eq!(firing(Some(&over), far, far + 1), Verdict::Late, "nor the same again");
        }
    }

    /// What a row says after `news`, as the fold keeps it.
    fn kept(row: Option<Known>, news: &AlertNews, now: i64) -> Option<Known> {
        match judge(row.as_ref(), news, Urgency::Low, at(now)) {
            Verdict::Begins { starts_at } => {
                let mut begins = known(0, None, None);
                begins.alert.starts_at = starts_at;
                Some(begins)
            }
            Verdict::Ends { at } => row.map(|mut known| {
                known.alert.resolved_at = Some(at);
                known
            }),
            Verdict::WasOver { at } => {
                let unheard = || {
                    let mut unheard = known(0, None, None);
                    unheard.alert.starts_at = news.starts_at.unwrap_or(at).min(at);
                    unheard
                };
                let mut over = row.unwrap_or_else(unheard);
                over.alert.resolved_at = Some(at);
                Some(over)
            }
            Verdict::GoesOnSince { starts_at } => row.map(|mut known| {
                known.alert.starts_at = starts_at;
                known
            }),
            Verdict::Acknowledged
            | Verdict::Louder
            | Verdict::Moves { .. }
            | Verdict::GoesOn
            | Verdict::Late
            | Verdict::Nothing => row,
        }
    }

    #[test]
    fn what_a_person_closed_does_not_come_back_by_a_clock_that_is_ahead() {
        let closed = known(60, None, Some(10));
        assert_eq!(firing(Some(&closed), 60, 11), Verdict::Late, "the other node's copy");
        assert_eq!(firing(Some(&closed), 61, 12), Verdict::Begins { starts_at: at(61) });
    }

    #[test]
    fn an_end_in_a_far_future_silences_nothing() {
        let far = Some(1_000_000);
        let never_heard = judge(None, &news(AlertStatus::Resolved, None, far), Urgency::Low, at(5));
        assert_eq!(never_heard, Verdict::WasOver { at: at(65) }, "an hour is what a clock may be ahead");
        assert_eq!(resolved(&known(0, None, None), far, 5), Verdict::Ends { at: at(65) });
        let over = known(0, Some(10), None);
        assert_eq!(resolved(&over, far, 5), Verdict::WasOver { at: at(65) });
        let over = known(0, Some(65), None);
        assert_eq!(firing(Some(&over), 125, 125), Verdict::Begins { starts_at: at(125) });
    }

    proptest! {
        /// Episodes that follow each other, told in any order by a sender whose clock differs from ours, each line once or
        /// more: in the end the alert goes on exactly if the latest thing ever told of it is a beginning.
        #[test]
        fn in_any_order_the_alert_goes_on_if_the_latest_that_was_told_is_a_beginning(
            episodes in 1_usize..4,
            is_open in any::<bool>(),
            skew in -50_i64..50,
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            shuffled in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut told = Vec::new();
            for episode in 0..i64::try_from(episodes).unwrap() {
                let (starts, ends) = (episode * 20 + skew, episode * 20 + 10 + skew);
                told.push(news(AlertStatus::Firing, Some(starts), None));
                told.push(news(AlertStatus::Resolved, Some(starts), Some(ends)));
            }
            if is_open {
                told.pop();
            }
            let firsts = shuffled.iter().filter(|index| **index < told.len()).copied();
            let again = order.iter().map(|index| index.index(told.len()));
            let mut row = None;
            for index in firsts.chain(again) {
                row = kept(row, &told[index], 41);
            }
            let goes_on = row.is_some_and(|known| known.ended_at().is_none());
            prop_assert_eq!(goes_on, is_open);
        }
    }
}
