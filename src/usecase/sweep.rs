//! Retention: what nobody needs any more is forgotten.

use std::time::Duration;

use super::Context;
use crate::domain::settings::WINDOW_MAX;
use crate::ports::{Old, StoreError};

/// Delivery keys and questions are kept this long; platforms redeliver within minutes.
const KEEP_DELIVERIES: Duration = Duration::from_secs(7 * 24 * 3600);
/// Who changed what is kept this long: a question about last year's access can still be answered.
const KEEP_AUDIT: Duration = Duration::from_secs(365 * 24 * 3600);

impl Context {
    /// Forgets what is older than the settings say. Returns how many rows went.
    ///
    /// # Errors
    /// When the store failed.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let before = |span: Duration| now.checked_sub(span).unwrap_or(jiff::Timestamp::MIN);
        self.limits.forget_idle();
        let settings = self.settings.get();
        // A reload may ask for the longest window that there can be.
        let spent = before(settings.longest_window().max(WINDOW_MAX));
        let calls = before(settings.keep_calls);
        let audit = before(KEEP_AUDIT);
        self.store.sweep(Old { deliveries: before(KEEP_DELIVERIES), spent, calls, audit }).await
    }
}
