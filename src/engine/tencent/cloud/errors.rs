//! What the cloud API refuses, and what that means (wire reference section 6.8).

use crate::ports::EngineError;

use super::super::errors::Fault;
use super::super::wire::word;

/// What to do about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing was done; the same request may succeed later.
    Temporary,
    /// Our clock is off: ask once more by theirs.
    Clock,
    /// The robot's UserSig is bad: sign again, once.
    UserSig,
    /// The room, or the number of its kind, is wrong: try the other number once.
    Room,
    /// The feed is over: success for whoever wants it to be.
    Over,
    /// The room has such a feed already: it plays, by a task that we were not told.
    Exists,
    /// There is no such room: none yet for a start, none any more for the rest.
    NoRoom,
    /// This one request can never succeed.
    Request,
    /// No request can succeed until the operator acts.
    Setup,
}

/// A row of the table: a code, or the part of it before a dot that stands for all that begin so.
type Row = (&'static str, Class, &'static str);

/// Every documented code. The longest row that a code begins with counts.
#[rustfmt::skip]
static TABLE: &[Row] = &[
    ("AuthFailure", Class::Setup, "The cloud API refuses the credential: check TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"),
    ("AuthFailure.InvalidAuthorization", Class::Setup, "The cloud API cannot read the signature: check TENCENTCLOUD_SECRET_ID"),
    ("AuthFailure.InvalidSecretId", Class::Setup, "The secret id is not one of the cloud API: check TENCENTCLOUD_SECRET_ID"),
    ("AuthFailure.MFAFailure", Class::Setup, "The cloud account asks for a second factor: use a credential of a sub-account without it"),
    ("AuthFailure.SecretIdNotFound", Class::Setup, "The cloud API does not know the secret id: check TENCENTCLOUD_SECRET_ID and that the key is enabled"),
    ("AuthFailure.SignatureExpire", Class::Clock, "This machine's clock is off by more than 5 min: correct it"),
    ("AuthFailure.SignatureFailure", Class::Setup, "The signature does not fit the secret id: check TENCENTCLOUD_SECRET_KEY"),
    ("AuthFailure.TokenFailure", Class::Setup, "The cloud credential is a temporary one: use a lasting one"),
    ("AuthFailure.UnRealNameAuthenticated", Class::Setup, "The cloud account is not verified by name: verify it in the console"),
    ("AuthFailure.UnauthorizedOperation", Class::Setup, "The cloud credential may not do this: grant it QcloudTRTCFullAccess"),
    ("FailedOperation", Class::Request, "The cloud API failed: look the code up in the vendor's list"),
    ("FailedOperation.NotAbility", Class::Setup, "The RTC-Engine package is missing: buy or activate it, or leave announcements off"),
    ("FailedOperation.NotAllowed", Class::Setup, "The SDKAppID may not do this: ask the vendor's support"),
    ("FailedOperation.NotExist", Class::Over, "The feed is over"),
    ("FailedOperation.RequestOutdated", Class::Clock, "This machine's clock is off: correct it"),
    ("FailedOperation.RestrictedFrequency", Class::Temporary, "The cloud API is asked too often"),
    ("FailedOperation.RoomNotExist", Class::NoRoom, "The room is not there yet"),
    ("FailedOperation.SdkAppIdNotExist", Class::Setup, "The cloud API does not know the SDKAppID: check TENCENT_SDK_APP_ID and TENCENTCLOUD_REGION"),
    ("FailedOperation.SdkAppIdNotUnderAppId", Class::Setup, "The SDKAppID is of another cloud account: use that account's credential"),
    ("FailedOperation.TaskExist", Class::Exists, "The room has a feed of the robot's already: stop it first"),
    ("FailedOperation.TaskFinished", Class::Over, "The feed is over"),
    ("FailedOperation.TaskNotExist", Class::Over, "The feed is over, or never was"),
    ("InternalError", Class::Temporary, "The cloud API has an internal error"),
    ("InvalidAction", Class::Setup, "The address does not serve the TRTC cloud API: check TENCENT_TRTC_URL"),
    ("InvalidParameter", Class::Request, "The cloud API refuses a parameter: correct what it names"),
    ("InvalidParameter.OutOfRange", Class::Room, "The cloud API refuses a number: set the room types to tutorial or reference"),
    ("InvalidParameter.RoomId", Class::Room, "The cloud API refuses the room: set the room types to tutorial or reference"),
    ("InvalidParameter.SdkAppId", Class::Setup, "The SDKAppID is invalid: check TENCENT_SDK_APP_ID"),
    ("InvalidParameter.StreamUrl", Class::Request, "The cloud API refuses the sound's address: it must be public, MP3 or the like"),
    ("InvalidParameter.UserId", Class::Setup, "The cloud API refuses the robot: check TENCENT_ROBOT_ACCOUNT"),
    ("InvalidParameter.UserSig", Class::UserSig, "The robot's signature is refused: check TENCENT_USERSIG_KEY and this machine's clock"),
    ("InvalidParameterValue", Class::Request, "The cloud API refuses a value: correct what it names"),
    ("InvalidParameterValue.RoomId", Class::Room, "The cloud API refuses the room: set the room types to tutorial or reference"),
    ("LimitExceeded.ConcurrencyLimit", Class::Temporary, "The cloud API is asked too much at once"),
    ("MissingParameter", Class::Request, "The cloud API misses a parameter: report this as a fault of Callout"),
    ("NoSuchVersion", Class::Setup, "The address does not serve this version of the cloud API: check TENCENT_TRTC_URL"),
    ("OperationDenied.FreqOverLimit", Class::Temporary, "The cloud API is asked too often"),
    ("RequestLimitExceeded", Class::Temporary, "The cloud API is asked too often"),
    ("ResourceInsufficient.RequestRejection", Class::Temporary, "The cloud API is short of machines"),
    ("UnauthorizedOperation", Class::Setup, "The cloud credential may not use this: grant it QcloudTRTCFullAccess"),
    ("UnauthorizedOperation.SdkAppId", Class::Setup, "The cloud credential may not use this SDKAppID: grant it, or check TENCENT_SDK_APP_ID"),
    ("UnknownParameter", Class::Request, "The cloud API does not know a parameter: report this as a fault of Callout"),
    ("UnsupportedOperation", Class::Setup, "The cloud API does not do this for the account: ask the vendor's support"),
    ("UnsupportedOperation.TaskLimit", Class::Temporary, "The cloud API runs as many feeds as the account may have"),
    ("UnsupportedRegion", Class::Setup, "The cloud API does not do this in the region: set TENCENTCLOUD_REGION to another"),
];

const UNKNOWN: Row =
    ("", Class::Request, "The cloud API refuses the request: look the code up in the vendor's list");

/// What is known of `code`. Unknown ones are permanent, for this request.
fn known(code: &str) -> Row {
    let covers =
        |row: &str| code.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let rows = TABLE.iter().filter(|(row, ..)| covers(row));
    rows.max_by_key(|(row, ..)| row.len()).copied().unwrap_or(UNKNOWN)
}

/// Why a request to the cloud API brought no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CloudFault {
    /// No answer of the API's.
    Wire(Fault),
    /// The API said no.
    Code {
        /// Its word for it.
        code: String,
        /// Its sentence.
        info: String,
    },
}

impl CloudFault {
    /// What to do about it; `None` when the API said nothing.
    pub(super) fn class(&self) -> Option<Class> {
        match self {
            Self::Wire(_) => None,
            Self::Code { code, .. } => Some(known(code).1),
        }
    }

    pub(super) fn is(&self, class: Class) -> bool {
        self.class() == Some(class)
    }

    /// Whether it says that the feed is over.
    pub(super) fn is_over(&self) -> bool {
        self.is(Class::Over) || self.is(Class::NoRoom)
    }

    /// What it means for the start of a feed, which must not be repeated blindly.
    pub(super) fn of_start(self) -> EngineError {
        let is_too_soon = self.is(Class::NoRoom);
        match self {
            Self::Wire(fault) => fault.of_dial(),
            // Somebody has answered, so the room is about to be.
            code if is_too_soon => EngineError::Temporary(code.of_repeatable().to_string()),
            code => code.of_repeatable(),
        }
    }

    /// What it means for a request that may be repeated.
    pub(super) fn of_repeatable(self) -> EngineError {
        match self {
            Self::Wire(fault) => fault.of_read(),
            Self::Code { code, info } => {
                let (_, class, say) = known(&code);
                // The API's own words name the parameter; elsewhere ours are better.
                let names = matches!(class, Class::Request | Class::Room) && !info.is_empty();
                let words = if names { format!(", {}", word(&info)) } else { String::new() };
                let said = format!("{say} ({}{words})", word(&code));
                if class == Class::Temporary {
                    EngineError::Temporary(said)
                } else {
                    EngineError::Permanent(said)
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
