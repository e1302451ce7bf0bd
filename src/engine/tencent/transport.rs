//! Posts a body and reads a bounded answer. What goes wrong is told without the address, which may hold a secret.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode, Url};

use crate::clock::{Clock, Elapsed};

use super::errors::Fault;
use super::settings::SettingsError;

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long an idle connection is kept: shorter than servers do, so that none is closed under a request.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Idle connections that are kept: a second's worth of one command at the documented rate.
const IDLE_CONNECTIONS: usize = 200;

/// Whom we talk to, in the words of an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// After "the".
    pub(super) name: &'static str,
    /// What it serves.
    pub(super) serves: &'static str,
    /// The variables that say where it is.
    pub(super) variables: &'static str,
}

/// How long to wait for an answer, and how much of it to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// From the start of the connection to the last byte.
    pub(super) time: Duration,
    /// Of the body.
    pub(super) bytes: usize,
}

/// What came back with HTTP 200.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The way to one peer.
pub(super) struct Transport {
    peer: Peer,
    bounds: Bounds,
    clock: Clock,
    http: Client,
}

impl Transport {
    pub(super) fn new(peer: Peer, bounds: Bounds, clock: Clock) -> Result<Self, SettingsError> {
        let http = Client::builder()
            .no_proxy()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .user_agent(concat!("callout/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| SettingsError::Http(cause(&why)))?;
        Ok(Self { peer, bounds, clock, http })
    }

    /// Posts `body`, and reads the answer to its end. Holds no [`Busy`](crate::clock::Busy), so that simulated time can
    /// run out on it.
    pub(super) async fn post(&self, url: Url, headers: HeaderMap, body: Bytes) -> Result<Answer, Fault> {
        let answer = self.clock.timeout(self.bounds.time, self.exchange(url, headers, body)).await;
        answer.unwrap_or_else(|Elapsed| Err(Fault::Lost(self.timed_out())))
    }

    async fn exchange(&self, url: Url, headers: HeaderMap, body: Bytes) -> Result<Answer, Fault> {
        let request = self.http.post(url).headers(headers).body(body);
        let response = request.send().await.map_err(|why| self.broken(&why))?;
        self.check_status(response.status())?;
        let headers = response.headers().clone();
        Ok(Answer { headers, body: self.read_bounded(response).await? })
    }

    async fn read_bounded(&self, mut response: Response) -> Result<Vec<u8>, Fault> {
        let mut read = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|why| self.broken(&why))? {
            if read.len() + chunk.len() > self.bounds.bytes {
                return Err(Fault::Lost(format!("The {}'s answer is too long", self.peer.name)));
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    }

    /// The peer says 200 to everything it has read; anything else comes from a gateway before it.
    fn check_status(&self, status: StatusCode) -> Result<(), Fault> {
        let Peer { name, serves, variables } = self.peer;
        let code = status.as_u16();
        match status {
            StatusCode::OK => Ok(()),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Fault::Unsent(format!("The {name}'s gateway is busy (HTTP {code})")))
            }
            StatusCode::REQUEST_TIMEOUT => {
                Err(Fault::Lost(format!("The {name}'s gateway ran out of time (HTTP {code})")))
            }
            _ if status.is_redirection() || status.is_client_error() => Err(Fault::Misdirected(format!(
                "The address does not serve {serves} (HTTP {code}): check {variables}"
            ))),
            _ => Err(Fault::Lost(format!("The {name}'s gateway failed (HTTP {code})"))),
        }
    }

    fn broken(&self, why: &reqwest::Error) -> Fault {
        let name = self.peer.name;
        if why.is_connect() {
            return Fault::Unsent(format!("The {name} cannot be reached: {}", cause(why)));
        }
        Fault::Lost(format!("The connection to the {name} broke: {}", cause(why)))
    }

    fn timed_out(&self) -> String {
        format!("The {} did not answer within {} s", self.peer.name, self.bounds.time.as_secs())
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// The innermost reason. The outer ones show the address, and with it the signature.
fn cause(why: &reqwest::Error) -> String {
    let mut inner = why.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    inner.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}
