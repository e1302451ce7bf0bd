//! The webhook of Grafana's own alerting: Alertmanager's, with more beside it.
//!
//! Facts from Grafana's documentation ("Configure webhook notifications"): the alerts have `panelURL` and `dashboardURL`,
//! the body `title` and `message`. What Grafana sent before version 9 has no list of alerts.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::alertmanager;
use super::body::{Why, read};
use crate::domain::alert::{AlertDelivery, Source};

#[derive(Deserialize)]
struct Old {
    #[serde(rename = "ruleId")]
    rule: Option<IgnoredAny>,
    alerts: Option<IgnoredAny>,
}

pub(super) fn decode(body: &[u8], source: &Source) -> Result<AlertDelivery, Why> {
    let old: Old = read(body)?;
    if old.rule.is_some() && old.alerts.is_none() {
        let why =
            "this is what Grafana's legacy alerting sends; unified alerting is needed (Grafana 9 or later)";
        return Err(why.to_owned());
    }
    alertmanager::decode(body, source)
}
