//! Other programs that are told of pages.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::webhook::Endpoint;

/// Tells other programs.
#[async_trait]
pub trait Webhooks: Send + Sync + fmt::Debug {
    /// Tells what is at `to`, once. Returns the HTTP status by which it took it: 200 to 299.
    ///
    /// # Errors
    /// [`NotTaken`]: it may have taken it all the same, if its answer was lost.
    async fn tell(&self, to: &Endpoint, told: &Told<'_>) -> Result<u16, NotTaken>;
}

/// What a program is told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Unique, and the same at each try.
    pub id: &'a str,
    /// When: each try has its own.
    pub at: Timestamp,
    /// JSON.
    pub body: &'a str,
}

/// Why a program did not take what it was told. Says nothing of its address but the host's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTaken(pub String);
