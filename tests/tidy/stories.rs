//! Stories that may be played in any chat, and whether CI plays them in each.

use super::source::Source;

/// What begins a story that may be in any chat.
const BEGINS: [&str; 3] = ["world", "world_with", "world_where"];

/// Modules of `tests/it` with such stories that `.ci/run`, whose text is `ci`, does not name in `stories_of_every_chat`.
pub(super) fn not_played(ci: &str, sources: &[Source]) -> Vec<String> {
    let list = ci.split("stories_of_every_chat() {").nth(1).and_then(|rest| rest.split('}').next());
    let listed: Vec<&str> = list.unwrap_or_default().split_whitespace().collect();
    let missing = sources.iter().filter_map(|source| {
        let module = source.path.strip_prefix("tests/it/")?.strip_suffix(".rs")?;
        let of_one_chat =
            module.contains('/') || module.starts_with("discord") || module.starts_with("slack");
        (!of_one_chat && begins_one(&source.code) && !listed.contains(&module)).then_some(module)
    });
    missing
        .map(|module| format!(".ci/run: `{module}` has stories of any chat, and is played at the desk alone"))
        .collect()
}

fn begins_one(code: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    BEGINS.iter().any(|name| {
        let call = format!("{name}(");
        code.match_indices(&call).any(|(at, _)| !code[..at].ends_with(is_word))
    })
}
