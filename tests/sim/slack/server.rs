//! The edge: HTTP in and out, and what goes wrong on the way.

use std::sync::{Arc, Weak};

use callout::clock::later;
use callout::task;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Slack;
use super::api::{Call, answer, late_answer};
use super::deliver::{Opening, converse};
use super::faults::Fault;
use super::form;
use super::journal::Exchange;
use super::problem::Problem;
use super::state::State;

/// Bytes of a request's body.
const BODY_MAX: usize = 8 * 1024 * 1024;
/// What a `response_url` is called in the journal.
const LATE: &str = "response_url";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

type Written = Response<Full<Bytes>>;

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

/// What goes out.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
    /// Written as it is, and not as JSON.
    is_plain: bool,
}

/// Takes connections for as long as the model lives.
pub(super) async fn accept(listener: TcpListener, slack: Weak<Slack>) {
    while let Ok((stream, _)) = listener.accept().await {
        let Some(slack) = slack.upgrade() else { return };
        if !slack.is_down() {
            task::spawn("a client of the modelled slack", connection(stream, Arc::downgrade(&slack)))
                .detach();
        }
    }
}

async fn connection(stream: TcpStream, slack: Weak<Slack>) {
    // Frames are small, and clients wait for each.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| serve(slack.upgrade(), request));
    let http = hyper::server::conn::http1::Builder::new();
    // A cut connection is what was asked for.
    drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
}

async fn serve(slack: Option<Arc<Slack>>, request: Request<Incoming>) -> Result<Written, Cut> {
    let slack = slack.filter(|slack| !slack.is_down()).ok_or(Cut)?;
    if header(request.headers(), "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Ok(upgrade(slack, request));
    }
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_MAX).collect().await.map_err(|_| Cut)?.to_bytes();
    let path = head.uri.path().trim_matches('/');
    let query = head.uri.query().unwrap_or_default();
    let call = |method: &str| read(method, query, &head.headers, &body);
    if let Some(method) = path.strip_prefix("api/") {
        return match call(method) {
            Ok(call) => exchange(&slack, call, None).await,
            Err(problem) => exchange_of_nothing(&slack, method, &problem),
        };
    }
    match path.split('/').collect::<Vec<_>>()[..] {
        ["commands" | "actions" | "app", _, _, token] => match call(LATE) {
            Ok(call) => exchange(&slack, call, Some(token)).await,
            Err(problem) => exchange_of_nothing(&slack, LATE, &problem),
        },
        _ => Ok(written(&Reply {
            status: 404,
            headers: Vec::new(),
            body: json!("no such page"),
            is_plain: true,
        })),
    }
}

/// The arguments and the token of a request, wherever they are.
fn read(method: &str, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Call, Problem> {
    let kind = header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    let is_json = kind.starts_with(JSON);
    let mut args: Map<String, Value> = fields(query);
    let mut warning = None;
    if is_json {
        let sent = serde_json::from_slice::<Value>(body).map_err(|_| Problem::new("invalid_json"))?;
        let sent = sent.as_object().cloned().ok_or_else(|| Problem::new("json_not_object"))?;
        args.extend(sent);
        warning = (!kind.contains("charset")).then_some("missing_charset");
    } else if kind.starts_with(FORM) || kind.is_empty() {
        args.extend(fields(&String::from_utf8_lossy(body)));
        warning = kind.contains("charset").then_some("superfluous_charset");
    } else if !body.is_empty() {
        return Err(Problem::new("invalid_post_type"));
    }
    let bearer = header(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    let posted = args.remove("token").and_then(|token| token.as_str().map(str::to_owned));
    let token = bearer.map(str::to_owned).or_else(|| posted.filter(|_| !is_json));
    Ok(Call { method: method.to_owned(), args, token, is_json, warning })
}

fn fields(text: &str) -> Map<String, Value> {
    form::decode(text).into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

/// A request whose arguments cannot be read.
fn exchange_of_nothing(slack: &Slack, method: &str, problem: &Problem) -> Result<Written, Cut> {
    let call =
        Call { method: method.to_owned(), args: Map::new(), token: None, is_json: true, warning: None };
    let reply = refused(problem);
    note(slack, call, &reply, false);
    Ok(written(&reply))
}

/// Carries a request out, or lets go wrong what shall, and notes it. `late` is the token of a `response_url`.
async fn exchange(slack: &Slack, call: Call, late: Option<&str>) -> Result<Written, Cut> {
    let fault = slack.faults.lock().unwrap().take(&call.method);
    let at = slack.now();
    let reply = match &fault {
        Some(Fault::Cut) => Reply { status: 0, headers: Vec::new(), body: Value::Null, is_plain: true },
        Some(Fault::Refused(status)) => broken(*status),
        Some(Fault::Error(error)) => refused(&Problem::new(error)),
        Some(Fault::TooEarly(wait)) => refused(&Problem::too_early(*wait)),
        _ => slack.change(|state| carry_out(state, &call, late)),
    };
    let reply = match &fault {
        Some(Fault::Garbled(status)) => broken(*status),
        _ => reply,
    };
    let is_cut = matches!(fault, Some(Fault::Cut | Fault::LostAnswer));
    note(slack, call, &reply, is_cut);
    if let Some(Fault::Late(span)) = fault {
        slack.clock.sleep_for_waiter(later(at, span)).await;
    }
    if is_cut { Err(Cut) } else { Ok(written(&reply)) }
}

fn note(slack: &Slack, call: Call, reply: &Reply, is_cut: bool) {
    let args = call.args.into_iter().map(|(name, value)| (name.clone(), structured(&name, value)));
    slack.note(Exchange {
        at: slack.now(),
        method: call.method,
        args: args.collect(),
        is_json: call.is_json,
        status: if is_cut { 0 } else { reply.status },
        answer: reply.body.clone(),
    });
}

/// What a form holds as text, and is JSON.
fn structured(name: &str, value: Value) -> Value {
    match (&value, name) {
        (Value::String(text), "blocks" | "view" | "metadata") => serde_json::from_str(text).unwrap_or(value),
        _ => value,
    }
}

fn carry_out(state: &mut State, call: &Call, late: Option<&str>) -> Reply {
    if let Some(token) = late {
        return match late_answer(state, token, call) {
            Ok(()) => Reply { status: 200, headers: Vec::new(), body: json!("ok"), is_plain: true },
            Err(problem) => refused(&problem),
        };
    }
    let (answer, accepted) = answer(state, call);
    let mut reply = match answer {
        Ok(mut fields) => {
            fields["ok"] = json!(true);
            if let Some(warning) = call.warning.filter(|_| fields.get("warning").is_none()) {
                fields["warning"] = json!(warning);
                let mut metadata = fields["response_metadata"].as_object().cloned().unwrap_or_default();
                metadata.insert("warnings".to_owned(), json!([warning]));
                fields["response_metadata"] = Value::Object(metadata);
            }
            Reply { status: 200, headers: Vec::new(), body: fields, is_plain: false }
        }
        Err(problem) => refused(&problem),
    };
    let is_app = call.token.as_deref() == Some(&state.app.app_token);
    let granted = if is_app { &state.settings.app_scopes } else { &state.settings.scopes };
    if call.token.as_deref() == Some(&state.app.bot_token) || is_app {
        reply.headers.push(("x-oauth-scopes", granted.join(",")));
        reply.headers.push(("x-accepted-oauth-scopes", accepted.to_owned()));
    }
    reply
}

fn refused(problem: &Problem) -> Reply {
    let retry = problem.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    Reply {
        status: problem.status,
        headers: retry.into_iter().collect(),
        body: problem.body(),
        is_plain: false,
    }
}

/// What a server in trouble says.
fn broken(status: u16) -> Reply {
    let page = format!("<html><body>{status}: out of order</body></html>");
    Reply { status, headers: Vec::new(), body: json!(page), is_plain: true }
}

fn written(reply: &Reply) -> Written {
    let (kind, body) = match reply.body.as_str().filter(|_| reply.is_plain) {
        Some(text) => ("text/html", text.to_owned()),
        None => ("application/json; charset=utf-8", reply.body.to_string()),
    };
    let request_id = format!("{:032x}", rand::random::<u128>());
    let response = Response::builder().status(reply.status.max(200)).header("content-type", kind);
    let mut response = response.header("x-slack-req-id", request_id);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    response.body(Full::new(Bytes::from(body))).expect("a valid answer")
}

/// The websocket's handshake; the conversation goes on beside it.
fn upgrade(slack: Arc<Slack>, mut request: Request<Incoming>) -> Written {
    let refused = |status| written(&Reply { status, headers: Vec::new(), body: json!("no"), is_plain: true });
    let Some(key) = header(request.headers(), "sec-websocket-key").map(str::to_owned) else {
        return refused(400);
    };
    let query = form::decode(request.uri().query().unwrap_or_default());
    let asked = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let is_debug = asked("debug_reconnects").is_some_and(|value| value == "true");
    let opening = Opening { ticket: asked("ticket").unwrap_or_default(), is_debug };
    if request.uri().path().trim_matches('/') != "link" || !slack.admits(&opening) {
        return refused(403);
    }
    let upgrading = hyper::upgrade::on(&mut request);
    let talk = async move {
        if let Ok(upgraded) = upgrading.await {
            converse(slack, upgraded, opening).await;
        }
    };
    task::spawn("a socket of the modelled slack", talk).detach();
    let response = Response::builder().status(101).header("upgrade", "websocket");
    let response = response.header("connection", "upgrade");
    let response = response.header("sec-websocket-accept", derive_accept_key(key.as_bytes()));
    response.body(Full::new(Bytes::new())).expect("a valid answer")
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
