//! Misbehaviour on command: what goes wrong ([`Fault`]), how often, and what the model is like ([`Settings`]).
//!
//! `POST /sandbox/engine/faults` takes both in one object. A fault is a number of times (`"dial_502": 3`), a
//! share of its chances (`"dial_502": 0.05`), `true` for all of them or `false`, or an object of `times`,
//! `share` and `on`: the one command, action or callback that it strikes, or `any`. `"clear": true` takes all
//! back first. An unknown name is refused with the nearest; nothing of a refused wish is carried out.

mod names;
mod settings;
mod strike;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

pub use self::names::Fault;
pub use self::settings::{LimitCode, NotImported, Region, Settings, StringRoom};

pub(super) use self::names::DIAL;
use self::strike::{Strike, draw};

/// A callback that is overtaken comes this much later, in milliseconds.
const OVERTAKEN_MS: RangeInclusive<u64> = 100..=2_000;

/// What is still to go wrong, and what the model is like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// What the model is like.
    pub settings: Settings,
    strikes: BTreeMap<Fault, Strike>,
    /// Delays that were drawn so far.
    delays: u64,
}

/// How a command goes wrong before it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    Down,
    Gateway,
    Code(u32),
}

/// How the answer to a command that was carried out goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Late {
    pub(super) lost: bool,
    pub(super) bare: bool,
    pub(super) code: Option<u32>,
    pub(super) slow: Option<Duration>,
}

/// How a cloud action goes wrong before it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloudEarly {
    Gateway,
    Limited,
    Internal,
    NotAbility,
}

/// What becomes of the first callee of a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstCallee {
    Rung,
    NotRung,
    RungAndDenied,
}

/// What becomes of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fate {
    /// How often it is sent.
    pub(super) copies: usize,
    pub(super) garbled: bool,
    pub(super) delay: Option<Duration>,
    /// Only after the end of its call.
    pub(super) after_end: bool,
}

impl Faults {
    /// Whether a fault has a chance to strike.
    #[must_use]
    pub fn awaits(&self, fault: Fault) -> bool {
        self.strikes.get(&fault).is_some_and(|strike| !strike.is_spent())
    }

    fn change(&mut self, wish: &Map<String, Value>) -> Result<(), String> {
        if wish.get("clear") == Some(&Value::Bool(true)) {
            *self = Self::default();
        }
        for (name, value) in wish {
            if name == "clear" {
                value.as_bool().ok_or("clear is true or false.")?;
            } else if let Some((fault, on)) = Fault::named(name) {
                let strike = Strike::parse(name, value)?;
                self.strikes.insert(fault, on.into_iter().fold(strike, Strike::on));
            } else if self.settings.fields().contains_key(name) {
                self.settings = self.settings.with(name, value.clone())?;
            } else {
                return Err(unknown(name));
            }
        }
        Ok(())
    }

    fn strikes(&mut self, fault: Fault, at: &str) -> bool {
        let seed = self.settings.seed;
        self.strikes.get_mut(&fault).is_some_and(|strike| strike.strikes(at, seed ^ salt(fault)))
    }

    /// The first of the codes in `span` that strikes.
    fn code(&mut self, span: RangeInclusive<Fault>, at: &str) -> Option<u32> {
        let seed = self.settings.seed;
        let mut codes = self.strikes.range_mut(span);
        codes.find_map(|(fault, strike)| match fault {
            Fault::Code(code) | Fault::LateCode(code) => {
                strike.strikes(at, seed ^ salt(*fault)).then_some(*code)
            }
            _ => None,
        })
    }

    fn delay(&mut self) -> Duration {
        self.delays += 1;
        let span = OVERTAKEN_MS.end() - OVERTAKEN_MS.start();
        let part = draw(self.settings.seed ^ salt(Fault::ReorderCallbacks), u64::MAX - self.delays);
        let more = Duration::from_millis(span).mul_f64(part);
        Duration::from_millis(*OVERTAKEN_MS.start()) + Duration::from_millis(millis(more))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Faults with the same share do not strike at the same chances. (FNV-1a.)
fn salt(fault: Fault) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    match fault {
        Fault::Code(code) => u64::from(code).wrapping_mul(0x9e37_79b9),
        Fault::LateCode(code) => u64::from(code).wrapping_mul(0x85eb_ca6b),
        _ => format!("{fault:?}").bytes().fold(0xcbf2_9ce4_8422_2325, mix),
    }
}

fn unknown(name: &str) -> String {
    let settings = Settings::default().fields();
    let known = Fault::names().chain(settings.keys().cloned()).chain(["clear".to_owned()]);
    let near = known.min_by_key(|known| strsim::damerau_levenshtein(known, name)).unwrap_or_default();
    format!("No such fault: {name}. The nearest is {near}; GET /sandbox/engine/faults shows all.")
}

impl Serialize for Faults {
    /// As they would be asked for.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Map::new();
        for (name, fault, _) in names::NAMED {
            fields.insert(name.to_owned(), if fault.is_switch() { false.into() } else { 0.into() });
        }
        for (fault, strike) in self.strikes.iter().filter(|(_, strike)| !strike.is_spent()) {
            let usual = Fault::named(&fault.name()).and_then(|(_, on)| on);
            fields.insert(fault.name(), strike.show(usual));
        }
        fields.extend(self.settings.fields());
        fields.serialize(serializer)
    }
}

#[derive(Debug, Default)]
pub(super) struct FaultBox(Mutex<Faults>);

impl FaultBox {
    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Faults {
        self.lock().clone()
    }

    /// Looks something up in the settings.
    pub(super) fn setting<R>(&self, look: impl FnOnce(&Settings) -> R) -> R {
        look(&self.lock().settings)
    }

    /// Changes what `wish` names (JSON); the error is a sentence.
    pub(super) fn change(&self, wish: &[u8]) -> Result<Faults, String> {
        let wish: Map<String, Value> =
            serde_json::from_slice(wish).map_err(|error| format!("Faults are a JSON object: {error}."))?;
        let mut faults = self.lock();
        let mut changed = faults.clone();
        changed.change(&wish)?;
        *faults = changed.clone();
        Ok(changed)
    }

    /// One for each command that arrives.
    pub(super) fn early(&self, command: &str) -> Option<Early> {
        let mut faults = self.lock();
        if faults.strikes.is_empty() {
            return None;
        }
        if faults.strikes(Fault::Down, command) {
            return Some(Early::Down);
        }
        if faults.strikes(Fault::Dial502, command) || faults.strikes(Fault::BadGateway, command) {
            return Some(Early::Gateway);
        }
        if faults.strikes(Fault::RateLimited, command) {
            return Some(Early::Code(60007));
        }
        faults.code(Fault::Code(0)..=Fault::Code(u32::MAX), command).map(Early::Code)
    }

    /// One for each command that was carried out.
    pub(super) fn late(&self, command: &str) -> Late {
        let mut faults = self.lock();
        if faults.strikes.is_empty() {
            return Late::default();
        }
        let slow = Duration::from_millis(faults.settings.slow_ms);
        Late {
            lost: faults.strikes(Fault::LoseAnswer, command) || faults.strikes(Fault::LostAnswer, command),
            bare: faults.strikes(Fault::NoResponse, command),
            code: faults.code(Fault::LateCode(0)..=Fault::LateCode(u32::MAX), command),
            slow: faults.strikes(Fault::Slow, command).then_some(slow),
        }
    }

    /// One for each dial whose callees are known.
    pub(super) fn first_callee(&self) -> FirstCallee {
        let mut faults = self.lock();
        if faults.strikes(Fault::RefuseCallee, DIAL) {
            FirstCallee::NotRung
        } else if faults.strikes(Fault::FalseResult, DIAL) {
            FirstCallee::RungAndDenied
        } else {
            FirstCallee::Rung
        }
    }

    /// One for each cloud action that arrives.
    pub(super) fn cloud_early(&self, action: &str) -> Option<CloudEarly> {
        let mut faults = self.lock();
        let table = [
            (Fault::Cloud502, CloudEarly::Gateway),
            (Fault::CloudLimited, CloudEarly::Limited),
            (Fault::CloudInternal, CloudEarly::Internal),
            (Fault::NotAbility, CloudEarly::NotAbility),
        ];
        let struck = table.into_iter().find(|(fault, _)| faults.strikes(*fault, action));
        struck.map(|(_, early)| early)
    }

    /// One for each cloud action that was carried out.
    pub(super) fn cloud_late(&self, action: &str) -> Late {
        let mut faults = self.lock();
        let slow = Duration::from_millis(faults.settings.slow_ms);
        Late {
            lost: faults.strikes(Fault::CloudLost, action),
            slow: faults.strikes(Fault::CloudSlow, action).then_some(slow),
            ..Late::default()
        }
    }

    /// What becomes of the next callback; `of_member` says that it is news of a member.
    pub(super) fn fate(&self, command: &str, of_member: bool) -> Fate {
        let mut faults = self.lock();
        if faults.strikes.is_empty() {
            return Fate { copies: 1, ..Fate::default() };
        }
        if faults.strikes(Fault::DropCallbacks, command) {
            return Fate::default();
        }
        let copies = if faults.strikes(Fault::DoubleCallbacks, command) { 2 } else { 1 };
        let garbled = faults.strikes(Fault::GarbledCallbacks, command);
        let after_end = of_member && faults.strikes(Fault::LateCallbacks, command);
        let overtaken = faults.strikes(Fault::ReorderCallbacks, command);
        let delay = overtaken.then(|| faults.delay());
        Fate { copies, garbled, delay, after_end }
    }
}

#[cfg(test)]
mod tests;
