//! What must not wait: a page, and whoever hangs up, behind as many dials as are carried out at once.

use std::time::Duration;

use callout::domain::call::{Call, Caller, Media, NewCall, Purpose};
use callout::domain::change::{Change, Effect};
use callout::domain::ids::{Account, CallId, PageId, PersonId};
use callout::domain::report::Place;
use callout::domain::settings::Settings;
use callout::worker::EFFECTS_AT_ONCE;

use crate::kit::{World, secs};

/// The engine's documented ceiling, of which a hundredth goes at once.
const PER_SECOND: u32 = 200;

/// A page's call to mira.
fn page_call(w: &World) -> Call {
    let mira = (PersonId::new("mira"), Account::new("mira"));
    let new = NewCall {
        purpose: Purpose::Talk,
        id: CallId::new("cpage1"),
        by: Caller::Page(PageId::new("p1")),
        place: Place { chat: "desk".to_owned(), channel: "main".to_owned(), thread: None },
        media: Media::Audio,
        note: None,
        reason: None,
        ring: secs(45),
        callees: vec![mira],
        announcement: None,
        duties: Vec::new(),
    };
    Call::place(new, w.clock.now())
}

#[tokio::test]
async fn a_page_and_a_hang_up_wait_behind_no_dial() {
    let mut settings = Settings::sandbox(&["ana", "jack", "mira", "zoe"]).unwrap();
    settings.call_by_caller.clear();
    settings.ring_of_callee.clear();
    settings.open_calls_max = 10_000;
    let mut w = World::new(settings).await;
    w.keeps_pace(PER_SECOND);
    w.start().await;
    let card = w.desk("ana").types("/call zoe").await.card();
    assert_eq!(w.handset("zoe").state().await, "ringing");
    w.advance(secs(1)).await;
    let burst = usize::try_from(PER_SECOND / 100).unwrap();
    for _ in 0..EFFECTS_AT_ONCE + burst {
        w.desk("ana").types_at_once("/call jack").await;
    }
    w.settle().await;
    assert_eq!(w.engine.dials().len(), 1 + burst, "all others wait, as many as are carried out at once");

    let call = page_call(&w);
    let mut change = Change { calls: vec![call.clone()], ..Change::default() };
    change.act(Effect::dial(&call), w.clock.now());
    w.commits(change).await;
    w.desk("ana").presses(&card, "Hang up").await;
    w.advance(Duration::from_millis(50)).await;
    assert_eq!(w.handset("mira").state().await, "ringing", "the page");
    assert_eq!(w.handset("zoe").state().await, "idle", "the hang-up");
    assert!(w.engine.dials().len() < 20, "the others keep the pace");
    w.crash();
}
