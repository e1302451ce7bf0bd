//! Words of a line, and what mentions look like.

use super::EDITS_MAX;

/// Words longer than this are like no name: none is longer than 32, and two edits add two.
const COMPARED_MAX_CHARS: usize = 40;

/// A mention of a chat's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mention<'a> {
    /// The chat's id of the user.
    pub(super) user: &'a str,
    /// What the chat called them in the line.
    pub(super) label: Option<&'a str>,
}

/// The first word, and everything behind it. A mention is one word, whatever is in or behind it.
pub(super) fn first(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = mention_end(text).or_else(|| text.find(char::is_whitespace)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn mention_end(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("<@")?;
    let end = inside.find(['<', '>'])?;
    inside[end..].starts_with('>').then_some(end + 3)
}

/// `<@U123>`, `<@U123|name>`, `<@!123>`: a user; not `<@&77>`, which is a role.
pub(super) fn mention(word: &str) -> Option<Mention<'_>> {
    let inside = word.strip_prefix("<@")?.strip_suffix('>')?;
    let inside = inside.strip_prefix('!').unwrap_or(inside);
    let (user, label) = inside.split_once('|').map_or((inside, None), |(user, label)| (user, Some(label)));
    let is_user = !user.is_empty()
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    is_user.then_some(Mention { user, label: label.filter(|label| !label.is_empty()) })
}

/// How many edits (a swap of neighbours is one) part two words, if few enough to look alike.
pub(super) fn edits(word: &str, name: &str) -> Option<usize> {
    if word.chars().nth(COMPARED_MAX_CHARS).is_some() {
        return None;
    }
    let distance = strsim::damerau_levenshtein(&word.to_lowercase(), name);
    (distance <= EDITS_MAX).then_some(distance)
}

/// Of `names`, those that `word` may mean, closest first. Short words must be closer.
pub(in crate::domain) fn nearest<'a, T>(word: &str, names: impl Iterator<Item = (&'a str, T)>) -> Vec<T> {
    let most = if word.chars().count() <= 3 { 1 } else { EDITS_MAX };
    let near = names.filter_map(|(name, it)| Some((edits(word, name)?, it)));
    let mut near: Vec<(usize, T)> = near.filter(|(edits, _)| *edits <= most).collect();
    near.sort_by_key(|(edits, _)| *edits);
    near.into_iter().map(|(_, it)| it).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_one_word() {
        assert_eq!(first("  jack  now "), Some(("jack", "  now ")));
        assert_eq!(first("<@U1|jack smith> now"), Some(("<@U1|jack smith>", " now")));
        assert_eq!(first("<@U1><@U2>"), Some(("<@U1>", "<@U2>")));
        assert_eq!(first("<@U1 <@U2>"), Some(("<@U1", " <@U2>")));
        assert_eq!(first(" \t\n"), None);
    }

    #[test]
    fn only_users_are_mentioned() {
        let user = |word| mention(word).map(|mention| mention.user);
        assert_eq!(user("<@U123>"), Some("U123"));
        assert_eq!(user("<@!123>"), Some("123"));
        assert_eq!(mention("<@U123|jack>"), Some(Mention { user: "U123", label: Some("jack") }));
        for word in ["<@&77>", "<!here>", "<@>", "<@|x>", "@jack", "<@U1", "<@U 1>"] {
            assert_eq!(user(word), None, "{word}");
        }
    }
}
