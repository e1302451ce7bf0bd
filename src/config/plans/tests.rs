//! What is said of plans that are wrong in themselves.

use crate::config::{lines, parse};

/// What is said of `more` below an admin, whose lines are 1 to 4, one finding a line.
fn said_below_jack(more: &str) -> String {
    let jack = "[[person]]\nid = \"jack\"\naccount = \"jack\"\nroles = [\"admin\"]\n";
    let (config, findings) = parse("callout.toml", &format!("{jack}{more}"));
    assert_eq!(config.is_some(), findings.iter().all(|finding| finding.warning));
    lines(&findings)
}

#[test]
fn plans_are_held_to_their_shape() {
    let text = r#"[[schedule]]
id = "Payments"
timezone = "Berlin"
[[schedule.rotation]]
participants = ["jakc", "zoe"]
every = "1d"
handoff = "Mon 09:00"
start = "5 Jan"
only = ["always"]
[[policy]]
id = "payments"
repeat = -1
ack_timeout = "soon"
[[policy.step]]
ring = ["oncall:payment", "nobody"]
wait = "0s"
redial = { times = 0, after = "30" }
post = ["ops"]
[[policy]]
id = "payments"
[[policy.step]]
ring = []
[[source]]
id = "prod"
kind = "nagios"
keys_env = "s3cret-key"
policy = "payment"
[[source]]
id = "test"
kind = "generic"
keys_env = "s3cret-key"
policy = "payments"
post = ["slack:C0123456"]
[[source.rule]]
match = {}
policy = "daytime"
urgency = "huge"
"#;
    let said = said_below_jack(text);
    insta::assert_snapshot!(said, @r#"
    callout.toml:6: id: `Payments` cannot be an id, use 1 to 32 of a-z, 0-9, _ and - (lower case)
    callout.toml:7: timezone: there is no zone `Berlin`, did you mean `Europe/Berlin`?
    callout.toml:9: participants: there is no person `jakc`, did you mean `jack`?
    callout.toml:9: participants: there is no person `zoe`, add it as [[person]], or name another
    callout.toml:11: handoff: `Mon 09:00` is not a hand-off of a turn in days, write it as in 09:00
    callout.toml:12: start: `5 Jan` is not a date, write it as in 2026-01-05
    callout.toml:13: only: `always` is not a span of hours, write it as in 09:00-17:00, Mon-Fri 09:00-17:00 or Mon,Wed 20:00-08:00
    callout.toml:16: repeat: -1 is out of range, choose 0 to 100
    callout.toml:17: ack_timeout: `soon` is not a duration, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w
    callout.toml:19: ring: there is no schedule `payment`, did you mean `Payments`?
    callout.toml:19: ring: there is no person `nobody`, add it as [[person]], or name another
    callout.toml:20: wait: `0s` lasts no time, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w
    callout.toml:21: times: 0 is out of range, choose 1 to 20
    callout.toml:21: after: `30` is not a duration, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w
    callout.toml:22: post: `ops` is not a channel, write a chat and a channel, as in slack:C0123456, discord:1122334455 or desk:general
    callout.toml:24: id: `payments` is taken in line 15, choose another id
    callout.toml:26: ring: the step rings nobody, name a person or oncall:<schedule>
    callout.toml:27: warning: the source posts to no chat, add post = ["slack:C0123456"], or its alerts are seen on phones only
    callout.toml:29: kind: `nagios` is unknown, use alertmanager, grafana, pagerduty, generic
    callout.toml:30: keys_env: not the name of an environment variable, write its name, as in ALERT_KEYS_PROD
    callout.toml:31: policy: there is no policy `payment`, did you mean `payments`?
    callout.toml:35: keys_env: not the name of an environment variable, write its name, as in ALERT_KEYS_PROD
    callout.toml:35: keys_env: the variable of line 30, give each source its own keys: the key tells which source it is
    callout.toml:39: match: the rule matches nothing in particular, name a label and its value, as in { severity = "warning" }
    callout.toml:40: policy: there is no policy `daytime`, add it as [[policy]], or name another
    callout.toml:41: urgency: `huge` is unknown, use high, low
    "#);
}

/// A step that tells somebody need not ring anybody; one that does neither is no step.
#[test]
fn steps_that_only_tell_are_held_to_their_shape() {
    let text = r#"[[webhook]]
id = "ticket"
url_env = "https://a.example/s3cret"
secret_env = "TICKET_SECRET"
[[webhook]]
id = "Pager"
url_env = "PAGER_URL"
secret_env = "PAGER_SECRET"
secret = "s3cret"
[[policy]]
id = "told"
[[policy.step]]
post = ["desk:ops"]
webhook = ["ticket", "tickte"]
redial = { times = 1, after = "30s" }
pick = "one"
working_hours = true
[[policy.step]]
wait = "2m"
[[policy.step]]
ring = []
post = ["desk:ops"]
"#;
    let said = said_below_jack(text);
    insta::assert_snapshot!(said, @r"
    callout.toml:7: url_env: not the name of an environment variable, write its name, as in ALERT_KEYS_PROD
    callout.toml:10: id: `Pager` cannot be an id, use 1 to 32 of a-z, 0-9, _ and - (lower case)
    callout.toml:13: unknown key `secret`, known here: id, url_env, secret_env, private
    callout.toml:16: redial: the step rings nobody, leave redial out, or add ring
    callout.toml:16: pick: the step rings nobody, leave pick out, or add ring
    callout.toml:16: working_hours: the step rings nobody, leave working_hours out, or add ring
    callout.toml:18: webhook: there is no webhook `tickte`, did you mean `ticket`?
    callout.toml:22: the step rings nobody, and tells nobody, add ring, post or webhook
    callout.toml:25: ring: the step rings nobody, leave ring out: the step only tells
    ");
    assert!(!said.contains("s3cret") && !said.contains("a.example"), "{said}");
}

/// A page is shown in sixteen channels, and the one that it was started in is one of them.
#[test]
fn a_policy_has_no_more_channels_than_a_page_is_shown_in() {
    let policy = |channels: usize| {
        let post: Vec<String> = (0..channels).map(|n| format!("\"desk:c{n}\"")).collect();
        let half = post.len() / 2;
        let step = |post: &[String]| {
            format!("[[policy.step]]\nring = [\"jack\"]\npost = [{}, \"desk:c0\"]\n", post.join(", "))
        };
        format!("[[policy]]\nid = \"p\"\n{}{}", step(&post[..half]), step(&post[half..]))
    };
    assert_eq!(said_below_jack(&policy(15)), "");
    insta::assert_snapshot!(said_below_jack(&policy(16)), @"callout.toml:5: 16 channels of one policy are too many, write at most 15");
}
