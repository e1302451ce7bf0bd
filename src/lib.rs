//! Callout rings people from chat.
//!
//! One idea: **record, then act**. A delivery from outside is verified, decoded to one value, stored under
//! its delivery key, and only then answered. Workers carry out what was recorded; results come back as
//! events through the same door. `docs/ARCHITECTURE.md` is the map.

pub mod app;
pub mod chat;
pub mod clock;
pub mod config;
pub mod domain;
pub mod engine;
pub mod http;
pub mod journal;
pub mod map;
pub mod ports;
pub mod problem;
pub mod shelf;
pub mod store;
pub mod task;
pub mod telemetry;
pub mod usecase;
pub mod webhook;
pub mod worker;
