//! Webhooks that nothing names, and what the environment of this machine has of them.

use toml::Spanned;

use crate::config::env::{Lookup, endpoint};
use crate::config::raw::RawWebhook;
use crate::config::reader::Reader;
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// What is not here may be where `callout run` is started.
pub(super) fn lint(
    reader: &mut Reader<'_>,
    webhooks: &[Spanned<RawWebhook>],
    settings: &Settings,
    lookup: Lookup<'_>,
) {
    for raw in webhooks.iter().map(Spanned::get_ref) {
        let id = raw.id.get_ref();
        let Some(webhook) = settings.webhooks.get(id) else { continue };
        let mut named =
            settings.policies.iter().flat_map(|policy| &policy.steps).flat_map(|step| &step.webhook);
        if !named.any(|named| *named == webhook.id) {
            let problem = format!("no step tells `{id}`");
            reader.warn(raw.id.span(), Misread::new(problem, "name it in a step's webhook, or drop it"));
        }
        let mut is_here = true;
        for variable in [&raw.url_env, &raw.secret_env] {
            if lookup(variable.get_ref()).is_none_or(|value| value.trim().is_empty()) {
                is_here = false;
                let problem = format!("{} is not set here", variable.get_ref());
                let advice = "set it where `callout run` is started, which does not start without it";
                reader.note(variable.span(), Misread::new(problem, advice));
            }
        }
        if is_here && let Err(error) = endpoint(webhook, lookup) {
            for line in error.0 {
                let (problem, advice) = line.split_once(", ").unwrap_or((&line, "choose another"));
                reader.error(raw.id.span(), Misread::new(problem, advice));
            }
        }
    }
}
