//! What values of variables look like.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use reqwest::Url;
use secrecy::SecretString;

use super::vars::secret;
use crate::domain::ids::Account;
use crate::domain::person::is_account;

/// Regions of the call engine, by the names that people write.
pub const REGIONS: [&str; 6] = ["china", "singapore", "seoul", "frankfurt", "silicon-valley", "jakarta"];

/// The file of the store.
pub(super) fn database(value: &str) -> Result<PathBuf, String> {
    if value.starts_with("postgres://") || value.starts_with("postgresql://") {
        return Err("PostgreSQL is not built yet, use sqlite://callout.db".to_owned());
    }
    match value.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.contains(['?', '#', '\0']) => Ok(PathBuf::from(path)),
        // Not quoted: a database's address may hold a password.
        _ => Err(
            "it is not a file of SQLite, write sqlite://callout.db or sqlite:///var/lib/callout/callout.db"
                .to_owned(),
        ),
    }
}

pub(super) fn listen(value: &str) -> Result<SocketAddr, String> {
    value
        .parse()
        .map_err(|_| format!("`{value}` is not an address, write it as in 127.0.0.1:8080 or [::1]:8080"))
}

/// An address without user, query or fragment: https, or plain http to this machine itself.
/// Comes back without a slash at its end.
pub(super) fn url(value: &str) -> Result<String, String> {
    // Not quoted: an address may hold a secret.
    let url: Url =
        value.parse().map_err(|error| format!("it is not an address ({error}), write https://…"))?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare {
        return Err("it has a user, a query or a fragment, write scheme, host and path only".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("plain http is for this machine only, write https://…".to_owned()),
        other => return Err(format!("`{other}` is not a scheme for it, write https://…")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether an address leads to this machine itself.
pub(in crate::config) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An application id of the engine is an unsigned 32-bit number (wire reference, section 1.1).
pub(super) fn app_id(value: &str) -> Result<u32, String> {
    let id = value.parse().ok().filter(|id| *id != 0);
    id.ok_or_else(|| "it is not a number, copy the SDKAppID from the console".to_owned())
}

pub(super) fn account(value: &str) -> Result<Account, String> {
    let bad = || format!("`{value}` cannot be an account, use 1 to 32 of a-z, A-Z, 0-9, _ and -");
    is_account(value).then(|| Account::new(value)).ok_or_else(bad)
}

pub(super) fn region(value: &str) -> Result<&'static str, String> {
    let known = REGIONS.into_iter().find(|region| region.eq_ignore_ascii_case(value));
    known.ok_or_else(|| format!("`{value}` is not a region, use {}", REGIONS.join(", ")))
}

/// A region of the cloud, as in `ap-singapore`. Which ones there are changes: the cloud is the judge.
pub(super) fn cloud_region(value: &str) -> Result<String, String> {
    let plain = value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let bad = || format!("`{value}` is not a region of the cloud, write it as in ap-singapore");
    (plain && value.contains('-')).then(|| value.to_owned()).ok_or_else(bad)
}

/// A secret that is a segment of a path.
pub(super) fn segment(value: &str, least: usize) -> Result<SecretString, String> {
    if !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Err("it becomes part of an address, use only a-z, A-Z, 0-9, _ and -".to_owned());
    }
    secret(value, least)
}

/// A secret of at most `most` bytes.
pub(super) fn at_most(value: &str, most: usize) -> Result<SecretString, String> {
    if value.len() > most {
        return Err(format!("it is longer than {most} characters, choose a shorter one"));
    }
    secret(value, 1)
}

/// A bot's token, as Discord's developer portal shows it: without the word `Bot` before it.
pub(super) fn discord_token(value: &str) -> Result<SecretString, String> {
    let bare = value.strip_prefix("Bot ").unwrap_or(value);
    let plain = bare.bytes().all(|b| b.is_ascii_graphic());
    if !plain {
        return Err("it has a character that no token has, copy it again".to_owned());
    }
    secret(bare, 1)
}

/// A token as Slack's pages show it: the bot's begins with `xoxb-`, the app's with `xapp-`.
pub(super) fn slack_token(value: &str, prefix: &str) -> Result<SecretString, String> {
    if !value.starts_with(prefix) || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!(
            "it does not begin with {prefix}, or has a character that no token has: copy it again"
        ));
    }
    secret(value, prefix.len() + 1)
}

pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value {
        "1" => Ok(true),
        "0" => Ok(false),
        other => Err(format!("`{other}` is neither yes nor no, use 1 or 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_here() {
        assert_eq!(url("https://ops.example.org/").as_deref(), Ok("https://ops.example.org"));
        assert_eq!(
            url("http://127.0.0.1:9/sandbox/engine").as_deref(),
            Ok("http://127.0.0.1:9/sandbox/engine")
        );
        assert!(url("http://[::1]:9").is_ok() && url("http://localhost:9").is_ok());
        for bad in [
            "http://10.0.0.1",
            "http://localhost.example.org",
            "ftp://x.org",
            "x",
            "https://u:p@x.org",
            "https://x.org?k=1",
        ] {
            assert!(url(bad).is_err(), "{bad}");
            assert!(!url(bad).unwrap_err().contains("u:p"));
        }
    }

    #[test]
    fn a_store_is_a_file() {
        assert_eq!(database("sqlite://callout.db"), Ok(PathBuf::from("callout.db")));
        assert_eq!(database("sqlite:///var/lib/x.db"), Ok(PathBuf::from("/var/lib/x.db")));
        for bad in ["", "callout.db", "sqlite::memory:", "sqlite://", "sqlite://x.db?mode=ro"] {
            assert!(database(bad).is_err(), "{bad}");
        }
        let said = database("postgres://me:pass@db/callout").unwrap_err();
        insta::assert_snapshot!(said, @"PostgreSQL is not built yet, use sqlite://callout.db");
    }
}
