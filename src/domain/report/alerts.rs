//! What is said of alert sources.

use std::time::Duration;

use crate::domain::alert::{Kind, Source};
use crate::domain::span::show_span;

use super::text::escape;

/// Longest reason shown, in characters: it may quote what was sent.
const WHY_SHOWN_MAX: usize = 200;

/// A source has sent more at once than is taken: none of it was.
#[must_use]
pub fn alerts_too_large(source: &Source) -> String {
    let id = &source.id;
    let advice = match source.kind {
        Kind::Alertmanager => "Set max_alerts in its webhook_config, to 1000 for example.",
        Kind::Grafana => "Set \"Max alerts\" of its contact point, to 1000 for example.",
        Kind::PagerDuty | Kind::Generic => "Have it send fewer at once.",
    };
    format!(
        "Alerts of {id} were refused: it sends more than 16 MiB at once, and nobody is rung for them. {advice}"
    )
}

/// Some alerts of a body could not be taken, the first of them because of `why`; 0: nobody knows how many are in it.
#[must_use]
pub fn alerts_refused(source: &Source, (refused, why): (usize, &str), others_taken: bool) -> String {
    let (id, why) = (&source.id, escape(why, WHY_SHOWN_MAX));
    let (what, them) = match refused {
        0 => (format!("What {id} has sent is"), "it"),
        1 => (format!("1 alert of {id}"), "it"),
        n => (format!("{n} alerts of {id}"), "them"),
    };
    let others = if others_taken { " The others of the body were taken." } else { "" };
    format!("{what} refused, and nobody is rung for {them}: {why}.{others}")
}

/// Why a page of `source` rings nobody for `delay`.
#[must_use]
pub fn may_heal(source: &Source, delay: Duration) -> String {
    format!("alerts of {} are given {} to be over by themselves", source.id, show_span(delay))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::Mapping;
    use crate::domain::ids::{PolicyId, SourceId};

    #[test]
    fn who_sends_too_much_is_told_what_to_set() {
        let said = |kind: Kind| {
            alerts_too_large(&Source {
                id: SourceId::new("prod"),
                kind,
                keys_env: String::new(),
                policy: PolicyId::new("payments"),
                post: Vec::new(),
                group_by: Vec::new(),
                max_alerts: 1,
                delay: None,
                rules: Vec::new(),
                map: Mapping::default(),
            })
        };
        insta::assert_snapshot!(said(Kind::Alertmanager), @"Alerts of prod were refused: it sends more than 16 MiB at once, and nobody is rung for them. Set max_alerts in its webhook_config, to 1000 for example.");
        insta::assert_snapshot!(said(Kind::Grafana), @r#"Alerts of prod were refused: it sends more than 16 MiB at once, and nobody is rung for them. Set "Max alerts" of its contact point, to 1000 for example."#);
        insta::assert_snapshot!(said(Kind::Generic), @"Alerts of prod were refused: it sends more than 16 MiB at once, and nobody is rung for them. Have it send fewer at once.");
    }
}
