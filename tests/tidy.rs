//! The house rules that no lint knows: who may name whom, budgets, words, dependencies, documents.
//!
//! Each rule is a function from texts to problems, and has a test that plants one. It reads files only,
//! so it says the same on every machine.

#[path = "tidy/catalogue.rs"]
mod catalogue;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/stories.rs"]
mod stories;
#[path = "tidy/words.rs"]
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use source::Source;

/// Who may name whom, room by room: `docs/ARCHITECTURE.md` has the reasons. Anybody may name oneself.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["app", "config", "telemetry"]),
    (
        "app",
        &[
            "chat",
            "clock",
            "config",
            "domain",
            "engine",
            "http",
            "journal",
            "map",
            "shelf",
            "ports",
            "problem",
            "store",
            "task",
            "telemetry",
            "usecase",
            "webhook",
            "worker",
        ],
    ),
    ("config", &["domain", "telemetry"]),
    ("telemetry", &[]),
    ("worker", &["clock", "domain", "ports", "task", "usecase"]),
    ("usecase", &["clock", "domain", "ports", "task"]),
    ("chat", ADAPTER),
    ("engine", ADAPTER),
    ("store", ADAPTER),
    ("map", ADAPTER),
    ("shelf", ADAPTER),
    ("webhook", ADAPTER),
    ("http", &["clock", "domain", "journal", "map", "ports", "problem", "task"]),
    ("ports", &["domain"]),
    // Of the clock, only its arithmetic: see `CLOCK_IN_DOMAIN`.
    ("domain", &["clock"]),
    ("clock", &[]),
    ("task", &[]),
    ("problem", &[]),
    ("journal", &[]),
];
/// An adapter knows the ports and small tools, never another adapter.
const ADAPTER: &[&str] = &["clock", "domain", "journal", "ports", "problem", "task"];
/// The domain takes `now` as an argument. These two only count.
const CLOCK_IN_DOMAIN: &[&str] = &["later", "until"];
/// Rooms whose inner rooms are adapters of their own, and never name each other.
const SPLIT_ROOMS: &[&str] = &["chat", "engine", "store"];

/// Longest file, in lines without `#[cfg(test)]` items. Aim at 120.
const FILE_LINES_MAX: usize = 400;
/// Longest function, from `fn` to its closing brace. Aim at 10. (Five parameters at most: clippy.toml.)
const FUNCTION_LINES_MAX: usize = 70;
/// Most direct dependencies of the program. Those of the tests are not counted.
const DEPENDENCIES_MAX: usize = 35;

/// Crates that must not be in `Cargo.lock`, and why.
const FORBIDDEN_CRATES: &[(&str, &str)] = &[
    ("native-tls", "TLS is rustls, on every machine the same"),
    ("openssl-sys", "TLS is rustls, on every machine the same"),
];
/// Crates that must be there in one version only: two would mean two runtimes, pools or trust stores.
/// (serenity's gateway brings an older rustls of its own: see ADR 9.)
const SINGLE_CRATES: &[&str] = &["axum", "hyper", "reqwest", "tokio"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every text file under `folder`, in order of its path. None when there is no such folder.
fn texts(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    let text = |path: &PathBuf| fs::read_to_string(path).ok();
    let name = |path: &Path| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    paths.iter().filter_map(|path| Some(Source::new(&name(path), &text(path)?))).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name();
        if is_folder && name != ".git" && name != "target" {
            walk(&path, paths);
        } else if !is_folder {
            paths.push(path);
        }
    }
}

fn assert_tidy(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn production(sources: &[Source]) -> Vec<&Source> {
    let is_test = |source: &Source| sources.iter().any(|other| source.is_test_of(other));
    sources.iter().filter(|source| source.is_rust() && !is_test(source)).collect()
}

// ---------------------------------------------------------------- who may name whom

fn layering(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in production(sources) {
        let module = source.module();
        let room = match source.path.as_str() {
            "src/main.rs" => "main",
            "src/lib.rs" => continue,
            _ => module[0],
        };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            problems.push(format!("{}:1: `{room}` is a room that ROOMS in tests/tidy.rs lacks", source.path));
            continue;
        };
        for named in source.names() {
            if let Some(why) = forbidden(room, allowed, &module, &named.path, sources) {
                problems.push(format!("{}:{}: {why}", source.path, named.line));
            }
        }
    }
    problems
}

fn forbidden(
    room: &str,
    allowed: &[&str],
    module: &[&str],
    path: &[String],
    sources: &[Source],
) -> Option<String> {
    let other = path.first()?.as_str();
    if other != room {
        if !allowed.contains(&other) {
            return Some(format!("`{room}` may not name `{other}`"));
        }
        let item = path.get(1).map_or("the whole room", String::as_str);
        let is_counting = CLOCK_IN_DOMAIN.contains(&item);
        let asks_clock = room == "domain" && other == "clock" && !is_counting;
        return asks_clock.then(|| format!("`domain` takes `now`: it may not name `{item}` of `clock`"));
    }
    let (mine, theirs) = (module.get(1)?, path.get(1)?);
    let is_room = |name: &str| sources.iter().any(|s| s.path.starts_with(&format!("src/{room}/{name}/")));
    let crosses = SPLIT_ROOMS.contains(&room) && mine != theirs && is_room(mine) && is_room(theirs);
    crosses.then(|| format!("`{room}/{mine}` may not name `{room}/{theirs}`"))
}

fn open_wires(sources: &[Source]) -> Vec<String> {
    let is_wire = |source: &&Source| source.path.ends_with("/wire.rs") || source.path.ends_with("/body.rs");
    let mut problems = Vec::new();
    for source in sources.iter().filter(is_wire) {
        for line in ["struct", "enum", "type"].iter().flat_map(|word| source.pairs("pub", word)) {
            problems.push(format!("{}:{line}: a wire type is its adapter's own: pub(super)", source.path));
        }
    }
    problems
}

#[test]
fn rooms_name_only_whom_they_may() {
    let sources = texts("src");
    assert!(sources.len() > ROOMS.len(), "src was not read");
    assert_tidy(&layering(&sources));
}

#[test]
fn wire_types_are_private() {
    assert_tidy(&open_wires(&texts("src")));
}

#[test]
fn layering_sees_a_planted_violation() {
    let planted = |path: &str, text: &str| {
        let rooms = ["src/engine/sandbox/mod.rs", "src/engine/tencent/mod.rs"];
        let mut sources: Vec<Source> = rooms.iter().map(|path| Source::new(path, "")).collect();
        sources.push(Source::new(path, text));
        layering(&sources).join("\n")
    };
    let said = planted("src/http/api.rs", "use crate::ports::X;\nuse crate::{store::Y, map::Z};");
    assert_eq!(said, "src/http/api.rs:2: `http` may not name `store`");
    let said = planted("src/engine/tencent/client.rs", "use super::super::sandbox::X;");
    assert_eq!(said, "src/engine/tencent/client.rs:1: `engine/tencent` may not name `engine/sandbox`");
    let said = planted("src/domain/call/mod.rs", "use crate::clock::{later, Clock};");
    assert!(said.ends_with("mod.rs:1: `domain` takes `now`: it may not name `Clock` of `clock`"), "{said}");
    assert!(planted("src/cellar/mod.rs", "").contains("ROOMS"));
    assert_eq!(planted("src/http/api.rs", "#[cfg(test)]\nmod tests { use crate::store::X; }"), "");
    let wire = Source::new("src/engine/x/wire.rs", "pub(super) struct A;\npub struct B;");
    assert_eq!(open_wires(&[wire]), ["src/engine/x/wire.rs:2: a wire type is its adapter's own: pub(super)"]);
}

// ---------------------------------------------------------------- budgets

fn over_budget(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let lines = source.production_lines;
        if lines > FILE_LINES_MAX {
            problems.push(format!("{}:1: {lines} lines, at most {FILE_LINES_MAX}: split it", source.path));
        }
        for long in source.functions().iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
            let (line, name, lines) = (long.line, &long.name, long.lines);
            let most = FUNCTION_LINES_MAX;
            problems.push(format!("{}:{line}: `{name}` has {lines} lines, at most {most}", source.path));
        }
    }
    problems
}

#[test]
fn files_and_functions_are_short() {
    assert_tidy(
        &["src", "tests", "benches"]
            .iter()
            .flat_map(|folder| over_budget(&texts(folder)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn budgets_see_a_planted_violation() {
    let long = format!("fn f() {{\n{}}}\n{}", "a();\n".repeat(69), "// b\n".repeat(330));
    let said = over_budget(&[Source::new("src/x.rs", &long)]);
    assert_eq!(
        said,
        ["src/x.rs:1: 401 lines, at most 400: split it", "src/x.rs:1: `f` has 71 lines, at most 70"]
    );
    let short = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "// b\n".repeat(400), "// c\n".repeat(99));
    assert_eq!(over_budget(&[Source::new("src/x.rs", &short)]), [""; 0]);
}

// ---------------------------------------------------------------- what others' users suffered from

#[test]
fn each_entry_of_the_catalogue_has_a_test() {
    let all: Vec<Source> = ["src", "tests"].into_iter().flat_map(texts).collect();
    assert_tidy(&catalogue::untested(&read("docs/CATALOGUE.md"), &all));
}

#[test]
fn the_catalogue_sees_an_entry_without_a_test() {
    let entries = "| | What |\n| --- | --- |\n| 1 | a |\n| 2 | b |\n";
    let tests = Source::new("tests/it/x.rs", "fn catalogue_02_x() {} // fn catalogue_01_y");
    let said = catalogue::untested(entries, &[tests]);
    assert_eq!(said, ["no test is named after entry 1 of the catalogue"]);
}

// ---------------------------------------------------------------- stories of every chat

#[test]
fn stories_are_played_in_every_chat() {
    assert_tidy(&stories::not_played(&read(".ci/run"), &texts("tests/it")));
}

#[test]
fn stories_sees_a_module_that_is_left_out() {
    let ci = "stories_of_every_chat() {\n    printf '%s' calls \\\n        pages\n}\n";
    let of = |path: &str, text: &str| stories::not_played(ci, &[Source::new(path, text)]).len();
    assert_eq!(of("tests/it/alerts.rs", "world_with(x, async |w| {})"), 1);
    assert_eq!(of("tests/it/alerts.rs", "desk_world_with(x, async |w| {})"), 0);
    assert_eq!(of("tests/it/pages.rs", "world(async |w| {})"), 0);
    assert_eq!(of("tests/it/discord_pages.rs", "world(async |w| {})"), 0);
}

// ---------------------------------------------------------------- dependencies

/// The names in one section of `Cargo.toml`.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let head = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| *line != head).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| Some(line.split_once('=')?.0.trim()));
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

fn unused(names: &[String], sources: &[&Source]) -> Vec<String> {
    let is_used = |name: &String| sources.iter().any(|source| source.uses_crate(&name.replace('-', "_")));
    let unused = names.iter().filter(|name| !is_used(name));
    unused.map(|name| format!("Cargo.toml: `{name}` is declared, and nothing names it")).collect()
}

fn locked(lock: &str) -> Vec<String> {
    let names: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    let count = |name: &str| names.iter().filter(|known| **known == name).count();
    let forbidden = FORBIDDEN_CRATES.iter().filter(|(name, _)| count(name) > 0);
    let mut problems: Vec<String> =
        forbidden.map(|(name, why)| format!("Cargo.lock: `{name}` is forbidden: {why}")).collect();
    let doubled = SINGLE_CRATES.iter().filter(|name| count(name) > 1);
    problems.extend(doubled.map(|name| format!("Cargo.lock: `{name}` is there in two versions")));
    problems
}

#[test]
fn dependencies_are_few_used_and_allowed() {
    let manifest = read("Cargo.toml");
    let (direct, tests) = (section(&manifest, "dependencies"), section(&manifest, "dev-dependencies"));
    assert!(!direct.is_empty(), "Cargo.toml could not be read");
    let (count, most) = (direct.len(), DEPENDENCIES_MAX);
    assert!(count <= most, "Cargo.toml: {count} direct dependencies, at most {most}");
    let (src, all) = (texts("src"), ["src", "tests", "benches"].map(texts));
    let mut problems = unused(&direct, &src.iter().collect::<Vec<_>>());
    problems.extend(unused(&tests, &all.iter().flatten().collect::<Vec<_>>()));
    problems.extend(locked(&read("Cargo.lock")));
    assert_tidy(&problems);
}

#[test]
fn dependencies_see_a_planted_violation() {
    let manifest =
        "[package]\nname = \"x\"\n[dependencies]\na-b = \"1\"\nc = { version = \"1\" }\n\n[profile]\n";
    let names = section(manifest, "dependencies");
    assert_eq!(names, ["a-b", "c"]);
    let source = Source::new("src/x.rs", "use a_b::D; // c::E");
    assert_eq!(unused(&names, &[&source]), ["Cargo.toml: `c` is declared, and nothing names it"]);
    let lock = "name = \"tokio\"\nname = \"native-tls\"\nname = \"tokio\"\n";
    assert_eq!(locked(lock).len(), 2);
}
