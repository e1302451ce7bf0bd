//! The way in for alerts.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::alert::{AlertDelivery, Refused, Source};
use crate::domain::ids::PageId;

/// What the doors of alert sources may ask: implemented by the use cases.
#[async_trait]
pub trait Alerts: Send + Sync + fmt::Debug {
    /// The source that `key` opens. Takes as long for each key.
    fn source(&self, key: &str) -> Option<Arc<Source>>;
    /// Takes what a source has sent. Returns once it is durable. `room` is let go when nothing of it is in memory any more,
    /// which may be long after the answer.
    async fn raise(
        &self,
        source: Arc<Source>,
        delivery: AlertDelivery,
        room: InHand,
    ) -> Result<Raised, NotRecorded>;
    /// None of what a source has sent could be taken: its channels are told. Returns as [`too_large`](Self::too_large) does.
    async fn refused(&self, source: Arc<Source>, refused: Refused);
    /// A source has sent more at once than is taken: its channels are told. Returns once that is recorded, or could
    /// not be.
    async fn too_large(&self, source: Arc<Source>);
}

/// Memory that is taken up until it is dropped.
pub type InHand = Box<dyn Any + Send>;

/// What became of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raised {
    /// How many alerts were taken, among them those that said nothing new.
    pub accepted: usize,
    /// The pages that they are part of, each once, in the order of the alerts.
    pub pages: Vec<PageId>,
}

/// It could not be made durable in time. Sending it again does no harm, and some of it may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not recorded in time")]
pub struct NotRecorded;
