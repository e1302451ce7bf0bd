//! Planned work that begins or ends at a local time which clocks skip or repeat.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{tell_odd, told_if_odd};
use crate::config::raw::RawMaintenance;
use crate::config::reader::Reader;
use crate::config::words;

pub(super) fn lint(reader: &mut Reader<'_>, raw: &RawMaintenance) {
    let zone = raw.timezone.as_ref().and_then(|zone| words::zone(zone.get_ref()).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    for (key, text) in [("from", &raw.from), ("to", &raw.to)] {
        let is_instant = text.get_ref().parse::<Timestamp>().is_ok();
        let local = text.get_ref().parse::<DateTime>().ok().filter(|_| !is_instant);
        let odd: Vec<String> = local.and_then(|local| told_if_odd(&zone, local)).into_iter().collect();
        tell_odd(reader, text.span(), key, &odd);
    }
}
