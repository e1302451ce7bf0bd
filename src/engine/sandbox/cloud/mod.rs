//! The cloud API: `POST /sandbox/engine/trtc/`, what is to be done in a header (wire reference, 6, 8, 9.2).
//!
//! The model is the international site, whose ranges are the narrower: what only the Chinese site knows is
//! an `UnknownParameter`.

mod fields;
mod ingest;
mod speech;
mod tc3;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use self::fields::Fields;
use super::Sandbox;
use super::commands::page;
use super::faults::CloudEarly;

pub(super) use self::tc3::CloudAccount;

const VERSION: &str = "2019-07-22";
/// Where a stream can be fed in, on either site (6.1).
const INGEST_REGIONS: [&str; 9] = [
    "ap-bangkok",
    "ap-beijing",
    "ap-chongqing",
    "ap-guangzhou",
    "ap-jakarta",
    "ap-mumbai",
    "ap-shanghai",
    "ap-singapore",
    "ap-tokyo",
];
/// Where text is spoken, on either site (9.2).
const SPEECH_REGIONS: [&str; 4] = ["ap-beijing", "ap-guangzhou", "ap-shanghai", "ap-singapore"];

/// The cloud does not do it: its code (6.8), and what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CloudRefused {
    code: String,
    message: String,
}

/// What an action that succeeds says beside its `RequestId`.
type Answer = Map<String, Value>;

/// An action, where it is served, and what does it.
type Action = (&'static str, &'static [&'static str], fn(&Sandbox, &Value) -> Result<Answer, CloudRefused>);

const ACTIONS: [Action; 5] = [
    ("StartStreamIngest", &INGEST_REGIONS, Sandbox::start_ingest),
    ("UpdateStreamIngest", &INGEST_REGIONS, Sandbox::update_ingest),
    ("StopStreamIngest", &INGEST_REGIONS, Sandbox::stop_ingest),
    ("DescribeStreamIngest", &INGEST_REGIONS, Sandbox::describe_ingest),
    ("TextToSpeech", &SPEECH_REGIONS, Sandbox::speak),
];

impl CloudRefused {
    fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }

    fn auth(code: &str, message: &str) -> Self {
        Self::new(&format!("AuthFailure.{code}"), message)
    }
}

/// One action, with whatever is to go wrong.
pub(super) async fn trtc(
    State(sandbox): State<Arc<Sandbox>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let named = headers.get("x-tc-action").and_then(|action| action.to_str().ok()).unwrap_or_default();
    let reply = match sandbox.faults.cloud_early(named) {
        Some(CloudEarly::Gateway) => return page(StatusCode::BAD_GATEWAY),
        struck => sandbox.cloud(&method, &headers, &body, struck),
    };
    if reply.is_ok() {
        let late = sandbox.faults.cloud_late(named);
        if sandbox.delay(late).await {
            return page(StatusCode::GATEWAY_TIMEOUT);
        }
    }
    let mut response = match reply {
        Ok(answer) => Value::Object(answer),
        Err(refused) => json!({"Error": {"Code": refused.code, "Message": refused.message}}),
    };
    response["RequestId"] = sandbox.request_id().into();
    Json(json!({"Response": response})).into_response()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, CloudRefused> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    value.ok_or_else(|| CloudRefused::new("MissingParameter", &format!("the header {name} is missing")))
}

impl Sandbox {
    fn cloud(
        &self,
        method: &Method,
        headers: &HeaderMap,
        body: &[u8],
        struck: Option<CloudEarly>,
    ) -> Result<Answer, CloudRefused> {
        let now = self.clock.now();
        if *method != Method::POST {
            return Err(CloudRefused::new("UnsupportedProtocol", "only POST is served"));
        }
        self.cloud.check(headers, body, now)?;
        if header(headers, "X-TC-Version")? != VERSION {
            return Err(CloudRefused::new("NoSuchVersion", &format!("X-TC-Version is not {VERSION}")));
        }
        let name = header(headers, "X-TC-Action")?;
        let action = ACTIONS.iter().find(|(known, ..)| *known == name);
        let Some((name, regions, act)) = action else {
            return Err(CloudRefused::new("InvalidAction", "X-TC-Action is not known"));
        };
        if !regions.contains(&header(headers, "X-TC-Region")?) {
            return Err(CloudRefused::new("UnsupportedRegion", "X-TC-Region does not serve this action"));
        }
        let most = self.faults.setting(|settings| settings.cloud_limit);
        if struck == Some(CloudEarly::Limited) || !self.limits.pass(name, most, now) {
            return Err(CloudRefused::new("RequestLimitExceeded", "too many requests of this action"));
        }
        if struck == Some(CloudEarly::Internal) {
            return Err(CloudRefused::new("InternalError", "the model was told to say this"));
        }
        let body = serde_json::from_slice(body).map_err(|_| fields::wrong("the body", "is not JSON"))?;
        if struck == Some(CloudEarly::NotAbility) {
            let message = "the application has no package for this";
            return Err(CloudRefused::new("FailedOperation.NotAbility", message));
        }
        act(self, &body)
    }

    /// `SdkAppId` must be this application's.
    fn check_app(&self, fields: &Fields<'_>) -> Result<(), CloudRefused> {
        let app = fields.whole("SdkAppId", 1..=u32::MAX.into())?;
        if fields.need("SdkAppId", app)? == i64::from(self.app.id) {
            return Ok(());
        }
        let message = "SdkAppId is not an application of this cloud account";
        Err(CloudRefused::new("FailedOperation.SdkAppIdNotUnderAppId", message))
    }
}
