//! From the bot's own text to Discord's: nothing in it is mark-up, a mention or a link with another name.
//!
//! Texts come escaped as `domain::report::text` says; mentions in them are dead already. Here the three escapes are
//! undone, and whatever Discord reads as mark-up gets a backslash, which nobody sees.

use crate::domain::report::text::plain;

/// What Discord reads as mark-up wherever it stands.
const MARKS: [char; 10] = ['\\', '*', '_', '~', '`', '|', '<', '>', '[', ']'];
/// What it reads as mark-up where a line begins: headings, lists, small print.
const LINE_MARKS: [char; 3] = ['#', '-', '+'];
/// What stays as it is in an address, which Discord reads before any mark-up.
const IN_ADDRESS: [char; 2] = ['_', '~'];

/// `escaped`, as Discord shows it as it is meant.
pub(super) fn markdown(escaped: &str) -> String {
    let text = plain(escaped);
    let mut out = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        push_line(line, &mut out);
    }
    out
}

fn push_line(line: &str, out: &mut String) {
    let body = line.trim_start();
    out.push_str(&line[..line.len() - body.len()]);
    if body.starts_with(LINE_MARKS) {
        out.push('\\');
    }
    for (index, word) in body.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let is_address = word.starts_with("https://") || word.starts_with("http://");
        for c in word.chars() {
            if MARKS.contains(&c) && !(is_address && IN_ADDRESS.contains(&c)) {
                out.push('\\');
            }
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::text::{escape, escape_lines};

    #[test]
    fn nothing_is_mark_up() {
        assert_eq!(markdown("ana calls jack (video): ringing."), "ana calls jack (video): ringing.");
        assert_eq!(
            markdown(&escape("**b** _i_ ~~s~~ ||x|| `c`", 99)),
            r"\*\*b\*\* \_i\_ \~\~s\~\~ \|\|x\|\| ˋcˋ"
        );
        assert_eq!(markdown(&escape("[safe](https://evil.example)", 99)), r"\[safe\](https://evil.example)");
        assert_eq!(markdown(&escape("a < b & c", 99)), r"a \< b & c");
        assert_eq!(
            markdown(&escape_lines("# big\n- item\n> quote\n  -# small", 99)),
            "\\# big\n\\- item\n\\> quote\n  \\-# small"
        );
        assert_eq!(markdown(&escape("```rm```", 99)), r"\`\`\`rm\`\`\`");
        assert_eq!(markdown("person jack_b_x"), r"person jack\_b\_x");
        assert_eq!(markdown(r"c:\dir"), r"c:\\dir");
    }

    #[test]
    fn an_address_can_still_be_followed() {
        assert_eq!(
            markdown("see https://x.example/a_b_c?d=~e now_"),
            r"see https://x.example/a_b_c?d=~e now\_"
        );
    }

    #[test]
    fn what_looks_like_a_mention_is_none() {
        for hostile in
            ["<@42>", "<@!42>", "<@&7>", "<#9>", "<t:1:R>", "<:smile:1>", "@everyone", "@here", "<id:guide>"]
        {
            let shown = markdown(&escape(hostile, 99));
            assert!(!shown.contains("@everyone") && !shown.contains("@here"), "{shown}");
            let live = shown.match_indices('<').any(|(at, _)| !shown[..at].ends_with('\\'));
            assert!(!live, "{shown}");
        }
    }
}
