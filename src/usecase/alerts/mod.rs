//! Alerts: taken in, folded into pages.

mod door;
mod fold;
mod raise;
mod too_large;
mod turns;

pub use self::turns::AlertTurns;
