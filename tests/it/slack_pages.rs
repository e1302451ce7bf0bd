//! Pages in Slack: the form, the shortcut, words in threads, the app's page, who goes first.

use callout::domain::settings::{LimitRule, Settings};

use crate::kit::{Way, Workspace, World, free, secs, workspace_of, workspace_with};
use crate::slack::{Heard, Limits, Seen, Settings as Rules};

/// The stories begin on Tuesday, 10 March 2026, at 15:00 UTC.
const FILE: &str = r#"
[[person]]
id = "ana"
account = "ana"
roles = ["admin"]
[[person]]
id = "jack"
account = "jack"
[[person]]
id = "mira"
account = "mira"

[[schedule]]
id = "payments"
[[schedule.rotation]]
participants = ["jack", "mira"]
handoff = "Mon 09:00"
start = "2026-03-02"

[[policy]]
id = "payments"
[[policy.step]]
ring = ["jack"]
wait = "2m"
[[policy.step]]
ring = ["mira"]
wait = "2m"
"#;

fn with_policies(settings: &mut Settings, _: &Workspace) {
    let read = callout::config::parse("callout.toml", FILE).0.expect("the file is good").settings;
    (settings.policies, settings.schedules) = (read.policies, read.schedules);
    settings.call_by_caller = vec![LimitRule::new(1_000, 3_600, Some(1_000))];
    settings.ring_of_callee = vec![LimitRule::new(1_000, 3_600, None)];
    settings.open_calls_max = 1_000;
}

async fn over_both(story: impl AsyncFn(&mut World, &Workspace)) {
    for way in [Way::Socket, Way::Http] {
        workspace_with((way, free()), with_policies, &story).await;
    }
}

fn page(s: &Workspace) -> Seen {
    let mut pages = s.cards().into_iter().filter(|seen| seen.text.starts_with("Page "));
    pages.next().unwrap_or_else(|| panic!("no page: {:#?}", s.cards()))
}

/// Sends the form in that is on top. Returns what is wrong with it, by block.
async fn wrong(w: &World, s: &Workspace, who: &str, inputs: &[(&str, &str)]) -> String {
    let sent = s.model.submits(s.user(who), inputs).unwrap();
    match s.answered(w, sent).await {
        Heard::Errors(errors) => {
            errors.into_iter().map(|(block, what)| format!("{block}: {what}")).collect::<Vec<_>>().join("\n")
        }
        other => panic!("nothing is wrong: {other:?}"),
    }
}

#[tokio::test]
async fn page_alone_asks_whom_and_what_about() {
    over_both(async |w, s| {
        let nr = s.model.types(s.user("ana"), &s.ops, "/page").unwrap();
        s.answered(w, nr).await;
        let form = s.model.modal(s.user("ana")).unwrap();
        let fields: Vec<&str> = form.fields.iter().map(|field| field.block_id.as_str()).collect();
        assert_eq!((form.title.as_str(), fields), ("Page somebody", vec!["policy", "who", "id", "message"]));
        let nobody = wrong(w, s, "ana", &[("message", "db is down")]).await;
        insta::allow_duplicates! { insta::assert_snapshot!(nobody, @"id: Choose a policy or a person, or write an id."); }
        let both = [("policy", "payments"), ("who", s.user("mira")), ("message", "db is down")];
        let both = wrong(w, s, "ana", &both).await;
        insta::allow_duplicates! { insta::assert_snapshot!(both, @"who: A page goes to one policy or one person: leave the others empty."); }
        let sent = s.model.submits(s.user("ana"), &[("policy", "payments"), ("message", "db is\ndown")]).unwrap();
        s.answered(w, sent).await;
        w.advance(secs(1)).await;
        assert!(s.model.modal(s.user("ana")).is_none());
        let card = page(s);
        assert!(card.text.starts_with("Page payments: db is down\nNobody has it yet."), "{}", card.text);
        assert!(!card.is_pinned, "a page is no board");
        assert_eq!(w.handset("jack").state().await, "ringing");
        s.presses(w, "jack", (&card.ts, "Acknowledge")).await;
        w.advance(secs(5)).await;
        assert!(page(s).text.contains("jack has it since"), "{}", page(s).text);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_refused_stays_below_what_is_said() {
    over_both(async |w, s| {
        let nr = s.model.types(s.user("ana"), &s.ops, "/page").unwrap();
        s.answered(w, nr).await;
        let sent = s.model.submits(s.user("ana"), &[("id", "paymants"), ("message", "db is down")]).unwrap();
        s.answered(w, sent).await;
        let said = s.model.modal(s.user("ana")).unwrap().text;
        assert!(said.contains("paymants") && said.contains("payments"), "{said}");
        assert!(s.model.closes(s.user("ana")).unwrap().is_none());
        assert_eq!(
            s.model.modal(s.user("ana")).map(|form| form.fields.len()),
            Some(4),
            "nothing is typed again"
        );
    })
    .await;
}

#[tokio::test]
async fn a_message_is_what_a_page_is_about() {
    over_both(async |w, s| {
        let (ts, _) = s.model.says(s.user("mira"), &s.ops, None, "disk <full> on db1").unwrap();
        let nr = s.model.message_shortcut(s.user("ana"), &s.ops, &ts, "page_about").unwrap();
        s.answered(w, nr).await;
        let form = s.model.modal(s.user("ana")).unwrap();
        let message = form.fields.iter().find(|field| field.block_id == "message").unwrap();
        assert!(message.value.contains("on db1"), "{message:?}");
        let sent = s.model.submits(s.user("ana"), &[("who", s.user("mira"))]).unwrap();
        s.answered(w, sent).await;
        w.advance(secs(1)).await;
        assert!(page(s).text.starts_with("Page mira: disk"), "{}", page(s).text);
        assert_eq!(w.handset("mira").state().await, "ringing");
    })
    .await;
}

#[tokio::test]
async fn in_a_pages_thread_the_bot_understands_ack_after_a_restart_too() {
    over_both(async |w, s| {
        s.types(w, "ana", "/page payments db is down").await;
        w.advance(secs(3)).await;
        w.crash();
        w.start().await;
        s.comes_back(w).await;
        s.mentions(w, "jack", (Some(&page(s).ts), "ack 30m")).await;
        w.advance(secs(5)).await;
        assert!(page(s).text.contains("jack has it since"), "{}", page(s).text);
        assert_eq!(w.handset("jack").state().await, "idle");
        s.mentions(w, "jack", (Some(&page(s).ts), "close")).await;
        w.advance(secs(5)).await;
        assert!(page(s).text.contains("Closed by jack"), "{}", page(s).text);
    })
    .await;
}

#[tokio::test]
async fn where_a_page_was_asked_for_in_a_thread_its_words_are_understood() {
    over_both(async |w, s| {
        let (root, _) = s.model.says(s.user("ana"), &s.ops, None, "the db is down").unwrap();
        s.mentions(w, "ana", (Some(&root), "page payments look at this")).await;
        w.advance(secs(3)).await;
        w.crash();
        w.start().await;
        s.comes_back(w).await;
        s.mentions(w, "ana", (Some(&root), "escalate")).await;
        w.advance(secs(3)).await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        s.mentions(w, "mira", (Some(&root), "ack")).await;
        w.advance(secs(5)).await;
        let thread = s.model.thread(s.user("jack"), &s.ops, &root);
        assert!(thread.iter().any(|seen| seen.text.contains("mira has it since")), "{thread:#?}");
    })
    .await;
}

#[tokio::test]
async fn ack_is_understood_where_there_is_no_card() {
    over_both(async |w, s| {
        s.types(w, "ana", "/page payments db is down").await;
        w.advance(secs(3)).await;
        s.mentions(w, "jack", (None, "ack")).await;
        w.advance(secs(5)).await;
        assert!(page(s).text.contains("jack has it since"), "{}", page(s).text);
    })
    .await;
}

#[tokio::test]
async fn the_apps_page_shows_my_pages_and_my_shifts() {
    over_both(async |w, s| {
        s.types(w, "ana", "/page payments db is down").await;
        w.advance(secs(1)).await;
        let nr = s.model.opens_home(s.user("mira")).unwrap();
        s.answered(w, nr).await;
        let home = s.model.home(s.user("mira")).unwrap().text;
        assert!(home.contains("No open page concerns you."), "{home}");
        let nr = s.model.opens_home(s.user("jack")).unwrap();
        s.answered(w, nr).await;
        let home = s.model.home(s.user("jack")).unwrap().text;
        assert!(
            home.contains("Your 1 open page:\n• p") && home.contains("Page payments: db is down"),
            "{home}"
        );
        let shifts: Vec<&str> = home.lines().filter(|line| line.starts_with("• payments:")).collect();
        insta::allow_duplicates! { insta::assert_snapshot!(shifts.join("\n"), @r"
        • payments: from Mon 16 Mar 09:00, until Mon 23 Mar 09:00
        • payments: from Mon 30 Mar 09:00, until Mon 6 Apr 09:00
        "); }
    })
    .await;
}

#[tokio::test]
async fn a_pages_card_goes_before_all_calls_that_wait() {
    const CALLS: usize = 30;
    let people: Vec<String> = (0..CALLS).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> =
        ["ana", "jack", "mira"].into_iter().chain(people.iter().map(String::as_str)).collect();
    let adapt = |settings: &mut Settings, s: &Workspace| {
        with_policies(settings, s);
        settings.ring = secs(600);
    };
    let rules = Rules { limits: Limits::usual(), ..free() };
    workspace_of(&names, (Way::Http, rules), adapt, async |w, s| {
        for person in &people {
            s.types(w, "ana", &format!("/call {person}")).await;
        }
        s.types(w, "ana", "/page payments db is down").await;
        w.advance(secs(3)).await;
        let cards = s.cards();
        assert!(cards.len() < CALLS / 2, "most calls still wait: {}", cards.len());
        assert_eq!(page(s).text.lines().next(), Some("Page payments: db is down"));
        w.advance(secs(120)).await;
        assert_eq!(s.cards().len(), CALLS + 1);
        assert_eq!(refused(s), 0, "Slack was never asked too early");
    })
    .await;
}

/// Posts that came too early.
fn refused(s: &Workspace) -> usize {
    s.model.requests("chat.*").iter().filter(|sent| sent.status == 429).count()
}
