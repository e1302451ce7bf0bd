//! The engine's words: the reply's envelope, and what each command says (wire reference, 1.2 and 2).

use serde_json::{Map, Value, json};

use super::call::Call;
use super::record::Record;

/// The engine does not do it: its code (section 5), and what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: i64,
    pub(super) info: String,
}

impl Refused {
    pub(super) fn new(code: i64, info: impl Into<String>) -> Self {
        Self { code, info: info.into() }
    }

    /// A fault said so.
    pub(super) fn on_command(code: u32) -> Self {
        Self::new(code.into(), "the model was told to say this")
    }

    /// A value in the body is wrong.
    pub(super) fn parameter(info: impl Into<String>) -> Self {
        Self::new(101_002, info)
    }

    pub(super) fn no_call() -> Self {
        Self::new(101_004, "the call does not exist or is over")
    }
}

/// What a command that succeeds adds to the envelope.
#[derive(Debug)]
pub(super) enum Reply {
    Bare,
    /// Inside `Response`.
    Response(Value),
    /// At top level, as the Chat commands do.
    Flat(Map<String, Value>),
}

/// The whole answer, always sent with HTTP status 200.
pub(super) fn envelope(request_id: &str, reply: Result<Reply, Refused>) -> Value {
    let (status, code, info) = match &reply {
        Ok(_) => ("OK", 0, ""),
        Err(refused) => ("FAIL", refused.code, refused.info.as_str()),
    };
    let mut whole = json!({
        "ActionStatus": status,
        "ErrorInfo": info,
        "ErrorCode": code,
        "RequestId": request_id,
    });
    match reply {
        Ok(Reply::Response(response)) => whole["Response"] = response,
        Ok(Reply::Flat(fields)) => {
            if let Value::Object(whole) = &mut whole {
                whole.extend(fields);
            }
        }
        Ok(Reply::Bare) | Err(_) => {}
    }
    whole
}

/// `UserList` of 2.2 and 3.3.
pub(super) fn user_list(members: &[(String, bool)]) -> Value {
    let user = |(account, in_call): &(String, bool)| json!({"User_Account": account, "Status": if *in_call { "Calling" } else { "Waiting" }});
    members.iter().map(user).collect()
}

/// `CallInfo`; the callback of 3.2 has another name for the media than the command of 2.2.
pub(super) fn call_info(call: &Call, media_key: &str) -> Value {
    json!({
        "CallId": call.id,
        media_key: call.show.media,
        "ChatGroupId": "",
        "RoomId": call.show.room,
        "RoomIdType": call.show.room_kind,
    })
}

/// `CallRecord` of 2.4: the member list holds the caller too.
pub(super) fn call_record(record: &Record) -> Value {
    let callees = record.callees.iter().map(|(account, _)| account.as_str());
    let members: Vec<&str> = std::iter::once(record.robot.as_str()).chain(callees).collect();
    json!({
        "CallId": record.id,
        "Caller_Account": record.robot,
        "MediaType": record.show.media,
        "CallType": record.kind(),
        "StartTime": record.started.as_second(),
        "EndTime": record.ended.as_second(),
        "AcceptTime": record.accepted.map_or(0, |at| at.as_second()),
        "CallResult": record.ending.word(),
        "CalleeList_Account": members,
        "RoomId": record.show.room,
        "RoomIdType": record.show.room_kind,
    })
}
