//! The keys of alert sources: in variables that the configuration file names.

use super::{EnvironmentError, Lookup, Vars};
use crate::domain::alert::{Keyring, Sources};

/// The keys of all `sources`.
///
/// # Errors
/// [`EnvironmentError`] with every variable that is missing or wrong. No line says a key.
pub fn alert_keys(sources: &Sources, lookup: Lookup<'_>) -> Result<Keyring, EnvironmentError> {
    let (mut vars, mut ring) = (Vars::new(lookup), Keyring::default());
    for source in sources.iter() {
        let what = format!("the keys of the alert source `{}`, comma separated", source.id);
        let _found = vars.need(&source.keys_env, &what, |keys| {
            ring.add(&source.id, keys).map_err(|error| error.to_string())
        });
    }
    if vars.problems.is_empty() { Ok(ring) } else { Err(EnvironmentError(vars.problems)) }
}
