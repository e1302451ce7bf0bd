//! The alerts of a page: how many go on, and of some where they are and where to read more.

use super::super::page::{FIRING_MAX, Page, PageAlert};
use super::lists::{count, left_out};
use super::page::TITLE_SHOWN_MAX;
use super::text::escape;

/// Labels shown of an alert: enough to find the machine.
const LABELS_SHOWN_MAX: usize = 3;
/// Longest value of a label shown, in characters: longer ones tell little at a glance.
const VALUE_SHOWN_MAX: usize = 60;
/// Longest address shown, in characters: a longer one would be cut, and lead nowhere. `/api/pages` has it.
const LINK_SHOWN_MAX: usize = 500;
/// Labels that say where something is, as most monitoring calls them, the closest first.
const WHERE: [&str; 12] = [
    "instance",
    "host",
    "hostname",
    "node",
    "pod",
    "container",
    "service",
    "job",
    "namespace",
    "cluster",
    "region",
    "env",
];
/// A label that says what the title does.
const NAME: &str = "alertname";

/// How many alerts of `page` there are, and the first `most` of those that go on.
pub(super) fn alert_lines(page: &Page, most: usize) -> Vec<String> {
    if page.alerts.is_empty() {
        return Vec::new();
    }
    let firing = page.firing();
    let total = page.alerts.len() + usize::try_from(page.forgotten).unwrap_or_default();
    let shown: Vec<&PageAlert> = page.alerts.going_on().take(most).collect();
    let mut lines = vec![format!("{firing} of {} going on:", count(total, "alert"))];
    lines.extend(shown.iter().map(|alert| line(alert, &shown)));
    lines.extend(left_out(firing, most));
    if firing == 0 {
        lines[0] = format!("{}, none going on.", count(total, "alert"));
    }
    if page.crowded_out > 0 {
        let more = count(usize::try_from(page.crowded_out).unwrap_or(usize::MAX), "more alert");
        lines.push(format!("{more} came, and found no room: a page keeps {FIRING_MAX} that go on."));
    }
    if page.left_out > 0 {
        let more = count(usize::try_from(page.left_out).unwrap_or(usize::MAX), "more alert");
        lines.push(format!("The sender left {more} out: raise max_alerts in its webhook_config."));
    }
    lines
}

/// `• db-1 is full (instance=db-1:9100) https://runbooks.example.org/disk`: an address stands alone, so that it can be
/// followed.
fn line(alert: &PageAlert, beside: &[&PageAlert]) -> String {
    let labels: Vec<String> = telling(alert, beside)
        .map(|(name, value)| format!("{}={}", escape(name, VALUE_SHOWN_MAX), escape(value, VALUE_SHOWN_MAX)))
        .collect();
    let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
    let link = alert.link.as_deref().map(str::trim).filter(|link| is_shown(link));
    let link = link.map(|link| format!(" {}", escape(link, LINK_SHOWN_MAX))).unwrap_or_default();
    format!("• {}{labels}{link}", escape(&alert.title, TITLE_SHOWN_MAX))
}

fn is_shown(link: &str) -> bool {
    let is_address = link.starts_with("https://") || link.starts_with("http://");
    is_address
        && !link.contains(char::is_whitespace)
        && escape(link, LINK_SHOWN_MAX + 1).chars().count() <= LINK_SHOWN_MAX
}

/// The few labels that tell `alert` from those `beside` it, and those that say where it is.
fn telling<'a>(
    alert: &'a PageAlert,
    beside: &'a [&'a PageAlert],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let differs =
        |name: &String, value: &String| beside.iter().any(|other| other.labels.get(name) != Some(value));
    let mut told: Vec<(bool, usize, &str, &str)> = Vec::new();
    for (name, value) in alert.labels.iter().filter(|(name, value)| is_telling(alert, name, value)) {
        let place = WHERE.iter().position(|known| known == name).unwrap_or(WHERE.len());
        let is_alike = !differs(name, value);
        if place < WHERE.len() || !is_alike {
            told.push((is_alike, place, name, value));
        }
    }
    told.sort_unstable();
    told.into_iter().take(LABELS_SHOWN_MAX).map(|(_, _, name, value)| (name, value))
}

/// Whether a label says something that the title does not.
fn is_telling(alert: &PageAlert, name: &str, value: &str) -> bool {
    let is_word = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let is_short = value.chars().count() <= VALUE_SHOWN_MAX && !value.is_empty();
    is_word && is_short && name != NAME && !alert.title.contains(value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::ids::SourceId;
    use crate::domain::page::{AlertState, Urgency};

    fn alert(title: &str, labels: &[(&str, &str)], link: Option<&str>) -> PageAlert {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PageAlert {
            source: SourceId::new("prod"),
            fingerprint: title.to_owned(),
            labels: labels.collect::<BTreeMap<_, _>>(),
            title: title.to_owned(),
            urgency: Urgency::High,
            link: link.map(str::to_owned),
            state: AlertState::Firing,
            starts_at: Timestamp::UNIX_EPOCH,
            rule: None,
            acknowledged: false,
            told_late: None,
        }
    }

    #[test]
    fn an_alert_is_told_from_the_others_by_what_differs_and_leads_to_its_link() {
        let labels = |disk: &'static str| {
            [
                ("alertname", "DiskFull"),
                ("cluster", "eu-1"),
                ("device", disk),
                ("severity", "page"),
                ("team", "db"),
            ]
        };
        let one = alert("Disk is full", &labels("sda"), Some("https://runbooks.example/disk?a=1&b=2"));
        let other = alert("Disk is full", &labels("sdb"), Some("javascript:alert(1)"));
        assert_eq!(
            line(&one, &[&one, &other]),
            "• Disk is full (device=sda, cluster=eu-1) https://runbooks.example/disk?a=1&amp;b=2"
        );
        assert_eq!(line(&other, &[&one, &other]), "• Disk is full (device=sdb, cluster=eu-1)");
        assert_eq!(line(&other, &[&other]), "• Disk is full (cluster=eu-1)", "alone, it is told where");
        let named = alert("db-1 is down", &[("host", "db-1"), ("…", "3 labels more")], None);
        assert_eq!(line(&named, &[&named, &one]), "• db-1 is down", "the title says so");
    }

    #[test]
    fn a_link_that_would_be_cut_or_is_two_words_is_not_shown() {
        let long = format!("https://e.example/{}", "x".repeat(LINK_SHOWN_MAX));
        for link in [long.as_str(), "https://e.example/a b", "see the wiki"] {
            let alert = alert("db", &[], Some(link));
            assert_eq!(line(&alert, &[&alert]), "• db");
        }
    }
}
