//! Tencent RTC Call: the client of its REST commands, and the door for its callbacks.
//!
//! Strict in what it sends, tolerant in what it reads. The vendor's words (`NormalEnd`, `CallBusy`, …) stop
//! here. One request goes this way: [`Tencent`] checks the ranges, waits for its turn, signs ([`sign`]), sends, and reads the envelope; what went wrong is sorted by the table in `errors.rs`.

mod callback;
mod calls;
mod client;
mod errors;
mod event;
mod pace;
mod register;
mod room;
mod settings;
pub mod sign;
mod wire;

#[cfg(test)]
mod stub;

pub use self::callback::callback_router;
pub use self::client::Tencent;
pub use self::register::Registration;
pub use self::settings::{REGIONS, SettingsError, TencentSettings, checked_root};
