//! The board: a message that stays current while calls live.

use std::sync::Arc;

use super::super::call::Call;
use super::super::ids::CardId;
use super::call::{phrase, subject};
use super::lists::{count, left_out};
use super::when::clock_time;
use super::{Button, Card};

/// Most calls on a board.
pub const BOARD_CALLS_MAX: usize = 20;

/// The board as it is now. It changes only when a call does, so it holds instants, not ages.
#[must_use]
pub fn board_card(id: &CardId, calls: &[Arc<Call>], total: usize) -> Card {
    let mut lines = vec![match total {
        0 => "Live calls: none.".to_owned(),
        n => format!("{}:", count(n, "live call")),
    }];
    lines.extend(calls.iter().map(|call| board_line(call)));
    lines.extend(left_out(total, calls.len()));
    Card { id: id.clone(), text: lines.join("\n"), buttons: vec![Button::RemoveBoard], state: None }
}

fn board_line(call: &Call) -> String {
    let since = call.since();
    format!("• {}: {} since {} ({})", subject(call), phrase(call), clock_time(since), call.id)
}
