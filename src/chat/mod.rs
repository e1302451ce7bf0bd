//! The chats: each decodes its deliveries to one `Inbound`, and posts cards and threads.

pub mod desk;
pub mod discord;
mod lately;
pub mod slack;
mod turns;
