//! Discord's limits on what a message holds (its documentation: "Message", "Embed Limits", "Message Components").
//! Lengths are in UTF-16 units here: Discord counts characters, and no text has more of those.

/// Of a message's content.
pub(super) const CONTENT_MAX: usize = 2_000;
/// Of an embed's description.
pub(super) const DESCRIPTION_MAX: usize = 4_096;
/// Of all embeds of a message together.
pub(super) const EMBEDS_SUM_MAX: usize = 6_000;
/// Of a button's label.
pub(super) const LABEL_MAX: usize = 80;
/// Of a component's id.
pub(super) const CUSTOM_ID_MAX: usize = 100;
/// Buttons in a row.
pub(super) const ROW_MAX: usize = 5;
/// Rows of buttons in a message.
pub(super) const ROWS_MAX: usize = 5;
/// Of a thread's name.
pub(super) const THREAD_NAME_MAX: usize = 100;
/// Of a message's nonce.
pub(super) const NONCE_MAX: usize = 25;
/// Choices of an autocompletion.
pub(super) const CHOICES_MAX: usize = 25;
/// Of a choice's name and its value.
pub(super) const CHOICE_MAX: usize = 100;
/// Of a modal's title, and of a label in it.
pub(super) const TITLE_MAX: usize = 45;
/// Of a command's description, and an option's.
pub(super) const HELP_MAX: usize = 100;

/// How long a text is.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As much of `text` as fits into `max`; what is cut ends in `…`.
pub(super) fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let mut left = max.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        let Some(rest) = left.checked_sub(c.len_utf16()) else { break };
        left = rest;
        kept.push(c);
    }
    // A backslash alone would swallow the mark of the cut.
    let slashes = kept.chars().rev().take_while(|c| *c == '\\').count();
    if slashes % 2 == 1 {
        kept.pop();
    }
    if max > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_fits_and_is_seen() {
        assert_eq!(cut("0123456789", 10), "0123456789");
        assert_eq!(cut("0123456789a", 10), "012345678…");
        assert_eq!(cut("👩‍🚒👩‍🚒", 4), "👩‍…");
        assert_eq!(cut(r"abc\*d", 5), "abc…");
        assert_eq!(cut(r"abc\\d", 6), r"abc\\d");
        assert_eq!(cut("abc", 0), "");
        assert!(length(&cut(&"x".repeat(5_000), CONTENT_MAX)) <= CONTENT_MAX);
    }
}
