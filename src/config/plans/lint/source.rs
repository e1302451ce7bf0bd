//! Sources whose pages have more channels than a page is shown in.

use std::collections::HashSet;

use toml::Spanned;

use crate::config::raw::RawSource;
use crate::config::reader::Reader;
use crate::domain::ids::PolicyId;
use crate::domain::page::PLACES_MAX;
use crate::domain::report::Place;
use crate::domain::settings::Settings;
use crate::domain::span::Misread;

/// Looks at every policy that a source's alerts may come to, with the channels that go with it.
pub(super) fn lint(reader: &mut Reader<'_>, sources: &[Spanned<RawSource>], settings: &Settings) {
    for raw in sources.iter().map(Spanned::get_ref) {
        let Some(source) = settings.sources.get(raw.id.get_ref()) else { continue };
        let own = (&source.policy, &source.post);
        let rules = source.rules.iter().map(|rule| {
            (rule.policy.as_ref().unwrap_or(&source.policy), rule.post.as_ref().unwrap_or(&source.post))
        });
        let most =
            std::iter::once(own).chain(rules).map(|(policy, post)| channels(policy, post, settings)).max();
        if let Some(most) = most.filter(|most| *most > PLACES_MAX) {
            let problem = format!("its pages have {most} channels with those of their policy");
            let advice = format!("a page is shown in {PLACES_MAX} at most: drop some");
            reader.warn(raw.id.span(), Misread::new(problem, advice));
        }
    }
}

fn channels(policy: &PolicyId, post: &[Place], settings: &Settings) -> usize {
    let policy = settings.policies.get(policy.as_str());
    let steps = policy.iter().flat_map(|policy| &policy.steps).flat_map(|step| &step.post);
    post.iter().chain(steps).collect::<HashSet<&Place>>().len()
}
