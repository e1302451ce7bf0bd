//! The engines: what rings phones.

pub mod sandbox;
pub mod tencent;
