//! What `callout check` says of a year of schedules and policies.

use std::path::Path;

use crate::config::check;

/// People in lines 1 to 10; judged on a Tuesday, 10 March 2026.
const PEOPLE: &str = r#"[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "vera"
account = "vera"
roles = ["viewer"]
"#;

/// The findings and notes of a file, and whether it is clean.
fn said(plans: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callout.toml");
    std::fs::write(&path, format!("{PEOPLE}{plans}")).unwrap();
    let report =
        check(Path::new(&path), &|_| Ok(()), &|_| None, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let all = report.to_string().replace(&path.display().to_string(), "callout.toml");
    let lines: Vec<&str> = all
        .lines()
        .filter(|line| {
            line.starts_with("callout.toml:1")
                || line.starts_with("callout.toml:2")
                || line.starts_with("callout.toml:3")
        })
        .collect();
    (report.is_clean(), lines.join("\n"))
}

/// A policy that rings the schedule `s`, then ana.
const RINGS_S: &str = "[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"oncall:s\", \"ana\"]\n";

fn of_schedule(zone: &str, rotations: &str) -> (bool, String) {
    said(&format!("[[schedule]]\nid = \"s\"\ntimezone = \"{zone}\"\n{rotations}{RINGS_S}"))
}

#[test]
fn a_schedule_that_is_right_is_clean() {
    let always = "[[schedule.rotation]]\nparticipants = [\"ana\", \"jack\"]\nstart = \"2026-01-05\"\n";
    assert_eq!(of_schedule("Europe/Berlin", always), (true, String::new()));
}

#[test]
fn gaps_are_counted_and_the_first_ones_named() {
    let office = "[[schedule.rotation]]\nparticipants = [\"ana\"]\nonly = [\"Mon-Fri 09:00-17:00\"]\n";
    let (clean, text) = of_schedule("Europe/Berlin", office);
    assert!(!clean);
    insta::assert_snapshot!(text, @"callout.toml:13: warning: nobody is on call 261 times within a year: Tue 2026-03-10 17:00 to Wed 2026-03-11 09:00; Wed 2026-03-11 17:00 to Thu 2026-03-12 09:00; Thu 2026-03-12 17:00 to Fri 2026-03-13 09:00; and 258 more, add a rotation for these, or write allow_gaps = true if they are meant");
    let meant = format!("allow_gaps = true\n{office}");
    assert_eq!(of_schedule("Europe/Berlin", &meant), (true, String::new()));
    let late = "[[schedule.rotation]]\nparticipants = [\"ana\"]\nstart = \"2026-04-06\"\n";
    insta::assert_snapshot!(of_schedule("Europe/Berlin", late).1, @"callout.toml:13: warning: nobody is on call once within a year: Tue 2026-03-10 16:00 to Mon 2026-04-06 09:00, add a rotation for these, or write allow_gaps = true if they are meant");
}

#[test]
fn a_start_that_is_no_handoff_is_told_with_the_first_shift() {
    let wednesday = "[[schedule.rotation]]\nparticipants = [\"ana\"]\nstart = \"2026-01-07\"\n";
    let (clean, text) = of_schedule("UTC", wednesday);
    assert!(!clean);
    insta::assert_snapshot!(text, @"callout.toml:17: warning: start: no turn changes on 2026-01-07, the first shift starts on Mon 2026-01-12 09:00: write that date, or another handoff");
}

#[test]
fn overlaps_and_odd_hours_are_notes() {
    let layers = r#"[[schedule.rotation]]
participants = ["ana", "jack"]
every = "1d"
handoff = "02:30"
start = "2026-01-05"
[[schedule.rotation]]
participants = ["jack"]
only = ["Sat 12:00-13:00", "Sun 01:00-02:15"]
"#;
    let (clean, text) = of_schedule("Europe/Berlin", layers);
    assert!(clean, "{text}");
    insta::assert_snapshot!(text, @r"
    callout.toml:13: note: several are on call at once 52 times within a year: Sat 2026-03-14 12:00 to Sat 2026-03-14 13:00; Sun 2026-03-15 01:00 to Sun 2026-03-15 02:15; Sat 2026-03-28 12:00 to Sat 2026-03-28 13:00; and 49 more, all of them are rung then
    callout.toml:18: note: handoff: 02:30 does not exist on Sun 2026-03-29 and means Sun 2026-03-29 03:00; 02:30 comes twice on Sun 2026-10-25 and means the first pass, nothing to do, unless another hour is meant
    callout.toml:22: note: only: 02:15 does not exist on Sun 2026-03-29 and means Sun 2026-03-29 03:00; 02:15 comes twice on Sun 2026-10-25 and means the first pass, nothing to do, unless another hour is meant
    ");
}

#[test]
fn viewers_commands_and_shared_ids_are_found() {
    let text = r#"[[schedule]]
id = "take"
[[schedule.rotation]]
participants = ["vera"]
[[policy]]
id = "jack"
[[policy.step]]
ring = ["jack"]
"#;
    let (clean, text) = said(text);
    assert!(!clean);
    insta::assert_snapshot!(text, @r"
    callout.toml:13: warning: id: `/oncall take` is a command, choose another id, or nobody can ask who is on call
    callout.toml:15: warning: participants: `vera` is a viewer, and could not acknowledge, drop the role viewer, or name somebody else
    callout.toml:17: warning: id: `jack` is a person as well, choose another id: `/page jack` means the policy, and nobody could page the person
    callout.toml:13: note: no policy rings `take`, fine, if it is for /oncall and /call oncall:take only
    ");
}

#[test]
fn steps_that_cannot_do_what_they_say_are_found() {
    let text = r#"[[schedule]]
id = "s"
allow_gaps = true
[[schedule.rotation]]
participants = ["ana"]
only = ["Mon-Fri 09:00-17:00"]
[[schedule]]
id = "later"
allow_gaps = true
[[schedule.rotation]]
participants = ["ana"]
start = "2030-01-07"
[[policy]]
id = "p"
[[policy.step]]
ring = ["oncall:s"]
wait = "2m"
redial = { times = 2, after = "30s" }
[[policy.step]]
ring = ["oncall:later"]
"#;
    let (clean, text) = said(text);
    assert!(!clean);
    insta::assert_snapshot!(text, @r"
    callout.toml:25: warning: a page would reach nobody 261 times within a year: Tue 2026-03-10 17:00 to Wed 2026-03-11 09:00; Wed 2026-03-11 17:00 to Thu 2026-03-12 09:00; Thu 2026-03-12 17:00 to Fri 2026-03-13 09:00; and 258 more, add a step that rings a person
    callout.toml:29: warning: times: 1 of 2 redials fit into the step's wait of 2m: phones ring for 45s, and the last one would start after 150s, lengthen wait, or redial less
    callout.toml:31: warning: ring: the step rings nobody within a year, name a person, or a schedule that somebody is on call for
    ");
}

#[test]
fn a_year_of_a_large_file_is_judged_in_a_moment() {
    let rotation = "[[schedule.rotation]]\nparticipants = [\"ana\", \"jack\"]\nevery = \"1h\"\nonly = [\"09:00-17:00\"]\n";
    let schedules: String = (0..5)
        .map(|n| format!("[[schedule]]\nid = \"s{n}\"\nallow_gaps = true\n{}", rotation.repeat(3)))
        .collect();
    let (clean, text) = said(&schedules);
    assert!(clean, "{text}");
}

#[test]
fn a_policy_that_passes_some_pages_over_is_told() {
    let step = |more: &str| format!("[[policy.step]]\nring = [\"ana\"]\n{more}\n");
    let policy = |steps: &[&str]| {
        let steps: String = steps.iter().map(|more| step(more)).collect();
        said(&format!("[[policy]]\nid = \"p\"\n{steps}")).1
    };
    assert_eq!(policy(&["urgency = \"high\"", "working_hours = true"]), "");
    insta::assert_snapshot!(policy(&["urgency = \"high\""]), @"callout.toml:13: warning: every step is for high urgency: a page of low urgency rings nobody, add a step for every page");
    insta::assert_snapshot!(policy(&["working_hours = true", "working_hours = true"]), @"callout.toml:13: warning: every step is for working hours: at other times a page may ring nobody, add a step without working_hours");
}

#[test]
fn maintenance_is_read_in_its_own_zone_and_judged() {
    let policy = "[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"ana\"]\n";
    let good = "[[maintenance]]\nfrom = \"2026-03-29 02:30\"\nto = \"2026-03-29T08:00:00Z\"\ntimezone = \"Europe/Berlin\"\n\
                policies = [\"p\"]\n[[maintenance]]\nfrom = \"2026-04-01 00:00\"\nto = \"2026-04-02 00:00\"\nwhy = \"a move\"\n";
    let (config, findings) = crate::config::parse("callout.toml", &format!("{PEOPLE}{policy}{good}"));
    let planned = config.unwrap_or_else(|| panic!("{findings:?}")).settings.maintenance;
    let told: Vec<String> = planned
        .iter()
        .map(|one| format!("{} to {} {:?} {}", one.from, one.to, one.policies, one.why))
        .collect();
    // 02:30 does not exist that night: it comes at 03:00, which is 01:00 in UTC.
    insta::assert_snapshot!(told.join("\n"), @r"
    2026-03-29T01:00:00Z to 2026-03-29T08:00:00Z [PolicyId(p)] planned maintenance
    2026-04-01T00:00:00Z to 2026-04-02T00:00:00Z [] a move
    ");
    let bad = "[[maintenance]]\nfrom = \"2h\"\nto = \"2026-03-29 08:00\"\n\
               [[maintenance]]\nfrom = \"2026-03-29 08:00\"\nto = \"2026-03-29 08:00\"\n\
               [[maintenance]]\nfrom = \"2026-03-29 08:00\"\nto = \"2026-03-29 09:00\"\npolicies = [\"q\"]\nwhy = \" \"\n";
    insta::assert_snapshot!(said(&format!("{policy}{bad}")).1, @r"
    callout.toml:17: from: `2h` is not a time, write it as in 2026-03-29T02:30:00+01:00 or 2026-03-29 02:30
    callout.toml:21: to: it is not after from, write when the work is over
    callout.toml:25: policies: there is no policy `q`, did you mean `p`?
    callout.toml:26: why: the reason is empty, or too long, write 1 to 200 characters, or leave it out
    ");
}

#[test]
fn a_key_that_is_used_twice_is_found_and_not_said() {
    let source = |id: &str, keys: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nkind = \"generic\"\npolicy = \"p\"\npost = [\"desk:a\"]\nkeys_env = \"{keys}\"\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callout.toml");
    let policy = "[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"ana\"]\n";
    let sources = [source("a", "KEYS_A"), source("b", "KEYS_B"), source("c", "KEYS_C")].concat();
    std::fs::write(&path, format!("{PEOPLE}{policy}{sources}")).unwrap();
    let lookup = |name: &str| match name {
        "KEYS_A" => Some("the-key-of-a-source".to_owned()),
        "KEYS_B" => Some("another-key-of-length, the-key-of-a-source".to_owned()),
        _ => None,
    };
    let report = check(&path, &|_| Ok(()), &lookup, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
    let said = report.to_string().replace(&path.display().to_string(), "callout.toml");
    assert!(!report.is_clean() && !said.contains("the-key"), "{said}");
    insta::assert_snapshot!(said, @r"
    callout.toml:27: KEYS_B: its key 2 is a key of the source `a` as well, give each source its own
    callout.toml:33: note: KEYS_C is not set here, set it where `callout run` is started, which does not start without it
    callout.toml: 1 thing to look at. It lists 3 people, 0 schedules, 1 policy and 3 sources.
    ");
}
