//! Slack's limits on what a message holds (its documentation: "Block Kit", "chat.postMessage"), in characters.

/// Of one section's text.
pub(super) const SECTION_MAX: usize = 3_000;
/// Of all blocks of a message together: what is over some 13,000 was refused ("msg_blocks_too_long").
pub(super) const BLOCKS_SUM_MAX: usize = 12_000;
/// Of the text beside the blocks: it is shown in notifications, and Slack asks for no more than this.
pub(super) const TEXT_MAX: usize = 4_000;
/// Of a button's label, and an option's.
pub(super) const LABEL_MAX: usize = 75;
/// Of an `action_id`.
pub(super) const ACTION_ID_MAX: usize = 255;
/// Of a button's value.
pub(super) const VALUE_MAX: usize = 2_000;
/// Elements of one row of buttons. Slack takes 25; five are to be overseen.
pub(super) const ROW_MAX: usize = 5;
/// Rows of buttons in a message: with the sections it stays far below 50 blocks.
pub(super) const ROWS_MAX: usize = 5;
/// Of a form's title, and of the labels of its two buttons.
pub(super) const TITLE_MAX: usize = 24;
/// Of a form's private data.
pub(super) const PRIVATE_MAX: usize = 3_000;
/// Of an error beside an input of a form.
pub(super) const ERROR_MAX: usize = 1_000;

/// Of an escape: `&amp;`.
const ESCAPE_MAX: usize = 5;

/// How long a text is.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// As much of `text` as fits into `max`; what is cut ends in `…`. No escape is cut in two.
pub(super) fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(max.saturating_sub(1)).collect();
    // The longest escape is `&amp;`: an ampersand that close to the end without its semicolon is half of one.
    if let Some(at) = kept.rfind('&')
        && !kept[at..].contains(';')
        && length(&kept[at..]) < ESCAPE_MAX
    {
        kept.truncate(at);
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
    fn a_cut_fits_and_parts_no_escape() {
        assert_eq!(cut("0123456789", 10), "0123456789");
        assert_eq!(cut("0123456789a", 10), "012345678…");
        assert_eq!(cut("a &lt; b and more", 6), "a …");
        assert_eq!(cut("a &lt; b and more", 8), "a &lt; …");
        assert_eq!(cut("R&D is down, all of it", 12), "R&D is down…");
        assert_eq!(cut("abc", 0), "");
    }
}
