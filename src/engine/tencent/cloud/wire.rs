//! The JSON of the cloud API (wire reference sections 6.2 and 9.2).

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::rooms::IngestRoomType;
use super::super::wire::{text, without_secrets, word};
use super::errors::CloudFault;

/// What the API can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Update,
    Stop,
    Describe,
    Speak,
}

impl Action {
    /// Every action, in the order of its index.
    pub(super) const ALL: [Self; 5] = [Self::Start, Self::Update, Self::Stop, Self::Describe, Self::Speak];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "StartStreamIngest",
            Self::Update => "UpdateStreamIngest",
            Self::Stop => "StopStreamIngest",
            Self::Describe => "DescribeStreamIngest",
            Self::Speak => "TextToSpeech",
        }
    }
}

/// Only fields that both sites know; `Volume` is 100 by default.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartIngest<'a> {
    pub(super) sdk_app_id: u32,
    pub(super) room_id: &'a str,
    pub(super) room_id_type: IngestRoomType,
    pub(super) user_id: &'a str,
    pub(super) user_sig: &'a str,
    pub(super) stream_url: &'a str,
    pub(super) repeat_num: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByTask<'a> {
    pub(super) sdk_app_id: u32,
    pub(super) task_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_url: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Speech<'a> {
    pub(super) text: &'a str,
    pub(super) voice: Voice<'a>,
    pub(super) sdk_app_id: u32,
    pub(super) audio_format: AudioFormat,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Voice<'a> {
    pub(super) voice_id: &'a str,
    pub(super) speed: f32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AudioFormat {
    pub(super) format: &'static str,
    /// Hertz.
    pub(super) sample_rate: u32,
    /// Kilobits a second.
    pub(super) bitrate: u32,
}

/// A file that every phone and the media servers take.
pub(super) const MP3: AudioFormat = AudioFormat { format: "mp3", sample_rate: 24_000, bitrate: 128 };

/// What stands in `Response`.
#[derive(Debug)]
pub(super) struct CloudReply(Map<String, Value>);

impl CloudReply {
    /// Reads an answer; `None` when `bytes` are none.
    pub(super) fn read(bytes: &[u8]) -> Option<Result<Self, CloudFault>> {
        let Ok(Value::Object(mut whole)) = serde_json::from_slice(bytes) else { return None };
        let Some(Value::Object(inner)) = whole.remove("Response") else { return None };
        let Some(error) = inner.get("Error").filter(|error| !error.is_null()) else {
            return Some(Ok(Self(inner)));
        };
        let said = |name| error.get(name).and_then(text).unwrap_or_default();
        let (code, info) = (word(&said("Code")), without_secrets(&said("Message")));
        Some(Err(CloudFault::Code { code, info }))
    }

    /// A text of the answer, without the empty one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::super::wire::tests::junk;
    use super::*;

    #[test]
    fn an_answer_without_a_response_is_none() {
        for text in ["", "{}", "[]", "<html>", r#"{"Response":null}"#, r#"{"Response":[]}"#] {
            assert!(CloudReply::read(text.as_bytes()).is_none(), "{text}");
        }
        let null = CloudReply::read(br#"{"Response":{"Error":null,"TaskId":"t"}}"#).unwrap().unwrap();
        assert_eq!(null.text("TaskId"), Some("t"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = CloudReply::read(&raw);
        }

        #[test]
        fn any_json_is_read_or_refused(value in junk(), place in 0..4_usize) {
            let whole = match place {
                0 => value,
                1 => json!({"Response": value}),
                2 => json!({"Response": {"Error": value}}),
                _ => json!({"Response": {"Error": {"Code": value, "Message": value}}}),
            };
            let _ = CloudReply::read(whole.to_string().as_bytes());
        }
    }
}
