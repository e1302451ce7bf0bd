//! Who may read `/api/*` and the status page: whoever knows the admin token, or has shown it to the page's form.
//!
//! The form's cookie holds no token: an instant and its HMAC under the token. So it ends by itself, outlives a restart,
//! and is void when the token changes.

use std::sync::Arc;
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
                    || cookies(headers).any(|sent| is_session(sent, token, self.clock.now()))
            }
        };
        if may { Allowed::Yes } else { Allowed::NotYet }
    }

    /// The cookie for whoever typed `typed`; `None`: that is not the token.
    pub(super) fn session(&self, typed: &str, is_https: bool) -> Option<String> {
        let ApiAccess::Bearer(token) = &self.access else { return None };
        let until = later(self.clock.now(), LIVES).as_second();
        is_same(typed.trim(), token.expose_secret())
            .then(|| cookie(&format!("{until}.{}", signed(token, until)), LIVES))
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

fn is_session(sent: &str, token: &SecretString, now: Timestamp) -> bool {
    let Some((until, mac)) = sent.split_once('.') else { return false };
    let Ok(until) = until.parse::<i64>() else { return false };
    now.as_second() < until && is_same(mac, &signed(token, until))
}

fn signed(token: &SecretString, until: i64) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{PURPOSE}{until}").as_bytes());
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
        Guard { access, clock: Clock::simulated(at.parse().unwrap()) }
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
        let off = Guard { access: ApiAccess::Off, clock: guard.clock.clone() };
        assert_eq!(off.judge(&with(AUTHORIZATION, "Bearer ")), Allowed::Nothing);
        assert_eq!(off.session("", false), None);
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
