//! Makes what people and alerts wrote safe to say again.
//!
//! The result is text as Slack wants it (`&amp;`, `&lt;`, `&gt;`); a chat without such escapes undoes these
//! three with [`plain`] and still finds no live mention in it.

/// Breaks a mention without being seen: a word joiner, at which no line is wrapped either.
const JOINER: char = '\u{2060}';

/// Looks like a backtick and is no mark-up: one that was never closed would swallow our own words.
const TICK: char = '\u{2cb}';

/// A code block's mark.
const FENCE: &str = "```";

/// What follows an `@` that would ping many, also in the middle of a word.
const CROWDS: [&str; 4] = ["everyone", "here", "channel", "group"];

/// How many characters of what follows are looked at: the longest of [`CROWDS`].
const LOOKAHEAD: usize = 8;

/// How far a cut moves back so as not to part an accent from its letter. Bounded: accents may be piled up.
const STEP_BACK_MAX: usize = 16;

/// `text` on one line, safe to say, in at most `max_chars` characters (escapes counted as written).
///
/// Control and bidirectional characters are dropped, mentions are dead, an open code block is closed, and
/// what is cut ends in `…`.
#[must_use]
pub fn escape(text: &str, max_chars: usize) -> String {
    safe(text, max_chars, ' ')
}

/// As [`escape`], but lines stay lines.
#[must_use]
pub fn escape_lines(text: &str, max_chars: usize) -> String {
    safe(text, max_chars, '\n')
}

/// Undoes the three escapes, for a chat that has none. What [`escape`] made stays free of live mentions.
#[must_use]
pub fn plain(escaped: &str) -> String {
    escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A part that is not cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Char(char),
    Text(&'static str),
}

impl Piece {
    fn chars(self) -> usize {
        match self {
            Self::Char(_) => 1,
            Self::Text(text) => text.chars().count(),
        }
    }

    fn push_to(self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(c),
            Self::Text(text) => out.push_str(text),
        }
    }
}

fn safe(text: &str, max_chars: usize, line_break: char) -> String {
    // Each kept character becomes at least one, but for backticks, so more than this is never shown.
    let mut kept = kept_chars(text, line_break);
    let chars: Vec<char> = kept.by_ref().take(max_chars.saturating_add(LOOKAHEAD)).collect();
    let more = kept.next().is_some();
    fit(&pieces(&chars), more, max_chars)
}

/// Without control and bidirectional characters; each line break is one `line_break`.
fn kept_chars(text: &str, line_break: char) -> impl Iterator<Item = char> + '_ {
    let mut last = '\0';
    text.chars().filter_map(move |c| {
        let before = std::mem::replace(&mut last, c);
        match c {
            '\n' if before == '\r' => None,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(line_break),
            '\t' => Some(' '),
            _ if c.is_control() || is_bidi_control(c) => None,
            _ => Some(c),
        }
    })
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn pieces(chars: &[char]) -> Vec<Piece> {
    let mut out = Vec::with_capacity(chars.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let (before, after) = (at.checked_sub(1).map(|i| chars[i]), &chars[at + 1..]);
        at += 1;
        match c {
            '&' => out.push(Piece::Text("&amp;")),
            '>' => out.push(Piece::Text("&gt;")),
            '<' if opens_markup(after) => out.push(Piece::Text("&lt;\u{2060}")),
            '<' => out.push(Piece::Text("&lt;")),
            '@' if is_mention(before, after) => out.push(Piece::Text("@\u{2060}")),
            '`' => {
                let run = 1 + after.iter().take_while(|c| **c == '`').count();
                at += run - 1;
                push_ticks(run, &mut out);
            }
            _ => out.push(Piece::Char(c)),
        }
    }
    out
}

/// Three or more backticks mark a block; fewer are only shown.
fn push_ticks(run: usize, out: &mut Vec<Piece>) {
    match run {
        1 | 2 => out.extend(std::iter::repeat_n(Piece::Char(TICK), run)),
        _ => out.push(Piece::Text(FENCE)),
    }
}

/// `<@`, `<!`, `<#`, `<:`, `<https:` and so on, but not `a < b` and not `<5`.
fn opens_markup(after: &[char]) -> bool {
    after.first().is_some_and(|c| !c.is_whitespace() && !c.is_ascii_digit() && *c != '=' && *c != JOINER)
}

/// Whether an `@` may ping; not that of `ana@example.com`.
fn is_mention(before: Option<char>, after: &[char]) -> bool {
    let Some(next) = after.first() else { return true };
    let word: String = after.iter().take(LOOKAHEAD).flat_map(|c| c.to_lowercase()).collect();
    let in_word = before.is_some_and(char::is_alphanumeric) && next.is_ascii_alphanumeric();
    !in_word || CROWDS.iter().any(|crowd| word.starts_with(crowd))
}

/// As many pieces as fit, then what closes them.
fn fit(pieces: &[Piece], more: bool, max_chars: usize) -> String {
    let (mut used, mut open, mut cut) = (0, false, 0);
    for (index, piece) in pieces.iter().enumerate() {
        used += piece.chars();
        open ^= *piece == Piece::Text(FENCE);
        if used + closing(open) < max_chars {
            cut = index + 1;
        }
    }
    if max_chars == 0 {
        String::new()
    } else if !more && used + closing(open) <= max_chars {
        joined(pieces, "")
    } else {
        joined(&pieces[..before_accents(pieces, cut)], "…")
    }
}

/// How many characters close a block.
fn closing(open: bool) -> usize {
    if open { FENCE.len() } else { 0 }
}

/// Moves a cut to before the letter whose accents it would lose.
fn before_accents(pieces: &[Piece], cut: usize) -> usize {
    let parts = |at: usize| {
        let joins = |piece: Option<&Piece>| matches!(piece, Some(Piece::Char(c)) if is_joined(*c));
        let glue = |at: usize| pieces.get(at) == Some(&Piece::Char('\u{200d}'));
        joins(pieces.get(at)) || (at > 0 && glue(at - 1))
    };
    let back = (0..STEP_BACK_MAX.min(cut)).find(|back| !parts(cut - back));
    back.map_or(cut, |back| cut - back)
}

/// Belongs to the character before it: accents, variants, skin tones, joined pictures.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{200d}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn joined(pieces: &[Piece], end: &str) -> String {
    let mut out = String::with_capacity(pieces.len() + 8);
    pieces.iter().for_each(|piece| piece.push_to(&mut out));
    out.push_str(end);
    let fences = pieces.iter().filter(|piece| **piece == Piece::Text(FENCE)).count();
    if fences % 2 == 1 {
        out.push_str(FENCE);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// With the joiner made visible.
    fn seen(text: &str) -> String {
        escape(text, 1_000).replace(JOINER, "⁜")
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["db is down", "über 90 % im Büro", "データベース停止 👩‍🚒", "5 = 5", "", "ana@example.com"]
        {
            assert_eq!(escape(text, 100), text);
        }
    }

    #[test]
    fn mark_up_is_escaped() {
        assert_eq!(seen("a < b && c > d, <5"), "a &lt; b &amp;&amp; c &gt; d, &lt;5");
        assert_eq!(seen("<https://evil.example|bank>"), "&lt;⁜https://evil.example|bank&gt;");
        assert_eq!(seen("&lt;"), "&amp;lt;");
        assert_eq!(plain(&escape("a<b> &lt; & c", 100)).replace(JOINER, ""), "a<b> &lt; & c");
    }

    #[test]
    fn mentions_are_dead() {
        assert_eq!(seen("@everyone @Here @channel"), "@⁜everyone @⁜Here @⁜channel");
        assert_eq!(seen("x@everyone"), "x@⁜everyone");
        assert_eq!(seen("<!channel> <!here|here>"), "&lt;⁜!channel&gt; &lt;⁜!here|here&gt;");
        assert_eq!(seen("<@U123> <@!42> <@&77>"), "&lt;⁜@⁜U123&gt; &lt;⁜@⁜!42&gt; &lt;⁜@⁜&amp;77&gt;");
        assert_eq!(seen("@\0every\u{202e}one"), "@⁜everyone");
        assert_eq!(seen("@"), "@⁜");
    }

    #[test]
    fn control_and_bidirectional_characters_go() {
        assert_eq!(seen("a\0b\u{7}c\u{1b}[31md\u{9f}"), "abc[31md");
        assert_eq!(seen("pay\u{202e}dab\u{2066}x\u{200f}"), "paydabx");
        assert_eq!(seen("one\r\ntwo\nthree\u{2028}four\tfive"), "one two three four five");
        assert_eq!(escape_lines("one\r\ntwo\nthree", 100), "one\ntwo\nthree");
    }

    #[test]
    fn open_code_is_closed() {
        assert_eq!(seen("```rm -rf"), "```rm -rf```");
        assert_eq!(seen("```a``` b"), "```a``` b");
        assert_eq!(seen("a ````` b"), "a ``` b```");
        assert_eq!(seen("a `b` ``c"), "a ˋbˋ ˋˋc");
        assert_eq!(escape("```0123456789", 10), "```012…```");
    }

    #[test]
    fn a_cut_parts_nothing() {
        assert_eq!(escape("0123456789", 10), "0123456789");
        assert_eq!(escape("0123456789a", 10), "012345678…");
        assert_eq!(escape("01234&", 10), "01234&amp;");
        assert_eq!(escape("012345&&", 10), "012345…");
        assert_eq!(escape("abce\u{301}f", 6), "abce\u{301}f");
        assert_eq!(escape("abce\u{301}fgh", 5), "abc…", "the accent stays with its letter or goes with it");
        assert_eq!(escape("ab👩‍🚒cdef", 5), "ab…");
        assert_eq!(escape("abc", 1), "…");
        assert_eq!(escape("abc", 0), "");
    }

    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("@everyone"),
            Just("@here"),
            Just("<!channel>"),
            Just("<@U1>"),
            Just("```"),
            Just("`"),
            Just("<"),
            Just("@"),
            Just("&"),
            Just("\0"),
            Just("\u{202e}"),
            Just("\u{301}"),
            Just("\r\n"),
            Just("every"),
            Just("one"),
            Just("HERE"),
            Just("!"),
            Just(" "),
            Just("\u{200d}"),
        ];
        let part = prop_oneof![part.prop_map(str::to_owned), ".{0,5}"];
        proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn whatever_is_written_is_safe(text in hostile(), max in 0_usize..120) {
            let out = escape(&text, max);
            prop_assert!(out.chars().count() <= max);
            assert_safe(&out);
            prop_assert!(!out.contains('\n'));
            assert_safe(&escape_lines(&text, max));
        }
    }

    /// Nothing in `out` is live, neither where the escapes are shown as they are meant nor undone.
    fn assert_safe(out: &str) {
        assert!(!out.contains(['<', '>', '\0', '\u{202e}']), "{out:?}");
        let entities = ["amp;", "lt;", "gt;"];
        assert!(out.split('&').skip(1).all(|rest| entities.iter().any(|e| rest.starts_with(e))), "{out:?}");
        let undone = plain(out).to_lowercase();
        for live in ["@everyone", "@here", "@channel", "<@", "<!", "<#"] {
            assert!(!undone.contains(live), "{live} in {out:?}");
        }
        assert!(out.matches(FENCE).count().is_multiple_of(2), "{out:?}");
        assert!(!out.replace(FENCE, "").contains('`'), "{out:?}");
    }
}
