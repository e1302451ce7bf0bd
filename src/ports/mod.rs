//! What the use cases need from outside, and what the outside may ask of them.
//!
//! `chat`, `engine`, `store`, `http` and `map` know this and the domain, never each other.

mod alerts;
mod chat;
mod engine;
mod flow;
mod shelf;
mod store;
mod webhook;

pub use self::alerts::*;
pub use self::chat::*;
pub use self::engine::*;
pub use self::flow::*;
pub use self::shelf::*;
pub use self::store::*;
pub use self::webhook::*;
