//! `[[maintenance]]`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use toml::Spanned;

use super::{Known, check_known};
use crate::config::raw::RawMaintenance;
use crate::config::reader::Reader;
use crate::config::words;
use crate::domain::escalation::Maintenance;
use crate::domain::ids::PolicyId;
use crate::domain::oncall::first_at;
use crate::domain::span::Misread;

/// Spans that are looked through whenever a page begins.
const SPANS_MAX: usize = 1_000;

/// Longest reason, in characters: it stands on a card.
const WHY_MAX: usize = 200;

/// What stands on the card when the file gives no reason.
const DEFAULT_WHY: &str = "planned maintenance";

/// Every span that could be read.
pub(super) fn maintenance(
    reader: &mut Reader<'_>,
    raw: &[Spanned<RawMaintenance>],
    known: &Known<'_>,
) -> Vec<Maintenance> {
    if let Some(last) = raw.last() {
        reader.at_most(SPANS_MAX, raw.len(), "spans of maintenance", last.span());
    }
    raw.iter().filter_map(|raw| span(reader, raw, known)).collect()
}

fn span(reader: &mut Reader<'_>, raw: &Spanned<RawMaintenance>, known: &Known<'_>) -> Option<Maintenance> {
    let RawMaintenance { from, to, timezone, policies, why } = raw.get_ref();
    let zone = match timezone {
        Some(zone) => reader.take("timezone", zone, words::zone)?,
        None => TimeZone::UTC,
    };
    let start = reader.take("from", from, |text| instant(text, &zone));
    let end = reader.take("to", to, |text| instant(text, &zone));
    let known = policies.iter().map(|id| check_known(reader, "policies", id, ("policy", &known.policies)));
    let known: Option<Vec<()>> = known.collect::<Vec<_>>().into_iter().collect();
    let reason = match why {
        Some(why) => reader.take("why", why, reason)?,
        None => DEFAULT_WHY.to_owned(),
    };
    let (start, end) = (start?, end?);
    if end <= start {
        reader.error(to.span(), Misread::new("to: it is not after from", "write when the work is over"));
        return None;
    }
    known?;
    let policies = policies.iter().map(|id| PolicyId::new(id.get_ref())).collect();
    Some(Maintenance { from: start, to: end, policies, why: reason })
}

/// RFC 3339, or a date and a time of day in `zone`. Nothing relative: a file has no now.
fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, Misread> {
    let local = || text.parse::<DateTime>().ok().filter(|_| text.len() >= 16 && !text.contains('['));
    let read = text.parse().ok().filter(|_| !text.contains('['));
    read.or_else(|| local().and_then(|local| first_at(zone, local))).ok_or_else(|| {
        let advice = "write it as in 2026-03-29T02:30:00+01:00 or 2026-03-29 02:30";
        Misread::new(format!("`{text}` is not a time"), advice)
    })
}

fn reason(text: &str) -> Result<String, Misread> {
    let good = !text.trim().is_empty() && text.chars().count() <= WHY_MAX;
    let bad = || {
        Misread::new(
            "the reason is empty, or too long",
            format!("write 1 to {WHY_MAX} characters, or leave it out"),
        )
    };
    good.then(|| text.trim().to_owned()).ok_or_else(bad)
}
