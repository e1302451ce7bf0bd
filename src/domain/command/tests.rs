//! How lines are read, and what is said to those that cannot be.

use proptest::prelude::*;

use super::kit::{BOUNDS, Renamed, Team, read, told};
use super::*;
use crate::domain::call::Media;
use crate::domain::report::text::plain;

fn call(callees: &[&str], media: Media, note: Option<&str>) -> CallWish {
    let callees = callees.iter().map(|id| PersonId::new(*id)).collect();
    CallWish { callees, media, note: note.map(str::to_owned) }
}

#[track_caller]
fn rings(line: &str, callees: &[&str], media: Media, note: Option<&str>) {
    assert_eq!(read(line), Ok(Command::Call(call(callees, media, note))), "{line}");
}

#[test]
fn leading_names_are_callees_then_media_then_the_note() {
    rings("/call jack", &["jack"], Media::Audio, None);
    rings("/call jack video", &["jack"], Media::Video, None);
    rings("/CALL JACK Video", &["jack"], Media::Video, None);
    rings("  /call   jack  mira\taudio  stand  up ", &["jack", "mira"], Media::Audio, Some("stand  up"));
    rings("/call jack db is down", &["jack"], Media::Audio, Some("db is down"));
    rings("/call jack video ask mira", &["jack"], Media::Video, Some("ask mira"));
    rings("/call jack the mirra video", &["jack"], Media::Audio, Some("the mirra video"));
    rings("/call jack video video", &["jack"], Media::Video, Some("video"));
    rings("/call jack n\0ow", &["jack"], Media::Audio, Some("now"));
}

#[test]
fn mentions_name_callees_and_each_is_rung_once() {
    for who in ["@jack", "@JACK", "<@U1>", "<@U1|jack>", "<@U1|jack smith>", "<@!42>", "<@42>"] {
        rings(&format!("/call {who} hi"), &["jack"], Media::Audio, Some("hi"));
    }
    rings("/call jack @jack JACK <@U1><@!42> ana", &["jack", "ana"], Media::Audio, None);
}

#[test]
fn a_word_that_only_looks_like_a_callee_rings_nobody() {
    let lookalike = |line: &str| match read(line) {
        Err(ParseError::LooksLikeCallee { word, nearest, wish }) => (word, nearest, wish),
        other => panic!("{line}: {other:?}"),
    };
    let (word, nearest, wish) = lookalike("/call jack mria video");
    assert_eq!((word.as_str(), nearest), ("mria", vec![PersonId::new("mira")]));
    assert_eq!(wish, Some(call(&["jack"], Media::Audio, Some("mria video"))));
    assert_eq!(lookalike("/call jack jack, now").2, Some(call(&["jack"], Media::Audio, Some("jack, now"))));
    assert_eq!(lookalike("/call jakc video").2, None);
    for word in ["@zoe", "<@U9>", "<@U9|zoe>", "<!here>", "<@&7>", "@everyone"] {
        assert_eq!(lookalike(&format!("/call jack {word}")).0, word);
        assert_eq!(lookalike(&format!("/call {word}")).2, None);
    }
    // Short words, a lone @ and what stands behind the media are notes.
    rings("/call jack and go", &["jack"], Media::Audio, Some("and go"));
    rings("/call jack @ 5", &["jack"], Media::Audio, Some("@ 5"));
    rings("/call jack audio @zoe", &["jack"], Media::Audio, Some("@zoe"));
    assert_eq!(lookalike("/call jac\u{212a}").0, "jac\u{212a}", "the Kelvin sign is no k");
}

#[test]
fn the_other_commands_are_read() {
    let id = |id: &str| id.to_owned();
    assert_eq!(read("/calls"), Ok(Command::Calls));
    assert_eq!(read("/calls Board"), Ok(Command::Board));
    assert_eq!(read("/calls history"), Ok(Command::History(None)));
    assert_eq!(read("/calls history <@U1>"), Ok(Command::History(Some(PersonId::new("jack")))));
    assert_eq!(read("/calls history @Ana"), Ok(Command::History(Some(PersonId::new("ana")))));
    assert_eq!(read("/calls show CABC"), Ok(Command::Show(id("cabc"))));
    assert_eq!(read("/calls hangup cabc"), Ok(Command::HangUp(id("cabc"))));
    assert_eq!(read("/callout me"), Ok(Command::Me));
    assert_eq!(read("/callout status"), Ok(Command::Status));
    assert_eq!(read("/callout"), Ok(Command::Help(None)));
    assert_eq!(read("/callout help"), Ok(Command::Help(None)));
    assert_eq!(read("/callout help calls"), Ok(Command::Help(Some(Root::Calls))));
    assert_eq!(read("/callout help /call"), Ok(Command::Help(Some(Root::Call))));
    assert_eq!(read("/call help"), Ok(Command::Help(Some(Root::Call))));
    assert_eq!(read("/calls help"), Ok(Command::Help(Some(Root::Calls))));
}

#[test]
fn configured_names_are_read_and_said() {
    let read = |line: &str| parse(line, &Renamed, &Team, BOUNDS);
    let said = |line: &str| read(line).unwrap_err().sentence(&Renamed);
    assert_eq!(read("/ring jack"), Ok(Command::Call(call(&["jack"], Media::Audio, None))));
    assert_eq!(read("/bot help ring"), Ok(Command::Help(Some(Root::Call))));
    insta::assert_snapshot!(said("/call jack"), @"There is no command “/call”. Did you mean /ring?");
    insta::assert_snapshot!(said("/ring"), @"/ring needs somebody to ring. Usage: /ring &lt;callee&gt;… [audio|video] [note]");
    insta::assert_snapshot!(said("/page jack"), @"/page is not built yet. /bot help lists what works today.");
}

#[test]
fn unknown_commands_get_the_nearest() {
    insta::assert_snapshot!(told(""), @"There is no command in that line. /callout help lists what works.");
    insta::assert_snapshot!(told("/cal jack"), @"There is no command “/cal”. Did you mean /call?");
    insta::assert_snapshot!(told("call jack"), @"There is no command “call”. Did you mean /call?");
    insta::assert_snapshot!(told("/dance"), @"There is no command “/dance”. /callout help lists what works.");
    insta::assert_snapshot!(told("/callout help dance"), @"There is no command “/dance”. /callout help lists what works.");
    insta::assert_snapshot!(told(&"/call ".repeat(1_000)), @"That line has 6000 characters, and I read at most 4000. Nothing was done.");
}

#[test]
fn what_is_not_built_yet_is_said_kindly() {
    insta::assert_snapshot!(told("/page payments db is down"), @"/page is not built yet. /callout help lists what works today.");
    insta::assert_snapshot!(told("/callout help ack"), @"/ack is not built yet. /callout help lists what works today.");
    insta::assert_snapshot!(told("/call jack OnCall:payments"), @"On-call schedules are not built yet, so “OnCall:payments” rings nobody. Name the people instead.");
    for root in Root::ALL.into_iter().filter(|root| root.spec().is_none()) {
        assert_eq!(read(&format!("/{} x", root.name())), Err(ParseError::NotBuiltYet { root, sub: None }));
    }
}

#[test]
fn misuse_gets_the_usage() {
    insta::assert_snapshot!(told("/call"), @"/call needs somebody to ring. Usage: /call &lt;callee&gt;… [audio|video] [note]");
    insta::assert_snapshot!(told("/call video jack"), @"/call needs somebody to ring. Usage: /call &lt;callee&gt;… [audio|video] [note]");
    insta::assert_snapshot!(told("/calls shwo c1"), @"/calls cannot do “shwo”. Did you mean /calls show? Usage: /calls · /calls board · /calls history [@who] · /calls show &lt;id&gt; · /calls hangup &lt;id&gt;");
    insta::assert_snapshot!(told("/calls jack"), @"/calls cannot do “jack”. Usage: /calls · /calls board · /calls history [@who] · /calls show &lt;id&gt; · /calls hangup &lt;id&gt;");
    insta::assert_snapshot!(told("/calls show"), @"/calls show needs the id of a call. Usage: /calls show &lt;id&gt;");
    insta::assert_snapshot!(told("/calls show c1 c2"), @"/calls show does not take “c2”. Usage: /calls show &lt;id&gt;");
    insta::assert_snapshot!(told("/callout me too"), @"/callout me does not take “too”. Usage: /callout me");
}

#[test]
fn unknown_people_get_the_nearest() {
    insta::assert_snapshot!(told("/call bob"), @"“bob” is nobody's name. Did you mean rob?");
    insta::assert_snapshot!(told("/call zzz"), @"“zzz” is nobody's name. Type a person's id, or mention them.");
    insta::assert_snapshot!(told("/call jikl"), @"“jikl” looks like somebody to ring, but is nobody's name. Did you mean jill? Nobody was rung.");
    insta::assert_snapshot!(told("/call jack mria video"), @"“mria” looks like somebody to ring, but is nobody's name. Did you mean mira? Nobody was rung. If it begins your note, press “Ring anyway, it is my note”.");
    insta::assert_snapshot!(told("/calls history <@U9>"), @"“U9” is not listed here. An admin can add them.");
    insta::assert_snapshot!(told("/calls history <@U9|mirra>"), @"“mirra” is not listed here. Did you mean mira?");
}

#[test]
fn bounds_are_said_with_the_number() {
    insta::assert_snapshot!(told("/call ana jack mira rob"), @"That is 4 people, and one call rings at most 3. Nobody was rung.");
    insta::assert_snapshot!(told("/call ana 123456789 123456789 1"), @"The note has 21 characters, and at most 20 are allowed. Nobody was rung.");
    insta::assert_snapshot!(told("/call ana @zoe 123456789 123456789"), @"The note has 24 characters, and at most 20 are allowed. Nobody was rung.");
    rings("/call ana 123456789 123456789é", &["ana"], Media::Audio, Some("123456789 123456789é"));
    rings("/call ana ana ana ana ana", &["ana"], Media::Audio, None);
}

#[test]
fn hostile_words_are_said_dead() {
    let seen = |line: &str| told(line).replace('\u{2060}', "⁜");
    insta::assert_snapshot!(seen("/call @zoe"), @"“@⁜zoe” looks like somebody to ring, but is nobody's name. Nobody was rung.");
    insta::assert_snapshot!(seen("/<!channel>"), @"There is no command “/&lt;⁜!channel&gt;”. /callout help lists what works.");
    insta::assert_snapshot!(seen("/call <@everyone>"), @"“everyone” looks like somebody to ring, but is nobody's name. Nobody was rung.");
    insta::assert_snapshot!(seen("/call jack @here"), @"“@⁜here” looks like somebody to ring, but is nobody's name. Nobody was rung. If it begins your note, press “Ring anyway, it is my note”.");
    insta::assert_snapshot!(seen("/calls ```@everyone"), @"/calls cannot do “```@⁜everyone```”. Usage: /calls · /calls board · /calls history [@who] · /calls show &lt;id&gt; · /calls hangup &lt;id&gt;");
}

fn lines() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("/call"),
        Just("/calls"),
        Just("/callout"),
        Just("/page"),
        Just("jack"),
        Just("@jack"),
        Just("mria"),
        Just("<@U1>"),
        Just("<@U9|@everyone>"),
        Just("<@"),
        Just("<!channel>"),
        Just("@everyone"),
        Just("@here"),
        Just("video"),
        Just("show"),
        Just("history"),
        Just("hangup"),
        Just("help"),
        Just("oncall:"),
        Just("oncall:<@U1>"),
        Just("```"),
        Just("&"),
        Just("\0"),
        Just("\u{202e}"),
        Just(">"),
    ];
    let word = prop_oneof![word.prop_map(str::to_owned), "\\PC{0,8}", ".{0,8}"];
    let gap = prop_oneof![4 => Just(" "), 1 => Just(""), 1 => Just("\n")];
    let words = proptest::collection::vec((word, gap), 0..10);
    let start =
        prop_oneof![Just(""), Just("/call "), Just("/call jack "), Just("/calls "), Just("/callout help ")];
    (start, words).prop_map(|(start, words)| {
        words.into_iter().fold(start.to_owned(), |line, (word, gap)| line + &word + gap)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_is_typed_is_answered_safely(line in lines()) {
        match read(&line) {
            Ok(Command::Call(wish)) => assert_in_bounds(&wish),
            Ok(_) => {}
            Err(error) => {
                if let ParseError::LooksLikeCallee { wish: Some(wish), .. } = &error {
                    assert_in_bounds(wish);
                }
                assert_safe(&error.sentence(&DefaultNames));
            }
        }
    }

    #[test]
    fn arbitrary_text_is_answered_safely(line in any::<String>()) {
        if let Err(error) = read(&line) {
            assert_safe(&error.sentence(&DefaultNames));
        }
    }
}

fn assert_in_bounds(wish: &CallWish) {
    assert!((1..=BOUNDS.callees_max).contains(&wish.callees.len()), "{wish:?}");
    let note = wish.note.as_deref().unwrap_or("x");
    assert!(!note.is_empty() && note.chars().count() <= BOUNDS.note_max_chars && note.trim() == note);
}

fn assert_safe(said: &str) {
    assert!(!said.contains(['<', '>', '\0', '\n', '\u{202e}']), "{said:?}");
    let entities = ["amp;", "lt;", "gt;"];
    assert!(said.split('&').skip(1).all(|rest| entities.iter().any(|e| rest.starts_with(e))), "{said:?}");
    let undone = plain(said).to_lowercase();
    for live in ["@everyone", "@here", "@channel", "<@", "<!"] {
        assert!(!undone.contains(live), "{live} in {said:?}");
    }
    assert!(said.chars().count() < 500, "{said:?}");
}
