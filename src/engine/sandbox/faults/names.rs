//! Every fault: what it is called, what it strikes and what it does.

/// What can go wrong. A fault has one chance to strike at everything of the kind it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// `down`: every Call command answers 503 with a page of HTML.
    Down,
    /// `dial_502`: a dial is answered 502 with a page of HTML; nothing rings.
    Dial502,
    /// `bad_gateway`: a Call command of any kind is answered 502; nothing happens.
    BadGateway,
    /// `rate_limited`: a dial is refused with 60007; nothing rings.
    RateLimited,
    /// `lose_answer`: a dial is accepted and phones ring; the answer comes 30 s later, and says nothing.
    LoseAnswer,
    /// `lost_answer`: the same for a Call command of any kind.
    LostAnswer,
    /// `no_response`: a dial is accepted and phones ring; the answer is success without `Response`.
    NoResponse,
    /// `slow`: a dial is accepted and phones ring; the answer comes after `slow_ms`.
    Slow,
    /// `refuse_callee`: the first callee of a dial is not rung, and has a `ResultCode` that says so.
    RefuseCallee,
    /// `false_result`: the first callee of a dial is rung, although its `ResultCode` says otherwise.
    FalseResult,
    /// `drop_callbacks`: a callback is never sent.
    DropCallbacks,
    /// `double_callbacks`: a callback is sent twice.
    DoubleCallbacks,
    /// `reorder_callbacks`: a callback is sent up to 2 s late, so that later ones overtake it.
    ReorderCallbacks,
    /// `late_callbacks`: news of a member is sent 3 s after the news of the call's end.
    LateCallbacks,
    /// `garbled_callbacks`: the body of a callback is cut in half, so it is no JSON.
    GarbledCallbacks,
    /// `not_ability`: `StartStreamIngest` (with `"on": "any"`, every cloud action) fails with
    /// `FailedOperation.NotAbility`: the package is missing.
    NotAbility,
    /// `cloud_502`: a cloud action of any kind is answered 502; nothing happens.
    Cloud502,
    /// `cloud_limited`: a cloud action is refused with `RequestLimitExceeded`.
    CloudLimited,
    /// `cloud_internal`: a cloud action fails with `InternalError`; nothing happens.
    CloudInternal,
    /// `cloud_lost`: a cloud action is carried out; the answer comes 30 s later, and says nothing.
    CloudLost,
    /// `cloud_slow`: a cloud action is carried out; the answer comes after `slow_ms`.
    CloudSlow,
    /// `code_60008` and so on, for each code of section 5: a Call command of any kind is refused with the
    /// code; nothing happens.
    Code(u32),
    /// `late_code_60008` and so on: a Call command is carried out, and its answer is the code all the same.
    LateCode(u32),
}

/// The command that dials.
pub(in crate::engine::sandbox) const DIAL: &str = "start_call_by_robot";

/// Faults by name; some strike one command alone unless told otherwise.
pub(super) const NAMED: [(&str, Fault, Option<&str>); 21] = [
    ("down", Fault::Down, None),
    ("dial_502", Fault::Dial502, Some(DIAL)),
    ("bad_gateway", Fault::BadGateway, None),
    ("rate_limited", Fault::RateLimited, Some(DIAL)),
    ("lose_answer", Fault::LoseAnswer, Some(DIAL)),
    ("lost_answer", Fault::LostAnswer, None),
    ("no_response", Fault::NoResponse, Some(DIAL)),
    ("slow", Fault::Slow, Some(DIAL)),
    ("refuse_callee", Fault::RefuseCallee, None),
    ("false_result", Fault::FalseResult, None),
    ("drop_callbacks", Fault::DropCallbacks, None),
    ("double_callbacks", Fault::DoubleCallbacks, None),
    ("reorder_callbacks", Fault::ReorderCallbacks, None),
    ("late_callbacks", Fault::LateCallbacks, None),
    ("garbled_callbacks", Fault::GarbledCallbacks, None),
    ("not_ability", Fault::NotAbility, Some("StartStreamIngest")),
    ("cloud_502", Fault::Cloud502, None),
    ("cloud_limited", Fault::CloudLimited, None),
    ("cloud_internal", Fault::CloudInternal, None),
    ("cloud_lost", Fault::CloudLost, None),
    ("cloud_slow", Fault::CloudSlow, None),
];

/// Every code of the wire reference, section 5.
const CODES: [u32; 46] = [
    60002, 60003, 60004, 60005, 60006, 60007, 60008, 60009, 60010, 60011, 60012, 60013, 60014, 60015, 60016,
    60017, 60018, 60019, 60020, 60021, 60025, 60026, 60027, 60028, 70001, 70003, 70009, 70013, 70014, 70016,
    70020, 70050, 70051, 70107, 70169, 70398, 70402, 70500, 80005, 100_001, 100_002, 100_301, 101_001,
    101_002, 101_004, 101_050,
];

impl Fault {
    /// The fault of this name, and what it strikes unless told otherwise.
    pub(super) fn named(name: &str) -> Option<(Self, Option<&'static str>)> {
        if let Some((_, fault, on)) = NAMED.iter().find(|(known, ..)| *known == name) {
            return Some((*fault, *on));
        }
        let code = |text: &str| text.parse().ok().filter(|code| CODES.contains(code));
        let late = name.strip_prefix("late_code_").and_then(code).map(Self::LateCode);
        let fault = late.or_else(|| name.strip_prefix("code_").and_then(code).map(Self::Code));
        fault.map(|fault| (fault, None))
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Code(code) => format!("code_{code}"),
            Self::LateCode(code) => format!("late_code_{code}"),
            _ => NAMED.iter().find(|(_, fault, _)| *fault == self).map_or("", |(name, ..)| name).to_owned(),
        }
    }

    /// Every name there is.
    pub(super) fn names() -> impl Iterator<Item = String> {
        let codes = CODES.iter().flat_map(|code| [Self::Code(*code), Self::LateCode(*code)]);
        NAMED.iter().map(|(name, ..)| (*name).to_owned()).chain(codes.map(Self::name))
    }

    /// Strikes always or never.
    pub(super) const fn is_switch(self) -> bool {
        matches!(self, Self::Down | Self::NotAbility)
    }
}
