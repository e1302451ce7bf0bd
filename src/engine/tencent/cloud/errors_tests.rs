//! The table of the wire reference's section 6.8.

use super::*;

fn code(code: &str) -> CloudFault {
    CloudFault::Code { code: code.to_owned(), info: "its words".to_owned() }
}

#[test]
fn every_code_stands_once_and_in_order() {
    assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
}

#[test]
fn what_passes_is_temporary() {
    let temporary = [
        "RequestLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        "InternalError",
        "InternalError.DBError",
        "OperationDenied.FreqOverLimit",
        "FailedOperation.RestrictedFrequency",
        "LimitExceeded.ConcurrencyLimit",
        "ResourceInsufficient.RequestRejection",
        "UnsupportedOperation.TaskLimit",
    ];
    for text in temporary {
        assert!(matches!(code(text).of_start(), EngineError::Temporary(_)), "{text}");
        assert!(matches!(code(text).of_repeatable(), EngineError::Temporary(_)), "{text}");
    }
}

#[test]
fn what_stays_tells_the_operator_what_to_do() {
    let permanent = [
        ("AuthFailure.SecretIdNotFound", "TENCENTCLOUD_SECRET_ID"),
        ("AuthFailure.InvalidSecretId", "TENCENTCLOUD_SECRET_ID"),
        ("AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY"),
        ("AuthFailure.SignatureExpire", "clock"),
        ("AuthFailure.InvalidAuthorization", "TENCENTCLOUD_SECRET_ID"),
        ("AuthFailure.TokenFailure", "lasting"),
        ("AuthFailure.MFAFailure", "sub-account"),
        ("AuthFailure.UnauthorizedOperation", "grant"),
        ("AuthFailure.UnRealNameAuthenticated", "verify"),
        ("AuthFailure.NewOne", "TENCENTCLOUD_SECRET_ID"),
        ("UnauthorizedOperation.SdkAppId", "TENCENT_SDK_APP_ID"),
        ("UnauthorizedOperation.Other", "grant"),
        ("FailedOperation.SdkAppIdNotExist", "TENCENT_SDK_APP_ID"),
        ("FailedOperation.SdkAppIdNotUnderAppId", "credential"),
        ("FailedOperation.NotAllowed", "support"),
        ("FailedOperation.RequestOutdated", "clock"),
        ("InvalidParameter.SdkAppId", "TENCENT_SDK_APP_ID"),
        ("InvalidParameter.RoomId", "room types"),
        ("InvalidParameter.UserId", "TENCENT_ROBOT_ACCOUNT"),
        ("InvalidParameter.UserSig", "TENCENT_USERSIG_KEY"),
        ("InvalidParameter.StreamUrl", "public"),
        ("InvalidParameter.TaskId", "its words"),
        ("InvalidParameter.OutOfRange", "room types"),
        ("InvalidParameter.BodyParamsError", "its words"),
        ("InvalidParameter.UrlParamsError", "its words"),
        ("MissingParameter.UserSig", "report"),
        ("UnknownParameter", "report"),
        ("UnsupportedOperation", "support"),
        ("UnsupportedRegion", "TENCENTCLOUD_REGION"),
        ("InvalidAction", "TENCENT_TRTC_URL"),
        ("NoSuchVersion", "TENCENT_TRTC_URL"),
        ("Eclipse.OfTheSun", "vendor's list"),
        ("InternalErrors", "vendor's list"),
    ];
    for (text, tells) in permanent {
        let error = code(text).of_repeatable();
        let EngineError::Permanent(said) = &error else { panic!("{text}: {error:?}") };
        assert!(said.contains(tells) && said.contains(text), "{said}");
        assert_eq!(code(text).of_start(), error);
    }
}

#[test]
fn a_missing_package_is_one_clear_line() {
    assert_eq!(
        code("FailedOperation.NotAbility").of_start().to_string(),
        "The RTC-Engine package is missing: buy or activate it, or leave announcements off \
         (FailedOperation.NotAbility)"
    );
}

#[test]
fn each_special_code_has_its_class() {
    for text in
        ["FailedOperation.TaskNotExist", "FailedOperation.TaskFinished", "FailedOperation.RoomNotExist"]
    {
        assert!(code(text).is_over(), "{text}");
    }
    assert!(matches!(code("FailedOperation.RoomNotExist").of_start(), EngineError::Temporary(_)), "not yet");
    for text in ["InvalidParameter.RoomId", "InvalidParameterValue.RoomId", "InvalidParameter.OutOfRange"] {
        assert!(code(text).is(Class::Room), "{text}");
    }
    assert!(!code("InvalidParameter.RoomIdType").is(Class::Room));
    assert!(
        code("FailedOperation.TaskExist").is(Class::Exists) && !code("FailedOperation.TaskExist").is_over()
    );
}

#[test]
fn a_lost_answer_leaves_a_start_open_and_nothing_else() {
    let lost = || CloudFault::Wire(Fault::Lost("no answer".to_owned()));
    assert!(matches!(lost().of_start(), EngineError::Unsettled(_)));
    assert!(matches!(lost().of_repeatable(), EngineError::Temporary(_)));
}
