//! How lines are read, and what is said to those that cannot be.

use proptest::prelude::*;

use super::kit::{BOUNDS, Renamed, Team, read, told};
use super::*;
use crate::domain::call::Media;
use crate::domain::report::text::plain;

fn call(callees: &[&str], media: Media, note: Option<&str>) -> CallLine {
    let callee = |name: &&str| match name.strip_prefix("oncall:") {
        Some(schedule) => Callee::OnCall(ScheduleId::new(schedule)),
        None => Callee::Person(PersonId::new(*name)),
    };
    CallLine { callees: callees.iter().map(callee).collect(), media, note: note.map(str::to_owned) }
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
    assert_eq!((word.as_str(), nearest), ("mria", vec!["mira".to_owned()]));
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
fn schedules_and_policies_are_named() {
    rings("/call OnCall:Payments jack video", &["oncall:payments", "jack"], Media::Video, None);
    rings("/call oncall:payments oncall:payments hi", &["oncall:payments"], Media::Audio, Some("hi"));
    insta::assert_snapshot!(told("/call oncall:paymnets"), @"“oncall:paymnets” looks like a schedule, but there is none of that name. Did you mean oncall:payments? Nobody was rung.");
    insta::assert_snapshot!(told("/call jack oncall:web"), @"“oncall:web” looks like a schedule, but there is none of that name. Nobody was rung. If it begins your note, press “Ring anyway, it is my note”.");
    let payments = || Some(ScheduleId::new("payments"));
    assert_eq!(read("/oncall"), Ok(Command::OnCall(None)));
    assert_eq!(read("/oncall Payments"), Ok(Command::OnCall(payments())));
    assert_eq!(read("/oncall oncall:payments"), Ok(Command::OnCall(payments())));
    assert_eq!(read("/oncall help"), Ok(Command::Help(Some(Root::OnCall))));
    insta::assert_snapshot!(told("/oncall paymnets"), @"There is no schedule “paymnets”. Did you mean /oncall payments?");
    insta::assert_snapshot!(told("/oncall simulat checkout"), @"There is no schedule “simulat”. Did you mean /oncall simulate?");
    insta::assert_snapshot!(told("/oncall web"), @"There is no schedule “web”. /oncall lists them.");
    insta::assert_snapshot!(told("/oncall payments now"), @"/oncall does not take “now”. Usage: /oncall [schedule] · /oncall simulate &lt;policy or person&gt; [when] · /oncall take &lt;schedule&gt; &lt;until&gt; · /oncall override &lt;schedule&gt; &lt;who|nobody&gt; [for @who] &lt;from&gt; &lt;to&gt; · /oncall undo &lt;id&gt;");
    let simulate = |policy: &str, when: Option<&str>| {
        Ok(Command::Simulate { policy: policy.to_owned(), when: when.map(str::to_owned) })
    };
    assert_eq!(read("/oncall simulate Checkout"), simulate("checkout", None));
    assert_eq!(read("/oncall simulate @jack Sun 02:30 "), simulate("jack", Some("Sun 02:30")));
    insta::assert_snapshot!(told("/oncall simulate chekout"), @"There is no policy “chekout”. Did you mean checkout?");
    insta::assert_snapshot!(told("/oncall simulate payments"), @"There is no policy “payments”. Type the id of a policy or of a person.");
    insta::assert_snapshot!(told("/oncall simulate"), @"/oncall simulate needs a policy or a person. Usage: /oncall simulate &lt;policy or person&gt; [when]");
}

#[test]
fn changes_of_a_schedule_are_read() {
    let payments = || ScheduleId::new("payments");
    let id = PersonId::new;
    let take = Command::Take { schedule: payments(), until: "Mon 09:00".into() };
    assert_eq!(read("/oncall take Payments  Mon 09:00 "), Ok(take));
    let change = |what| Ok(Command::Override { schedule: payments(), what, span: "now 2h".into() });
    assert_eq!(read("/oncall override payments @jack now 2h"), change(Replacement::Add(id("jack"))));
    assert_eq!(read("/oncall override payments nobody now 2h"), change(Replacement::Nobody));
    assert_eq!(
        read("/oncall override payments Nobody FOR mira now 2h"),
        change(Replacement::Remove(id("mira")))
    );
    let replace = Replacement::Replace { who: id("jack"), instead_of: id("mira") };
    assert_eq!(read("/oncall override payments <@U1> for @mira now 2h"), change(replace));
    assert_eq!(read("/oncall undo OABC"), Ok(Command::Undo("oabc".into())));
    insta::assert_snapshot!(told("/oncall take"), @"/oncall take needs a schedule. Usage: /oncall take &lt;schedule&gt; &lt;until&gt;");
    insta::assert_snapshot!(told("/oncall take payments"), @"/oncall take needs a time. Usage: /oncall take &lt;schedule&gt; &lt;until&gt;");
    insta::assert_snapshot!(told("/oncall take paymnets 2h"), @"There is no schedule “paymnets”. Did you mean /oncall payments?");
    insta::assert_snapshot!(told("/oncall override payments jakc now 2h"), @"“jakc” is nobody's name. Did you mean jack?");
    insta::assert_snapshot!(told("/oncall override payments @jack"), @"/oncall override needs from when to when. Usage: /oncall override &lt;schedule&gt; &lt;who|nobody&gt; [for @who] &lt;from&gt; &lt;to&gt;");
    insta::assert_snapshot!(told("/oncall override payments @jack for"), @"/oncall override needs a person. Usage: /oncall override &lt;schedule&gt; &lt;who|nobody&gt; [for @who] &lt;from&gt; &lt;to&gt;");
    insta::assert_snapshot!(told("/oncall undo"), @"/oncall undo needs the id of a change. Usage: /oncall undo &lt;id&gt;");
}

#[test]
fn configured_names_are_read_and_said() {
    let read = |line: &str| parse(line, &Renamed, &Team, BOUNDS);
    let said = |line: &str| read(line).unwrap_err().sentence(&Renamed);
    assert_eq!(read("/ring jack"), Ok(Command::Call(call(&["jack"], Media::Audio, None))));
    assert_eq!(read("/bot help ring"), Ok(Command::Help(Some(Root::Call))));
    insta::assert_snapshot!(said("/call jack"), @"There is no command “/call”. Did you mean /ring?");
    insta::assert_snapshot!(said("/ring"), @"/ring needs somebody to ring. Usage: /ring &lt;callee&gt;… [audio|video] [note]");
    insta::assert_snapshot!(said("/oncall slo"), @"/oncall slo is not built yet. /bot help lists what works today.");
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
    insta::assert_snapshot!(told("/oncall slo"), @"/oncall slo is not built yet. /callout help lists what works today.");
    for root in Root::ALL.into_iter().filter(|root| root.spec().is_none()) {
        assert_eq!(read(&format!("/{} x", root.name())), Err(ParseError::NotBuiltYet { root, sub: None }));
    }
}

#[test]
fn pages_are_named_or_meant() {
    let page = |target: &str, message: &str| Command::Page { target: target.into(), message: message.into() };
    assert_eq!(read("/page checkout db is down"), Ok(page("checkout", "db is down")));
    assert_eq!(read("/page @jack come"), Ok(page("jack", "come")));
    assert_eq!(read("/page <@U1> come"), Ok(page("jack", "come")));
    let ack = |id: Option<&str>, minutes: Option<u64>| Command::Ack {
        id: id.map(str::to_owned),
        promise: minutes.map(|minutes| std::time::Duration::from_secs(60 * minutes)),
    };
    assert_eq!(read("/ack"), Ok(ack(None, None)));
    assert_eq!(read("/ack PABC"), Ok(ack(Some("pabc"), None)));
    assert_eq!(read("/ack 30m"), Ok(ack(None, Some(30))));
    assert_eq!(read("/ack pabc 2h"), Ok(ack(Some("pabc"), Some(120))));
    let escalate = |id: Option<&str>, who: Option<&str>| Command::Escalate {
        id: id.map(str::to_owned),
        who: who.map(PersonId::new),
        instead: false,
    };
    assert_eq!(read("/escalate"), Ok(escalate(None, None)));
    assert_eq!(read("/escalate @mira"), Ok(escalate(None, Some("mira"))));
    assert_eq!(read("/escalate pabc mira"), Ok(escalate(Some("pabc"), Some("mira"))));
    let to = |id: Option<&str>, who: &str| Command::Escalate {
        id: id.map(str::to_owned),
        who: Some(PersonId::new(who)),
        instead: true,
    };
    assert_eq!(read("/escalate to @mira"), Ok(to(None, "mira")));
    assert_eq!(read("/escalate pabc TO mira"), Ok(to(Some("pabc"), "mira")));
    for (line, minutes) in
        [("/ack snooze", 30), ("/ack Snooze 1h", 60), ("/ack pabc snooze", 30), ("/ack pabc snooze 2h", 120)]
    {
        let id = line.contains("pabc").then_some("pabc");
        assert_eq!(read(line), Ok(ack(id, Some(minutes))), "{line}");
    }
    assert_eq!(read("/close"), Ok(Command::Close(None)));
    assert_eq!(read("/pages show PABC"), Ok(Command::ShowPage("pabc".into())));
    insta::assert_snapshot!(told("/page"), @"/page needs a policy or a person. Usage: /page &lt;policy or person&gt; &lt;message&gt;");
    insta::assert_snapshot!(told("/page jack"), @"/page needs a message. Usage: /page &lt;policy or person&gt; &lt;message&gt;");
    insta::assert_snapshot!(told("/page chekout db"), @"There is no policy “chekout”. Did you mean checkout?");
    insta::assert_snapshot!(told("/escalate pabc to"), @"/escalate needs a person. Usage: /escalate [id] [@who] [to @who]");
    insta::assert_snapshot!(told("/escalate pabc jack to mira"), @"/escalate does not take “to”. Usage: /escalate [id] [@who] [to @who]");
    insta::assert_snapshot!(told("/ack pabc 5s"), @"/ack: 5s is too short or too long, promise 1m to 1w. Usage: /ack [id] [30m]");
    insta::assert_snapshot!(told("/ack pabc soon"), @"/ack: “soon” is not a duration, write a whole number and a unit, as in 90s, 2m, 1h, 1d or 2w. Usage: /ack [id] [30m]");
    insta::assert_snapshot!(told("/ack pabc 30m now"), @"/ack does not take “now”. Usage: /ack [id] [30m]");
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
        Just("oncall:payments"),
        Just("/oncall"),
        Just("simulate"),
        Just("checkout"),
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

fn assert_in_bounds(wish: &CallLine) {
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
