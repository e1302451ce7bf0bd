//! What goes wrong on command, with the next requests of a method.

use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is carried out as it should, and the answer comes later.
    Late(Duration),
    /// It is not carried out; this status is the answer, with a body that is no JSON.
    Refused(u16),
    /// It is not carried out; this error is the answer.
    Error(&'static str),
    /// It is carried out, and the answer is this status with a body that is no JSON.
    Garbled(u16),
    /// It is not carried out; the connection is cut.
    Cut,
    /// It is carried out; the connection is cut before the answer.
    LostAnswer,
    /// It came too early, whatever the limits say.
    TooEarly(Duration),
}

/// Faults to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Waiting>,
    standing: Vec<Standing>,
}

/// What goes wrong with every so-manieth request, from now on.
#[derive(Debug)]
struct Standing {
    pattern: String,
    every: u32,
    count: u32,
    fault: Fault,
}

#[derive(Debug)]
struct Waiting {
    pattern: String,
    left: u32,
    fault: Fault,
}

impl Faults {
    pub(super) fn add(&mut self, pattern: &str, times: u32, fault: Fault) {
        self.waiting.push(Waiting { pattern: pattern.to_owned(), left: times, fault });
    }

    pub(super) fn stand(&mut self, pattern: &str, every: u32, fault: Fault) {
        self.standing.push(Standing { pattern: pattern.to_owned(), every, count: 0, fault });
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.standing.clear();
    }

    /// What goes wrong with this request; the first that fits is used up by one.
    pub(super) fn take(&mut self, method: &str) -> Option<Fault> {
        let Some(found) = self.waiting.iter_mut().find(|wait| fits(&wait.pattern, method)) else {
            return self.stands(method);
        };
        found.left -= 1;
        let fault = found.fault.clone();
        self.waiting.retain(|wait| wait.left > 0);
        Some(fault)
    }

    fn stands(&mut self, method: &str) -> Option<Fault> {
        let standing = self.standing.iter_mut().find(|standing| fits(&standing.pattern, method))?;
        standing.count = (standing.count + 1) % standing.every;
        (standing.count == 0).then(|| standing.fault.clone())
    }
}

/// Whether a method is one of a pattern's: `chat.update`, `chat.*`, `*`.
pub(super) fn fits(pattern: &str, method: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == method, |start| method.starts_with(start))
}
