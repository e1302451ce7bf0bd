//! The engine's commands: `POST /sandbox/engine/v4/{service}/{command}`, and the same under
//! `/sandbox/engine/at/{region}`, which is the door of that data centre.

mod accounts;
mod calls;
mod config;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::Timestamp;

use super::body::Body;
use super::faults::{Early, Late, Region, Settings};
use super::wire::{Refused, Reply, envelope};
use super::{Sandbox, dress};

/// An answer that is lost comes after this: no client waits so long.
const LOST: Duration = Duration::from_secs(30);
/// The account is not imported.
const NOT_IMPORTED: i64 = 70107;

const DIAL: &str = "call_engine_http_srv/start_call_by_robot";
const LOOK: &str = "call_engine_http_srv/get_call_info";

/// A request for a command.
#[derive(Debug)]
struct Asked {
    /// `{service}/{command}`.
    command: String,
    /// Whose door it came to.
    region: Region,
    method: Method,
    uri: Uri,
    body: Bytes,
    arrived: Timestamp,
}

/// One command, with whatever is to go wrong. A root without a region is the door of the host it names, or
/// else China's.
pub(super) async fn v4(
    State(sandbox): State<Arc<Sandbox>>,
    Path(command): Path<String>,
    (method, uri): (Method, Uri),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let region = host.and_then(Region::of_host).unwrap_or(Region::China);
    let arrived = sandbox.clock.now();
    serve(&sandbox, Asked { command, region, method, uri, body, arrived }).await
}

/// The same at the door of a region.
pub(super) async fn v4_at(
    State(sandbox): State<Arc<Sandbox>>,
    Path((region, command)): Path<(String, String)>,
    (method, uri): (Method, Uri),
    body: Bytes,
) -> Response {
    let Some(region) = Region::named(&region) else { return page(StatusCode::NOT_FOUND) };
    let arrived = sandbox.clock.now();
    serve(&sandbox, Asked { command, region, method, uri, body, arrived }).await
}

async fn serve(sandbox: &Sandbox, asked: Asked) -> Response {
    let name = asked.command.rsplit('/').next().unwrap_or_default();
    let reply = match sandbox.faults.early(name) {
        Some(Early::Down) => return page(StatusCode::SERVICE_UNAVAILABLE),
        Some(Early::Gateway) => return page(StatusCode::BAD_GATEWAY),
        Some(Early::Code(code)) => Err(Refused::on_command(code)),
        None => sandbox.pass(&asked).and_then(|()| sandbox.obey(&asked)),
    };
    let reply = match reply {
        Ok(reply) => {
            let late = sandbox.faults.late(name);
            if sandbox.delay(late).await {
                return page(StatusCode::GATEWAY_TIMEOUT);
            }
            match late.code {
                Some(code) => Err(Refused::on_command(code)),
                None if late.bare => Ok(Reply::Bare),
                None => Ok(sandbox.dress(&asked.command, reply)),
            }
        }
        refused => refused,
    };
    Json(envelope(&sandbox.request_id(), reply)).into_response()
}

/// What a gateway answers when the engine behind it does not.
pub(super) fn page(status: StatusCode) -> Response {
    (status, Html(format!("<html><body><h1>{status}</h1></body></html>"))).into_response()
}

impl Sandbox {
    pub(super) fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("Id-{number:032x}-O-Seq-{number}")
    }

    /// Waits as long as `late` says; returns whether the answer is lost.
    pub(super) async fn delay(&self, late: Late) -> bool {
        let wait = if late.lost { Some(LOST) } else { late.slow };
        if let Some(wait) = wait {
            self.clock.sleep_for_waiter(crate::clock::later(self.clock.now(), wait)).await;
        }
        late.lost
    }

    fn pass(&self, asked: &Asked) -> Result<(), Refused> {
        let now = asked.arrived;
        if asked.method != Method::POST {
            return Err(Refused::new(60009, "only POST is served"));
        }
        if self.forgeries.shut(now) {
            return Err(Refused::new(70050, "too many wrong UserSigs, wait a minute"));
        }
        let passed = self.app.check(&asked.uri, now);
        if passed.as_ref().is_err_and(|refused| [70003, 70009].contains(&refused.code)) {
            self.forgeries.note(now);
        }
        passed?;
        if self.faults.setting(|settings| settings.region).is_some_and(|own| own != asked.region) {
            return Err(Refused::new(60026, "the SDKAppID is served in another region"));
        }
        Ok(())
    }

    fn obey(&self, asked: &Asked) -> Result<Reply, Refused> {
        type Act = fn(&Sandbox, &Body, Timestamp) -> Result<Reply, Refused>;
        let act: Act = match asked.command.as_str() {
            DIAL => Self::start_call,
            LOOK => |engine, body, _| engine.call_info(body),
            "call_engine_http_srv/end_call" => |engine, body, _| engine.end_call(body),
            "call_record_http_srv/get_record_by_callid" => |engine, body, _| engine.record(body),
            "call_record_http_srv/get_record_by_filter" => Self::records,
            "call_config/set_callback" => |engine, body, _| engine.set_callback(body),
            "call_config/get_callback" => |engine, _, _| engine.get_callback(),
            "call_config/delete_callback" => |engine, _, _| engine.delete_callback(),
            "im_open_login_svc/account_import" => |engine, body, _| engine.import(body),
            "im_open_login_svc/account_check" => |engine, body, _| engine.account_check(body),
            "openim/query_online_status" => |engine, body, _| engine.online_status(body),
            _ => return Err(Refused::new(60009, "no such resource")),
        };
        let (most, code) = self.faults.setting(|settings| (settings.call_limit, settings.call_limit_code));
        if !self.limits.pass(&asked.command, most, asked.arrived) {
            return Err(Refused::on_command(code.into()));
        }
        act(self, &Body::parse(&asked.body)?, asked.arrived)
    }

    /// The answer in the form that the settings ask for.
    fn dress(&self, command: &str, reply: Reply) -> Reply {
        let Reply::Response(mut response) = reply else { return reply };
        let settings = self.faults.setting(Settings::clone);
        if settings.blank_rooms && command == LOOK {
            dress::blank_room(&mut response);
        }
        dress::answer(&mut response, &settings);
        Reply::Response(response)
    }
}
