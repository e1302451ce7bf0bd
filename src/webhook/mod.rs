//! Tells other programs, as Standard Webhooks 1.0 says: a JSON body, an id that stays the same, a signature.
//!
//! What goes wrong is told without the address, which may hold a secret.

mod resolve;
mod sign;

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use secrecy::ExposeSecret as _;

use self::resolve::Resolver;
use self::sign::signature;
use crate::clock::{Clock, Elapsed};
use crate::domain::webhook::{Endpoint, Reach};
use crate::ports::{NotTaken, Told, Webhooks};

/// From the start of the connection to the status of the answer. Standard Webhooks recommends 15 to 30 s; a receiver
/// that needs longer is told again.
const TIME_MAX: Duration = Duration::from_secs(15);

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Every reach, each with a client whose names come to its addresses only.
const REACHES: [Reach; 3] = [Reach::Public, Reach::Private, Reach::Here];

/// The way to other programs.
pub struct WebhookClient {
    clock: Clock,
    /// In the order of [`REACHES`].
    clients: Vec<Client>,
}

impl WebhookClient {
    /// A client that has not told anybody anything yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(clock: Clock) -> Result<Arc<Self>, reqwest::Error> {
        let client = |reach: Reach| {
            // No proxy: it would look the name up itself. No redirect: it may lead where we must not go.
            Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_MAX)
                .pool_max_idle_per_host(0)
                .dns_resolver(Arc::new(Resolver(reach)))
                .user_agent(concat!("callout/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        let clients = REACHES.into_iter().map(client).collect::<Result<_, _>>()?;
        Ok(Arc::new(Self { clock, clients }))
    }

    async fn send(&self, to: &Endpoint, told: &Told<'_>) -> Result<u16, NotTaken> {
        let url = checked(to)?;
        let signed = signature(&to.secret, told);
        let client = REACHES.iter().position(|reach| *reach == to.reach).and_then(|at| self.clients.get(at));
        let client = client.ok_or_else(|| NotTaken("it has no way out".to_owned()))?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", told.id)
            .header("webhook-timestamp", told.at.as_second().to_string())
            .header("webhook-signature", signed)
            .body(told.body.to_owned());
        let answer = request.send().await.map_err(|why| NotTaken(broken(&why)))?;
        let status = answer.status();
        if status.is_success() {
            Ok(status.as_u16())
        } else {
            Err(NotTaken(format!("HTTP {}", status.as_u16())))
        }
    }
}

#[async_trait]
impl Webhooks for WebhookClient {
    async fn tell(&self, to: &Endpoint, told: &Told<'_>) -> Result<u16, NotTaken> {
        let answer = self.clock.timeout(TIME_MAX, self.send(to, told)).await;
        let late = || NotTaken(format!("no answer within {} s", TIME_MAX.as_secs()));
        answer.unwrap_or_else(|Elapsed| Err(late()))
    }
}

impl fmt::Debug for WebhookClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookClient").finish_non_exhaustive()
    }
}

/// The address, if it may be told: an IP address is not looked up, and has to be judged here.
fn checked(to: &Endpoint) -> Result<Url, NotTaken> {
    let url: Url =
        to.url.expose_secret().parse().map_err(|_| NotTaken("its address is not one".to_owned()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let forbidden = host.parse::<IpAddr>().is_ok_and(|ip| !to.reach.allows(ip));
    if forbidden { Err(NotTaken(resolve::FORBIDDEN.to_owned())) } else { Ok(url) }
}

/// The innermost reason: the outer ones show the address.
fn broken(why: &reqwest::Error) -> String {
    let mut inner = why.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    let cause = inner.map_or_else(|| "no reason given".to_owned(), ToString::to_string);
    let what = if why.is_connect() { "it cannot be reached" } else { "the connection broke" };
    format!("{what}: {cause}")
}

#[cfg(test)]
mod tests;
