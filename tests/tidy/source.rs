//! Reads Rust source as far as the rules need it: what is code, what is a test, which paths it names.

use std::ops::Range;

/// One file of text.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// The text with comments and literals blanked; the lines stay where they are.
    pub(super) code: String,
    /// The code with `#[cfg(test)]` items blanked.
    pub(super) production: String,
    /// Lines that are not in a `#[cfg(test)]` item.
    pub(super) production_lines: usize,
    /// Modules of this file that are tests in files of their own.
    test_modules: Vec<String>,
}

/// A path that a file names, from the root of the crate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
}

/// A function, and how long it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) lines: usize,
}

#[derive(Debug, Clone)]
struct Token<'a> {
    line: usize,
    text: &'a str,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { blank_literals(text) } else { text.to_owned() };
        let (mut production, mut in_tests, mut test_modules) = (code.clone(), 0, Vec::new());
        for range in test_items(&code) {
            let item = &code[range.clone()];
            in_tests += item.matches('\n').count() + 1;
            test_modules.extend(declared_module(item));
            let blanked = blanked(item);
            production.replace_range(range, &blanked);
        }
        let production_lines = text.lines().count().saturating_sub(in_tests);
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            production,
            production_lines,
            test_modules,
        }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The path of this file's module: `src/engine/tencent/wire.rs` is `engine`, `tencent`, `wire`.
    pub(super) fn module(&self) -> Vec<&str> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let names = inside.split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
        names.collect()
    }

    /// Whether `other` declares this file, or a folder it is in, as a test.
    pub(super) fn is_test_of(&self, other: &Source) -> bool {
        let (mine, theirs) = (self.module(), other.module());
        mine.len() > theirs.len()
            && mine.starts_with(&theirs)
            && other.test_modules.iter().any(|module| module == mine[theirs.len()])
    }

    /// Every path from `crate`, `self` or `super` (in `main.rs`: from `callout`) in production code.
    pub(super) fn names(&self) -> Vec<Named> {
        let tokens = tokens(&self.production);
        let mut named = Vec::new();
        for at in 0..tokens.len() {
            let follows = |step: usize, text| tokens.get(at + step).is_some_and(|token| token.text == text);
            let is_root = matches!(tokens[at].text, "crate" | "self" | "super")
                || (tokens[at].text == "callout" && self.path == "src/main.rs");
            if is_root && follows(1, "::") && (at == 0 || tokens[at - 1].text != "::") {
                read_tree(&tokens, at, &[], &mut named);
            }
        }
        named.into_iter().map(|Named { line, path }| Named { line, path: self.absolute(&path) }).collect()
    }

    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut from: Vec<String> = match path.first().map(String::as_str) {
            Some("self" | "super") => self.module().into_iter().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        for name in path {
            match name.as_str() {
                "crate" | "callout" | "self" => {}
                "super" => drop(from.pop()),
                _ => from.push(name.clone()),
            }
        }
        from
    }

    /// Every function with a body, tests too.
    pub(super) fn functions(&self) -> Vec<Function> {
        let tokens = tokens(&self.code);
        let starts = (0..tokens.len().saturating_sub(1))
            .filter(|at| tokens[*at].text == "fn" && is_name(tokens[*at + 1].text));
        starts
            .filter_map(|at| {
                let end = item_end(&tokens, at)?;
                let lines = tokens[end].line - tokens[at].line + 1;
                let has_body = tokens[end].text == "}";
                let name = tokens[at + 1].text.to_owned();
                has_body.then_some(Function { line: tokens[at].line, name, lines })
            })
            .collect()
    }

    /// Lines on which `first` is followed by `second`, as words of production code.
    pub(super) fn pairs(&self, first: &str, second: &str) -> Vec<usize> {
        let tokens = tokens(&self.production);
        let pairs = tokens.windows(2).filter(|pair| pair[0].text == first && pair[1].text == second);
        pairs.map(|pair| pair[0].line).collect()
    }

    /// Whether the code names the crate `name`, tests too.
    pub(super) fn uses_crate(&self, name: &str) -> bool {
        tokens(&self.code).windows(2).any(|pair| pair[0].text == name && pair[1].text == "::")
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn blanked(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
}

/// Blanks comments, strings and characters.
fn blank_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut at) = (String::with_capacity(text.len()), 0);
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else if is_in_name(chars[at]) {
            let len = chars[at..].iter().take_while(|c| is_in_name(**c)).count();
            code.extend(&chars[at..at + len]);
            at += len;
        } else {
            code.push(chars[at]);
            at += 1;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` when none starts there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let len = match rest {
        ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
        ['/', '*', ..] => block_comment(rest),
        ['"', ..] => quoted(rest, '"'),
        ['b' | 'c', '"', ..] => 1 + quoted(&rest[1..], '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
        ['r', '"' | '#', ..] => raw(&rest[1..]).map_or(0, |len| len + 1),
        ['b' | 'c', 'r', '"' | '#', ..] => raw(&rest[2..]).map_or(0, |len| len + 2),
        _ => 0,
    };
    at + len
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// The length of `#"…"#`; `None` for a raw identifier.
fn raw(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return None;
    }
    let ends = |at: &usize| {
        rest[*at] == '"' && rest[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    Some((hashes + 1..rest.len()).find(ends).map_or(rest.len(), |at| at + 1 + hashes))
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = if is_in_name(first) {
                rest.find(|c| !is_in_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token { line: index + 1, text: &rest[..len] });
            rest = rest[len..].trim_start();
        }
    }
    tokens
}

/// The last token of the item that starts at `from`: its `;`, or the `}` of its body.
fn item_end(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            "}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            ";" if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads `a::b::{c, d::e}` from `at` on; returns where it ends.
fn read_tree(tokens: &[Token<'_>], mut at: usize, prefix: &[String], named: &mut Vec<Named>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut path = prefix.to_vec();
    let line = tokens[at].line;
    loop {
        match text(at) {
            "{" => {
                at += 1;
                while !matches!(text(at), "}" | "") {
                    at = read_tree(tokens, at, &path, named).max(at + 1);
                    while !matches!(text(at), "," | "}" | "") {
                        at += 1;
                    }
                    at += usize::from(text(at) == ",");
                }
                return at + 1;
            }
            name if is_name(name) => path.push(name.to_owned()),
            _ => break,
        }
        if text(at + 1) != "::" {
            at += 1;
            break;
        }
        at += 2;
    }
    named.push(Named { line, path });
    at
}

/// Where `#[cfg(test)]` items are in `code`.
fn test_items(code: &str) -> Vec<Range<usize>> {
    const MARK: &str = "#[cfg(test)]";
    let (mut items, mut from) = (Vec::new(), 0);
    while let Some(found) = code[from..].find(MARK) {
        let start = from + found;
        let end = start + MARK.len() + item_len(&code[start + MARK.len()..]);
        items.push(start..end);
        from = end;
    }
    items
}

fn item_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The name in `… mod name;`.
fn declared_module(item: &str) -> Option<String> {
    let (_, name) = item.strip_suffix(';')?.rsplit_once("mod ")?;
    is_name(name).then(|| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<String> {
        Source::new(path, text).names().iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn literals_and_comments_are_no_code() {
        let text = "a /* b /* c */ d */ \"e \\\" f\" g // h\nr#\"i \" j\"# k 'l' '\\'' m<'n> br\"o\" r#p";
        let source = Source::new("src/x.rs", text);
        let words: Vec<&str> = source.code.split_whitespace().collect();
        assert_eq!(words, ["a", "g", "k", "m<'n>", "r#p"]);
        assert_eq!(source.code.lines().count(), 2, "lines stay where they are");
    }

    #[test]
    fn paths_are_read_from_the_root() {
        let uses = "use crate::{clock::{self, Clock}, ports as p};\nuse super::wire::*;\n";
        let text = &format!("{uses}fn f() {{ super::super::x(); }}");
        let found = named("src/engine/tencent/client.rs", text);
        assert_eq!(found, ["clock", "clock::Clock", "ports", "engine::tencent::wire", "engine::x"]);
        assert_eq!(named("src/main.rs", "use callout::{app, config};"), ["app", "config"]);
        assert_eq!(
            named("src/http/mod.rs", "pub(crate) use self::api::X; // crate::store"),
            ["http::api::X"]
        );
    }

    #[test]
    fn tests_are_no_production() {
        let text =
            "use crate::a::B;\n#[cfg(test)]\nmod tests {\n    use crate::c::D;\n}\n#[cfg(test)]\nmod far;\n";
        let source = Source::new("src/x/mod.rs", text);
        assert_eq!(named("src/x/mod.rs", text), ["a::B"]);
        assert_eq!(source.production_lines, 1);
        assert!(Source::new("src/x/far.rs", "").is_test_of(&source));
        assert!(!Source::new("src/x/near.rs", "").is_test_of(&source));
    }

    #[test]
    fn functions_are_measured_by_their_braces() {
        let text = "trait T { fn none(&self); }\nfn two(a: [u8; 2]) -> fn(u8)\n{ if a == b { c } }\n";
        let found = Source::new("src/x.rs", text).functions();
        assert_eq!(found, [Function { line: 2, name: "two".into(), lines: 2 }]);
    }
}
