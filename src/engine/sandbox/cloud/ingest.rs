//! Feeding media into a room (wire reference, 6.2 to 6.5).

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use super::super::Sandbox;
use super::super::body::{is_number_room, is_string_room};
use super::super::ingest::{Change, NoTask, Room, RoomKind, Wish};
use super::fields::{Fields, wrong};
use super::{Answer, CloudRefused};

/// What a start may hold. The last three are deprecated, and ignored.
const START: [&str; 15] = [
    "SdkAppId",
    "RoomId",
    "RoomIdType",
    "UserId",
    "UserSig",
    "StreamUrl",
    "PrivateMapKey",
    "SeekSecond",
    "AutoPush",
    "RepeatNum",
    "MaxDuration",
    "Volume",
    "VideoEncodeParams",
    "AudioEncodeParams",
    "SourceUrl",
];
/// Bytes of a UserID (7.3).
const USER_MAX: usize = 32;
/// Minutes.
const LIFE_MAX: std::ops::RangeInclusive<i64> = 1..=10_080;
/// Tasks that play at a time, so that a load run cannot fill the memory.
const LIVE_TASKS_MAX: usize = 100_000;

impl Sandbox {
    pub(super) fn start_ingest(&self, body: &Value) -> Result<Answer, CloudRefused> {
        let fields = Fields::of(body, &START)?;
        self.check_app(&fields)?;
        let wish = self.wish(&fields)?;
        let is_one = self.faults.setting(|settings| settings.one_feed);
        if is_one && self.lock().board.ingests().is_fed(&wish) {
            return Err(CloudRefused::new("FailedOperation.TaskExist", "the user feeds the room already"));
        }
        let started = self.change(|state, now| {
            let ingests = state.board.ingests_mut();
            (ingests.live() < LIVE_TASKS_MAX).then(|| ingests.start(wish, now))
        });
        let full = || CloudRefused::new("ResourceInsufficient.RequestRejection", "too many tasks play");
        Ok(answer("TaskId", &started.ok_or_else(full)?))
    }

    fn wish(&self, fields: &Fields<'_>) -> Result<Wish, CloudRefused> {
        let room = self.room(fields)?;
        let user = fields.needed_text("UserId")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !(1..=USER_MAX).contains(&user.len()) || !user.bytes().all(plain) {
            return Err(wrong("UserId", "must be 1 to 32 letters, digits, _ or -"));
        }
        let sig = fields.needed_text("UserSig")?;
        let signed = self.app.check_sig(sig, user, self.clock.now());
        signed.map_err(|refused| wrong("UserSig", &format!("is refused: {}", refused.info)))?;
        let url = address(fields.text("StreamUrl")?.unwrap_or_default())?;
        fields.text("PrivateMapKey")?;
        fields.whole("SeekSecond", 0..=i64::MAX)?;
        fields.flag("AutoPush")?;
        let (repeats, life_max) = length(fields)?;
        let volume = volume(fields)?.unwrap_or(100);
        let source = Duration::from_millis(self.faults.setting(|settings| settings.source_ms));
        Ok(Wish { room, user: user.to_owned(), url, repeats, life_max, volume, source })
    }

    /// The trap of 6.3: which number means a string room depends on the world that the model plays. A room
    /// whose name is a number is taken as whatever the number says.
    fn room(&self, fields: &Fields<'_>) -> Result<Room, CloudRefused> {
        let name = fields.needed_text("RoomId")?;
        let kind = fields.whole("RoomIdType", 0..=1)?;
        let kind = fields.need("RoomIdType", kind)?;
        let string = i64::from(u32::from(self.faults.setting(|settings| settings.string_room)));
        let (kind, fits) = if kind == string {
            (RoomKind::String, is_string_room(name))
        } else {
            (RoomKind::Integer, is_number_room(name.parse().ok()))
        };
        if fits {
            return Ok(Room { kind, name: name.to_owned() });
        }
        Err(wrong("RoomId", "is no room of the kind that RoomIdType says"))
    }

    pub(super) fn update_ingest(&self, body: &Value) -> Result<Answer, CloudRefused> {
        let fields = Fields::of(body, &["SdkAppId", "TaskId", "StreamUrl", "Volume", "IsPause"])?;
        let task = self.task(&fields)?;
        let change = Change {
            url: fields.text("StreamUrl")?.map(address).transpose()?,
            volume: volume(&fields)?,
            pause: fields.flag("IsPause")?,
        };
        self.change(|state, now| state.board.ingests_mut().change(task, change, now)).map_err(no_task)?;
        Ok(answer("Status", "InProgress"))
    }

    pub(super) fn stop_ingest(&self, body: &Value) -> Result<Answer, CloudRefused> {
        let fields = Fields::of(body, &["SdkAppId", "TaskId"])?;
        let task = self.task(&fields)?;
        self.change(|state, now| state.board.ingests_mut().stop(task, now)).map_err(no_task)?;
        Ok(Answer::new())
    }

    pub(super) fn describe_ingest(&self, body: &Value) -> Result<Answer, CloudRefused> {
        let fields = Fields::of(body, &["SdkAppId", "TaskId"])?;
        let task = self.task(&fields)?;
        let state = self.lock();
        let plays = state.board.ingests().get(task).is_some_and(|task| task.is_live());
        Ok(answer("Status", if plays { "InProgress" } else { "NotExist" }))
    }

    fn task<'a>(&self, fields: &Fields<'a>) -> Result<&'a str, CloudRefused> {
        self.check_app(fields)?;
        let task = fields.needed_text("TaskId")?;
        if task.is_empty() { Err(wrong("TaskId", "is empty")) } else { Ok(task) }
    }
}

fn answer(name: &str, value: &str) -> Answer {
    Map::from_iter([(name.to_owned(), value.into())])
}

fn no_task(no: NoTask) -> CloudRefused {
    match no {
        NoTask::Unknown => CloudRefused::new("FailedOperation.TaskNotExist", "there is no such task"),
        NoTask::Ended => CloudRefused::new("FailedOperation.TaskFinished", "the task has ended"),
    }
}

fn address(text: &str) -> Result<String, CloudRefused> {
    let url = Url::parse(text).ok();
    let good = url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if good { Ok(text.to_owned()) } else { Err(wrong("StreamUrl", "must be an http or https address")) }
}

fn volume(fields: &Fields<'_>) -> Result<Option<u64>, CloudRefused> {
    let volume = fields.whole("Volume", 0..=100)?;
    Ok(volume.and_then(|volume| u64::try_from(volume).ok()))
}

/// How often the source is played, and how long at most when that is without end.
fn length(fields: &Fields<'_>) -> Result<(Option<u32>, Option<Duration>), CloudRefused> {
    let repeats = fields.whole("RepeatNum", -1..=1_000)?.unwrap_or(1);
    let minutes = fields.whole("MaxDuration", LIFE_MAX)?;
    let out = |why| Err(CloudRefused::new("InvalidParameter.OutOfRange", why));
    match (repeats, minutes) {
        (0, _) => out("RepeatNum is 0"),
        (1.., Some(_)) => out("MaxDuration goes with RepeatNum -1 only"),
        (1.., None) => Ok((u32::try_from(repeats).ok(), None)),
        (_, minutes) => {
            let minutes = minutes.and_then(|minutes| u64::try_from(minutes).ok());
            Ok((None, minutes.map(|minutes| Duration::from_secs(60 * minutes))))
        }
    }
}
