//! What the chats and the doors of alerts count, in `/metrics`.

use std::sync::Arc;

use crate::chat::discord::{self, Discord};
use crate::chat::slack::{self, Slack};
use crate::http::Metrics;
use crate::usecase::Context;

/// What Discord counts, in `/metrics`.
pub(super) fn discord(metrics: &Metrics, discord: &Arc<Discord>) {
    for (what, name, help) in discord::Counted::ALL {
        let counts = Arc::clone(discord.counts());
        metrics.count(&format!("discord_{name}"), help, move || counts.get(what));
    }
    let (up, silent) = (Arc::clone(discord), Arc::clone(discord));
    metrics.measure("discord_connected", "1 while the gateway of Discord is connected", move || {
        f64::from(u8::from(up.connection().0))
    });
    metrics.measure(
        "discord_silent_seconds",
        "Since the last sign of life of the gateway of Discord",
        move || silent.connection().1.as_secs_f64(),
    );
}

/// What Slack counts, in `/metrics`.
pub(super) fn slack(metrics: &Metrics, slack: &Arc<Slack>) {
    for (what, name, help) in slack::Counted::ALL {
        let counts = Arc::clone(slack.counts());
        metrics.count(&format!("slack_{name}"), help, move || counts.get(what));
    }
    if !slack.has_socket() {
        return;
    }
    let (up, silent) = (Arc::clone(slack), Arc::clone(slack));
    metrics.measure("slack_connected", "1 while a socket of Slack is connected", move || {
        f64::from(u8::from(up.connection().0 == Some(true)))
    });
    metrics.measure("slack_silent_seconds", "Since the last sign of life of a socket of Slack", move || {
        silent.connection().1.as_secs_f64()
    });
}

/// What came of alerts, in `/metrics`.
pub(super) fn alerts(metrics: &Metrics, context: &Arc<Context>) {
    let context = Arc::clone(context);
    metrics.count_each("alerts", "Alerts that were taken, by source and what they came to", move || {
        let counts = context.alerts_heard.counts().into_iter();
        let labels =
            |source: String, verdict: &str| vec![("source", source), ("verdict", verdict.to_owned())];
        counts.map(|(source, verdict, count)| (labels(source.to_string(), verdict), count)).collect()
    });
}
