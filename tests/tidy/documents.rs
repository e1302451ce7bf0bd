//! Documents agree with the files beside them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{assert_tidy, read, root, texts};

/// The section of the README with the table of variables.
const HEAD: &str = "## Environment";

/// The variables in the first column of the README's table.
fn documented(readme: &str) -> BTreeSet<String> {
    let lines = readme.lines().skip_while(|line| *line != HEAD).skip(1);
    let rows = lines.take_while(|line| !line.starts_with("## ")).filter_map(|line| line.strip_prefix('|'));
    let cells = rows.filter_map(|row| row.split('|').next());
    cells.flat_map(|cell| cell.split('`').filter(|word| is_variable(word)).map(str::to_owned)).collect()
}

/// The variables of `.env.example`, set or behind a `#`.
fn exemplified(example: &str) -> BTreeSet<String> {
    let names = example.lines().filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='));
    names.map(|(name, _)| name.trim().to_owned()).filter(|name| is_variable(name)).collect()
}

fn is_variable(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.contains('_')
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn differences(readme: &str, example: &str) -> Vec<String> {
    let (told, shown) = (documented(readme), exemplified(example));
    let lacks = told.difference(&shown).map(|name| format!(".env.example: `{name}` of README.md is missing"));
    let untold = shown.difference(&told);
    lacks.chain(untold.map(|name| format!("README.md: `{name}` of .env.example is missing"))).collect()
}

/// Where the relative links of a document lead, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                links.push((index + 1, target.to_owned()));
            }
        }
    }
    links
}

fn broken(path: &str, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let dead = links(text).into_iter().filter(|(_, target)| !exists(&folder.join(target)));
    dead.map(|(line, target)| format!("{path}:{line}: {target} is not there")).collect()
}

#[test]
fn the_readme_and_the_example_name_the_same_variables() {
    let readme = read("README.md");
    assert!(documented(&readme).len() > 10, "README.md has no table of variables under {HEAD}");
    assert_tidy(&differences(&readme, &read(".env.example")));
}

#[test]
fn links_lead_somewhere() {
    let documents = texts("").into_iter().filter(|source| source.path.ends_with(".md"));
    let exists = |path: &Path| root().join(path).exists();
    assert_tidy(&documents.flat_map(|page| broken(&page.path, &page.text, exists)).collect::<Vec<_>>());
}

#[test]
fn documents_see_a_planted_violation() {
    let readme =
        "| `NOT_HERE` |\n## Environment\n| variable | x |\n| `A_B`, `C_D` | `E_F` |\n## Next\n| `G_H` |";
    let said = differences(readme, "# a_b\nA_B=1\n# I_J=2\n");
    assert_eq!(
        said,
        [".env.example: `C_D` of README.md is missing", "README.md: `I_J` of .env.example is missing"]
    );
    let page = "[a](b.md#c) [d](#e)\n![f](g.png) [h](https://i.example/)";
    let said = broken("docs/x.md", page, |path| path == Path::new("docs/b.md"));
    assert_eq!(said, ["docs/x.md:2: g.png is not there"]);
}
