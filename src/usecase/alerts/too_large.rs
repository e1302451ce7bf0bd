//! A sender that sends more at once than is taken: its alerts are lost, so its channels are told.

use crate::domain::alert::Source;
use crate::domain::report::alerts_too_large;
use crate::usecase::Context;

/// So often one channel is told of it, in seconds: the sender tries again all the time.
const TOLD_EVERY_S: i64 = 3600;

impl Context {
    pub(super) async fn tell_too_large(&self, source: &Source) {
        tracing::warn!(source = %source.id, "refused: more at once than is taken");
        let turn = self.clock.now().as_second() / TOLD_EVERY_S;
        for place in &source.post {
            let key = format!("too_large:{}:{}:{}:{turn}", source.id, place.chat, place.channel);
            self.tell_place(place, &key, &alerts_too_large(source)).await;
        }
    }
}
