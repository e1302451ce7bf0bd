//! Alerts that could not be taken: nobody is rung for them, so the source's channels are told.

use crate::domain::alert::{Refused, Source};
use crate::domain::report::{alerts_refused, alerts_too_large};
use crate::usecase::Context;

/// So often one channel is told of it, in seconds: the sender tries again all the time.
const TOLD_EVERY_S: i64 = 3600;

impl Context {
    /// Some alerts of a body could not be taken, or none. Senders do not read what they are answered with a 202, and give up
    /// after a 400.
    pub(super) async fn tell_refused(&self, source: &Source, refused: &Refused, others_taken: bool) {
        let Some(first) = refused.named.first() else { return };
        tracing::warn!(source = %source.id, count = refused.count, why = first.why, "alerts of a body were refused");
        let turn = self.clock.now().as_second() / TOLD_EVERY_S;
        for place in &source.post {
            let key = format!("refused:{}:{}:{}:{turn}", source.id, place.chat, place.channel);
            let told = alerts_refused(source, (refused.count, &first.why), others_taken);
            self.tell_place(place, &key, &told).await;
        }
    }

    pub(super) async fn tell_too_large(&self, source: &Source) {
        tracing::warn!(source = %source.id, "refused: more at once than is taken");
        let turn = self.clock.now().as_second() / TOLD_EVERY_S;
        for place in &source.post {
            let key = format!("too_large:{}:{}:{}:{turn}", source.id, place.chat, place.channel);
            self.tell_place(place, &key, &alerts_too_large(source)).await;
        }
    }
}
