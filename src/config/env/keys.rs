//! What the configuration file names variables for: keys of alert sources, addresses and secrets of webhooks.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::SecretString;

use super::values::is_loopback;
use super::vars::secret;
use super::{EnvironmentError, Lookup, SECRET_MIN, Vars};
use crate::domain::alert::{Keyring, Sources};
use crate::domain::webhook::{Endpoint, Endpoints, Reach, Webhook, Webhooks};

/// The keys of all `sources`.
///
/// # Errors
/// [`EnvironmentError`] with every variable that is missing or wrong. No line says a key.
pub fn alert_keys(sources: &Sources, lookup: Lookup<'_>) -> Result<Keyring, EnvironmentError> {
    let (mut vars, mut ring) = (Vars::new(lookup), Keyring::default());
    for source in sources.iter() {
        let what = format!("the keys of the alert source `{}`, comma separated", source.id);
        let _found = vars.need(&source.keys_env, &what, |keys| {
            ring.add(&source.id, keys).map_err(|error| error.to_string())
        });
    }
    if vars.problems.is_empty() { Ok(ring) } else { Err(EnvironmentError(vars.problems)) }
}

/// Where all `webhooks` are, and what signs for them.
///
/// # Errors
/// [`EnvironmentError`] with every variable that is missing or wrong. No line says an address or a secret.
pub fn endpoints(webhooks: &Webhooks, lookup: Lookup<'_>) -> Result<Endpoints, EnvironmentError> {
    let (mut found, mut problems) = (Endpoints::new(), Vec::new());
    for webhook in webhooks.iter() {
        match endpoint(webhook, lookup) {
            Ok(endpoint) => _ = found.insert(webhook.id.clone(), endpoint),
            Err(EnvironmentError(more)) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(EnvironmentError(problems)) }
}

/// Where one webhook is, and what signs for it.
///
/// # Errors
/// As [`endpoints`].
pub fn endpoint(webhook: &Webhook, lookup: Lookup<'_>) -> Result<Endpoint, EnvironmentError> {
    let mut vars = Vars::new(lookup);
    let what = format!("the address of the webhook `{}`", webhook.id);
    let place = vars.need(&webhook.url_env, &what, |value| address(value, webhook.private));
    let what = format!("what signs for the webhook `{}`", webhook.id);
    let secret = vars.need(&webhook.secret_env, &what, signing);
    match (place, secret) {
        (Some((url, reach)), Some(secret)) => Ok(Endpoint { url: url.into(), secret, reach }),
        _ => Err(EnvironmentError(vars.problems)),
    }
}

/// What signs: as it is, or behind `whsec_` in base64.
fn signing(value: &str) -> Result<SecretString, String> {
    let coded = value.strip_prefix("whsec_").map(|text| STANDARD.decode(text));
    if coded.is_some_and(|coded| coded.is_err()) {
        return Err("it begins with whsec_, and is no base64 behind that, copy it again".to_owned());
    }
    secret(value, SECRET_MIN)
}

/// An address of the internet, of this machine, or with `private` of a network of our own; https, but for the last two.
fn address(value: &str, private: bool) -> Result<(String, Reach), String> {
    // Not quoted: its path and its query may hold a secret.
    let url: Url =
        value.parse().map_err(|error| format!("it is not an address ({error}), write https://…"))?;
    let here = is_loopback(&url);
    let reach = match (private, here) {
        (true, _) => Reach::Private,
        (false, true) => Reach::Here,
        (false, false) => Reach::Public,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user, put what proves us into the path or the query".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if reach != Reach::Public => {}
        "http" => {
            return Err(
                "plain http is for this machine and private webhooks only, write https://…".to_owned()
            );
        }
        other => return Err(format!("`{other}` is not a scheme for it, write https://…")),
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    if host.parse::<IpAddr>().is_ok_and(|ip| !reach.allows(ip)) {
        return Err("it is not of the internet, write private = true in the file if that is meant".to_owned());
    }
    Ok((url.to_string(), reach))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::WebhookId;

    fn read(url: &str, secret: &str, private: bool) -> Result<Reach, String> {
        let (id, url_env, secret_env) = (WebhookId::new("ticket"), "URL".to_owned(), "SECRET".to_owned());
        let webhook = Webhook { id, url_env, secret_env, private };
        let lookup = |name: &str| Some(if name == "URL" { url } else { secret }.to_owned());
        endpoint(&webhook, &lookup).map(|endpoint| endpoint.reach).map_err(|error| error.to_string())
    }

    const SECRET: &str = "a-secret-of-length";

    #[test]
    fn an_address_says_how_far_its_webhook_may_reach() {
        assert_eq!(read("https://a.example/hook?token=t0ken", SECRET, false), Ok(Reach::Public));
        assert_eq!(read("http://127.0.0.1:9/hook", SECRET, false), Ok(Reach::Here));
        assert_eq!(read("http://[::1]:9/hook", SECRET, false), Ok(Reach::Here));
        assert_eq!(read("http://10.0.0.1/hook", SECRET, true), Ok(Reach::Private));
        assert_eq!(read("http://tickets.internal/hook", SECRET, true), Ok(Reach::Private));
    }

    #[test]
    fn what_is_wrong_with_it_is_said_without_it() {
        let said = |url: &str, private| read(url, SECRET, private).unwrap_err();
        insta::assert_snapshot!(said("http://a.example/hook?t=t0ken", false), @"URL: plain http is for this machine and private webhooks only, write https://…");
        insta::assert_snapshot!(said("https://10.0.0.1/t0ken", false), @"URL: it is not of the internet, write private = true in the file if that is meant");
        insta::assert_snapshot!(said("https://169.254.169.254/t0ken", true), @"URL: it is not of the internet, write private = true in the file if that is meant");
        insta::assert_snapshot!(said("https://t0ken@a.example", false), @"URL: it has a user, put what proves us into the path or the query");
        insta::assert_snapshot!(said("t0ken", false), @"URL: it is not an address (relative URL without a base), write https://…");
        insta::assert_snapshot!(read("https://a.example", "whsec_bm90LXdob2xl-", false).unwrap_err(), @"SECRET: it begins with whsec_, and is no base64 behind that, copy it again");
        insta::assert_snapshot!(read("https://a.example", "short", false).unwrap_err(), @"SECRET: it is shorter than 16 characters, choose a longer one");
    }
}
