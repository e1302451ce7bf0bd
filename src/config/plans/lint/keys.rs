//! Keys of alert sources, as far as the environment of this machine has them.

use toml::Spanned;

use crate::config::env::Lookup;
use crate::config::raw::RawSource;
use crate::config::reader::Reader;
use crate::domain::alert::Keyring;
use crate::domain::ids::SourceId;
use crate::domain::span::Misread;

/// A key that is used twice, or is none. One that is not here may be where `callout run` is started.
pub(super) fn lint(reader: &mut Reader<'_>, sources: &[Spanned<RawSource>], lookup: Lookup<'_>) {
    let mut ring = Keyring::default();
    for raw in sources.iter().map(Spanned::get_ref) {
        let variable = raw.keys_env.get_ref();
        let keys = lookup(variable).filter(|keys| !keys.trim().is_empty());
        let Some(keys) = keys else {
            let problem = format!("{variable} is not set here");
            let advice = "set it where `callout run` is started, which does not start without it";
            reader.note(raw.keys_env.span(), Misread::new(problem, advice));
            continue;
        };
        if let Err(error) = ring.add(&SourceId::new(raw.id.get_ref()), &keys) {
            let said = error.to_string();
            let (problem, advice) = said.split_once(", ").unwrap_or((&said, "choose another"));
            reader.error(raw.keys_env.span(), Misread::new(format!("{variable}: {problem}"), advice));
        }
    }
}
