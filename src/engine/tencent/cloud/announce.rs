//! The port's verbs, as actions of the cloud API.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::domain::ids::IngestId;
use crate::domain::settings::speakable;
use crate::ports::{Announcer, EngineError, Feed, Started};

use super::super::calls::check_room;
use super::super::errors::Fault;
use super::super::rooms::{RoomKind, RoomTypes};
use super::TencentCloud;
use super::errors::{Class, CloudFault};
use super::wire::{Action, ByTask, CloudReply, MP3, Speech, StartIngest, Voice};

/// How often a source may be played (wire reference section 6.2). Never -1: a feed must end by itself.
const REPEATS: std::ops::RangeInclusive<u32> = 1..=1000;

/// Longest file, in bytes: two minutes at our bit rate, far more than the longest text needs.
const AUDIO_MAX: usize = 2 * 1024 * 1024;

/// What a source may be fetched by (wire reference section 6.5).
const SCHEMES: [&str; 3] = ["https", "http", "rtmp"];

/// What an action says of a feed that is over.
const NOT_EXIST: &str = "NotExist";

#[async_trait]
impl Announcer for TencentCloud {
    async fn start(&self, feed: &Feed) -> Result<Started, EngineError> {
        check(feed).map_err(Fault::of_read)?;
        match self.start_as_either(feed).await {
            Ok(task) => Ok(Started::Task(task)),
            Err(fault) if fault.is(Class::Exists) => Ok(Started::Adrift),
            Err(fault) => Err(fault.of_start()),
        }
    }

    async fn switch(&self, task: &IngestId, url: &str) -> Result<bool, EngineError> {
        check_source(url).map_err(Fault::of_read)?;
        let body = ByTask { stream_url: Some(url), ..self.by(task) };
        match self.ask(Action::Update, &body).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.is_over() => Ok(false),
            Err(fault) => Err(fault.of_repeatable()),
        }
    }

    async fn stop(&self, task: &IngestId) -> Result<(), EngineError> {
        match self.ask(Action::Stop, &self.by(task)).await {
            Err(fault) if !fault.is_over() => Err(fault.of_repeatable()),
            _ => Ok(()),
        }
    }

    async fn plays(&self, task: &IngestId) -> Result<bool, EngineError> {
        match self.ask(Action::Describe, &self.by(task)).await {
            // A status that nobody knows is no proof that it is over.
            Ok(reply) => {
                Ok(reply.text("Status").is_none_or(|status| !status.eq_ignore_ascii_case(NOT_EXIST)))
            }
            Err(fault) if fault.is_over() => Ok(false),
            Err(fault) => Err(fault.of_repeatable()),
        }
    }

    /// Speaks as much of `text` as both sites take (wire reference section 9.2).
    async fn speak(&self, text: &str) -> Result<Vec<u8>, EngineError> {
        let text = speakable(text);
        if text.is_empty() {
            return Err(EngineError::Permanent("There is nothing to say".to_owned()));
        }
        let voice = Voice { voice_id: &self.settings.voice, speed: 1.0 };
        let body = Speech { text, voice, sdk_app_id: self.settings.sdk_app_id, audio_format: MP3 };
        let reply = self.ask(Action::Speak, &body).await.map_err(CloudFault::of_repeatable)?;
        audio(&reply).map_err(|why| EngineError::Temporary(why.to_owned()))
    }
}

impl TencentCloud {
    /// With the number of the room's kind that is thought right, or else with the other one.
    async fn start_as_either(&self, feed: &Feed) -> Result<IngestId, CloudFault> {
        let types = self.room_types();
        let first = match self.start_as(feed, types).await {
            Ok(task) => {
                self.work(types);
                return Ok(task);
            }
            Err(fault) if fault.is(Class::Room) => fault,
            Err(fault) => return Err(fault),
        };
        match self.start_as(feed, types.other()).await {
            Ok(task) => {
                self.learn(types.other());
                Ok(task)
            }
            Err(fault) if fault.is(Class::Room) => Err(first),
            Err(fault) => Err(fault),
        }
    }

    async fn start_as(&self, feed: &Feed, types: RoomTypes) -> Result<IngestId, CloudFault> {
        let sig = self.signer.sign(&self.settings.robot_account, self.clock.now());
        match self.start_signed(feed, types, &sig).await {
            Err(fault) if fault.is(Class::UserSig) => {
                self.signer.forget(&self.settings.robot_account, &sig);
                let sig = self.signer.sign(&self.settings.robot_account, self.clock.now());
                self.start_signed(feed, types, &sig).await
            }
            other => other,
        }
    }

    async fn start_signed(&self, feed: &Feed, types: RoomTypes, sig: &str) -> Result<IngestId, CloudFault> {
        let body = StartIngest {
            sdk_app_id: self.settings.sdk_app_id,
            room_id: feed.room.as_str(),
            room_id_type: RoomKind::String.for_ingest(types),
            user_id: &self.settings.robot_account,
            user_sig: sig,
            stream_url: &feed.url,
            repeat_num: feed.repeats,
        };
        let reply = self.ask(Action::Start, &body).await?;
        let task = reply.text("TaskId").map(IngestId::new);
        // It plays, but nobody can stop it: it ends after its repeats, like one whose answer was lost.
        task.ok_or_else(|| CloudFault::Wire(Fault::Lost("The cloud API's answer lacks the task".to_owned())))
    }

    pub(super) fn by<'a>(&self, task: &'a IngestId) -> ByTask<'a> {
        ByTask { sdk_app_id: self.settings.sdk_app_id, task_id: task.as_str(), stream_url: None }
    }

    fn room_types(&self) -> RoomTypes {
        *self.room_types.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says once that what was thought right is (wire reference section 6.3).
    fn work(&self, types: RoomTypes) {
        if !self.types_told.swap(true, Ordering::Relaxed) {
            tracing::info!(works = types.word(), "the cloud API numbers rooms as configured");
        }
    }

    /// Remembers, until the process ends, which of the vendor's documents is right.
    fn learn(&self, types: RoomTypes) {
        *self.room_types.lock().unwrap_or_else(PoisonError::into_inner) = types;
        self.types_told.store(true, Ordering::Relaxed);
        tracing::warn!(
            works = types.word(),
            refused = types.other().word(),
            "the cloud API numbers rooms otherwise than configured: set the room types to what works"
        );
    }
}

/// Refuses what the API would refuse, or what would never end.
fn check(feed: &Feed) -> Result<(), Fault> {
    check_room(&feed.room)?;
    check_source(&feed.url)?;
    if !REPEATS.contains(&feed.repeats) {
        return Err(Fault::OutOfRange("An announcement is played 1 to 1000 times".to_owned()));
    }
    Ok(())
}

/// Shows nothing of the address: it may hold a secret path.
fn check_source(url: &str) -> Result<(), Fault> {
    let is_fetchable = Url::parse(url).is_ok_and(|url| SCHEMES.contains(&url.scheme()) && url.has_host());
    let wrong =
        || Fault::OutOfRange("The sound's address must begin with https://, http:// or rtmp://".to_owned());
    is_fetchable.then_some(()).ok_or_else(wrong)
}

fn audio(reply: &CloudReply) -> Result<Vec<u8>, &'static str> {
    let text = reply.text("Audio").ok_or("The cloud API's answer lacks the sound")?;
    let audio = STANDARD.decode(text).map_err(|_| "The cloud API's sound cannot be read")?;
    if audio.len() > AUDIO_MAX { Err("The cloud API's sound is too long") } else { Ok(audio) }
}
