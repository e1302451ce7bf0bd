//! Callout rings people from chat.
//!
//! One idea: **record, then act**. A delivery from outside is verified, decoded to one value, stored under
//! its delivery key, and only then answered. Workers carry out what was recorded; results come back as
//! events through the same door. `docs/ARCHITECTURE.md` is the map.

pub mod clock;
pub mod domain;
pub mod ports;
pub mod task;
