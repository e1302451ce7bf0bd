use super::*;
use crate::domain::ids::{Account, PersonId};
use crate::domain::person::ChatUser;
use crate::domain::settings::LimitRule;

/// When files are judged: a Tuesday.
const NOW: &str = "2026-03-10T15:00:00Z";

const EXAMPLE: &str = include_str!("../../callout.example.toml");

const JACK: &str = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n";

/// What is said of `text`, one finding a line.
fn said(text: &str) -> String {
    let (config, findings) = parse("callout.toml", text);
    assert_eq!(config.is_some(), findings.iter().all(|finding| finding.warning));
    lines(&findings)
}

/// What is said of `more` below an admin, whose lines are 1 to 4.
fn said_below_jack(more: &str) -> String {
    said(&format!("{JACK}{more}"))
}

fn config(text: &str) -> Config {
    let (config, findings) = parse("callout.toml", text);
    config.unwrap_or_else(|| panic!("{}", lines(&findings)))
}

#[test]
fn the_example_is_right() {
    assert_eq!(said_of_example(), "");
}

fn said_of_example() -> String {
    lines(&parse("callout.example.toml", EXAMPLE).1)
}

#[test]
fn the_example_without_its_hashes_is_right_too() {
    let uncommented: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_key_or_section(rest) => rest,
            _ => line,
        })
        .collect();
    let text = uncommented.join("\n");
    assert_ne!(text, EXAMPLE.trim_end(), "nothing is commented out");
    assert_eq!(said(&text), "");
}

fn is_key_or_section(text: &str) -> bool {
    let word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.starts_with('[') || text.split_once(" = ").is_some_and(|(key, _)| word(key))
}

#[test]
fn the_example_has_every_key() {
    // A key that is unknown is refused with the list of those known: so the list can be asked for.
    for section in raw::SINGLE {
        let list = said_below_jack(&format!("[{section}]\nqqqqqqqqqqqq = 1\n"));
        for key in known_keys(&list) {
            assert!(EXAMPLE.contains(&format!("{key} = ")), "[{section}] {key}");
        }
    }
    let nested =
        ["schedule", "schedule.rotation", "policy", "policy.step", "source", "source.rule", "source.map"];
    for section in raw::REPEATED.into_iter().chain(nested) {
        let parent = section.split_once('.').map_or(String::new(), |(parent, _)| format!("[[{parent}]]\n"));
        let head = if section == "source.map" { format!("[{section}]") } else { format!("[[{section}]]") };
        let list = said_below_jack(&format!("{parent}{head}\nqqqqqqqqqqqq = 1\n"));
        for key in known_keys(&list) {
            let written = [format!("{key} = "), format!("[[{section}.{key}]]"), format!("[{section}.{key}]")];
            assert!(written.iter().any(|text| EXAMPLE.contains(text)), "[[{section}]] {key}");
        }
    }
}

fn known_keys(said: &str) -> Vec<String> {
    let list = said.lines().find_map(|line| line.split_once("known here: ")).map(|(_, list)| list);
    let keys: Vec<String> = list.unwrap_or_default().split(", ").map(str::to_owned).collect();
    assert!(!keys.is_empty() && !keys[0].is_empty(), "{said}");
    keys
}

#[test]
fn what_is_left_out_has_its_default() {
    let plain = config(JACK);
    let people = plain.settings.people.as_ref().clone();
    assert_eq!(plain.settings, Settings::new(people));
    assert_eq!(plain.warnings, Vec::new());
    let jack = plain.settings.people.by_account(&Account::new("jack")).unwrap();
    assert_eq!(jack.timezone, jiff::tz::TimeZone::UTC);
}

#[test]
fn what_the_example_says_is_the_default() {
    let mut example = config(EXAMPLE).settings;
    let default = Settings::new(example.people.as_ref().clone());
    assert_eq!((example.schedules.len(), example.policies.len()), (1, 2));
    (example.schedules, example.policies) = (default.schedules.clone(), default.policies.clone());
    assert_eq!(example.sources.len(), 1);
    example.sources = default.sources.clone();
    assert_eq!(example, default);
}

#[test]
fn what_is_written_is_taken() {
    let settings = config(
        r#"
        [[person]]
        id = "jack"
        account = "jack_1"
        slack = "U01ABCDEF"
        discord = "80351110224678912"
        timezone = "Europe/Berlin"
        quiet_hours = "22:00-07:00"
        roles = ["admin"]
        [call]
        ring = "1m"
        [limits]
        call_by_caller = ["20/h burst 5", "50/d"]
        ring_of_callee = "1/m"
        engine = "5000/s"
        max_callees = 3
        max_note = 50
        max_open_calls = 7
        [commands]
        call = "ring"
        [admin]
        channel = "desk:general"
        [store]
        keep_calls = "30d"
        "#,
    )
    .settings;
    let jack = settings.people.person(&PersonId::new("jack")).unwrap();
    assert_eq!(settings.people.by_chat(&ChatUser::new("slack", "U01ABCDEF")), Some(jack));
    assert_eq!(settings.people.by_chat(&ChatUser::new("discord", "80351110224678912")), Some(jack));
    assert_eq!(jack.timezone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(jack.quiet_hours.map(|hours| hours.to_string()).as_deref(), Some("22:00-07:00"));
    assert!(jack.roles.administers() && jack.account.as_str() == "jack_1");
    assert_eq!(settings.ring.as_secs(), 60);
    let caller = [LimitRule::new(20, 3600, Some(5)), LimitRule::new(50, 86_400, None)];
    assert_eq!(settings.call_by_caller, caller);
    assert_eq!(settings.ring_of_callee, [LimitRule::new(1, 60, None)]);
    assert_eq!((settings.engine_per_second, settings.callees_max), (5000, 3));
    assert_eq!((settings.note_max, settings.open_calls_max), (50, 7));
    assert_eq!(settings.commands.command("ring"), Some("call"));
    assert_eq!(settings.admin_channel.unwrap().channel, "general");
    assert_eq!(settings.keep_calls.as_secs(), 30 * 86_400);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let text = "[[person]]\nid = \"jack\"\naccount = \"jack\"\ntimezzone = \"UTC\"\nroles = [\"admin\"]\n\
                colour = 3\n[limit]\nengine = \"9/s\"\n[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"jack\"]\n\
                redial = { time = 2, times = 2, after = \"30s\" }\n";
    insta::assert_snapshot!(said(text), @r"
    callout.toml:4: unknown key `timezzone`, did you mean `timezone`?
    callout.toml:6: unknown key `colour`, known here: id, account, slack, discord, timezone, quiet_hours, working_hours, roles
    callout.toml:7: unknown key `limit`, did you mean `limits`?
    callout.toml:13: unknown key `time`, did you mean `times`?
    ");
}

#[test]
fn shapes_are_told_apart_and_all_at_once() {
    let text = "[[person]]\naccount = \"ana\"\n[[person]]\nid = 3\naccount = \"jack\"\n[call]\nring = 45\n\
                [[policy]]\nid = \"p\"\n[[policy.step]]\nwait = \"2m\"\n[limits]\nmax_note = \"many\"\n";
    insta::assert_snapshot!(said(text), @r"
    callout.toml:1: [[person]] has no `id`, add it, see callout.example.toml
    callout.toml:4: `id` must be text in quotes, see callout.example.toml
    callout.toml:7: `ring` must be text in quotes, see callout.example.toml
    callout.toml:13: `max_note` must be a whole number, see callout.example.toml
    ");
    insta::assert_snapshot!(said("[person]\nid = \"ana\"\n[[call]]\nring = \"45s\"\n"), @r"
    callout.toml:1: `person` has the wrong brackets, write [[person]]: there may be several
    callout.toml:3: `call` has the wrong brackets, write [call]: there is only one
    ");
    insta::assert_snapshot!(said("[[person]]\nid = \"ana\naccount = ana\nid = 4\n[call\n"), @r#"
    callout.toml:2: invalid basic string: expected `"`, put the line right
    callout.toml:3: string values must be quoted: expected literal string, put the line right
    callout.toml:4: duplicate key, put the line right
    callout.toml:5: unclosed table: expected `]`, put the line right
    "#);
}

#[test]
fn people_are_judged_one_by_one() {
    let text = "[[person]]\nid = \"audio\"\naccount = \"a b\"\ntimezone = \"Europe/Berln\"\n\
                [[person]]\nid = \"Jack\"\naccount = \"jack\"\nquiet_hours = \"08:00-08:00\"\nroles = [\"boss\"]\n\
                [[person]]\nid = \"mira\"\naccount = \"jack\"\nslack = \"mira\"\ndiscord = \"mira\"\n\
                roles = [\"admin\", \"viewer\"]\n\
                [[person]]\nid = \"mira\"\naccount = \"mira\"\n";
    insta::assert_snapshot!(said(text), @r"
    callout.toml:2: id: the id `audio` is reserved: it names a call's media, choose another id
    callout.toml:3: account: `a b` cannot be an account, use the user id at the engine: 1 to 32 of a-z, A-Z, 0-9, _ and -
    callout.toml:4: timezone: there is no zone `Europe/Berln`, did you mean `Europe/Berlin`?
    callout.toml:6: id: `Jack` cannot be an id, use 1 to 32 of a-z, 0-9, _ and - (lower case)
    callout.toml:8: quiet_hours: `08:00-08:00` covers no time at all, write local times as in 22:00-07:00
    callout.toml:9: roles: there is no role `boss`, use admin, member or viewer
    callout.toml:12: account: `jack` is taken in line 7, give each person their own
    callout.toml:13: slack: `mira` is not a Slack user, copy the member id from the Slack profile, as in U01ABCDEF
    callout.toml:14: discord: `mira` is not a Discord user, copy the user id in Discord's developer mode, as in 80351110224678912
    callout.toml:15: roles: a viewer may only see, and can be nothing else, drop viewer, or the other role
    callout.toml:17: id: `mira` is taken in line 11, give each person their own
    ");
    insta::assert_snapshot!(said(""), @"callout.toml:1: nobody is listed, so nobody can be rung, add a [[person]]");
    insta::assert_snapshot!(said("[[person]]\nid = \"ana\"\naccount = \"ana\"\n"), @r#"callout.toml:1: warning: no person is an admin, add roles = ["admin"] to somebody, or nobody can administer"#);
}

#[test]
fn settings_are_held_to_their_ranges() {
    let text = "[call]\nring = \"5s\"\n[limits]\ncall_by_caller = \"ten\"\nring_of_callee = [\"3/15m\", \"0/h\"]\n\
                engine = \"10/m\"\nmax_callees = 0\nmax_note = 1000\n[commands]\ncall = \"/ring\"\n\
                [admin]\nchannel = \"#ops\"\n[store]\nkeep_calls = \"1h\"\n";
    insta::assert_snapshot!(said_below_jack(text), @r"
    callout.toml:6: ring: 5s is out of range, choose 10s to 10m
    callout.toml:8: call_by_caller: `ten` is not a limit, write a limit as in 10/h burst 3, 3/15m or 200/s
    callout.toml:9: ring_of_callee: `0/h` counts something else than 1 to 1000000, write a limit as in 10/h burst 3, 3/15m or 200/s
    callout.toml:10: engine: `10/m` is not a rate of requests, write it as in 200/s
    callout.toml:11: max_callees: 0 is out of range, choose 1 to 50
    callout.toml:12: max_note: 1000 is out of range, choose 1 to 500
    callout.toml:14: call: `/ring` cannot be a command's name, use 1 to 32 of a-z, 0-9, _ and -, without the slash
    callout.toml:16: channel: `#ops` is not a channel, write a chat and a channel, as in slack:C0123456, discord:1122334455 or desk:general
    callout.toml:18: keep_calls: 1h is out of range, choose 1d to 3650d
    ");
    insta::assert_snapshot!(said_below_jack("[commands]\ncall = \"calls\"\n[limits]\ncall_by_caller = []\n"), @r"
    callout.toml:6: `call` and `calls` are both called `calls`, give each its own name
    callout.toml:8: call_by_caller: 0 rules are too few, write 1 to 8, as in 10/h burst 3
    ");
}

#[test]
fn a_finding_is_one_line() {
    let said = said_below_jack("[admin]\nchannel = \"a\\nb\\u001b[2J\"\n");
    assert!(said.starts_with("callout.toml:6: channel: `a b [2J` is not a channel"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn a_file_that_is_not_there_says_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callout.toml");
    let said = load(&path, &|_| Ok(()))
        .unwrap_err()
        .to_string()
        .replace(&path.display().to_string(), "callout.toml");
    insta::assert_snapshot!(said, @"there is no configuration file callout.toml: begin with `cp callout.example.toml callout.toml`, then list your people in it");
    assert!(matches!(load(folder.path(), &|_| Ok(())), Err(ConfigError::Unreadable { .. })));
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(load(&path, &|_| Ok(())), Err(ConfigError::Unreadable { .. })));
    std::fs::write(&path, JACK).unwrap();
    assert_eq!(load(&path, &|_| Ok(())).unwrap(), config(JACK));
}

#[test]
fn a_report_says_what_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callout.toml");
    let said = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let report = check(&path, &|_| Ok(()), &|_| None, NOW.parse().unwrap()).unwrap();
        (
            report.is_clean(),
            report
                .to_string()
                .replace(&path.display().to_string(), "callout.toml")
                .replace(super::check::ZONES, "2026x"),
        )
    };
    let (clean, text) = said(EXAMPLE);
    assert!(clean, "{text}");
    insta::assert_snapshot!(text, @r"
    callout.toml:27: note: id: no chat knows `mira`, whom a policy rings or tells, add slack or discord, or let them link: /callout link mira
    callout.toml:187: note: ALERT_KEYS_PROD is not set here, set it where `callout run` is started, which does not start without it
    callout.toml: nothing to put right. It lists 2 people, 1 schedule, 2 policies and 1 source.
    Clocks go by the time zone database 2026x, which is built in: where a country has changed its rules since, a newer build is needed.
    ");
    let (clean, text) = said("[[person]]\nid = \"ana\"\naccount = \"ana\"\n");
    assert!(!clean);
    insta::assert_snapshot!(text, @r#"
    callout.toml:1: warning: no person is an admin, add roles = ["admin"] to somebody, or nobody can administer
    callout.toml: 1 thing to look at. It lists 1 person, 0 schedules, 0 policies and 0 sources.
    "#);
    let (clean, text) = said("[call]\nring = \"5s\"\n");
    assert!(!clean);
    insta::assert_snapshot!(text, @r"
    callout.toml:1: nobody is listed, so nobody can be rung, add a [[person]]
    callout.toml:2: ring: 5s is out of range, choose 10s to 10m
    callout.toml: 2 things to put right.
    ");
}

#[test]
fn a_file_of_many_people_is_read_and_searched_quickly() {
    let people = (0..20_000)
        .map(|n| format!("[[person]]\nid = \"p{n:05}\"\naccount = \"p{n:05}\"\nroles = [\"admin\"]\n"));
    let people = config(&people.collect::<String>()).settings.people;
    assert_eq!(people.len(), 20_000);
    assert_eq!(people.nearest("p1234", 1), [PersonId::new("p01234")]);
}

#[test]
fn no_text_makes_it_panic() {
    let sections = [
        "person",
        "call",
        "limits",
        "schedule",
        "policy",
        "maintenance",
        "source",
        "person.x",
        "policy.step",
    ];
    let values = [
        "1",
        "\"é\"",
        "[]",
        "{}",
        "[[1]]",
        "{ a = { b = [1] } }",
        "2026-01-05",
        "true",
        "\"\\u0000\"",
        "-9e99",
    ];
    for section in sections {
        for key in ["id", "ring", "step", "rotation", "rule", "match", "roles", "engine", "participants", "é"]
        {
            for value in values {
                let _found = parse("x", &format!("[{section}]\n{key} = {value}\n"));
                let _found = parse("x", &format!("{JACK}[[{section}]]\n\"{key}\" = {value}\n"));
            }
        }
    }
    for cut in 0..EXAMPLE.len() {
        if EXAMPLE.is_char_boundary(cut) && cut % 7 == 0 {
            let _found = parse("x", &EXAMPLE[..cut]);
        }
    }
}
