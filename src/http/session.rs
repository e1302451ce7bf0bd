//! Who may read `/api/*` and the status page: whoever knows the admin token, or has shown it to the page's form.
//!
//! The form's cookie holds no token: an instant, a number that nobody else has, and the HMAC of both under the token. So it ends
//! by itself, outlives a restart, and is void when the token changes. Who logs out ends it before its time: what was ended
//! is kept until it would have ended anyway, so that a copy of the cookie opens nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::clock::{Clock, later};
use crate::problem::Problem;

/// The cookie's name.
const NAME: &str = "callout_session";
/// What is signed, so that no other HMAC under the token could pass for a session.
const PURPOSE: &str = "callout status page until ";
/// Sessions that were ended before their time and are known: only who knows the token can make one. Beyond this the ones that
/// are over first are forgotten.
const ENDED_MAX: usize = 1_000;
/// A working day: then the token is asked for again.
pub(super) const LIVES: Duration = Duration::from_secs(12 * 3600);

/// Who may read.
#[derive(Debug, Clone)]
pub enum ApiAccess {
    /// Everybody: the sandbox, on loopback.
    Open,
    /// Who knows the token.
    Bearer(Arc<SecretString>),
    /// Nobody: no token is set, so the API is not there.
    Off,
}

/// Who may read, and when that is asked.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Who.
    pub access: ApiAccess,
    /// What time it is.
    pub clock: Clock,
    /// Which sessions were ended before their time.
    pub ended: Ended,
}

/// Sessions that somebody has logged out of, by their HMACs, with the seconds of the Unix epoch until which they are kept.
#[derive(Debug, Clone, Default)]
pub struct Ended(Arc<Mutex<BTreeMap<String, i64>>>);

impl Ended {
    /// As [`text`](Self::text) wrote it; none of a text that is no such.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(Arc::new(Mutex::new(serde_json::from_str(text).unwrap_or_default())))
    }

    /// All of them, to be kept.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(&*self.lock()).unwrap_or_default()
    }

    fn add(&self, session: &Session, now: Timestamp) {
        let mut ended = self.lock();
        ended.retain(|_, until| *until > now.as_second());
        while ended.len() >= ENDED_MAX {
            let Some(first) = ended.iter().min_by_key(|(_, until)| **until) else { break };
            let first = first.0.clone();
            ended.remove(&first);
        }
        ended.insert(session.mac.clone(), session.until);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a good cookie says.
struct Session {
    until: i64,
    mac: String,
}

/// What a request shows of whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// They may.
    Yes,
    /// They have to show the token first.
    NotYet,
    /// There is nothing to be seen.
    Nothing,
}

impl Guard {
    pub(super) fn judge(&self, headers: &HeaderMap) -> Allowed {
        let may = match &self.access {
            ApiAccess::Open => true,
            ApiAccess::Off => return Allowed::Nothing,
            ApiAccess::Bearer(token) => {
                bearer(headers).is_some_and(|sent| is_same(sent, token.expose_secret()))
                    || self.session_of(headers).is_some()
            }
        };
        if may { Allowed::Yes } else { Allowed::NotYet }
    }

    /// The session that `headers` show, if it goes on.
    fn session_of(&self, headers: &HeaderMap) -> Option<Session> {
        let ApiAccess::Bearer(token) = &self.access else { return None };
        let goes_on = |sent| session(sent, token, self.clock.now());
        cookies(headers).find_map(goes_on).filter(|session| !self.ended.lock().contains_key(&session.mac))
    }

    /// Ends the session that `headers` show. `false`: they show none.
    pub(super) fn end(&self, headers: &HeaderMap) -> bool {
        let session = self.session_of(headers);
        session.iter().for_each(|session| self.ended.add(session, self.clock.now()));
        session.is_some()
    }

    /// The cookie for whoever typed `typed`; `None`: that is not the token.
    pub(super) fn session(&self, typed: &str, is_https: bool) -> Option<String> {
        let ApiAccess::Bearer(token) = &self.access else { return None };
        let until = later(self.clock.now(), LIVES).as_second();
        is_same(typed.trim(), token.expose_secret())
            .then(|| {
                let said = format!("{until}.{:016x}", rand::random::<u64>());
                cookie(&format!("{said}.{}", signed(token, &said)), LIVES)
            })
            .map(|cookie| if is_https { cookie + "; Secure" } else { cookie })
    }
}

/// The cookie that takes the session away.
pub(super) fn no_session() -> String {
    cookie("", Duration::ZERO)
}

/// Lets whoever may read pass.
pub(super) async fn guard(
    State(guard): State<Guard>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match guard.judge(request.headers()) {
        Allowed::Yes => Ok(next.run(request).await),
        Allowed::Nothing => Err(Problem::not_found("there is nothing here")),
        Allowed::NotYet => {
            Err(Problem::new(StatusCode::UNAUTHORIZED, "send Authorization: Bearer and the ADMIN_TOKEN"))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    sent.strip_prefix("Bearer ").map(str::trim)
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value)
}

/// Compares digests, so that neither the place nor the length of a difference can be timed.
fn is_same(sent: &str, secret: &str) -> bool {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(sent).ct_eq(&digest(secret)).into()
}

/// What a cookie says that is ours, and is not over by itself.
fn session(sent: &str, token: &SecretString, now: Timestamp) -> Option<Session> {
    let (said, mac) = sent.rsplit_once('.')?;
    let until: i64 = said.split_once('.')?.0.parse().ok()?;
    let is_good = now.as_second() < until && is_same(mac, &signed(token, said));
    is_good.then(|| Session { until, mac: mac.to_owned() })
}

fn signed(token: &SecretString, said: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{PURPOSE}{said}").as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

fn cookie(value: &str, lives: Duration) -> String {
    format!("{NAME}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", lives.as_secs())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn guard_of(token: &str, at: &str) -> Guard {
        let access = ApiAccess::Bearer(Arc::new(SecretString::from(token.to_owned())));
        Guard { access, clock: Clock::simulated(at.parse().unwrap()), ended: Ended::default() }
    }

    fn with(header: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header, HeaderValue::from_str(value).unwrap())])
    }

    const NOON: &str = "2026-03-10T12:00:00Z";

    #[test]
    fn the_token_opens_and_nothing_else_does() {
        let guard = guard_of("t0ken", NOON);
        let judged = |value: &str| guard.judge(&with(AUTHORIZATION, value));
        assert_eq!(judged("Bearer t0ken"), Allowed::Yes);
        for wrong in ["Bearer t0ke", "Bearer t0kenn", "Bearer ", "t0ken", "Basic t0ken"] {
            assert_eq!(judged(wrong), Allowed::NotYet, "{wrong}");
        }
        assert_eq!(guard.judge(&HeaderMap::new()), Allowed::NotYet);
        let off = Guard { access: ApiAccess::Off, ..guard };
        assert_eq!(off.judge(&with(AUTHORIZATION, "Bearer ")), Allowed::Nothing);
        assert_eq!(off.session("", false), None);
    }

    #[test]
    fn who_logs_out_ends_this_session_and_its_copies_and_no_other() {
        let guard = guard_of("t0ken", NOON);
        let sent = || {
            let set = guard.session("t0ken", false).unwrap();
            with(COOKIE, set.split(';').next().unwrap())
        };
        let (one, other) = (sent(), sent());
        assert!(guard.end(&one) && !guard.end(&one) && !guard.end(&HeaderMap::new()));
        assert_eq!((guard.judge(&one), guard.judge(&other)), (Allowed::NotYet, Allowed::Yes));
        let again = Guard { ended: Ended::read(&guard.ended.text()), ..guard.clone() };
        assert_eq!(
            (again.judge(&one), again.judge(&other)),
            (Allowed::NotYet, Allowed::Yes),
            "after a restart"
        );
        assert_eq!(Ended::read("no JSON").lock().len(), 0);
        for _ in 0..ENDED_MAX + 5 {
            guard.end(&sent());
        }
        assert_eq!(guard.ended.lock().len(), ENDED_MAX);
    }

    #[test]
    fn a_session_lasts_for_a_working_day_and_as_long_as_the_token() {
        let (guard, late) = (guard_of("t0ken", NOON), guard_of("t0ken", "2026-03-11T00:00:00Z"));
        assert_eq!(guard.session("token", false), None);
        let set = guard.session(" t0ken\n", false).unwrap();
        assert!(guard.session("t0ken", true).unwrap().ends_with("; SameSite=Strict; Secure"));
        assert!(!set.contains("t0ken") && set.ends_with("; HttpOnly; SameSite=Strict"), "{set}");
        let sent = with(COOKIE, &format!("other=1; {}", set.split(';').next().unwrap()));
        assert_eq!(guard.judge(&sent), Allowed::Yes);
        assert_eq!(late.judge(&sent), Allowed::NotYet);
        assert_eq!(guard_of("another", NOON).judge(&sent), Allowed::NotYet);
        let longer = set.split(';').next().unwrap().replace("=17", "=27");
        assert_eq!(guard.judge(&with(COOKIE, &longer)), Allowed::NotYet, "its end is signed");
        assert_eq!(guard.judge(&with(COOKIE, "callout_session=; callout_session=.")), Allowed::NotYet);
    }
}
