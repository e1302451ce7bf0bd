//! Forms as browsers send them: `application/x-www-form-urlencoded`.

/// Names and values of a form or query, in order.
pub(super) fn decode(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs.map(|(name, value)| (unescape(name), unescape(value))).collect()
}

/// A form of names and values.
pub(super) fn encode(fields: &[(String, String)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn unescape(part: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), part.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        rest = match (hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()), *first) {
            (Some(byte), _) => {
                bytes.push(byte);
                &tail[2..]
            }
            (None, b'+') => {
                bytes.push(b' ');
                tail
            }
            (None, other) => {
                bytes.push(other);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_the_way() {
        let fields = [("a b".to_owned(), "ü&=+%<>\n".to_owned()), ("empty".to_owned(), String::new())];
        let sent = encode(&fields);
        assert_eq!(sent, "a+b=%C3%BC%26%3D%2B%25%3C%3E%0A&empty=");
        assert_eq!(decode(&sent), fields);
        assert_eq!(decode("x=%zz%4"), [("x".to_owned(), "%zz%4".to_owned())]);
    }
}
