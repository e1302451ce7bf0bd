//! Who may do what. A proof value has one constructor: whoever holds it has been permitted.

use super::call::Call;
use super::inbound::Who;
use super::person::{Directory, Person};
use super::refusal::Refusal;

/// Proof that a person may place calls.
#[derive(Debug, Clone)]
pub struct MayCall<'a>(&'a Person);

impl<'a> MayCall<'a> {
    /// Who.
    #[must_use]
    pub const fn person(&self) -> &'a Person {
        self.0
    }
}

/// The listed person behind `who`.
///
/// # Errors
/// A [`Refusal`] that says how to be listed.
pub fn listed<'a>(who: &Who, people: &'a Directory) -> Result<&'a Person, Refusal> {
    people.by_chat(&who.user).ok_or_else(|| Refusal::Stranger(who.name.clone()))
}

/// Everyone listed may call, but those who may only look.
///
/// # Errors
/// The [`Refusal`] to show.
pub fn may_call<'a>(who: &Who, people: &'a Directory) -> Result<MayCall<'a>, Refusal> {
    let person = listed(who, people)?;
    if person.roles.acts() { Ok(MayCall(person)) } else { Err(Refusal::ViewerOnly) }
}

/// Only an admin may.
///
/// # Errors
/// The [`Refusal`] to show.
pub fn may_administer<'a>(who: &Who, people: &'a Directory) -> Result<&'a Person, Refusal> {
    let person = listed(who, people)?;
    if person.roles.administers() { Ok(person) } else { Err(Refusal::NotAdmin) }
}

/// Only the caller, a callee, or an admin may hang a call up.
///
/// # Errors
/// The [`Refusal`] to show.
pub fn may_hang_up<'a>(who: &Who, people: &'a Directory, call: &Call) -> Result<&'a Person, Refusal> {
    let person = listed(who, people)?;
    let theirs = call.by.person() == Some(&person.id) || call.rings(&person.id);
    if theirs || person.roles.administers() { Ok(person) } else { Err(Refusal::NotYours(call.id.clone())) }
}
