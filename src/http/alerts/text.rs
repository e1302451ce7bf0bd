//! Bodies whose bytes are no text all through: one bad byte in one label is no reason to lose every alert of a body.

use std::borrow::Cow;

/// In the place of bytes that are no UTF-8: no longer than what it stands for, so that a body takes up no more room.
const NO_TEXT: char = '?';

/// In the place of half a character, as JSON writes it.
const HALF: &[u8] = b"\\ufffd";

/// `body` as text that JSON can be read from: what is no UTF-8 is a question mark, and an escape that is half a character
/// is the sign for that.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(valid(body)),
    };
    let halves = halves(text.as_bytes());
    if halves.is_empty() {
        return text;
    }
    let mut bytes = text.into_owned().into_bytes();
    for at in halves {
        if let Some(half) = bytes.get_mut(at..at + HALF.len()) {
            half.copy_from_slice(HALF);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn valid(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend((!chunk.invalid().is_empty()).then_some(NO_TEXT));
    }
    text
}

/// Where an escape begins that is half of a pair, and whose other half is not there.
fn halves(json: &[u8]) -> Vec<usize> {
    let (mut halves, mut at) = (Vec::new(), 0);
    while let Some(next) = json.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += next;
        at += match (unit(json, at), unit(json, at + HALF.len())) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * HALF.len(),
            (Some(0xD800..=0xDFFF), _) => {
                halves.push(at);
                HALF.len()
            }
            // Another escape: a backslash, and what it stands before.
            _ => 2,
        };
    }
    halves
}

/// What is written as `\u1234` at `at`.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + HALF.len())?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_text_spoils_only_itself() {
        assert_eq!(text(b"gr\xfc\xdfe \xff\xfe \xc3\xbc"), "gr??e ?? \u{fc}");
        for (sent, read) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udc00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\ud800\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(text(sent.as_bytes()), read);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_json_stays_as_it_is_and_nothing_gets_longer(
            json in "[a-zü\"\\\\]{0,20}",
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let quoted = serde_json::to_string(&json).unwrap();
            prop_assert_eq!(&text(quoted.as_bytes()), &quoted);
            prop_assert!(text(&bytes).len() <= bytes.len());
        }
    }
}
