//! What `callout check` says of a year of schedules and policies.

use std::path::Path;

use crate::config::check;
use crate::config::env::Lookup;

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
    said_with(plans, &|_| None)
}

fn said_with(plans: &str, lookup: Lookup<'_>) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callout.toml");
    std::fs::write(&path, format!("{PEOPLE}{plans}")).unwrap();
    let report =
        check(Path::new(&path), &|_| Ok(()), lookup, "2026-03-10T15:00:00Z".parse().unwrap()).unwrap();
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

/// A debug build takes a second; walking the year anew for each target of each step took more than twice this.
const LARGE_MAX: std::time::Duration = std::time::Duration::from_secs(8);

#[test]
#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn a_year_of_a_large_file_is_judged_in_a_moment() {
    let rotation = "[[schedule.rotation]]\nparticipants = [\"ana\", \"jack\"]\nevery = \"1h\"\nonly = [\"09:00-17:00\"]\n";
    let schedules: String = (0..5)
        .map(|n| format!("[[schedule]]\nid = \"s{n}\"\nallow_gaps = true\n{}", rotation.repeat(3)))
        .collect();
    let targets: Vec<String> = (0..5).map(|n| format!("\"oncall:s{n}\"")).collect();
    let step = format!("[[policy.step]]\nring = [{}]\n", targets.join(", "));
    let start = std::time::Instant::now();
    let (clean, text) = said(&format!("[[policy]]\nid = \"p\"\n{}{schedules}", step.repeat(50)));
    let took = start.elapsed();
    assert!(!clean && text.contains("a page would reach nobody 365 times within a year"), "{text}");
    assert!(took < LARGE_MAX, "{took:?}");
}

/// dave works by day; a policy with these steps, each `ring` and more.
fn policy_of(steps: &[(&str, &str)]) -> String {
    let dave = "[[person]]\nid = \"dave\"\naccount = \"dave\"\nworking_hours = [\"Mon-Fri 09:00-17:00\"]\n";
    let night = "[[schedule]]\nid = \"nights\"\nallow_gaps = true\n[[schedule.rotation]]\nparticipants = [\"dave\"]\nonly = [\"20:00-06:00\"]\n";
    let step = |(ring, more): &(&str, &str)| format!("[[policy.step]]\nring = [\"{ring}\"]\n{more}\n");
    let is_asked = steps.iter().any(|(ring, _)| ring.ends_with("nights"));
    let night = if is_asked { night } else { "" };
    let steps: String = steps.iter().map(step).collect();
    said(&format!("{dave}{night}[[policy]]\nid = \"p\"\n{steps}")).1
}

#[test]
fn a_policy_that_passes_some_pages_over_is_told() {
    let (high, works) = ("urgency = \"high\"", "working_hours = true");
    assert_eq!(
        policy_of(&[("jack", high), ("ana", works)]),
        "",
        "ana has no working hours: she always works"
    );
    insta::assert_snapshot!(policy_of(&[("ana", high)]), @"callout.toml:17: warning: every step is for high urgency: a page of low urgency rings nobody, add a step for every page");
    // dave's nights and weekends; a page of high urgency rings jack.
    insta::assert_snapshot!(policy_of(&[("jack", high), ("dave", works)]), @"callout.toml:17: warning: a page of low urgency would reach nobody 261 times within a year: Tue 2026-03-10 17:00 to Wed 2026-03-11 09:00; Wed 2026-03-11 17:00 to Thu 2026-03-12 09:00; Thu 2026-03-12 17:00 to Fri 2026-03-13 09:00; and 258 more, add a step without working_hours that rings a person");
    let both = policy_of(&[("dave", works), ("dave", works)]);
    assert!(both.starts_with("callout.toml:17: warning: a page would reach nobody 261 times"), "{both}");
}

#[test]
fn a_step_for_hours_at_which_nobody_of_it_works_is_told() {
    let told = policy_of(&[("oncall:nights", "working_hours = true"), ("ana", "")]);
    insta::assert_snapshot!(told, @"callout.toml:25: warning: ring: nobody whom the step rings within a year works then, drop working_hours, or name somebody who works at that time");
    assert_eq!(policy_of(&[("all:nights", "working_hours = true"), ("ana", "")]), "", "dave works by day");
}

#[test]
fn a_step_whose_people_are_rung_already_is_told() {
    let told = policy_of(&[("jack", "wait = \"10s\""), ("jack", ""), ("ana", "")]);
    insta::assert_snapshot!(told, @"callout.toml:22: warning: ring: whoever the step rings is rung already: it begins 10s after step 1, and phones ring for 45s, lengthen the wait before it, or leave it out");
    assert_eq!(policy_of(&[("jack", "wait = \"45s\""), ("jack", ""), ("ana", "")]), "");
    let redials = "redial = { times = 1, after = \"5s\" }";
    assert_eq!(policy_of(&[("jack", "wait = \"10s\""), ("jack", redials), ("ana", "")]), "", "it redials");
    assert_eq!(
        policy_of(&[("jack", "wait = \"43s\""), ("jack", ""), ("ana", "")]),
        "",
        "it rings jack at 45s"
    );
    assert_eq!(
        policy_of(&[("jack", "wait = \"10s\"\nurgency = \"high\""), ("jack", ""), ("ana", "")]),
        "",
        "low pages"
    );
}

#[test]
fn viewers_are_found_wherever_somebody_should_say_mine() {
    let text = "[[policy]]\nid = \"p\"\nowner = \"vera\"\n[[policy.step]]\nring = [\"ana\", \"vera\"]\n";
    insta::assert_snapshot!(said(text).1, @r"
    callout.toml:14: warning: owner: `vera` is a viewer, and could not acknowledge, drop the role viewer, or name somebody else
    callout.toml:16: warning: ring: `vera` is a viewer, and could not acknowledge, drop the role viewer, or name somebody else
    ");
}

#[test]
fn whom_a_policy_rings_and_no_chat_knows_is_noted_where_the_file_names_others() {
    let eve = "[[person]]\nid = \"eve\"\naccount = \"eve\"\n";
    let dan = "[[person]]\nid = \"dan\"\naccount = \"dan\"\nslack = \"U01ABCDEF\"\n";
    let policy = "[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"eve\", \"dan\"]\n";
    assert_eq!(
        said(&format!("{eve}{policy}").replace(", \"dan\"", "")),
        (true, String::new()),
        "all of them link"
    );
    let (clean, text) = said(&format!("{eve}{dan}{policy}"));
    assert!(clean, "{text}");
    insta::assert_snapshot!(text, @"callout.toml:13: note: id: no chat knows `eve`, whom a policy rings or tells, add slack or discord, or let them link: /callout link eve");
}

#[test]
fn odd_hours_of_people_of_planned_work_and_of_the_first_turn_are_notes() {
    let text = r#"[[person]]
id = "dave"
account = "dave"
timezone = "Europe/Berlin"
working_hours = ["Sun 02:30-08:00"]
[[maintenance]]
from = "2026-03-29 02:30"
to = "2026-03-29T02:30:00Z"
timezone = "Europe/Berlin"
[[schedule]]
id = "s"
timezone = "Europe/Berlin"
[[schedule.rotation]]
participants = ["ana", "jack"]
every = "12h"
handoff = "02:30"
start = "2025-10-26"
"#;
    let (clean, text) = said(&format!("{text}{RINGS_S}"));
    assert!(clean, "{text}");
    insta::assert_snapshot!(text, @r"
    callout.toml:16: note: working_hours: 02:30 does not exist on Sun 2026-03-29 and means Sun 2026-03-29 03:00; 02:30 comes twice on Sun 2026-10-25 and means the first pass, nothing to do, unless another hour is meant
    callout.toml:18: note: from: 02:30 does not exist on Sun 2026-03-29 and means Sun 2026-03-29 03:00, nothing to do, unless another hour is meant
    callout.toml:27: note: handoff: 02:30 comes twice on Sun 2025-10-26 and means the first pass, nothing to do, unless another hour is meant
    ");
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

/// A source that posts to eight channels, with a policy that posts to nine others.
#[test]
fn a_source_with_more_channels_than_a_page_is_shown_in_is_found() {
    let channels =
        |from: usize, to: usize| (from..to).map(|n| format!("\"desk:c{n}\"")).collect::<Vec<_>>().join(", ");
    let plans = |own: usize| {
        format!(
            "[[policy]]\nid = \"p\"\n[[policy.step]]\nring = [\"ana\"]\npost = [{}]\n[[source]]\nid = \"prod\"\n\
             kind = \"generic\"\nkeys_env = \"KEYS\"\npolicy = \"p\"\n[[source.rule]]\nmatch = {{ a = \"b\" }}\npost = [{}]\n",
            channels(0, 9),
            channels(9, 9 + own)
        )
    };
    let told = |own: usize| said(&plans(own)).1.lines().filter(|line| line.contains("channels")).count();
    assert_eq!((told(7), told(8)), (0, 1));
    let (_, text) = said(&plans(8));
    insta::assert_snapshot!(text.lines().find(|line| line.contains("channels")).unwrap(), @"callout.toml:18: warning: its pages have 17 channels with those of their policy, a page is shown in 16 at most: drop some");
}

#[test]
fn webhooks_are_named_by_steps_and_set_where_the_program_runs() {
    let plans = "[[webhook]]\nid = \"ticket\"\nurl_env = \"TICKET_URL\"\nsecret_env = \"TICKET_SECRET\"\n\
                 [[policy]]\nid = \"p\"\n[[policy.step]]\nwebhook = [\"ticket\"]\n[[policy.step]]\nring = [\"ana\"]\n";
    let (clean, text) = said(plans);
    assert!(clean, "{text}");
    insta::assert_snapshot!(text, @r"
    callout.toml:14: note: TICKET_URL is not set here, set it where `callout run` is started, which does not start without it
    callout.toml:15: note: TICKET_SECRET is not set here, set it where `callout run` is started, which does not start without it
    ");
    let (clean, text) = said(&plans.replace("webhook = [\"ticket\"]", "post = [\"desk:ops\"]"));
    assert!(!clean);
    insta::assert_snapshot!(text.lines().next().unwrap(), @"callout.toml:13: warning: no step tells `ticket`, name it in a step's webhook, or drop it");
    let judged = |url: &'static str| {
        let lookup =
            move |name: &str| Some(if name == "TICKET_URL" { url } else { "a-secret-of-length" }.to_owned());
        said_with(plans, &lookup)
    };
    assert_eq!(judged("https://a.example/t0ken"), (true, String::new()));
    let (clean, text) = judged("http://a.example/t0ken");
    assert!(!clean && !text.contains("t0ken"));
    insta::assert_snapshot!(text, @"callout.toml:13: TICKET_URL: plain http is for this machine and private webhooks only, write https://…");
}

#[test]
fn a_policy_that_only_tells_is_noted() {
    let (clean, text) = said("[[policy]]\nid = \"p\"\n[[policy.step]]\npost = [\"desk:ops\"]\n");
    assert!(clean);
    insta::assert_snapshot!(text, @"callout.toml:13: note: `p` rings nobody, and only tells, fine, if it is for what can wait until somebody reads it");
}
