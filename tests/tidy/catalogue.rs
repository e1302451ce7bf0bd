//! The defects that others' users suffered from: each entry of the catalogue has a test that bears its number.

use super::source::Source;

/// The entries of `catalogue`, the text of `docs/CATALOGUE.md`, that no test is named after, as `fn catalogue_07_…`.
pub(super) fn untested(catalogue: &str, sources: &[Source]) -> Vec<String> {
    let is_tested = |number: &usize| {
        let name = format!("fn catalogue_{number:02}_");
        sources.iter().any(|source| source.code.contains(&name))
    };
    let entries =
        catalogue.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
    let missing = entries.filter(|number| !is_tested(number));
    missing.map(|number| format!("no test is named after entry {number} of the catalogue")).collect()
}
