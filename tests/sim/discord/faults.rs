//! What goes wrong on command, with the next requests of a route.

use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is carried out as it should, and the answer comes later.
    Late(Duration),
    /// It is carried out that much later, whether or not somebody still waits for the answer.
    Held(Duration),
    /// It is not carried out, and nothing is ever answered.
    Silent,
    /// It is not carried out; this status is the answer.
    Refused(u16),
    /// It is carried out, and this status is the answer.
    Garbled(u16),
    /// It is not carried out; the connection is cut.
    Cut,
    /// It is carried out; the connection is cut before the answer.
    LostAnswer,
    /// It came too early, whatever the buckets say.
    TooEarly(Duration),
}

/// Faults to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    pattern: String,
    left: u32,
    fault: Fault,
}

impl Faults {
    /// `pattern` is a method and a path with `*` for any one part: `PATCH /channels/*/messages/*`. `* *` is all.
    pub(super) fn add(&mut self, pattern: &str, times: u32, fault: Fault) {
        self.waiting.push(Waiting { pattern: pattern.to_owned(), left: times, fault });
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// What goes wrong with this request; the first that fits is used up by one.
    pub(super) fn take(&mut self, method: &str, parts: &[String]) -> Option<Fault> {
        let found = self.waiting.iter_mut().find(|wait| fits(&wait.pattern, method, parts))?;
        found.left -= 1;
        let fault = found.fault;
        self.waiting.retain(|wait| wait.left > 0);
        Some(fault)
    }
}

/// Whether a request is one of a pattern's.
pub(super) fn fits(pattern: &str, method: &str, parts: &[String]) -> bool {
    let (wanted, path) = pattern.split_once(' ').unwrap_or(("*", pattern));
    let same = |wanted: &str, is: &str| wanted == "*" || wanted == is;
    if path == "*" {
        return same(wanted, method);
    }
    let wanted_parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    same(wanted, method)
        && wanted_parts.len() == parts.len()
        && wanted_parts.iter().zip(parts).all(|(wanted, is)| same(wanted, is))
}
