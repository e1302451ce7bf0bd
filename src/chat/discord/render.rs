//! A card, a line, a receipt, as a message of Discord's, within all limits.
//!
//! A text is the message's content, which phones show in notifications and which needs no permission. Only one that is
//! longer goes into embeds. Nobody is ever mentioned.

use serde::Serialize;
use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateInputText,
    CreateModal, InputTextStyle,
};

use super::limits::{
    CONTENT_MAX, CUSTOM_ID_MAX, DESCRIPTION_MAX, EMBEDS_SUM_MAX, LABEL_MAX, ROW_MAX, ROWS_MAX, TITLE_MAX,
    cut, length,
};
use super::markdown::markdown;
use crate::domain::ids::CardId;
use crate::domain::report::{Button, left_out};

/// What precedes a card's id in the id of a button.
const PREFIX: &str = "c:";
/// The one field of a modal.
const FIELD: &str = "text";
/// What fits into the field of a modal, in characters: what is kept of a reason.
const FIELD_MAX: u16 = 200;

/// What a message shows. As an edit, it replaces everything that was there.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown {
    content: String,
    embeds: Vec<CreateEmbed>,
    components: Vec<CreateActionRow>,
    allowed_mentions: CreateAllowedMentions,
}

impl Shown {
    /// What is shown without embeds.
    pub(super) fn content(&self) -> &str {
        &self.content
    }
}

/// `text` (escaped), with `buttons` of `card`.
pub(super) fn shown(text: &str, card: Option<&CardId>, buttons: &[Button]) -> Shown {
    let (content, embeds) = body(text);
    let components = card.map(|card| rows(card, buttons)).unwrap_or_default();
    Shown { content, embeds, components, allowed_mentions: CreateAllowedMentions::new() }
}

/// The text as content, or as embeds when it is too long for that.
fn body(text: &str) -> (String, Vec<CreateEmbed>) {
    let text = markdown(text);
    if length(&text) <= CONTENT_MAX {
        return (text, Vec::new());
    }
    let embeds = pages(&text).into_iter().map(|page| CreateEmbed::new().description(page));
    (String::new(), embeds.collect())
}

/// Whole lines in as many pages as the limits allow; the last one says how many lines do not fit.
fn pages(text: &str) -> Vec<String> {
    // Longer than any note of how much is left out.
    const NOTE: usize = 40;
    let lines: Vec<String> = text.split('\n').map(|line| cut(line, DESCRIPTION_MAX - NOTE)).collect();
    let (mut pages, mut page, mut sum) = (Vec::new(), String::new(), 0);
    for (index, line) in lines.iter().enumerate() {
        let more = length(line) + 1;
        if sum + more + NOTE > EMBEDS_SUM_MAX {
            page.extend(left_out(lines.len(), index).map(|note| format!("\n{note}")));
            break;
        }
        if !page.is_empty() && length(&page) + more + NOTE > DESCRIPTION_MAX {
            pages.push(std::mem::take(&mut page));
        }
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(line);
        sum += more;
    }
    pages.push(page);
    pages
}

fn rows(card: &CardId, buttons: &[Button]) -> Vec<CreateActionRow> {
    let buttons: Vec<CreateButton> =
        buttons.iter().take(ROW_MAX * ROWS_MAX).map(|button| press(card, *button)).collect();
    buttons.chunks(ROW_MAX).map(|row| CreateActionRow::Buttons(row.to_vec())).collect()
}

fn press(card: &CardId, button: Button) -> CreateButton {
    CreateButton::new(custom_id(card, button.label()))
        .label(cut(button.label(), LABEL_MAX))
        .style(style(button))
}

/// Red ends something, blue goes on, grey is the rest. Each button is decided: what is blue is found at three in the morning.
const fn style(button: Button) -> ButtonStyle {
    match button {
        Button::HangUp => ButtonStyle::Danger,
        Button::RingAnyway
        | Button::RingAnywayNote
        | Button::EnterCode
        | Button::DoItNow
        | Button::Confirm
        | Button::Acknowledge
        | Button::AcknowledgeAnyway
        | Button::SnoozeAnyway
        | Button::EscalateAnyway
        | Button::CloseAnyway
        | Button::ReopenAnyway => ButtonStyle::Primary,
        Button::RingAgain
        | Button::DontRing
        | Button::RemoveBoard
        | Button::Escalate
        | Button::HandOver
        | Button::Snooze
        | Button::Close
        | Button::Reopen
        | Button::ApplyPolicy => ButtonStyle::Secondary,
    }
}

/// `c:<card>:<button>`: an untrusted reminder of what was offered. Who presses is judged anew.
pub(super) fn custom_id(card: &CardId, label: &str) -> String {
    cut(&format!("{PREFIX}{card}:{label}"), CUSTOM_ID_MAX)
}

/// What a `custom_id` reminds of; `None`: it is not one of ours.
pub(super) fn of_custom_id(id: &str) -> Option<(CardId, &str)> {
    let (card, button) = id.strip_prefix(PREFIX)?.split_once(':')?;
    (!card.is_empty()).then(|| (CardId::new(card), button))
}

/// A form that asks for the text of a button, in the old shape: the new one is read as empty (chat platforms, 1.3).
pub(super) fn form(custom_id: &str, title: &str, label: &str) -> CreateModal {
    let field = CreateInputText::new(InputTextStyle::Short, cut(label, TITLE_MAX), FIELD)
        .required(false)
        .max_length(FIELD_MAX);
    CreateModal::new(custom_id, cut(title, TITLE_MAX)).components(vec![CreateActionRow::InputText(field)])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn value(shown: &Shown) -> Value {
        serde_json::to_value(shown).unwrap()
    }

    #[test]
    fn a_card_is_content_with_buttons_and_mentions_nobody() {
        let card = CardId::new("c7q2");
        let shown = value(&shown("ana calls jack (video): ringing.", Some(&card), &[Button::HangUp]));
        assert_eq!(shown["content"], "ana calls jack (video): ringing.");
        assert_eq!(shown["allowed_mentions"]["parse"], json!([]));
        let button = &shown["components"][0]["components"][0];
        assert_eq!((&button["label"], &button["custom_id"]), (&json!("Hang up"), &json!("c:c7q2:Hang up")));
        assert_eq!(shown["embeds"], json!([]));
    }

    #[test]
    fn catalogue_26_a_long_text_goes_into_embeds_and_says_what_is_left_out() {
        let text: Vec<String> = (0..300).map(|n| format!("• call_{n} of somebody to somebody")).collect();
        let shown = value(&shown(&text.join("\n"), None, &[]));
        assert_eq!(shown["content"], "");
        let pages: Vec<&str> =
            shown["embeds"].as_array().unwrap().iter().map(|e| e["description"].as_str().unwrap()).collect();
        assert_eq!(pages.len(), 2);
        assert!(pages.iter().all(|page| length(page) <= DESCRIPTION_MAX));
        assert!(pages.iter().map(|page| length(page)).sum::<usize>() <= EMBEDS_SUM_MAX);
        assert!(pages[0].starts_with("• call\\_0 "), "{}", pages[0]);
        assert!(pages[1].ends_with(" more"), "{}", pages[1]);
    }

    #[test]
    fn one_line_without_end_is_cut() {
        let shown = value(&shown(&"x".repeat(20_000), None, &[]));
        let page = shown["embeds"][0]["description"].as_str().unwrap();
        assert!(page.ends_with('…') && length(page) <= DESCRIPTION_MAX);
    }

    #[test]
    fn a_custom_id_is_read_back_and_others_are_not() {
        for button in Button::ALL {
            let id = custom_id(&CardId::new("board_abc"), button.label());
            assert!(id.len() <= CUSTOM_ID_MAX);
            assert_eq!(of_custom_id(&id), Some((CardId::new("board_abc"), button.label())));
        }
        for other in ["", "c:", "c::x", "c:x", "x:y:z", "Hang up"] {
            assert_eq!(of_custom_id(other), None, "{other}");
        }
    }

    #[test]
    fn every_form_fits() {
        let form = serde_json::to_value(form("c:x:Ring anyway", &"t".repeat(99), &"l".repeat(99))).unwrap();
        assert!(form["title"].as_str().unwrap().chars().count() <= TITLE_MAX);
        let field = &form["components"][0]["components"][0];
        assert!(field["label"].as_str().unwrap().chars().count() <= TITLE_MAX);
        assert_eq!((&field["type"], &field["required"]), (&json!(4), &json!(false)));
    }
}
