//! Steps that only tell, pages that are handed over, and small untruths that were told once.

use jiff::Timestamp;

use super::kit::{Gate, Played, no_dial, policy, step};
use crate::domain::call::{CallEvent, Outcome};
use crate::domain::change::{Effect, Timer};
use crate::domain::escalation::Step;
use crate::domain::ids::{Account, EngineCallId, PersonId, WebhookId};
use crate::domain::page::{Moved, Notice, Page, PageHappened, PageState};
use crate::domain::report::{CardState, Place, notice, page_card, page_story};

fn place(channel: &str) -> Place {
    Place { chat: "desk".into(), channel: channel.into(), thread: None }
}

/// A step that tells a channel and a program, and rings whom `ring` names.
fn telling(ring: &[&str], wait: u64) -> Step {
    Step { post: vec![place("ops")], webhook: vec![WebhookId::new("ticket")], ..step(ring, wait, None) }
}

fn hands(page: &mut Played, to: &str) -> bool {
    let (ana, to) = (PersonId::new("ana"), PersonId::new(to));
    page.does(|moved: &mut Moved, deck, now| moved.hand_over(deck, (&ana, &to), now))
}

#[test]
fn a_step_that_only_tells_is_waited_for() {
    let mut page = Played::of(policy(1, vec![telling(&[], 60), step(&["jack"], 60, None)]));
    assert!(page.page.places.contains(&place("ops")) && page.rung.is_empty());
    insta::assert_snapshot!(page_card(&page.page, 0, false).text, @r"
    Page p: db is down
    Nobody has it yet. Step 1 of 2, round 1 of 2. Step 2 at 00:01:00 UTC.
    Step 1 rings nobody: it tells desk:ops and the webhook ticket.
    p1 of ana.
    ");
    page.until(59);
    assert!(page.rung.is_empty());
    page.until(60);
    assert_eq!(page.rung, ["+60s jack"]);
    page.nobody_answers();
    assert_eq!(page.rung, ["+60s jack", "+180s jack"]);
    // Each time that the step begins, by another id.
    assert_eq!(page.posted, ["p1-1-ticket", "p1-3-ticket"]);
    assert_eq!(page.page.places.len(), 2, "a channel is shown it once");
    insta::assert_snapshot!(page.told[..4].join("\n"), @r"
    Page p: db is down, by ana.
    Step 1 of 2, round 1 of 2. Step 2 at 00:01:00 UTC. Because: it is there to tell, and rings nobody.
    Telling desk:ops and the webhook ticket.
    Step 2 of 2, round 1 of 2. Round 2 at 00:02:00 UTC. Because: jack is named.
    ");
}

#[test]
fn steps_that_are_skipped_tell_all_the_same_each_by_its_own_id() {
    let page = Played::of(policy(
        0,
        vec![telling(&["oncall:gone"], 60), telling(&["oncall:gone"], 60), telling(&["jack"], 60)],
    ));
    assert_eq!(page.rung, ["+0s jack"]);
    assert_eq!(page.posted, ["p1-1-ticket", "p1-2-ticket", "p1-3-ticket"]);
}

#[test]
fn a_policy_that_only_tells_is_not_said_to_reach_nobody() {
    let mut page = Played::of(policy(0, vec![telling(&[], 60)]));
    page.until(60);
    assert!(page.is(PageState::Exhausted));
    assert_eq!(page.notices, [Notice::Exhausted { reached: true }]);
    assert!(!page_card(&page.page, 0, false).text.contains("reached nobody"));
}

#[test]
fn who_it_is_handed_over_to_is_rung_instead_and_the_chain_goes_on_from_there() {
    let steps = vec![step(&["jack", "mira"], 60, None), step(&["ana"], 60, None)];
    let mut page = Played::of(policy(0, steps));
    page.rings("jack");
    page.rings("mira");
    page.until(50);
    assert!(hands(&mut page, "zoe"));
    assert!(page.call("jack").hung_up_by.is_some() && page.call("mira").hung_up_by.is_some());
    let told = page.told.iter().find(|line| line.contains("hands it over")).unwrap();
    insta::assert_snapshot!(told, @"ana hands it over to zoe. zoe is rung instead. Step 2 at 00:01:50 UTC.");
    page.until(109);
    assert_eq!(page.rung, ["+0s jack", "+0s mira", "+50s zoe"], "zoe has the step's whole wait");
    page.until(110);
    assert_eq!(page.rung.last().unwrap(), "+110s ana");
}

#[test]
fn who_it_is_handed_over_to_may_decline() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None), step(&["mira"], 60, None)]));
    page.until(5);
    hands(&mut page, "zoe");
    page.rings("zoe");
    page.until(9);
    page.ends("zoe", Outcome::Declined);
    assert_eq!(page.rung, ["+0s jack", "+5s zoe", "+9s mira"]);
}

/// Who rings already goes on ringing; how that ends counts.
#[test]
fn it_is_handed_over_to_one_of_those_who_ring() {
    let steps = vec![step(&["jack", "mira"], 60, None), step(&["ana"], 60, None)];
    let mut page = Played::of(policy(0, steps));
    page.rings("jack");
    page.rings("mira");
    page.until(5);
    assert!(hands(&mut page, "mira"));
    assert!(page.call("jack").hung_up_by.is_some() && page.call("mira").hung_up_by.is_none());
    assert!(!hands(&mut page, "mira"), "it is hers alone by now");
    page.until(9);
    page.ends("mira", Outcome::Declined);
    assert_eq!(page.rung.last().unwrap(), "+9s ana");
}

#[test]
fn what_somebody_has_or_nobody_was_left_for_is_handed_over_too() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 30, None), step(&["mira"], 30, None)]));
    let jack = PersonId::new("jack");
    page.until(5);
    page.does(|moved, _, now| moved.acknowledge(&jack, None, now)).unwrap();
    assert!(!hands(&mut page, "jack"), "he has it");
    assert!(hands(&mut page, "zoe") && page.is(PageState::Triggered));
    page.until(35);
    assert_eq!(page.rung, ["+0s jack", "+5s zoe", "+35s mira"]);
    page.until(65);
    assert!(page.is(PageState::Exhausted));
    page.until(70);
    assert!(hands(&mut page, "ana") && page.is(PageState::Triggered));
    page.until(100);
    assert!(page.is(PageState::Exhausted), "it was the last step's time");
    assert_eq!(page.rung.last().unwrap(), "+70s ana");
    let over = page.notices.iter().filter(|notice| matches!(notice, Notice::Exhausted { .. }));
    assert_eq!(over.count(), 2, "the owner hears of it again");
}

/// A phone that rings is not given up for one that does not yet.
#[test]
fn it_is_held_back_for_whom_it_is_handed_over_to_and_who_rings_goes_on() {
    let gate = Gate { held: [("zoe", 20)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None), step(&["mira"], 60, None)]), gate);
    page.rings("jack");
    page.until(5);
    hands(&mut page, "zoe");
    assert!(page.call("jack").hung_up_by.is_none(), "nobody else would ring");
    page.until(20);
    assert_eq!(page.rung, ["+0s jack", "+20s zoe"]);
    page.rings("zoe");
    page.ends("zoe", Outcome::Declined);
    assert_eq!(page.rung.len(), 2, "jack may still answer");
    page.ends("jack", Outcome::Declined);
    assert_eq!(page.rung.last().unwrap(), "+20s mira");
}

/// Neither a phone nor a chat: it is not said that they were written to, and the owner hears of them.
#[test]
fn who_no_chat_knows_is_not_said_to_be_written_to() {
    let gate = Gate { unwritable: ["jack"].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack", "mira"], 60, None)]), gate);
    page.tell("jack", [CallEvent::Sending, CallEvent::Refused("no account".to_owned())]);
    page.tell("mira", [CallEvent::Sending, CallEvent::Refused("no account".to_owned())]);
    let (jack, mira) = (PersonId::new("jack"), PersonId::new("mira"));
    assert_eq!(page.notices, [Notice::NoWay(jack.clone()), Notice::InsteadOfRing(mira)]);
    let card = page_card(&page.page, 0, false).text;
    assert!(card.contains("jack could not be rung (00:00:00 UTC)"), "{card}");
    assert!(card.contains("mira could not be rung, and was written to at 00:00:00 UTC"), "{card}");
    let told: Vec<&String> = page.told.iter().filter(|line| line.contains("no chat")).collect();
    insta::assert_snapshot!(told[0], @"jack could not be rung, and no chat knows them: they are not written to, and the policy's owner is told.");
    insta::assert_snapshot!(notice(&page.page, &Notice::NoWay(jack), &PersonId::new("zoe")), @"jack could not be rung, and cannot be written to: no chat knows them. Page p: db is down. Take it: /ack p1");
}

/// The same where the engine takes nothing for 30 s.
#[test]
fn in_silence_too_the_owner_hears_of_who_cannot_be_written_to() {
    let gate = Gate { unwritable: ["jack", "ana"].into(), ..Gate::default() };
    let steps = vec![step(&["jack", "mira"], 20, None), step(&["ana", "zoe"], 60, None)];
    let mut page = Played::with(policy(0, steps), gate);
    let people = ["jack", "mira", "ana", "zoe"].map(PersonId::new);
    let [jack, mira, ana, zoe] = people;
    page.until(30);
    assert_eq!(page.notices, [no_dial(vec![jack.clone(), mira], None), Notice::NoWay(jack)]);
    page.until(50);
    assert_eq!(page.notices[2..], [Notice::NoWay(ana), Notice::StillNoDial(zoe)]);
}

#[test]
fn a_redial_that_is_held_back_is_one_of_the_redials() {
    let gate = Gate { held: [("jack", 80)].into(), ..Gate::default() };
    let mut page = Played::of(policy(0, vec![step(&["jack"], 600, Some((2, 10)))]));
    page.rings("jack");
    page.until(45);
    page.ends("jack", Outcome::NoAnswer);
    page.gate = gate;
    page.until(80);
    assert_eq!(page.rung, ["+0s jack", "+80s jack"], "held at 55 s");
    page.nobody_answers();
    assert_eq!(page.rung.len(), 3, "times = 2: {:?}", page.rung);
}

/// The engine took the dial, and said in the same breath that it rings nobody.
#[test]
fn a_phone_that_the_engine_refused_is_not_said_to_ring() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    let engine = Some(EngineCallId::new("e1"));
    page.tell("jack", [CallEvent::Sending, CallEvent::Dialed(engine, vec![(Account::new("jack"), 1)])]);
    assert!(page.told.iter().all(|line| !line.contains("phone rings")), "{:?}", page.told);
    assert!(page.notices.contains(&Notice::InsteadOfRing(PersonId::new("jack"))), "{:?}", page.notices);
}

/// Who was held back by an earlier step, and is of this one as well, is waited for.
#[test]
fn a_hold_that_a_later_step_finds_is_that_steps() {
    let gate = Gate { held: [("jack", 40)].into(), ..Gate::default() };
    let steps = vec![step(&["jack"], 30, None), step(&["jack", "mira"], 60, None), step(&["ana"], 60, None)];
    let mut page = Played::with(policy(0, steps), gate);
    page.until(31);
    page.rings("mira");
    page.ends("mira", Outcome::Declined);
    assert_eq!(page.rung, ["+30s mira"], "jack may still answer");
    page.until(40);
    assert_eq!(page.rung.last().unwrap(), "+40s jack");
}

#[test]
fn a_chain_that_is_over_says_who_may_be_rung_all_the_same() {
    let gate = Gate { held: [("zoe", 900)].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate);
    page.rings("jack");
    page.nobody_answers();
    let standing = |page: &Played| page_card(&page.page, 0, false).text.lines().nth(1).unwrap().to_owned();
    assert_eq!(standing(&page), "Nobody has it, and the chain is over: nobody else is rung.");
    let (ana, zoe, mira) = (PersonId::new("ana"), PersonId::new("zoe"), PersonId::new("mira"));
    page.does(|moved, deck, now| moved.call_in(deck, (&ana, &zoe), now));
    assert_eq!(
        standing(&page),
        "Nobody has it, and the chain is over. Whoever is held back is rung all the same."
    );
    page.does(|moved, deck, now| moved.call_in(deck, (&ana, &mira), now));
    assert_eq!(standing(&page), "Nobody has it, and the chain is over.");
}

/// What was reached before does not make a run that reached nobody quiet.
#[test]
fn a_chain_that_begins_again_and_reaches_nobody_is_loud() {
    let mut page = Played::of(policy(0, vec![step(&["jack"], 60, None)]));
    page.rings("jack");
    page.nobody_answers();
    assert_eq!(page.notices, [Notice::Exhausted { reached: true }]);
    page.does(|moved, _, now| moved.escalate(&PersonId::new("ana"), now));
    page.rings("jack");
    page.ends("jack", Outcome::Offline);
    assert_eq!(page.notices.last(), Some(&Notice::Exhausted { reached: false }));
}

#[test]
fn what_many_alerts_do_at_once_is_said_of_the_first_and_counted() {
    let resolved = |n: usize| PageHappened::Resolved { title: format!("a{n}"), firing: 29 - n, total: 30 };
    let mut happened: Vec<PageHappened> = (0..30).map(resolved).collect();
    happened.push(PageHappened::Closed(None));
    let page = Played::of(policy(0, vec![step(&["jack"], 60, None)])).page;
    let brief = PageHappened::in_brief(happened.clone());
    assert_eq!((brief.len(), &brief[..20]), (22, &happened[..20]));
    let said = |n: usize| page_story(&page, &brief[n], Timestamp::UNIX_EPOCH).detail;
    insta::assert_snapshot!(said(20), @"… 10 more resolved at once: the card counts them all.");
    assert_eq!(brief[21], PageHappened::Closed(None));
    assert_eq!(PageHappened::in_brief(happened[..20].to_vec()), happened[..20]);
    let joined = PageHappened::Joined { title: "b".to_owned(), total: 1, rule: None };
    let both = PageHappened::in_brief([vec![joined; 22], happened].concat());
    insta::assert_snapshot!(page_story(&page, &both[40], Timestamp::UNIX_EPOCH).detail, @"… 2 more alerts at once, 10 more resolved at once: the card counts them all.");
}

/// One person by two ways is one ring; another step that comes to them while it rings is none.
#[test]
fn catalogue_01_targets_that_come_to_one_person_ring_them_once() {
    let steps = vec![step(&["jack", "jack", "mira"], 20, None), step(&["jack", "mira"], 60, None)];
    let mut page = Played::of(policy(0, steps));
    assert_eq!(page.rung, ["+0s jack", "+0s mira"]);
    page.rings("jack");
    page.rings("mira");
    page.until(30);
    assert_eq!(page.rung, ["+0s jack", "+0s mira"]);
    assert!(
        page.told.iter().any(|line| line.ends_with("Rung already, and not twice: jack and mira.")),
        "{:?}",
        page.told
    );
}

#[test]
fn nothing_stops_for_somebody_who_is_listed_no_more() {
    let gate = Gate { unlisted: ["zoe"].into(), ..Gate::default() };
    let mut page = Played::with(policy(0, vec![step(&["jack"], 60, None)]), gate);
    page.rings("jack");
    hands(&mut page, "zoe");
    assert!(page.call("jack").hung_up_by.is_none());
    assert_eq!(page.told.last().unwrap(), "zoe is listed no more, and is not rung.");
}

/// A page as 0.1.0 stored it before steps could tell, and before it was known when a chain had begun again.
const STORED: &str = r#"{
    "id": "pold", "by": {"person": "ana"}, "group": "", "urgency": "high", "title": "db is down",
    "policy": {"id": "p", "repeat": 0, "ack_timeout": null, "owner": null, "steps": [
        {"ring": [{"person": "jack"}], "post": [], "wait": {"secs": 60, "nanos": 0}, "redial": {"times": 1, "after": {"secs": 5, "nanos": 0}}},
        {"ring": [{"on_call": "s"}, {"person": "mira"}], "post": [{"chat": "desk", "channel": "ops", "thread": null}],
         "wait": {"secs": 60, "nanos": 0}, "redial": null, "urgency": "low", "pick": "all", "working_hours": false}]},
    "places": [{"chat": "desk", "channel": "main", "thread": null}], "state": "triggered",
    "chain": {"step": 1, "round": 1, "turn": 1, "started_at": "1970-01-01T00:00:00Z", "ends_at": "1970-01-01T00:01:00Z",
              "round_rings": true, "gives_way": null},
    "rings": [{"at": "1970-01-01T00:00:00Z", "person": "jack", "call": "cold", "why": "step", "turn": 1,
               "rang_at": "1970-01-01T00:00:01Z", "answered_at": null, "unsettled_until": null, "kept_back": null,
               "outcome": "NoAnswer", "ended_at": "1970-01-01T00:00:46Z"}],
    "again": [{"person": "jack", "at": "1970-01-01T00:00:51Z", "why": {"redial": 1}}],
    "holds": [{"person": "zoe", "since": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:00:55Z", "rule": "3/15m", "turn": 1}],
    "alerts": [{"source": "prod", "fingerprint": "f", "labels": {}, "title": "db", "urgency": "high", "link": null,
                "state": "firing", "starts_at": "1970-01-01T00:00:00Z"}],
    "taken": null, "silence": {"since": "1970-01-01T00:00:00Z", "told": false}, "beyond": [],
    "opened_at": "1970-01-01T00:00:00Z", "closed_at": null, "closed_by": null
}"#;

/// A new field without a default would leave such a page where it is for ever.
#[test]
fn a_page_that_an_older_version_stored_goes_on() {
    let mut page = Played::of(policy(0, vec![step(&["ana"], 60, None)]));
    page.page = serde_json::from_str::<Page>(STORED).unwrap();
    (page.calls, page.rung) = (Vec::new(), Vec::new());
    page.now = std::time::Duration::from_secs(50);
    page.until(120);
    assert_eq!(page.rung, ["+51s jack", "+55s zoe", "+60s mira"]);
    assert!(page.is(PageState::Exhausted));
}

/// The same of a card, and of what waits to be done for a page.
#[test]
fn what_an_older_version_stored_of_cards_and_effects_is_read() {
    let card = r#"{"id": "pold", "kind": "page", "place": {"chat": "desk", "channel": "main", "thread": null},
        "by": "ana", "message": "m1", "shown": "d", "lines": 7, "shown_at": null, "retired": false}"#;
    let card: CardState = serde_json::from_str(card).unwrap();
    assert_eq!((card.lines, card.unread()), (7, Some(0)), "its lines are counted once more");
    for effect in [
        r#"{"advance": "pold"}"#,
        r#"{"dial_for_page": "c1"}"#,
        r#"{"report": {"card": "pold", "chat": "desk"}}"#,
    ] {
        serde_json::from_str::<Effect>(effect).unwrap();
    }
    serde_json::from_str::<Timer>(r#"{"page": "pold"}"#).unwrap();
}
