//! Pure: no clock, no network, no store. What time it is comes in as an argument.

pub mod alert;
pub mod ask;
pub mod audit;
pub mod call;
pub mod change;
pub mod command;
pub mod escalation;
pub mod ids;
pub mod inbound;
pub mod link;
pub mod listed;
pub mod oncall;
pub mod page;
pub mod permit;
pub mod person;
pub mod quota;
pub mod refusal;
pub mod report;
pub mod settings;
pub mod span;
pub mod webhook;
