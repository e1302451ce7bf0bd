//! Finds out whether announcements could be played, and plays none.

use crate::domain::ids::IngestId;
use crate::ports::EngineError;

use super::TencentCloud;
use super::errors::{Class, CloudFault};
use super::wire::Action;

/// A feed that nobody started.
const NO_FEED: &str = "callout-check";

/// What the API says of a feed whose name it did not give: a refusal of the name only.
const BAD_NAME: &str = "InvalidParameter.TaskId";

impl TencentCloud {
    /// Whether address, credential and application fit, and nothing is refused for want of a package: asks about a
    /// feed that does not exist.
    ///
    /// # Errors
    /// [`EngineError`] with what to do.
    pub async fn probe(&self) -> Result<(), EngineError> {
        let answer = self.ask(Action::Describe, &self.by(&IngestId::new(NO_FEED))).await;
        match answer {
            Ok(_) => Ok(()),
            Err(fault) if fault.is(Class::Over) => Ok(()),
            Err(CloudFault::Code { code, .. }) if code == BAD_NAME => Ok(()),
            Err(fault) => Err(fault.of_repeatable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{error, peered};
    use super::*;

    #[tokio::test]
    async fn a_feed_that_does_not_exist_is_what_it_hopes_for() {
        let says = [
            json!({"Status": "NotExist"}),
            error("FailedOperation.TaskNotExist"),
            error("InvalidParameter.TaskId"),
        ];
        let peer = peered(says).await;
        for _ in 0..3 {
            assert_eq!(peer.cloud.probe().await, Ok(()));
        }
        let asked = &peer.asked()[0];
        assert_eq!(asked.headers["x-tc-action"], "DescribeStreamIngest");
        assert_eq!(asked.body, json!({"SdkAppId": 1_400_000_000, "TaskId": NO_FEED}));
    }

    #[tokio::test]
    async fn a_refusal_says_what_to_do() {
        let cases = [
            ("FailedOperation.NotAbility", "package"),
            ("AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY"),
            ("UnsupportedRegion", "TENCENTCLOUD_REGION"),
            ("InvalidParameter.SdkAppId", "TENCENT_SDK_APP_ID"),
        ];
        for (code, said) in cases {
            let outcome = peered([error(code)]).await.cloud.probe().await;
            assert!(
                matches!(&outcome, Err(EngineError::Permanent(why)) if why.contains(said)),
                "{code}: {outcome:?}"
            );
        }
    }
}
