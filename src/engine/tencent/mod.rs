//! Tencent RTC Call: the client of its REST commands, and the door for its callbacks.
//!
//! Strict in what it sends, tolerant in what it reads. The vendor's words (`NormalEnd`, `CallBusy`, …) stop
//! here. One request goes this way: [`Tencent`] checks the ranges, waits for its turn, signs ([`sign`]), sends, and
//! reads the envelope; what went wrong is sorted by the table in `errors.rs`. What gives the robot a voice is another
//! API with another credential: [`TencentCloud`].

mod accounts;
mod callback;
mod callback_sign;
mod calls;
mod client;
mod cloud;
mod errors;
mod event;
mod pace;
mod push;
mod register;
mod rest;
mod room;
mod rooms;
mod seen;
mod settings;
pub mod sign;
mod transport;
mod unread;
mod wire;

#[cfg(test)]
#[path = "contradictions_tests.rs"]
mod contradictions_tests;
#[cfg(test)]
mod stub;

pub use self::accounts::{Import, Presence};
pub use self::callback::callback_router;
pub use self::calls::PreparedDial;
pub use self::client::Tencent;
pub use self::cloud::{CLOUD_RATE, CloudSettings, TencentCloud, VOICE, checked_cloud_root};
pub use self::push::check_push;
pub use self::register::Registration;
pub use self::rooms::{RoomKind, RoomTypes};
pub use self::settings::{REGIONS, SettingsError, TencentSettings, checked_root};
pub use self::unread::UnreadCallback;
