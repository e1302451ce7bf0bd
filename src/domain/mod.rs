//! Pure: no clock, no network, no store. What time it is comes in as an argument.

pub mod ask;
pub mod call;
pub mod change;
pub mod ids;
pub mod inbound;
pub mod report;
