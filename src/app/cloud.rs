//! The way to the cloud that speaks and plays announcements.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::env::Environment;
use crate::domain::settings::{AnnouncementRule, RoomNumbers, Settings};
use crate::engine::tencent::{CLOUD_RATE, CloudSettings, RoomTypes, TencentCloud, VOICE, checked_cloud_root};

use super::CannotRun;

/// The cloud's client where the environment has its account. Also when nothing is announced: a reload may change
/// that, and a feed of an earlier run may still have to be stopped.
pub(super) fn announcer(
    environment: &Environment,
    settings: &Settings,
    clock: Clock,
) -> Result<Option<Arc<TencentCloud>>, CannotRun> {
    let client = client(environment, settings, clock)?;
    let is_mute = |rule: &AnnouncementRule| rule.speaks() && rule.audio.is_none();
    if client.is_some()
        && environment.public_url.is_none()
        && settings.announcement.as_ref().is_some_and(is_mute)
    {
        tracing::warn!("nothing is spoken: [announcement] say needs PUBLIC_URL, or an audio in its place");
    }
    if client.is_none() && settings.announcement.is_some() {
        tracing::warn!(
            "calls stay silent: [announcement] needs TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_REGION"
        );
    }
    Ok(client)
}

/// The same, and says nothing.
pub(super) fn client(
    environment: &Environment,
    settings: &Settings,
    clock: Clock,
) -> Result<Option<Arc<TencentCloud>>, CannotRun> {
    let Some(given) = cloud_settings(environment, settings)? else { return Ok(None) };
    TencentCloud::new(given, clock).map(Some).map_err(|error| CannotRun(error.to_string()))
}

fn cloud_settings(
    environment: &Environment,
    settings: &Settings,
) -> Result<Option<CloudSettings>, CannotRun> {
    let Some(cloud) = &environment.cloud else { return Ok(None) };
    let engine = &environment.tencent;
    let (room_types, voice) = spoken_as(settings);
    Ok(Some(CloudSettings {
        secret_id: cloud.secret_id.clone(),
        secret_key: cloud.secret_key.clone(),
        region: cloud.region.clone(),
        root: checked_cloud_root(engine.region, cloud.url.as_deref()).map_err(CannotRun)?,
        sdk_app_id: engine.sdk_app_id,
        robot_account: engine.robot.to_string(),
        usersig_key: engine.usersig_key.clone(),
        room_types,
        voice,
        rate_per_second: CLOUD_RATE,
    }))
}

/// How the file numbers kinds of rooms, and who speaks.
pub(super) fn spoken_as(settings: &Settings) -> (RoomTypes, String) {
    let rule = settings.announcement.as_ref();
    let room_types = match rule.map(|rule| rule.rooms).unwrap_or_default() {
        RoomNumbers::Tutorial => RoomTypes::Tutorial,
        RoomNumbers::Reference => RoomTypes::Reference,
    };
    let voice = rule.and_then(|rule| rule.voice.clone());
    (room_types, voice.unwrap_or_else(|| VOICE.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::AnnouncementRule;

    const CLOUD: [(&str, &str); 3] = [
        ("TENCENTCLOUD_SECRET_ID", "AKIDfixture"),
        ("TENCENTCLOUD_SECRET_KEY", "cloud-key"),
        ("TENCENTCLOUD_REGION", "ap-singapore"),
    ];

    fn environment(more: &[(&str, &str)]) -> Environment {
        let needed = [
            ("TENCENT_SDK_APP_ID", "1400000001"),
            ("TENCENT_USERSIG_KEY", "key"),
            ("TENCENT_ADMIN_ACCOUNT", "administrator"),
            ("TENCENT_ROBOT_ACCOUNT", "oncall_robot"),
            ("TENCENT_REGION", "seoul"),
        ];
        let set = [&needed, more].concat();
        let lookup =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Environment::for_run(&lookup).unwrap()
    }

    fn settings(announcement: Option<AnnouncementRule>) -> Settings {
        Settings { announcement, ..Settings::sandbox(&["ana"]).unwrap() }
    }

    fn rule() -> AnnouncementRule {
        AnnouncementRule {
            say: Some("{by} calls".to_owned()),
            audio: None,
            video: None,
            page: None,
            repeats: 3,
            voice: Some("v-1".to_owned()),
            rooms: RoomNumbers::Reference,
        }
    }

    #[test]
    fn the_cloud_is_told_what_environment_and_file_say() {
        let told = cloud_settings(&environment(&CLOUD), &settings(Some(rule()))).unwrap().unwrap();
        assert_eq!(
            (told.root.as_str(), told.region.as_str()),
            ("https://trtc.intl.tencentcloudapi.com", "ap-singapore")
        );
        assert_eq!((told.sdk_app_id, told.robot_account.as_str()), (1_400_000_001, "oncall_robot"));
        assert_eq!((told.room_types, told.voice.as_str()), (RoomTypes::Reference, "v-1"));
        let told = cloud_settings(&environment(&CLOUD), &settings(None)).unwrap().unwrap();
        assert_eq!((told.room_types, told.voice.as_str()), (RoomTypes::Tutorial, VOICE));
    }

    #[test]
    fn without_a_cloud_account_nobody_speaks() {
        let announcer = |rule| announcer(&environment(&[]), &settings(rule), Clock::system()).unwrap();
        assert!(announcer(None).is_none());
        assert!(announcer(Some(rule())).is_none());
    }
}
