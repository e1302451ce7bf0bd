//! From the bot's own text to Slack's, and from what Slack sends to what was typed.
//!
//! Texts come escaped as `domain::report::text` says, which is as Slack wants it; mentions in them are dead. What
//! Slack would still read as mark-up is parted from its word by a joiner, which nobody sees.

/// What nobody sees, and no line is wrapped at: mark-up needs the mark at the very start of a word.
const JOINER: char = '\u{2060}';
/// What Slack reads as mark-up around words.
const MARKS: [char; 4] = ['*', '_', '~', '`'];

/// `escaped`, as Slack shows it as it is meant.
pub(super) fn mrkdwn(escaped: &str) -> String {
    let mut out = String::with_capacity(escaped.len() + 8);
    let mut before = '\n';
    for c in escaped.chars() {
        // No text of ours means mark-up: what was not escaped, as `<person>` in a usage, was forgotten.
        if let Some(escape) = escape_of(c) {
            out.push_str(escape);
            before = c;
            continue;
        }
        // In the middle of a word they are only characters: ids such as `jack_b` can be copied as they are.
        if MARKS.contains(&c) && !before.is_alphanumeric() {
            out.push(JOINER);
            out.push(c);
            out.push(JOINER);
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

const fn escape_of(c: char) -> Option<&'static str> {
    match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// What was typed, from how Slack writes it: three escapes, and its forms for channels, groups and links. Mentions of
/// people stay as they are, for the grammar to read.
pub(super) fn typed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (plain, special) = rest.split_at(at);
        out.push_str(&unescaped(plain));
        let Some(end) = special.find('>') else {
            rest = special;
            break;
        };
        push_special(&special[1..end], &mut out);
        rest = &special[end + 1..];
    }
    out.push_str(&unescaped(rest));
    out
}

/// What stands between `<` and `>`.
fn push_special(inside: &str, out: &mut String) {
    let (what, label) = inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(label)));
    match what.chars().next() {
        Some('@') => {
            out.push('<');
            out.push_str(inside);
            out.push('>');
        }
        Some('#') => {
            out.push('#');
            out.push_str(&unescaped(label.filter(|label| !label.is_empty()).unwrap_or(&what[1..])));
        }
        Some('!') => {
            let name = label.unwrap_or(&what[1..]);
            out.push('@');
            out.push_str(&unescaped(name.trim_start_matches('@')));
        }
        // A link that Slack made of something typed, as `example.org`, has what was typed as its label.
        _ => out.push_str(&unescaped(label.filter(|_| what.starts_with("http")).unwrap_or(what))),
    }
}

/// Without Slack's three escapes.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::text::escape;

    #[test]
    fn nothing_is_mark_up() {
        assert_eq!(mrkdwn("ana calls jack_b (video): ringing."), "ana calls jack_b (video): ringing.");
        for hostile in ["*b*", "_i_", "~s~", "(*b*)", "\n*b*", "```rm```"] {
            let shown = mrkdwn(&escape(hostile, 99));
            let live = shown.match_indices(MARKS).any(|(at, mark)| {
                let after = shown[at + mark.len()..].chars().next();
                let before = shown[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && c != JOINER) && after != Some(JOINER)
            });
            assert!(!live, "{shown:?}");
        }
        assert_eq!(mrkdwn("https://x.example/a_b"), "https://x.example/a_b");
    }

    #[test]
    fn what_looks_like_a_mention_is_none() {
        assert_eq!(mrkdwn("Start one: /call <person>"), "Start one: /call &lt;person&gt;");
        for hostile in ["<@U1>", "<!channel>", "<!subteam^S1>", "<#C1|x>", "<https://evil.example|bank>"] {
            let shown = mrkdwn(&escape(hostile, 99));
            assert!(!shown.contains('<') && !shown.contains('>'), "{shown}");
        }
    }

    #[test]
    fn what_was_typed_comes_back() {
        assert_eq!(typed("<@U1|jack> video a &lt; b &amp;&amp; c"), "<@U1|jack> video a < b && c");
        assert_eq!(typed("<@U1> see <#C1|ops> and <#C2>"), "<@U1> see #ops and #C2");
        assert_eq!(
            typed("<!here> <!subteam^S1|@sre> <https://x.example/y> <http://a.example|a.example>"),
            "@here @sre https://x.example/y a.example"
        );
        assert_eq!(typed("a &amp;lt; b"), "a &lt; b");
        assert_eq!(typed("half <open"), "half <open");
        assert_eq!(typed(""), "");
    }
}
