//! Discord's limits: who goes first when not everybody may.

use std::sync::Arc;
use std::time::Duration;

use callout::chat::discord::{Discord, DiscordSettings, Reach};
use callout::clock::Clock;
use callout::domain::call::CallState;
use callout::domain::ids::CardId;
use callout::domain::report::{Card, Place};
use callout::ports::Chat;
use callout::task::spawn;

use crate::discord::{Discord as Model, Fault, Id, Limit, RateLimits, Settings as Rules};
use crate::kit::secs;

const EDITS: &str = "PATCH /channels/*/messages/*";

fn one_edit_in(span: Duration) -> Rules {
    let limits =
        RateLimits { global: None, routes: vec![(EDITS.to_owned(), Limit::new(1, span))], others: None };
    Rules { limits, ..Rules::default() }
}

/// What was taken of the edits: their texts' beginnings, in the order of arrival.
fn edits(model: &Model) -> Vec<String> {
    let taken = model.requests(EDITS).into_iter().filter(|sent| sent.status == 200);
    taken.map(|sent| sent.body["content"].as_str().unwrap().chars().take(5).collect()).collect()
}

/// Whose limiter waits beside ours.
#[derive(Clone, Copy)]
enum Limiter {
    /// serenity's: at a peer with TLS.
    Serenitys,
    /// Nobody's: at one on loopback.
    None,
}

/// A bot, in real time, which is serenity's.
async fn bot(limiter: Limiter, rules: Rules) -> (Arc<Model>, Arc<Discord>, Id) {
    let model = Model::start(Clock::system(), rules).await;
    let ops = model.add_channel("ops");
    let reach = match limiter {
        Limiter::None => Reach::checked(Some(&model.url()), None),
        Limiter::Serenitys => {
            let (url, authority) = model.with_tls().await;
            Reach::checked(Some(&url), Some(authority.as_bytes()))
        }
    };
    let reach = reach.unwrap();
    let settings = DiscordSettings { token: model.token().into(), reach };
    (model, Discord::new(settings, Clock::system()).unwrap(), ops)
}

fn card(id: &str, text: &str, state: Option<CallState>) -> Card {
    Card { id: CardId::new(id), text: text.to_owned(), buttons: Vec::new(), state }
}

/// Edits a board, then again, and while that waits comes something more urgent: it goes first.
async fn overtakes(limiter: Limiter, rules: Rules, (slow, urgent): (Card, Card), fault: Option<Fault>) {
    let (model, bot, ops) = bot(limiter, rules).await;
    let place = Place { chat: "discord".into(), channel: ops.to_string(), thread: None };
    let posted = bot.post_card(&place, &card("one", "a card", None)).await.unwrap().message;
    bot.edit_card(&place, &posted, &card("one", "first", None)).await.unwrap();
    if let Some(fault) = fault {
        model.next(EDITS, 1, fault);
    }
    let edit = |card: Card| {
        let (bot, place, posted) = (Arc::clone(&bot), place.clone(), posted.clone());
        spawn("an edit", async move {
            bot.edit_card(&place, &posted, &card).await.unwrap();
        })
    };
    let expected = ["first".to_owned(), urgent.text.clone(), slow.text.clone()];
    let first = edit(slow);
    Clock::system().sleep(Duration::from_millis(300)).await;
    let second = edit(urgent);
    model.until("three edits", |model| (edits(model).len() == 3).then_some(())).await;
    assert_eq!(edits(&model), expected);
    let refused = model.journal().iter().filter(|exchange| exchange.status == 429).count();
    let made = usize::from(matches!(fault, Some(Fault::TooEarly(_))));
    assert_eq!(refused, made, "the headers are believed");
    drop((first, second));
    model.is_to_the_letter();
}

async fn the_end_overtakes(limiter: Limiter, rules: Rules, fault: Option<Fault>) {
    let board = card("board_1", "board", None);
    overtakes(limiter, rules, (board, card("c1", "ended", Some(CallState::Ended))), fault).await;
}

fn unlimited() -> Rules {
    Rules { limits: RateLimits::none(), ..Rules::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_overtakes_a_board_that_waits_for_a_limit() {
    the_end_overtakes(Limiter::None, one_edit_in(secs(2)), None).await;
    the_end_overtakes(Limiter::Serenitys, one_edit_in(secs(2)), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_overtakes_a_board_that_was_refused() {
    let early = || Some(Fault::TooEarly(secs(2)));
    the_end_overtakes(Limiter::None, unlimited(), early()).await;
    the_end_overtakes(Limiter::Serenitys, unlimited(), early()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_does_not_wait_for_the_answer_to_a_board() {
    the_end_overtakes(Limiter::None, unlimited(), Some(Fault::Held(secs(2)))).await;
    the_end_overtakes(Limiter::Serenitys, unlimited(), Some(Fault::Held(secs(2)))).await;
}

/// Its button is what somebody waits for whose phone rings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_overtakes_boards_live_calls_and_last_states() {
    let page = || card("paaaaaaaaaaaa", "paged", None);
    for slow in [card("board_1", "board", None), card("c1", "rings", Some(CallState::Ringing))] {
        overtakes(Limiter::None, one_edit_in(secs(2)), (slow.clone(), page()), None).await;
        overtakes(Limiter::Serenitys, one_edit_in(secs(2)), (slow, page()), None).await;
    }
    let end = card("c2", "ended", Some(CallState::Ended));
    overtakes(Limiter::None, one_edit_in(secs(2)), (end, page()), None).await;
}
