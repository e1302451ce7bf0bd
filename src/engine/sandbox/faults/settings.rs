//! What the model is like, beyond what goes wrong by chance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How the model behaves where the reference leaves a choice. Changed through the same door as faults; what
/// a wish does not name stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Decides which chances strike. The same seed and the same order of requests: the same faults.
    pub seed: u64,
    /// Milliseconds until a slow answer comes; 3500 is longer than the engine's own limit.
    pub slow_ms: u64,
    /// Requests per second of each Call command, 200 as documented; 0 counts nothing.
    pub call_limit: u32,
    /// What is answered beyond that.
    pub call_limit_code: LimitCode,
    /// Requests per second of each cloud action, 20 as documented; 0 counts nothing.
    pub cloud_limit: u32,
    /// The data centre of the application: another's door answers 60026. `null`: all doors are its own.
    pub region: Option<Region>,
    /// `RoomIdType` of a string room for ingest: 1 as the tutorial says, or 0 as the API reference does.
    pub string_room: StringRoom,
    /// A second task of the same user in a room is refused with `FailedOperation.TaskExist`, instead of ending the
    /// first: no page tells which.
    pub one_feed: bool,
    /// How long one play of a fed source takes, in milliseconds.
    pub source_ms: u64,
    /// What a dial says when nobody of it is imported.
    pub not_imported: NotImported,
    /// Callbacks use each documented spelling of an `ActionType` in turn, `MediaType` beside
    /// `CallMediaType`, and tell of invitations.
    pub spellings: bool,
    /// `User_Account` of digits is a bare JSON number in callbacks.
    pub numeric_accounts: bool,
    /// `RoomIdType` and times are strings, in callbacks and answers.
    pub swap_types: bool,
    /// `CallResult` is an integer, as one table has it.
    pub numeric_results: bool,
    /// `get_call_info` says no room, as the vendor's sample does.
    pub blank_rooms: bool,
    /// `get_record_by_filter` does not look at `CallResult` and `CallType`.
    pub ignore_filters: bool,
    /// Other words for a `CallResult`, for example `{"Cancel": "Interrupt"}`.
    pub results: BTreeMap<String, String>,
    /// With it, callbacks carry `Sign` and `RequestTime`.
    pub callback_token: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            slow_ms: 3_500,
            call_limit: 0,
            call_limit_code: LimitCode::Command,
            cloud_limit: 0,
            region: None,
            string_room: StringRoom::Tutorial,
            one_feed: false,
            source_ms: 10_000,
            not_imported: NotImported::Code70107,
            spellings: false,
            numeric_accounts: false,
            swap_types: false,
            numeric_results: false,
            blank_rooms: false,
            ignore_filters: false,
            results: BTreeMap::new(),
            callback_token: None,
        }
    }
}

/// The code of too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum LimitCode {
    /// 60007.
    Command,
    /// 60011.
    Application,
}

/// `RoomIdType` of a string room: the vendor's pages contradict each other (6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum StringRoom {
    /// 0, and 1 is an integer room.
    Reference,
    /// 1, and 0 is an integer room.
    Tutorial,
}

/// What a dial says when nobody of it is imported: no page tells (section 11, row 22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotImported {
    /// The whole request is refused with 70107.
    #[serde(rename = "70107")]
    Code70107,
    /// The whole request is refused with 101002.
    #[serde(rename = "101002")]
    Code101002,
    /// Success with a `CallId`, and a `ResultCode` for each callee. The call is over at once.
    ResultCode,
}

/// A data centre (1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// `console.tim.qq.com`.
    China,
    /// `adminapisgp.im.qcloud.com`.
    Singapore,
    /// `adminapikr.im.qcloud.com`.
    Seoul,
    /// `adminapiger.im.qcloud.com`.
    Frankfurt,
    /// `adminapiusa.im.qcloud.com`.
    SiliconValley,
    /// `adminapiidn.im.qcloud.com`.
    Jakarta,
}

impl Region {
    const HOSTS: [(&str, Self); 6] = [
        ("console.tim.qq.com", Self::China),
        ("adminapisgp.im.qcloud.com", Self::Singapore),
        ("adminapikr.im.qcloud.com", Self::Seoul),
        ("adminapiger.im.qcloud.com", Self::Frankfurt),
        ("adminapiusa.im.qcloud.com", Self::SiliconValley),
        ("adminapiidn.im.qcloud.com", Self::Jakarta),
    ];

    /// The region of one of the vendor's hosts.
    pub(in crate::engine::sandbox) fn of_host(host: &str) -> Option<Self> {
        Self::HOSTS.iter().find(|(known, _)| *known == host).map(|(_, region)| *region)
    }

    /// The region of this name.
    pub(in crate::engine::sandbox) fn named(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}

impl TryFrom<u32> for LimitCode {
    type Error = &'static str;

    fn try_from(code: u32) -> Result<Self, Self::Error> {
        match code {
            60007 => Ok(Self::Command),
            60011 => Ok(Self::Application),
            _ => Err("call_limit_code is 60007 or 60011"),
        }
    }
}

impl From<LimitCode> for u32 {
    fn from(code: LimitCode) -> Self {
        match code {
            LimitCode::Command => 60007,
            LimitCode::Application => 60011,
        }
    }
}

impl TryFrom<u32> for StringRoom {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Self::Reference),
            1 => Ok(Self::Tutorial),
            _ => Err("string_room is 1 (tutorial) or 0 (API reference)"),
        }
    }
}

impl From<StringRoom> for u32 {
    fn from(room: StringRoom) -> Self {
        match room {
            StringRoom::Reference => 0,
            StringRoom::Tutorial => 1,
        }
    }
}

impl Settings {
    /// As they stand beside the faults.
    pub(super) fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }

    /// The same with one of them changed.
    pub(super) fn with(&self, name: &str, value: Value) -> Result<Self, String> {
        let mut fields = self.fields();
        fields.insert(name.to_owned(), value);
        serde_json::from_value(Value::Object(fields))
            .map_err(|error| format!("{name} cannot be that: {error}."))
    }
}
