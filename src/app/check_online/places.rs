//! Where the file says that something is posted.

use crate::domain::settings::Settings;

/// Every channel of `chat` that the file names, once each: the admins' first, then those that policies and sources post
/// to.
pub(super) fn channels<'s>(settings: &'s Settings, chat: &str) -> Vec<&'s str> {
    let steps = settings.policies.iter().flat_map(|policy| &policy.steps);
    let places = settings.admin_channel.iter().chain(steps.flat_map(|step| &step.post));
    let rules = settings.sources.iter().flat_map(|source| &source.rules);
    let places = places.chain(settings.sources.iter().flat_map(|source| &source.post));
    let places = places.chain(rules.filter_map(|rule| rule.post.as_ref()).flatten());
    let mut channels = Vec::new();
    for place in places.filter(|place| place.chat == chat) {
        if !channels.contains(&place.channel.as_str()) {
            channels.push(place.channel.as_str());
        }
    }
    channels
}
