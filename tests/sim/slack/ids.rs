//! Ids, times of messages and secrets that look like Slack's.

use jiff::Timestamp;

/// Digits of an id behind its letter and a zero.
const DIGITS: u32 = 9;
/// Shares no factor with a power of 36, so that no two numbers become one id.
const SCATTER: u64 = 60_466_177;
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Makes what is unique in a workspace.
#[derive(Debug, Default)]
pub(super) struct Ids {
    count: u64,
    last_ts: i64,
}

impl Ids {
    /// The next id of a kind: `U` a user, `C` a channel, `D` a direct message, `V` a view.
    pub(super) fn next(&mut self, kind: char) -> String {
        self.count += 1;
        let scattered = (self.count * SCATTER) % 36_u64.pow(DIGITS);
        format!("{kind}0{}", base36(scattered))
    }

    /// A small number that is used once.
    pub(super) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The time of the next message: seconds and microseconds, and the message's id in its channel.
    pub(super) fn ts(&mut self, now: Timestamp) -> String {
        self.last_ts = now.as_microsecond().max(self.last_ts + 1);
        let (seconds, micros) = (self.last_ts / 1_000_000, self.last_ts % 1_000_000);
        format!("{seconds}.{micros:06}")
    }
}

fn base36(mut number: u64) -> String {
    let mut digits = [b'0'; DIGITS as usize];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::try_from(number % 36).expect("below 36")];
        number /= 36;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// `len` letters and digits by chance.
pub(super) fn random(len: usize) -> String {
    let pick = || char::from(ALPHABET[usize::from(rand::random::<u8>() % 36)]);
    std::iter::repeat_with(pick).take(len).collect()
}

/// Whether a text is a message's time.
pub(super) fn is_ts(text: &str) -> bool {
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(s, us)| all_digits(s) && us.len() == 6 && all_digits(us))
}
