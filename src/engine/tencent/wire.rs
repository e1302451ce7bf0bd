//! The JSON of the wire: strict structs to send, tolerant readers of what comes back.
//!
//! The vendor's pages disagree with their own samples about types, places and cases (wire reference section
//! 11). So nothing is read by a derived struct: each value is looked up, and what can't be read is missing.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::call::{Media, Record, Verdict};
use crate::domain::ids::{Account, EngineCallId, RoomId};

use super::push::PushInfo;
use super::rooms::CallRoomType;

/// Longest word of the engine that we keep, in characters.
const WORD_MAX: usize = 100;

/// Longest run of letters and digits that is no secret, in bytes: a call's id has 36.
const TOKEN_MAX: usize = 48;

/// A command's id in the URL: `v4/{service}/{command}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    StartCall,
    CallInfo,
    EndCall,
    Record,
    Records,
    GetCallback,
    SetCallback,
    DeleteCallback,
    AccountCheck,
    AccountImport,
    OnlineStatus,
}

impl Command {
    /// Every command, in the order of its index.
    pub(super) const ALL: [Self; 11] = [
        Self::StartCall,
        Self::CallInfo,
        Self::EndCall,
        Self::Record,
        Self::Records,
        Self::GetCallback,
        Self::SetCallback,
        Self::DeleteCallback,
        Self::AccountCheck,
        Self::AccountImport,
        Self::OnlineStatus,
    ];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::StartCall => "call_engine_http_srv/start_call_by_robot",
            Self::CallInfo => "call_engine_http_srv/get_call_info",
            Self::EndCall => "call_engine_http_srv/end_call",
            Self::Record => "call_record_http_srv/get_record_by_callid",
            Self::Records => "call_record_http_srv/get_record_by_filter",
            Self::GetCallback => "call_config/get_callback",
            Self::SetCallback => "call_config/set_callback",
            Self::DeleteCallback => "call_config/delete_callback",
            Self::AccountCheck => "im_open_login_svc/account_check",
            Self::AccountImport => "im_open_login_svc/account_import",
            Self::OnlineStatus => "openim/query_online_status",
        }
    }
}

// ---------------------------------------------------------------- what is sent

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartCall<'a> {
    #[serde(rename = "Robot_Account")]
    pub(super) robot: &'a str,
    #[serde(rename = "CalleeList_Account")]
    pub(super) callees: Vec<&'a str>,
    /// Milliseconds.
    pub(super) timeout: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) user_data: &'a str,
    pub(super) call_info: CallInfo<'a>,
    pub(super) offline_push_info: PushInfo<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CallInfo<'a> {
    pub(super) media_type: &'static str,
    pub(super) room_id: &'a str,
    pub(super) room_id_type: CallRoomType,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByCall<'a> {
    pub(super) call_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByFilter {
    /// Unix seconds.
    pub(super) start_time: i64,
    pub(super) number_per_page: u32,
    pub(super) page: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetCallback<'a> {
    pub(super) url: &'a str,
    pub(super) callback_command_list: &'a [&'a str],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CheckAccounts<'a> {
    pub(super) check_item: Vec<UserId<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct UserId<'a> {
    #[serde(rename = "UserID")]
    pub(super) user_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountImport<'a> {
    #[serde(rename = "UserID")]
    pub(super) user_id: &'a str,
    pub(super) nick: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) face_url: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnlineStatus<'a> {
    /// 0: not each device by itself.
    pub(super) is_need_detail: u8,
    #[serde(rename = "To_Account")]
    pub(super) to_account: Vec<&'a str>,
}

/// The word for `media`, in the one case that every page of the vendor agrees on.
pub(super) const fn media_word(media: Media) -> &'static str {
    match media {
        Media::Audio => "Audio",
        Media::Video => "Video",
    }
}

// ---------------------------------------------------------------- what is read

/// The envelope of every answer (wire reference section 1.2).
#[derive(Debug)]
pub(super) struct Reply {
    /// `ErrorCode`: 0 is success.
    pub(super) code: i64,
    /// `ErrorInfo`, for people.
    pub(super) info: String,
    /// `RequestId`: the vendor's support asks for it.
    pub(super) request: String,
    body: Map<String, Value>,
}

impl Reply {
    /// Reads an envelope; `None` when `bytes` are none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let Ok(Value::Object(body)) = serde_json::from_slice(bytes) else { return None };
        let code = body.get("ErrorCode").and_then(number)?;
        let said = |name| body.get(name).and_then(text).unwrap_or_default();
        let (info, request) = (word(&without_secrets(&said("ErrorInfo"))), word(&said("RequestId")));
        Some(Self { code, info, request, body })
    }

    /// A field of `Response`, or else of the top level: some pages list it there.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        let inner = self.body.get("Response").and_then(|response| response.get(name));
        inner.or_else(|| self.body.get(name))
    }
}

/// A string, or an integer as its digits. Never through a float: accounts of 18 digits would change.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// An integer, or a string that spells one.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Like [`text`], without the empty string.
pub(super) fn name(value: Option<&Value>) -> Option<String> {
    value.and_then(text).filter(|text| !text.is_empty())
}

/// The members of an array; none when it is null or something else.
pub(super) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time in Unix seconds; 0 and nonsense are none.
pub(super) fn seconds(value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(number).filter(|&second| second > 0).and_then(|second| Timestamp::from_second(second).ok())
}

/// A time in Unix milliseconds; 0 and nonsense are none.
pub(super) fn millis(value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(number).filter(|&ms| ms > 0).and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

/// A word of the engine on one bounded line.
pub(super) fn word(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORD_MAX).collect()
}

/// Takes out what the engine may give back to us of our secrets: addresses, which may hold a secret path, and
/// runs of characters long enough to be a UserSig or a key.
pub(super) fn without_secrets(text: &str) -> String {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || "*-_".contains(c);
    let scrub = |word: &str| -> String {
        let end = word.trim_end_matches(char::is_whitespace).len();
        if word.contains("://") {
            return format!("…{}", &word[end..]);
        }
        let parts = word.split_inclusive(|c| !part_of_token(c));
        parts.map(|part| if part.len() > TOKEN_MAX { "… " } else { part }).collect()
    };
    text.split_inclusive(char::is_whitespace).map(scrub).collect()
}

/// Makes the spellings of one word equal: `Hang Up`, `HangUp` and `Hang_up` (wire reference section 3.3).
pub(super) fn normal(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// A `CallRecord`. `robot` is taken for the caller when it names none; `now` for the end when it says none.
pub(super) fn record(value: &Value, robot: &str, now: Timestamp) -> Option<Record> {
    let call = EngineCallId::new(name(value.get("CallId"))?);
    let caller = name(value.get("Caller_Account")).unwrap_or_else(|| robot.to_owned());
    let members = list(value.get("CalleeList_Account")).iter().filter_map(text);
    let ended_at = seconds(value.get("EndTime")).unwrap_or(now);
    Some(Record {
        call,
        room: name(value.get("RoomId")).map(RoomId::new),
        callees: members.filter(|member| *member != caller).map(Account::new).collect(),
        started_at: seconds(value.get("StartTime")).unwrap_or(ended_at),
        answered_at: seconds(value.get("AcceptTime")),
        ended_at,
        verdict: verdict(&name(value.get("CallResult")).unwrap_or_default()),
    })
}

/// What a `CallResult` means (wire reference section 3.5).
pub(super) fn verdict(result: &str) -> Verdict {
    match normal(result).as_str() {
        "normalend" => Verdict::Normal,
        "reject" => Verdict::Declined,
        "notanswer" => Verdict::RangOut,
        "callbusy" => Verdict::Busy,
        "cancel" => Verdict::Cancelled,
        "interrupt" => Verdict::Interrupted,
        "offline" => Verdict::Offline,
        _ => Verdict::Other(word(result)),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
pub(super) mod tests;
