//! Where spoken announcements lie until the engine has fetched them.

use std::fmt;

use axum::body::Bytes;

/// Keeps sounds for a while, in memory: after a restart they are spoken anew.
pub trait Shelf: Send + Sync + fmt::Debug {
    /// The token of what `text` sounds like, if it was put here lately. It stays for another while.
    fn find(&self, text: &str) -> Option<String>;
    /// Puts the sound of `text` here. Returns an unguessable token.
    fn put(&self, text: &str, audio: Vec<u8>) -> String;
    /// The sound with this token.
    fn get(&self, token: &str) -> Option<Bytes>;
}
