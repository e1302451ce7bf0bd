//! The push notification that wakes a phone whose app is not running (wire reference section 2.7).
//!
//! We set what makes a phone ring. What else a fleet of phones needs (channels, sounds, categories of each maker)
//! is passed through from the settings; what the vendor documents of it is checked once, at the start.

use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::span::Misread;

/// Longest `Ext`, in bytes. Apple's packet takes 3 kB for it and the text, of which the text may need 1800.
const EXT_MAX: usize = 1200;
/// Longest other text, in bytes: generous, for none is documented.
const TEXT_MAX: usize = 1000;
/// Longest object in all, in bytes: bounds what every dial sends.
const WHOLE_MAX: usize = 16 * 1024;
/// The push of each call says these itself.
const OURS: [&str; 2] = ["Title", "Desc"];

/// What we set of the object, whatever the call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Waking {
    /// 0: the online message, or else a push.
    push_flag: u8,
    android_info: AndroidInfo,
    apns_info: ApnsInfo,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AndroidInfo {
    google_priority: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ApnsInfo {
    is_voip_push: u8,
    interruption_level: &'static str,
}

/// High priority wakes a dozing Android phone, a VoIP push shows Apple's full-screen call.
const WAKING: Waking = Waking {
    push_flag: 0,
    android_info: AndroidInfo { google_priority: "high" },
    apns_info: ApnsInfo { is_voip_push: 1, interruption_level: "time-sensitive" },
};

/// All of the object that is the same for every call.
#[derive(Debug)]
pub(super) struct Push(Map<String, Value>);

/// Judges what the settings lay over the push of every call, before the client is made.
///
/// # Errors
/// [`Misread`] that names the field and says what may stand there.
pub fn check_push(given: &Map<String, Value>) -> Result<(), Misread> {
    check(given).map_err(|problem| Misread::new(problem, "correct it, or leave it out"))
}

/// The object of one call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PushInfo<'a> {
    title: &'a str,
    desc: &'a str,
    #[serde(flatten)]
    rest: &'a Map<String, Value>,
}

impl Push {
    /// Ours, with `given` laid over it.
    ///
    /// # Errors
    /// A sentence that names the field and what may stand there.
    pub(super) fn new(given: Option<&Map<String, Value>>) -> Result<Self, String> {
        let Ok(Value::Object(mut all)) = serde_json::to_value(WAKING) else {
            return Err("the push could not be written".to_owned());
        };
        if let Some(given) = given {
            check(given)?;
            lay_over(&mut all, given);
        }
        Ok(Self(all))
    }

    /// The object of a call.
    pub(super) const fn of<'a>(&'a self, title: &'a str, desc: &'a str) -> PushInfo<'a> {
        PushInfo { title, desc, rest: &self.0 }
    }
}

fn lay_over(ours: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (name, value) in given {
        match (ours.get_mut(name), value) {
            (Some(Value::Object(ours)), Value::Object(given)) => lay_over(ours, given),
            _ => drop(ours.insert(name.clone(), value.clone())),
        }
    }
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// A whole number from the first to the second.
    Between(i64, i64),
    /// One of these numbers.
    Number(&'static [i64]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text of at most so many bytes.
    Text(usize),
    /// A file's name without its suffix.
    Stem,
    /// A file's name with its suffix.
    File,
    /// The https address of a picture.
    Picture,
    /// An object.
    Object,
    /// A list of texts in several languages.
    Languages,
}

use Rule::{Between, File, Languages, Number, Object, Picture, Stem, Text, Word};

/// Every documented field. Others are passed through as they are.
#[rustfmt::skip]
static RULES: &[(&str, Rule)] = &[
    ("PushFlag", Number(&[0, 1])),
    ("Ext", Text(EXT_MAX)),
    ("MultiLanguageContent", Languages),
    ("BadgeAddNum", Between(1, 99)),
    ("BadgeSetNum", Between(0, 999)),
    ("PushTemplateId", Text(TEXT_MAX)),
    ("PushTemplateParam", Object),
    ("AndroidInfo", Object),
    ("AndroidInfo.Sound", Stem),
    ("AndroidInfo.PushStyle", Number(&[0, 1])),
    ("AndroidInfo.OPPOChannelID", Text(TEXT_MAX)),
    ("AndroidInfo.OPPOCategory", Text(TEXT_MAX)),
    ("AndroidInfo.OPPONotifyLevel", Number(&[1, 2, 16])),
    ("AndroidInfo.OPPOPrivateMsgTemplateId", Text(TEXT_MAX)),
    ("AndroidInfo.OPPOPrivateTitleParameters", Object),
    ("AndroidInfo.OPPOPrivateContentParameters", Object),
    ("AndroidInfo.VIVOClassification", Number(&[0, 1])),
    ("AndroidInfo.VIVOCategory", Text(TEXT_MAX)),
    ("AndroidInfo.VIVONotifyType", Word(&["1", "2", "3", "4"])),
    ("AndroidInfo.HuaWeiCategory", Text(TEXT_MAX)),
    ("AndroidInfo.HuaWeiImportance", Word(&["LOW", "NORMAL"])),
    ("AndroidInfo.HuaWeiImage", Picture),
    ("AndroidInfo.HonorImportance", Word(&["LOW", "NORMAL"])),
    ("AndroidInfo.HonorImage", Picture),
    ("AndroidInfo.GoogleChannelID", Text(TEXT_MAX)),
    ("AndroidInfo.GooglePriority", Word(&["normal", "high"])),
    ("AndroidInfo.GoogleImage", Picture),
    ("AndroidInfo.XiaoMiChannelID", Text(TEXT_MAX)),
    ("AndroidInfo.MeiZuNoticeMsgType", Between(0, 99)),
    ("ApnsInfo", Object),
    ("ApnsInfo.Sound", File),
    ("ApnsInfo.BadgeMode", Number(&[0, 1])),
    ("ApnsInfo.Title", Text(TEXT_MAX)),
    ("ApnsInfo.SubTitle", Text(TEXT_MAX)),
    ("ApnsInfo.Image", Picture),
    ("ApnsInfo.InterruptionLevel", Word(&["active", "critical", "passive", "time-sensitive"])),
    ("ApnsInfo.ContentAvailable", Number(&[0, 1])),
    ("ApnsInfo.MutableContent", Number(&[0, 1])),
    ("ApnsInfo.IsVoipPush", Number(&[0, 1])),
    ("ApnsInfo.LiveActivity", Object),
    ("ApnsInfo.LiveActivity.LaId", Text(64)),
    ("ApnsInfo.LiveActivity.Event", Word(&["update", "end"])),
    ("ApnsInfo.LiveActivity.ContentState", Object),
    ("ApnsInfo.LiveActivity.DismissalDate", Between(0, i64::MAX)),
    ("HarmonyInfo", Object),
    ("HarmonyInfo.Title", Text(TEXT_MAX)),
    ("HarmonyInfo.Category", Text(TEXT_MAX)),
    ("HarmonyInfo.Image", Picture),
    ("HarmonyInfo.Sound", File),
    ("HarmonyInfo.SoundDuration", Between(1, 60)),
];

fn check(given: &Map<String, Value>) -> Result<(), String> {
    if let Some(ours) = OURS.iter().find(|name| given.contains_key(**name)) {
        return Err(format!("push.{ours} is said by each call itself"));
    }
    for (path, rule) in RULES {
        let Some(value) = at(given, path) else { continue };
        if let Some(asks) = rule.broken_by(value) {
            return Err(format!("push.{path} must be {asks}"));
        }
    }
    let android = |name| at(given, name).is_some();
    if android("AndroidInfo.OPPONotifyLevel") && !android("AndroidInfo.OPPOCategory") {
        return Err("push.AndroidInfo.OPPONotifyLevel needs an OPPOCategory beside it".to_owned());
    }
    let size = serde_json::to_vec(given).map_or(usize::MAX, |text| text.len());
    if size > WHOLE_MAX {
        return Err(format!("push has {size} bytes, at most {WHOLE_MAX}"));
    }
    Ok(())
}

fn at<'a>(given: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = given.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_object()?, rest) }
}

impl Rule {
    /// What should stand there instead of `value`; `None` when it may.
    fn broken_by(self, value: &Value) -> Option<String> {
        let text = value.as_str();
        let (fits, asks) = match self {
            Between(low, high) => (
                value.as_i64().is_some_and(|number| (low..=high).contains(&number)),
                format!("a whole number from {low} to {high}"),
            ),
            Number(known) => {
                (value.as_i64().is_some_and(|number| known.contains(&number)), format!("one of {known:?}"))
            }
            Word(known) => (text.is_some_and(|word| known.contains(&word)), format!("one of {known:?}")),
            Text(max) => {
                (text.is_some_and(|text| text.len() <= max), format!("a text of at most {max} bytes"))
            }
            Stem => (
                text.is_some_and(|name| !name.is_empty() && !name.contains('.')),
                "a file's name without its suffix".to_owned(),
            ),
            File => (text.is_some_and(|name| name.contains('.')), "a file's name with its suffix".to_owned()),
            Picture => (text.is_some_and(is_https), "an https:// address".to_owned()),
            Object => (value.is_object(), "an object".to_owned()),
            Languages => (
                value.as_array().is_some_and(|texts| texts.iter().all(is_language)),
                "a list of {Language, Title, Desc}".to_owned(),
            ),
        };
        (!fits).then_some(asks)
    }
}

fn is_https(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.scheme() == "https")
}

fn is_language(value: &Value) -> bool {
    ["Language", "Title", "Desc"].iter().all(|name| value.get(name).is_some_and(Value::is_string))
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
