//! The engine's commands: `POST /sandbox/engine/v4/{service}/{command}`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::body::Body;
use super::callbacks::{COMMANDS, Target};
use super::faults::Early;
use super::handset::HandsetState;
use super::ledger::DialSeen;
use super::wire::{Refused, Reply, call_info, call_record, envelope, user_list};
use super::{Sandbox, keep};

/// An answer that is lost comes after this: no client waits so long.
const LOST: Duration = Duration::from_secs(30);
/// Live calls at a time, so that a load run cannot fill the memory.
const LIVE_MAX: usize = 100_000;
/// Accounts that one `account_check` may name (wire reference, 2.8).
const CHECK_MAX: usize = 100;
/// The account is not imported.
const NOT_IMPORTED: i64 = 70107;

const DIAL: &str = "call_engine_http_srv/start_call_by_robot";

/// One command, with whatever is to go wrong.
pub(super) async fn v4(
    State(sandbox): State<Arc<Sandbox>>,
    Path(command): Path<String>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let arrived = sandbox.clock.now();
    if sandbox.faults.is_down() {
        return page(StatusCode::SERVICE_UNAVAILABLE);
    }
    let early = if command == DIAL { sandbox.faults.early() } else { None };
    let mut reply = match early {
        Some(Early::Gateway) => return page(StatusCode::BAD_GATEWAY),
        Some(Early::RateLimited) => Err(Refused::new(60007, "too many requests")),
        None => sandbox.pass(&method, &uri, arrived).and_then(|()| sandbox.obey(&command, &body, arrived)),
    };
    if command == DIAL && reply.is_ok() {
        let late = sandbox.faults.late();
        if late.lost {
            sandbox.clock.sleep_for_waiter(crate::clock::later(sandbox.clock.now(), LOST)).await;
            return page(StatusCode::GATEWAY_TIMEOUT);
        }
        if late.bare {
            reply = Ok(Reply::Bare);
        }
        if let Some(slow) = late.slow {
            sandbox.clock.sleep_for_waiter(crate::clock::later(sandbox.clock.now(), slow)).await;
        }
    }
    Json(envelope(&sandbox.request_id(), reply)).into_response()
}

/// What a gateway answers when the engine behind it does not.
fn page(status: StatusCode) -> Response {
    (status, Html(format!("<html><body><h1>{status}</h1></body></html>"))).into_response()
}

impl Sandbox {
    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("Id-{number:032x}-O-Seq-{number}")
    }

    fn pass(&self, method: &Method, uri: &Uri, now: Timestamp) -> Result<(), Refused> {
        if *method == Method::POST {
            self.app.check(uri, now)
        } else {
            Err(Refused::new(60009, "only POST is served"))
        }
    }

    fn obey(&self, command: &str, body: &[u8], arrived: Timestamp) -> Result<Reply, Refused> {
        let body = Body::parse(body)?;
        match command {
            DIAL => self.start_call(&body, arrived),
            "call_engine_http_srv/get_call_info" => self.call_info(&body),
            "call_engine_http_srv/end_call" => self.end_call(&body),
            "call_record_http_srv/get_record_by_callid" => self.record(&body),
            "call_record_http_srv/get_record_by_filter" => self.records(&body, arrived),
            "call_config/set_callback" => self.set_callback(&body),
            "call_config/get_callback" => self.get_callback(),
            "call_config/delete_callback" => {
                self.retarget(None);
                Ok(Reply::Bare)
            }
            "im_open_login_svc/account_import" => self.import(&body),
            "im_open_login_svc/account_check" => self.account_check(&body),
            "openim/query_online_status" => self.online_status(&body),
            _ => Err(Refused::new(60009, "no such resource")),
        }
    }

    fn start_call(&self, body: &Body, arrived: Timestamp) -> Result<Reply, Refused> {
        let mut dial = body.dial()?;
        self.change(|state, now| {
            let board = &mut state.board;
            if dial.robot != self.robot && !board.knows(&dial.robot) {
                return Err(Refused::new(NOT_IMPORTED, "Robot_Account is not imported"));
            }
            let result = |account: &String| {
                let code = if board.knows(account) { 0 } else { NOT_IMPORTED };
                json!({"Callee_Account": account, "ResultCode": code})
            };
            let results: Value = dial.callees.iter().map(result).collect();
            dial.callees.retain(|account| board.knows(account));
            if dial.callees.is_empty() {
                return Err(Refused::new(NOT_IMPORTED, "CalleeList_Account: nobody of it is imported"));
            }
            if board.live_calls() >= LIVE_MAX {
                return Err(Refused::new(101_001, "too many live calls"));
            }
            let (room, callees) = (dial.show.room.clone(), dial.callees.clone());
            let call = board.dial(dial, now);
            state.dials.push(DialSeen { at_us: arrived.as_microsecond(), room, call: call.clone(), callees });
            Ok(Reply::Response(json!({"CallId": call, "CallResult": results})))
        })
    }

    fn call_info(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let state = self.lock();
        let call = state.board.call(id).ok_or_else(Refused::no_call)?;
        let (info, users) = (call_info(call, "MediaType"), user_list(&call.members()));
        Ok(Reply::Response(json!({"CallInfo": info, "UserList": users})))
    }

    fn end_call(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let was_live = self.change(|state, now| state.board.end(id, now));
        if was_live { Ok(Reply::Bare) } else { Err(Refused::no_call()) }
    }

    fn record(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let state = self.lock();
        let record = state.board.record(id, self.clock.now());
        let record = record.ok_or_else(|| Refused::new(101_050, "no record of this call"))?;
        Ok(Reply::Response(json!({"CallRecord": call_record(record)})))
    }

    fn records(&self, body: &Body, now: Timestamp) -> Result<Reply, Refused> {
        let (filter, page) = body.filter(now)?;
        let mut state = self.lock();
        let (total, records) = state.board.records(&filter, now);
        let records: Value = records.into_iter().map(call_record).collect();
        Ok(Reply::Response(json!({"TotalNum": total, "Page": page, "CallRecordList": records})))
    }

    fn set_callback(&self, body: &Body) -> Result<Reply, Refused> {
        let wrong = |refused: Refused| Refused::new(100_002, refused.info);
        let url = body.text("Url").map_err(wrong)?;
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(Refused::new(100_002, "Url must start with http:// or https://"));
        }
        let commands = body.texts("CallbackCommandList", 100_002).map_err(wrong)?;
        if let Some(unknown) = commands.iter().find(|command| !COMMANDS.contains(&command.as_str())) {
            return Err(Refused::new(100_002, format!("CallbackCommandList holds {unknown}")));
        }
        self.retarget(Some(Target { url: url.to_owned(), commands }));
        Ok(Reply::Bare)
    }

    fn retarget(&self, target: Option<Target>) {
        let mut state = self.lock();
        keep::write_target(&self.journal, target.as_ref());
        state.target = target;
    }

    fn get_callback(&self) -> Result<Reply, Refused> {
        let state = self.lock();
        let none = || Refused::new(100_301, "no callback is configured");
        let target = state.target.as_ref().ok_or_else(none)?;
        Ok(Reply::Response(json!({"Url": target.url, "CallbackCommandList": target.commands})))
    }

    fn import(&self, body: &Body) -> Result<Reply, Refused> {
        let account = body.text("UserID").or_else(|_| body.text("Identifier"));
        let account = account.map_err(|_| Refused::new(70402, "UserID is missing"))?;
        self.change(|state, now| state.board.add_account(account, now));
        Ok(Reply::Bare)
    }

    fn account_check(&self, body: &Body) -> Result<Reply, Refused> {
        let items = body.objects("CheckItem").map_err(|refused| Refused::new(70402, refused.info))?;
        if items.len() > CHECK_MAX {
            return Err(Refused::new(70402, format!("CheckItem holds more than {CHECK_MAX}")));
        }
        let state = self.lock();
        let check = |item: &Body| {
            let account = item.text("UserID").map_err(|refused| Refused::new(70402, refused.info))?;
            let own = [&self.robot, &self.app.admin].into_iter().any(|known| known == account);
            let status = if own || state.board.knows(account) { "Imported" } else { "NotImported" };
            Ok(json!({"UserID": account, "ResultCode": 0, "ResultInfo": "", "AccountStatus": status}))
        };
        let results: Vec<Value> = items.iter().map(check).collect::<Result<_, Refused>>()?;
        Ok(Reply::Flat(Map::from_iter([("ResultItem".to_owned(), results.into())])))
    }

    fn online_status(&self, body: &Body) -> Result<Reply, Refused> {
        let accounts = body.texts("To_Account", 60015)?;
        let state = self.lock();
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for account in accounts {
            match state.board.handset(&account).map(|handset| handset.state) {
                None => wrong.push(json!({"To_Account": account, "ErrorCode": NOT_IMPORTED})),
                Some(HandsetState::Offline) => {
                    found.push(json!({"To_Account": account, "Status": "Offline"}));
                }
                Some(_) => found.push(json!({"To_Account": account, "Status": "Online"})),
            }
        }
        let fields = [("QueryResult".to_owned(), found.into()), ("ErrorList".to_owned(), wrong.into())];
        Ok(Reply::Flat(Map::from_iter(fields)))
    }
}
