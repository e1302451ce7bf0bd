//! Alerts: what a source says of situations that go on, whatever the format it came in.

mod episode;
mod fold;
mod keys;
mod source;
mod urgency;

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

pub use self::episode::{Alert, Known, Verdict, judge};
pub use self::fold::{Item, items, parts};
pub use self::keys::{KeyError, Keyring};
pub use self::source::{Kind, Mapping, Matcher, Route, Rule, Source, Sources};
use super::ids::Fingerprint;
use super::page::Urgency;

/// What an alert is known by beside its title: name and value.
pub type Labels = BTreeMap<String, String>;

/// Labels of one alert: the largest set-ups have some fifty.
pub const LABELS_MAX: usize = 200;

/// Longest name of a label, in bytes. Prometheus has no bound; names that people write stay under 100.
pub const LABEL_NAME_MAX: usize = 256;

/// Longest value of a label, in bytes: a stack trace belongs into an annotation.
pub const LABEL_VALUE_MAX: usize = 8 * 1024;

/// The end of what was cut, and the name of the label that counts those left out.
const MORE: &str = "…";

/// Refused alerts of a body that are named; the others are counted.
pub const REFUSED_NAMED_MAX: usize = 20;

/// Longest fingerprint, in bytes. Alertmanager's has 16, a dedup key of PagerDuty up to 255.
pub const FINGERPRINT_MAX: usize = 512;

/// Longest title, in characters; a longer one ends in `…`.
pub const TITLE_MAX: usize = 300;

/// Longest link, in bytes: what browsers take. A longer one is left out, for half of it leads nowhere.
pub const LINK_MAX: usize = 2_000;

/// One body of a source, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertDelivery {
    /// What the sender has put together; `None`: it groups nothing.
    pub group: Option<String>,
    /// What could be read, in the order of the body.
    pub alerts: Vec<AlertNews>,
    /// What could not, and why.
    pub refused: Refused,
    /// How many alerts the sender has left out of the body.
    pub truncated: u64,
}

/// What a source says of one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertNews {
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// What of it.
    pub status: AlertStatus,
    /// What it is known by.
    pub labels: Labels,
    /// One line for people, not escaped; never empty.
    pub title: String,
    /// How urgent the sender says it is.
    pub urgency: Option<Urgency>,
    /// Where people find out more.
    pub link: Option<String>,
    /// Since when it fires, by the sender's clock.
    pub starts_at: Option<Timestamp>,
    /// When it ended, by the sender's clock.
    pub ends_at: Option<Timestamp>,
}

/// What a source says an alert does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertStatus {
    /// It goes on.
    Firing,
    /// Somebody takes care of it, at the source.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// Alerts of a body that could not be taken: all are counted, the first are named. Of a body that could not be read nobody
/// knows how many there were: it has a reason, and counts none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub count: usize,
    /// The first of them, at most [`REFUSED_NAMED_MAX`].
    pub named: Vec<RefusedAlert>,
}

/// An alert that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedAlert {
    /// Its place in the body, from 1.
    pub place: usize,
    /// Why.
    pub why: String,
}

impl Refused {
    /// A whole body, because of `why`.
    #[must_use]
    pub fn whole(why: &str) -> Self {
        Self { count: 0, named: vec![RefusedAlert { place: 0, why: why.to_owned() }] }
    }

    /// One more, at `place` of the body.
    pub fn add(&mut self, place: usize, why: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < REFUSED_NAMED_MAX {
            self.named.push(RefusedAlert { place, why: why() });
        }
    }
}

/// The alert of a sender that gives none a fingerprint: its labels. `None` when it has none either.
#[must_use]
pub fn fingerprint_of(labels: &Labels) -> Option<Fingerprint> {
    if labels.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for text in labels.iter().flat_map(|(name, value)| [name, value]) {
        // The length first: so no two sets of labels run together to the same bytes.
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    Some(Fingerprint::new(format!("labels-{}", HEXLOWER.encode(&hash.finalize()[..8]))))
}

/// Labels within their bounds, and visibly so: a long value ends in `…`, and a label of that name says how many are
/// missing. Those that `is_needed` names are kept before others: rules and groups go by them.
#[must_use]
pub fn bounded_labels(labels: Labels, is_needed: impl Fn(&str) -> bool) -> Labels {
    let total = labels.len();
    let named = labels.into_iter().filter(|(name, _)| (1..=LABEL_NAME_MAX).contains(&name.len()));
    let (needed, others): (Vec<_>, Vec<_>) = named.partition(|(name, _)| is_needed(name));
    let most = if total > LABELS_MAX { LABELS_MAX - 1 } else { LABELS_MAX };
    let kept = needed.into_iter().chain(others).take(most);
    let mut kept: Labels = kept.map(|(name, value)| (name, cut(value))).collect();
    match total - kept.len() {
        0 => {}
        left => kept.extend([labels_more(left)]),
    }
    kept
}

/// The label that says how many were left out.
#[must_use]
pub fn labels_more(left: usize) -> (String, String) {
    let labels = if left == 1 { "label" } else { "labels" };
    (MORE.to_owned(), format!("{left} {labels} more"))
}

/// Within the bound of a label's value.
fn cut(mut value: String) -> String {
    if value.len() > LABEL_VALUE_MAX {
        value.truncate(value.floor_char_boundary(LABEL_VALUE_MAX - MORE.len()));
        value.push_str(MORE);
    }
    value
}

/// What a sender calls an alert, within its bound: a longer name is known by its hash. `None`: it is empty.
#[must_use]
pub fn fingerprint(text: &str) -> Option<Fingerprint> {
    match text.len() {
        0 => None,
        1..=FINGERPRINT_MAX => Some(Fingerprint::new(text)),
        _ => Some(Fingerprint::new(format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text.as_bytes()))))),
    }
}

/// A title within its bound; `None` when nothing of it is to be seen.
#[must_use]
pub fn title(text: &str) -> Option<String> {
    let text = text.trim();
    let seen = text.chars().any(|c| !c.is_whitespace() && !c.is_control());
    if !seen {
        return None;
    }
    match text.char_indices().nth(TITLE_MAX) {
        None => Some(text.to_owned()),
        Some(_) => Some(text.chars().take(TITLE_MAX - 1).chain(['…']).collect()),
    }
}

/// A link that may be shown: plain http or https, whole.
#[must_use]
pub fn link(text: &str) -> Option<String> {
    let text = text.trim();
    let is_web = ["https://", "http://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '|'));
    (is_web && is_plain && text.len() <= LINK_MAX).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn labels_make_a_fingerprint_and_do_not_run_together() {
        let one = fingerprint_of(&labels(&[("a", "bc")])).unwrap();
        assert_eq!(Some(&one), fingerprint_of(&labels(&[("a", "bc")])).as_ref());
        for other in [&[("ab", "c")][..], &[("a", "b"), ("c", "")], &[("a", "bd")]] {
            assert_ne!(Some(&one), fingerprint_of(&labels(other)).as_ref(), "{other:?}");
        }
        assert_eq!(fingerprint_of(&Labels::new()), None);
    }

    #[test]
    fn a_title_is_one_that_is_seen_and_is_cut_where_people_see_it() {
        assert_eq!(title("  disk full \n").as_deref(), Some("disk full"));
        assert_eq!(title(" \n\0\t"), None);
        let long = title(&"ü".repeat(TITLE_MAX + 1)).unwrap();
        assert_eq!((long.chars().count(), long.ends_with("ü…")), (TITLE_MAX, true));
        assert_eq!(title(&"ü".repeat(TITLE_MAX)), Some("ü".repeat(TITLE_MAX)));
    }

    #[test]
    fn a_link_leads_to_the_web_or_is_none() {
        assert!(link("https://grafana.example/d/x?a=1&b=2").is_some() && link("HTTP://host/").is_some());
        for bad in
            ["javascript:alert(1)", "https://a b/", "https://x/<@U1>", "", "ftp://x", "https://x/\u{202e}"]
        {
            assert_eq!(link(bad), None, "{bad}");
        }
        assert_eq!(link(&format!("https://x/{}", "a".repeat(LINK_MAX))), None);
    }

    #[test]
    fn labels_have_bounds_and_what_is_left_out_is_counted() {
        let few = labels(&[("severity", "critical")]);
        assert_eq!(bounded_labels(few.clone(), |_| false), few);
        let many = (0..=LABELS_MAX).map(|n| (format!("l{n:03}"), String::new())).collect();
        let kept = bounded_labels(many, |name| name == "l200");
        assert_eq!((kept.len(), kept["…"].as_str()), (LABELS_MAX, "2 labels more"));
        assert!(kept.contains_key("l200") && !kept.contains_key("l199"), "what rules go by is kept");
        let odd = bounded_labels(labels(&[("", "x"), ("a", &"x".repeat(LABEL_VALUE_MAX + 1))]), |_| false);
        assert_eq!((odd["…"].as_str(), odd["a"].len()), ("1 label more", LABEL_VALUE_MAX));
        assert!(odd["a"].ends_with("x…"));
    }
}
