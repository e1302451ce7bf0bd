//! The edge: HTTP in and out, and what goes wrong on the way.

use std::sync::{Arc, Weak};
use std::time::Duration;

use callout::clock::later;
use callout::task;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Discord;
use super::faults::Fault;
use super::gateway::{Opening, converse};
use super::journal::Exchange;
use super::limits::TooEarly;
use super::problem::{self, Problem};
use super::rest::{self, Call, Reply};
use super::state::State;

/// Where the REST interface is.
const ROOT: &str = "/api/v10/";
/// Bytes of a request's body.
const BODY_MAX: usize = 8 * 1024 * 1024;

type Answer = Response<Full<Bytes>>;
type Headers = Vec<(&'static str, String)>;

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

/// Takes connections for as long as the model lives.
pub(super) async fn accept(listener: TcpListener, discord: Weak<Discord>) {
    while let Ok((stream, _)) = listener.accept().await {
        let Some(discord) = discord.upgrade() else { return };
        if !discord.is_down() {
            task::spawn("a client of the modelled discord", connection(stream, discord)).detach();
        }
    }
}

async fn connection(stream: TcpStream, discord: Arc<Discord>) {
    // Frames are small, and clients wait for each.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| serve(Arc::clone(&discord), request));
    let http = hyper::server::conn::http1::Builder::new();
    // A cut connection is what was asked for.
    drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
}

async fn serve(discord: Arc<Discord>, request: Request<Incoming>) -> Result<Answer, Cut> {
    if discord.is_down() {
        return Err(Cut);
    }
    if text(request.headers(), "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Ok(upgrade(discord, request));
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX).collect().await.map_err(|_| Cut)?.to_bytes();
    let Some(path) = head.uri.path().strip_prefix(ROOT) else {
        return Ok(written(404, &[], Some(&problem::not_found().body())));
    };
    let json = serde_json::from_slice(&body);
    let call = Call {
        method: head.method.to_string(),
        parts: path.split('/').map(decoded).collect(),
        query: pairs(head.uri.query().unwrap_or_default()),
        authorization: text(&head.headers, "authorization").map(str::to_owned),
        is_bad_json: !body.is_empty() && json.is_err(),
        body: json.unwrap_or(Value::Null),
        gateway: discord.gateway(),
    };
    match discord.fault(&call) {
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Held(span)) => held(discord, call, span).await,
        fault => exchange(&discord, call, fault).await,
    }
}

/// Carries a request out later, whoever is gone by then.
async fn held(discord: Arc<Discord>, call: Call, span: Duration) -> Result<Answer, Cut> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let due = later(discord.now(), span);
    let holder = Arc::clone(&discord);
    let work = async move {
        holder.clock().sleep_until(due).await;
        // Whoever asked may have given up.
        drop(answer.send(exchange(&holder, call, None).await));
    };
    // Whoever waits is excused for as long as they do.
    let _excused = discord.clock().excuse();
    task::spawn("a request that is held", work).detach();
    answered.await.map_err(|_| Cut)?
}

/// Carries a request out, or lets go wrong what shall, and notes it.
async fn exchange(discord: &Discord, call: Call, fault: Option<Fault>) -> Result<Answer, Cut> {
    let at = discord.now();
    let (status, headers, body) = match fault {
        Some(Fault::Cut) => (0, Vec::new(), None),
        Some(Fault::Refused(status)) => problem_parts(&broken(status), Vec::new()),
        Some(Fault::TooEarly(retry_after)) => {
            let early = TooEarly { retry_after, is_global: false };
            problem_parts(&early.problem(), early.headers())
        }
        _ => discord.change(|state| carry_out(state, &call)),
    };
    let (status, headers, body) = match fault {
        Some(Fault::Garbled(status)) => problem_parts(&broken(status), headers),
        _ => (status, headers, body),
    };
    let is_cut = matches!(fault, Some(Fault::Cut | Fault::LostAnswer));
    discord.note(Exchange {
        at,
        is_authorized: call.authorization.is_some(),
        method: call.method,
        parts: call.parts,
        query: call.query,
        body: call.body,
        status: if is_cut { 0 } else { status },
        answer: body.clone().unwrap_or(Value::Null),
    });
    if let Some(Fault::Late(span)) = fault {
        discord.clock().sleep_for_waiter(later(at, span)).await;
    }
    if is_cut { Err(Cut) } else { Ok(written(status, &headers, body.as_ref())) }
}

fn carry_out(state: &mut State, call: &Call) -> (u16, Headers, Option<Value>) {
    let limits = state.settings.limits.clone();
    let (standing, taken) = state.buckets.take(state.now, &limits, &call.lane());
    let mut headers = standing.map(|standing| standing.headers()).unwrap_or_default();
    if let Err(early) = taken {
        headers.extend(early.headers());
        return problem_parts(&early.problem(), headers);
    }
    match rest::answer(state, call) {
        Ok(Reply::Json(status, body)) => (status, headers, Some(body)),
        Ok(Reply::Empty) => (204, headers, None),
        Err(problem) => problem_parts(&problem, headers),
    }
}

fn problem_parts(problem: &Problem, headers: Headers) -> (u16, Headers, Option<Value>) {
    (problem.status, headers, Some(problem.body()))
}

/// What a server in trouble says.
fn broken(status: u16) -> Problem {
    Problem::new(status, 0, &format!("{status}: out of order"))
}

fn written(status: u16, headers: &[(&'static str, String)], body: Option<&Value>) -> Answer {
    // Libraries take a 429 without `via` for one of the CDN's.
    let mut response = Response::builder().status(status).header("via", "1.1 google");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    let bytes = match body {
        Some(body) => {
            response = response.header(header::CONTENT_TYPE, "application/json");
            Bytes::from(body.to_string())
        }
        None => Bytes::new(),
    };
    response.body(Full::new(bytes)).expect("a valid answer")
}

/// The websocket's handshake; the conversation goes on beside it.
fn upgrade(discord: Arc<Discord>, mut request: Request<Incoming>) -> Answer {
    let Some(key) = text(request.headers(), "sec-websocket-key").map(str::to_owned) else {
        return written(400, &[], Some(&Problem::new(400, 0, "no Sec-WebSocket-Key").body()));
    };
    let query = pairs(request.uri().query().unwrap_or_default());
    let asked = |name: &str| {
        let found = query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let opening = Opening { version: asked("v"), encoding: asked("encoding") };
    let upgrading = hyper::upgrade::on(&mut request);
    let talk = async move {
        if let Ok(upgraded) = upgrading.await {
            converse(discord, upgraded, opening).await;
        }
    };
    task::spawn("a gateway of the modelled discord", talk).detach();
    let response = Response::builder().status(101).header("upgrade", "websocket");
    let response = response.header("connection", "upgrade");
    let response = response.header("sec-websocket-accept", derive_accept_key(key.as_bytes()));
    response.body(Full::new(Bytes::new())).expect("a valid answer")
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let split = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    split.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

/// A part of a path or query without its `%` signs.
fn decoded(part: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), part.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
