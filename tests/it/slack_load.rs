//! Much at once, with all limits of Slack's in the way of worker, store and reports together.

use callout::domain::change::{Change, Effect};
use callout::domain::ids::CardId;
use callout::domain::report::Place;
use callout::domain::settings::{LimitRule, Settings};

use crate::kit::{Way, Workspace, World, free, secs, workspace_of, workspace_with};
use crate::slack::{Fault, Limits, Settings as Rules};

/// Slack with all its limits.
fn limited() -> Rules {
    Rules { limits: Limits::usual(), ..free() }
}

fn unlimited_calls(settings: &mut Settings, _: &Workspace) {
    settings.call_by_caller = vec![LimitRule::new(10_000, 3_600, Some(10_000))];
    settings.ring_of_callee = vec![LimitRule::new(10_000, 3_600, None)];
    settings.open_calls_max = 1_000;
}

/// Nobody came too early, and nothing was posted twice.
fn kept_all_limits(s: &Workspace) {
    let early: Vec<_> = s.model.requests("*").into_iter().filter(|sent| sent.status == 429).collect();
    assert!(early.is_empty(), "{} came too early, the first: {:?}", early.len(), early[0]);
}

fn tell(channel: &str, n: usize) -> Effect {
    let place = Place { chat: "slack".into(), channel: channel.to_owned(), thread: None };
    Effect::Tell { card: CardId::new(format!("t{n}")), place, text: format!("message {n}") }
}

#[tokio::test]
async fn a_channel_that_takes_little_keeps_nobody_waiting_elsewhere() {
    workspace_with((Way::Http, limited()), unlimited_calls, async |w, s| {
        const MANY: usize = 700;
        let quiet = s.model.channel("quiet", &[s.user("ana"), &s.model.bot()]);
        let mut change = Change::default();
        (0..MANY).for_each(|n| change.act(tell(&s.ops, n), w.clock.now()));
        w.commits(change).await;
        w.advance(secs(1)).await;
        let mut change = Change::default();
        change.act(tell(&quiet, MANY), w.clock.now());
        w.commits(change).await;
        w.advance(secs(1)).await;
        assert_eq!(s.model.sees(s.user("ana"), &quiet).len(), 1, "it waits for nobody in #ops");
        w.advance(secs(MANY as u64 + 60)).await;
        let texts: Vec<String> = s.cards().into_iter().map(|seen| seen.text).collect();
        let expected: Vec<String> = (0..MANY).map(|n| format!("message {n}")).collect();
        assert_eq!(texts, expected, "each once, in order");
        kept_all_limits(s);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_posted_is_posted_in_order_later() {
    let adapt = |settings: &mut Settings, s: &Workspace| {
        unlimited_calls(settings, s);
        settings.ring = secs(600);
    };
    let people: Vec<String> = (0..12).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = std::iter::once("ana").chain(people.iter().map(String::as_str)).collect();
    workspace_of(&names, (Way::Socket, limited()), adapt, async |w, s| {
        s.model.next("chat.postMessage", 24, Fault::Refused(503));
        for person in &people {
            s.types(w, "ana", &format!("/call {person}")).await;
            w.advance(secs(1)).await;
        }
        w.advance(secs(300)).await;
        assert_eq!(s.requests("chat.postMessage"), 24 + s.cards().len() + lines(s).len());
        assert_eq!(posted(s), placed(w), "in the order in which they were placed");
    })
    .await;
}

/// Lines in all threads of #ops.
fn lines(s: &Workspace) -> Vec<String> {
    s.cards().iter().flat_map(|card| s.thread(card)).collect()
}

/// The calls whose cards stand in #ops, from top to bottom.
fn posted(s: &Workspace) -> Vec<String> {
    let id = |seen: &crate::slack::Seen| seen.buttons.first().map(|button| button.value.clone());
    s.cards().iter().filter_map(id).collect()
}

/// All calls, in the order in which they were placed.
fn placed(w: &World) -> Vec<String> {
    let database = rusqlite::Connection::open(w.database()).unwrap();
    let mut calls = database.prepare("SELECT id FROM call ORDER BY placed_at, rowid").unwrap();
    calls.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn after_an_hour_without_slack_a_channel_catches_up_once() {
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, limited()), unlimited_calls, async |w, s| {
            const CALLS: usize = 80;
            s.model.next("chat.*", 1_000_000, Fault::Refused(503));
            for _ in 0..CALLS / 2 {
                for callee in ["jack", "mira"] {
                    s.types(w, "ana", &format!("/call {callee}")).await;
                }
                w.advance(secs(90)).await;
            }
            assert_eq!(w.rings().len(), CALLS, "phones ring");
            s.model.clear_faults();
            w.advance(secs(600)).await;
            let texts: Vec<String> = s.cards().into_iter().map(|seen| seen.text).collect();
            let digests = texts.iter().filter(|text| text.contains("came to an end")).count();
            assert_eq!(digests, 1, "{texts:#?}");
            let all = placed(w);
            let named = |id: &String| s.cards().iter().filter(|seen| names(seen, id)).count();
            assert!(all.iter().all(|id| named(id) == 1), "each call is named once: {texts:#?}");
            let own = posted(s);
            assert!((50..=56).contains(&own.len()), "{} have messages of their own", own.len());
            assert_eq!(own, all[..own.len()], "the oldest, in order");
            let is_own = |seen: &&crate::slack::Seen| !seen.buttons.is_empty();
            assert!(s.cards().iter().filter(is_own).all(|seen| !seen.is_edited), "each as it ended");
            for card in s.cards().iter().filter(|card| !card.buttons.is_empty()) {
                let thread = s.thread(card);
                assert!(thread.first().is_some_and(|line| line.starts_with("Ringing")), "{thread:#?}");
                let once: std::collections::BTreeSet<&String> = thread.iter().collect();
                assert_eq!(once.len(), thread.len(), "each line once: {thread:#?}");
            }
            let early = s.model.requests("chat.*").iter().filter(|sent| sent.status == 429).count();
            assert_eq!(early, 0);
        })
        .await;
    }
}

/// Whether a message is the call's card, or tells of it with others.
fn names(seen: &crate::slack::Seen, id: &str) -> bool {
    seen.buttons.iter().any(|button| button.value == id) || seen.text.contains(&format!("({id})"))
}

#[tokio::test]
async fn of_many_live_calls_the_last_states_are_shown_first() {
    const LIVE: usize = 60;
    let people: Vec<String> = (0..LIVE).map(|n| format!("p{n}")).collect();
    let adapt = |settings: &mut Settings, s: &Workspace| {
        unlimited_calls(settings, s);
        settings.ring = secs(600);
    };
    let rules = limited();
    let names: Vec<&str> = std::iter::once("ana").chain(people.iter().map(String::as_str)).collect();
    workspace_of(&names, (Way::Http, rules), adapt, async |w, s| {
        for person in &people {
            s.types(w, "ana", &format!("/call {person}")).await;
            w.advance(secs(2)).await;
        }
        let (ending, answering) = people.split_at(LIVE / 2);
        for person in ending {
            w.handset(person).does("answer").await;
            w.advance(secs(3)).await;
        }
        w.advance(secs(120)).await;
        for (hangs_up, answers) in ending.iter().zip(answering) {
            w.handset(answers).does("answer").await;
            w.handset(hangs_up).does("hangup").await;
        }
        w.advance(secs(12)).await;
        let count = |what: &str| s.cards().iter().filter(|seen| seen.text.contains(what)).count();
        assert_eq!(count("ended after"), LIVE / 2, "every last state is shown");
        assert!(count(" answered at ") < LIVE / 2, "others wait for the next minute");
        w.advance(secs(120)).await;
        assert_eq!(count(" answered at "), LIVE / 2, "and are shown then");
        kept_all_limits(s);
    })
    .await;
}
