//! Announcements: the cloud account, the package, the voice.

use crate::config::env::Environment;
use crate::domain::settings::Settings;
use crate::engine::tencent::TencentCloud;
use crate::ports::Announcer as _;

use super::table::OnlineReport;

/// What is spoken for a trial: each character is paid for.
const SHORTEST: &str = "a";

pub(super) async fn check(
    report: &mut OnlineReport,
    cloud: Option<&TencentCloud>,
    (environment, settings): (&Environment, &Settings),
) {
    let rule = settings.announcement.as_ref();
    let Some(cloud) = cloud else {
        return match rule {
            None => report.good("announcement", "none is configured"),
            Some(_) => report.bad(
                "announcement",
                "calls stay silent without the cloud account: set TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_REGION, or remove [announcement]",
            ),
        };
    };
    if let Err(error) = cloud.probe().await {
        return report.bad("announcement", error.to_string());
    }
    let region = environment.cloud.as_ref().map(|cloud| cloud.region.as_str()).unwrap_or_default();
    let used = if rule.is_some() { "" } else { ", but no [announcement] is configured" };
    report.good(
        "announcement",
        format!("the cloud API takes the account in {region}, and asks for no package{used}"),
    );
    if rule.is_some_and(|rule| rule.speaks()) {
        speech(report, cloud, environment.public_url.is_some()).await;
    }
}

async fn speech(report: &mut OnlineReport, cloud: &TencentCloud, is_public: bool) {
    match cloud.speak(SHORTEST).await {
        Err(error) => report.bad("speech", error.to_string()),
        Ok(_) if is_public => report.good("speech", "the cloud API speaks"),
        Ok(_) => report.bad(
            "speech",
            "the cloud API speaks, but nobody could fetch the sound: set PUBLIC_URL, or use audio instead of say",
        ),
    }
}
