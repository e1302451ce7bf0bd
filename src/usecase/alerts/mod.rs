//! Alerts: taken in, folded into pages.

mod door;
mod fold;
mod heard;
mod raise;
mod too_large;
mod turns;

pub use self::heard::AlertsHeard;
pub use self::turns::AlertTurns;
