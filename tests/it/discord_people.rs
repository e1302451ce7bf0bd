//! People on Discord: who they are, what they chose, a test call.

use callout::domain::person::Directory;

use crate::discord::{Heard, RateLimits, Settings as Rules};
use crate::kit::{guild, guild_with, message, secs};
use crate::people::code_on;

#[tokio::test]
async fn what_concerns_oneself_is_asked_and_chosen_on_discord() {
    guild(async |w, g| {
        let me = message(g.types(w, "jack", "/callout me").await);
        assert!(me.is_private);
        let user = g.user("jack").to_string();
        insta::assert_snapshot!(me.text.replace(&user, "U"), @r"
        You are jack, account jack at the call engine.
        It is 15:00 for you (UTC). No quiet hours.
        Linked: discord:U, as callout.toml says.
        You may call, page and see.
        ");
        let quiet = message(g.types(w, "jack", "/callout quiet hours:22:00-07:00").await);
        assert!(
            quiet.is_private && quiet.text.starts_with("Quiet hours: 22:00-07:00, chosen here"),
            "{quiet:?}"
        );
        let test = message(g.types(w, "jack", "/callout test").await);
        assert!(!test.is_private);
        w.advance(secs(1)).await;
        assert!(g.card().text.starts_with("Test call to jack (audio): ringing"), "{}", g.card().text);
        assert_eq!(w.handset("jack").shows().await["title"], "Test call: nothing is wrong");
        w.handset("jack").does("decline").await;
    })
    .await;
}

#[tokio::test]
async fn a_stranger_is_linked_by_a_ring_a_form_and_then_does_what_they_asked() {
    let adapt = |settings: &mut callout::domain::settings::Settings, _: &crate::kit::Guild| {
        let people = settings.people.iter().cloned().map(|mut person| {
            person.discord = person.discord.filter(|_| person.id.as_str() != "jack");
            person
        });
        settings.people = std::sync::Arc::new(Directory::new(people.collect()).unwrap());
    };
    guild_with(Rules { limits: RateLimits::none(), ..Rules::default() }, adapt, async |w, g| {
        let stranger = message(g.types(w, "zoe", "/call callees:mira media:video note:the db").await);
        assert!(stranger.is_private && stranger.text.contains("/callout link <your id>"), "{stranger:?}");
        let rings = message(g.types(w, "zoe", "/callout link account:jack").await);
        assert_eq!((rings.is_private, rings.buttons[0].label.as_str()), (true, "Enter code"));
        let code = code_on(w, "jack").await;
        let asked = g.model.press(g.user("zoe"), rings.id, "Enter code").unwrap();
        let form = Heard::Form("Link to a person".into(), vec!["The code that the phone shows".into()]);
        assert_eq!(g.answered(w, asked).await, form);
        let sent = g.model.submit(asked, &[("text", &code)]).unwrap();
        g.answered(w, sent).await;
        let linked = g.model.message(rings.id).unwrap();
        assert!(linked.text.starts_with("You are jack here now."), "{linked:?}");
        g.presses(w, "zoe", (linked.id, "Do it now")).await;
        w.advance(secs(1)).await;
        assert_eq!(w.handset("mira").state().await, "ringing");
        insta::assert_snapshot!(g.card().text, @r"
        jack calls mira (video): ringing until 15:00:45 UTC.
        Note: the db
        ");
        w.handset("mira").does("decline").await;
    })
    .await;
}
