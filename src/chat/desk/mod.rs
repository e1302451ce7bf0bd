//! The sandbox's chat: a channel kept here, and a desk for each person to type at.
//!
//! It is a chat like any other: cards are posted, edited and deleted, threads grow, and every delivery has
//! a key. Only the platform behind it is our own.

mod channel;
mod client;
mod routes;

pub use self::channel::Channel;
pub use self::client::DeskChat;
pub use self::routes::router;

/// The name of this chat, as in `Place::chat`.
pub const NAME: &str = "desk";
/// The one channel of the desk.
pub const CHANNEL: &str = "general";
