//! A card, a line, a receipt, as Block Kit with the text beside it, within all limits. Nobody is ever mentioned.

use serde::Serialize;
use serde_json::{Value, json};

use super::limits::{
    ACTION_ID_MAX, BLOCKS_SUM_MAX, LABEL_MAX, ROW_MAX, ROWS_MAX, SECTION_MAX, TEXT_MAX, VALUE_MAX, cut,
    length,
};
use super::mrkdwn::mrkdwn;
use crate::domain::ids::CardId;
use crate::domain::report::{Button, left_out};

/// What precedes the label in the id of one of our buttons.
const PREFIX: &str = "callout:";

/// What a message shows. As an edit, it replaces everything that was there.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown {
    text: String,
    blocks: Vec<Value>,
}

/// `text` (escaped), with `buttons` of `card`.
pub(super) fn shown(text: &str, card: Option<&CardId>, buttons: &[Button]) -> Shown {
    let text = mrkdwn(text);
    let mut blocks: Vec<Value> = pages(&text).iter().map(|page| section(page)).collect();
    if let Some(card) = card {
        let all: Vec<Value> =
            buttons.iter().take(ROW_MAX * ROWS_MAX).map(|button| press(card, *button)).collect();
        blocks.extend(all.chunks(ROW_MAX).map(|row| json!({ "type": "actions", "elements": row })));
    }
    Shown { text: cut(&text, TEXT_MAX), blocks }
}

/// A text as sections, for messages, forms and home tabs.
pub(super) fn sections(escaped: &str) -> Vec<Value> {
    pages(&mrkdwn(escaped)).iter().map(|page| section(page)).collect()
}

/// Plain text, where no mark-up is read.
pub(super) fn plain(text: &str, max: usize) -> Value {
    json!({ "type": "plain_text", "text": cut(text, max), "emoji": false })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

/// Whole lines in as many pages as the limits allow; the last one says how many lines do not fit.
fn pages(text: &str) -> Vec<String> {
    // Longer than any note of how much is left out.
    const NOTE: usize = 40;
    // A section without a text is refused.
    let text = if text.trim().is_empty() { "…" } else { text };
    let lines: Vec<String> = text.split('\n').map(|line| cut(line, SECTION_MAX - NOTE)).collect();
    let (mut pages, mut page, mut sum) = (Vec::new(), String::new(), 0);
    for (index, line) in lines.iter().enumerate() {
        let more = length(line) + 1;
        if sum + more + NOTE > BLOCKS_SUM_MAX {
            page.extend(left_out(lines.len(), index).map(|note| format!("\n{note}")));
            break;
        }
        if !page.is_empty() && length(&page) + more + NOTE > SECTION_MAX {
            pages.push(std::mem::take(&mut page));
        }
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(line);
        sum += more;
    }
    pages.push(page);
    pages.retain(|page| !page.trim().is_empty());
    pages
}

fn press(card: &CardId, button: Button) -> Value {
    let mut press = json!({
        "type": "button", "text": plain(button.label(), LABEL_MAX),
        "action_id": action_id(button.label()), "value": cut(card.as_str(), VALUE_MAX),
    });
    if let Some(style) = style(button) {
        press["style"] = json!(style);
    }
    press
}

/// Red ends something, green goes on; the rest has no colour. Each button is decided: what is green is found at three in the
/// morning.
const fn style(button: Button) -> Option<&'static str> {
    match button {
        Button::HangUp => Some("danger"),
        Button::RingAnyway
        | Button::RingAnywayNote
        | Button::EnterCode
        | Button::DoItNow
        | Button::Confirm
        | Button::Acknowledge
        | Button::SnoozeAnyway
        | Button::AcknowledgeAnyway
        | Button::EscalateAnyway
        | Button::CloseAnyway
        | Button::ReopenAnyway => Some("primary"),
        Button::RingAgain
        | Button::DontRing
        | Button::RemoveBoard
        | Button::Escalate
        | Button::HandOver
        | Button::Snooze
        | Button::Close
        | Button::Reopen
        | Button::ApplyPolicy => None,
    }
}

/// `callout:<button>`: an untrusted reminder of what was offered, as is the value. Who presses is judged anew.
fn action_id(label: &str) -> String {
    cut(&format!("{PREFIX}{label}"), ACTION_ID_MAX)
}

/// The label that an `action_id` reminds of; `None`: it is not one of ours.
pub(super) fn label_of(action_id: &str) -> Option<&str> {
    action_id.strip_prefix(PREFIX).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(shown: &Shown) -> Value {
        serde_json::to_value(shown).unwrap()
    }

    #[test]
    fn a_card_is_a_section_with_buttons_and_the_text_beside_it() {
        let card = CardId::new("c7q2");
        let shown = value(&shown("ana calls jack (video): ringing.", Some(&card), &[Button::HangUp]));
        assert_eq!(shown["text"], "ana calls jack (video): ringing.");
        assert_eq!(shown["blocks"][0]["text"]["text"], "ana calls jack (video): ringing.");
        let button = &shown["blocks"][1]["elements"][0];
        assert_eq!((&button["action_id"], &button["value"]), (&json!("callout:Hang up"), &json!("c7q2")));
        assert_eq!((&button["style"], &button["text"]["type"]), (&json!("danger"), &json!("plain_text")));
    }

    #[test]
    fn a_long_text_is_several_sections_and_says_what_is_left_out() {
        let text: Vec<String> = (0..900).map(|n| format!("• call_{n} of somebody to somebody")).collect();
        let shown = value(&shown(&text.join("\n"), None, &[]));
        let pages: Vec<&str> =
            shown["blocks"].as_array().unwrap().iter().map(|b| b["text"]["text"].as_str().unwrap()).collect();
        assert!(pages.len() > 1 && pages.iter().all(|page| length(page) <= SECTION_MAX));
        assert!(pages.iter().map(|page| length(page)).sum::<usize>() <= BLOCKS_SUM_MAX);
        assert!(pages.last().unwrap().ends_with(" more"), "{:?}", pages.last());
        assert!(length(shown["text"].as_str().unwrap()) <= TEXT_MAX);
    }

    #[test]
    fn no_section_is_ever_empty() {
        for text in ["", "\n\n", " "] {
            let shown = value(&shown(text, None, &[]));
            assert_eq!(shown["blocks"].as_array().unwrap().len(), 1, "{shown}");
            assert_eq!(shown["blocks"][0]["text"]["text"], "…");
        }
        let one = value(&shown(&"x".repeat(20_000), None, &[]));
        assert!(one["blocks"][0]["text"]["text"].as_str().unwrap().ends_with('…'));
    }

    #[test]
    fn every_button_is_read_back_and_others_are_not() {
        for button in Button::ALL {
            let id = action_id(button.label());
            assert_eq!(label_of(&id), Some(button.label()));
        }
        for other in ["", "callout:", "Hang up", "x:Hang up"] {
            assert_eq!(label_of(other), None, "{other}");
        }
    }
}
