//! Words that are not used here, and what to say instead.

use super::source::Source;
use super::{assert_tidy, texts};

/// Where a word is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// In every text of the repository.
    Everywhere,
    /// In `src`, comments and texts for people included, but not under these paths. In any case of letters.
    Glossary,
    /// In `src` as it is written, but not under this path.
    SrcBut(&'static str),
    /// In the code of every Rust file.
    Code,
    /// In the code of `src`, but not in the program's own rooms.
    CodeOfRooms,
}

/// The word, where it is looked for, and what to do instead.
const WORDS: &[(&str, Look, &str)] = &[
    ("TODO", Look::Everywhere, "do it now, or file an issue"),
    ("FIXME", Look::Everywhere, "do it now, or file an issue"),
    ("<<<<<<<", Look::Everywhere, "finish the merge"),
    ("XXX", Look::Everywhere, "do it now, or file an issue"),
    ("#[allow(", Look::Code, "#[expect(…, reason = \"…\")]"),
    ("#![allow(", Look::Code, "#![expect(…, reason = \"…\")]"),
    ("#[ignore", Look::Code, "run the test, or delete it"),
    ("println!", Look::CodeOfRooms, "tracing; only main and app speak to the terminal"),
    ("print!", Look::CodeOfRooms, "tracing; only main and app speak to the terminal"),
    ("eprintln!", Look::CodeOfRooms, "tracing; only main and app speak to the terminal"),
    ("NormalEnd", Look::SrcBut("src/engine/"), "Completed; the vendor's words stop at the adapter"),
    ("NotAnswer", Look::SrcBut("src/engine/"), "NoAnswer; the vendor's words stop at the adapter"),
    ("CallBusy", Look::SrcBut("src/engine/"), "Busy; the vendor's words stop at the adapter"),
    ("recipient", Look::Glossary, "callee"),
    ("invitee", Look::Glossary, "callee"),
    ("softphone", Look::Glossary, "handset"),
    ("outbox", Look::Glossary, "effect"),
    ("idempotency key", Look::Glossary, "delivery key"),
    ("incident", Look::Glossary, "alert, or page"),
    ("escalation level", Look::Glossary, "step"),
    ("whitelist", Look::Glossary, "allow-list"),
    ("blacklist", Look::Glossary, "the list of what is refused"),
];

/// Fields of somebody else's protocol, quoted as they are sent: they are not ours to choose.
const WIRE: &[&str] = &["\"recipient_id\""];

/// These name the words because they explain them.
const EXEMPT: &[&str] = &["tests/tidy.rs", "tests/tidy/words.rs", "docs/GLOSSARY.md", "docs/DEVELOPMENT.md"];

fn misspoken(source: &Source) -> Vec<String> {
    if EXEMPT.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let in_src = source.path.starts_with("src/");
    let speaks = source.path == "src/main.rs" || source.path.starts_with("src/app/");
    let mut problems = Vec::new();
    for (word, look, instead) in WORDS {
        let text = match look {
            Look::Everywhere => &source.text,
            Look::Glossary if in_src => &source.text,
            Look::SrcBut(home) if in_src && !source.path.starts_with(home) => &source.text,
            Look::Code if source.is_rust() => &source.code,
            Look::CodeOfRooms if in_src && source.is_rust() && !speaks => &source.code,
            _ => continue,
        };
        for (index, line) in text.lines().enumerate() {
            let any_case = *look == Look::Glossary;
            let found = if any_case { ours(line).contains(word) } else { has_word(line, word) };
            if found {
                problems.push(format!("{}:{}: not `{word}`: {instead}", source.path, index + 1));
            }
        }
    }
    problems
}

/// The line in small letters, without what is quoted from a protocol.
fn ours(line: &str) -> String {
    WIRE.iter().fold(line.to_lowercase(), |line, field| line.replace(field, ""))
}

/// Whether `word` begins and ends where words do.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        let open_start = word.starts_with(char::is_alphabetic) && joins(before);
        let open_end = word.ends_with(char::is_alphabetic) && joins(after);
        !open_start && !open_end
    })
}

/// Attributes that silence a lint without saying why.
fn unexplained(source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    for mark in ["#[expect(", "#![expect("] {
        for (at, _) in source.code.match_indices(mark) {
            let attribute = &source.code[at..];
            let end = attribute.find(")]").unwrap_or(attribute.len());
            if !attribute[..end].contains("reason") {
                let line = source.code[..at].matches('\n').count() + 1;
                problems.push(format!("{}:{line}: say why: reason = \"…\"", source.path));
            }
        }
    }
    problems
}

#[test]
fn words_are_the_glossarys() {
    assert_tidy(&texts("").iter().flat_map(misspoken).collect::<Vec<_>>());
}

#[test]
fn silence_has_a_reason() {
    let sources = texts("src").into_iter().chain(texts("tests")).chain(texts("benches"));
    let rust = sources.filter(Source::is_rust);
    assert_tidy(&rust.flat_map(|source| unexplained(&source)).collect::<Vec<_>>());
}

#[test]
fn words_see_a_planted_violation() {
    let said = |path: &str, text: &str| misspoken(&Source::new(path, text)).join("\n");
    let marked = ["TO", "DO"].concat();
    assert_eq!(
        said("README.md", &format!("a\n{marked} b")),
        format!("README.md:2: not `{marked}`: do it now, or file an issue")
    );
    assert_eq!(said("src/x.rs", "/// The Recipients."), "src/x.rs:1: not `recipient`: callee");
    assert_eq!(said("docs/x.md", "the recipient"), "");
    assert_eq!(said("src/x.rs", "#[serde(rename = \"recipient_id\")]"), "");
    assert!(said("src/x.rs", "let recipient_id = 1;").contains("callee"));
    assert!(said("src/domain/x.rs", "// CallBusy").contains("the vendor's words stop"));
    assert_eq!(said("src/engine/x.rs", "// CallBusy, NotAnswerable"), "");
    assert!(said("src/http/x.rs", "println!(\"{x}\")").contains("tracing"));
    assert_eq!(said("src/main.rs", "println!(\"{x}\")"), "");
    assert_eq!(said("src/http/x.rs", "/// println!"), "");
    assert!(said("tests/x.rs", "#[ignore]").contains("run the test"));
    let silent = Source::new("src/x.rs", "a\n#[expect(b, reason = \"c\")]\n#[expect(d)]");
    assert_eq!(unexplained(&silent), ["src/x.rs:3: say why: reason = \"…\""]);
}
