//! What went wrong, and what that means for the caller (wire reference section 5).

use jiff::Timestamp;

use crate::ports::EngineError;

use super::wire::word;

/// What to do about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing was done; the same request may succeed later.
    Temporary,
    /// The engine lost track: a request to ring may have been carried out.
    Ambiguous,
    /// The signature is bad: sign again, once; after that the operator must act.
    Resign,
    /// The engine refuses everybody for a minute: nothing is sent, then signed again.
    Rest,
    /// Perhaps the signature, perhaps a hiccup: [`Temporary`](Self::Temporary), and signed again.
    Doubted,
    /// This one request can never succeed.
    Request,
    /// No request can succeed until the operator acts.
    Setup,
    /// It depends on the command; its caller looks at the code first.
    Special,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    code: i64,
    pub(super) class: Class,
    /// For the operator: what it is, and what to do where there is something to do.
    pub(super) say: &'static str,
}

/// Too many bad signatures.
pub(super) const TOO_MANY_BAD: i64 = 70_050;
/// The account is not imported.
pub(super) const NOT_IMPORTED: i64 = 70_107;
/// The call is over, or never was.
pub(super) const CALL_OVER: i64 = 101_004;
/// There is no record, or none yet.
pub(super) const NO_RECORD: i64 = 101_050;
/// No callback is configured.
pub(super) const NO_CALLBACK: i64 = 100_301;

const fn row(code: i64, class: Class, say: &'static str) -> Row {
    Row { code, class, say }
}

/// Every documented code of the current generation. The deprecated one uses some of these numbers for other
/// things and must never share the table.
#[rustfmt::skip]
static TABLE: &[Row] = &[
    row(60_002, Class::Setup, "The engine cannot read the address: check TENCENT_CALL_URL"),
    row(60_003, Class::Request, "The engine cannot read the request: report this as a fault of Callout"),
    row(60_004, Class::Doubted, "The engine could not check account or signature: check TENCENT_ADMIN_ACCOUNT and TENCENT_USERSIG_KEY if it stays"),
    row(60_005, Class::Doubted, "The engine could not check account or signature: check TENCENT_ADMIN_ACCOUNT and TENCENT_USERSIG_KEY if it stays"),
    row(60_006, Class::Setup, "The SDKAppID is invalid: check TENCENT_SDK_APP_ID"),
    row(60_007, Class::Temporary, "The engine is asked too often"),
    row(60_008, Class::Ambiguous, "The engine ran out of time"),
    row(60_009, Class::Setup, "The engine does not serve this address: check TENCENT_CALL_URL"),
    row(60_010, Class::Setup, "The asking account is no App admin: set TENCENT_ADMIN_ACCOUNT to one"),
    row(60_011, Class::Temporary, "The engine is asked too often"),
    row(60_012, Class::Setup, "The SDKAppID is missing: check TENCENT_SDK_APP_ID"),
    row(60_013, Class::Ambiguous, "The engine could not read its own answer"),
    row(60_014, Class::Temporary, "The engine could not check the account in time"),
    row(60_015, Class::Request, "An account in the request is not a text: report this as a fault of Callout"),
    row(60_016, Class::Setup, "The SDKAppID is disabled: enable it in the console"),
    row(60_017, Class::Setup, "This request is disabled for the SDKAppID: ask the vendor's support"),
    row(60_018, Class::Temporary, "The engine is asked too often"),
    row(60_019, Class::Temporary, "The engine is asked too often"),
    row(60_020, Class::Setup, "The Call package is missing, has expired or is unpaid: buy or renew it (takes 5 min to work)"),
    row(60_021, Class::Setup, "This machine's address is not on the console's list: add it"),
    row(60_025, Class::Setup, "SDKAppID, account or signature is wrong: check the TENCENT_ variables"),
    row(60_026, Class::Setup, "The host does not serve this SDKAppID: set TENCENT_REGION"),
    row(60_027, Class::Setup, "The SDKAppID is of another product: check TENCENT_SDK_APP_ID"),
    row(60_028, Class::Setup, "The trial's calls of this day are used up: wait a day, or buy the package"),
    row(70_001, Class::Resign, "The signature has expired: check this machine's clock"),
    row(70_003, Class::Resign, "The signature is broken: check TENCENT_USERSIG_KEY and this machine's clock"),
    row(70_009, Class::Setup, "The signature was made with another application's key: check TENCENT_USERSIG_KEY"),
    row(70_013, Class::Setup, "The signature is another account's: check TENCENT_ADMIN_ACCOUNT"),
    row(70_014, Class::Setup, "The signature is another application's: check TENCENT_SDK_APP_ID"),
    row(70_016, Class::Setup, "The host knows no key of this SDKAppID: check TENCENT_REGION"),
    row(70_020, Class::Setup, "The host does not know this SDKAppID: check TENCENT_SDK_APP_ID and TENCENT_REGION"),
    row(TOO_MANY_BAD, Class::Rest, "Too many bad signatures: the engine refuses for a minute; check TENCENT_USERSIG_KEY and this machine's clock if it stays"),
    row(70_051, Class::Setup, "The asking account is blocked: ask the vendor's support"),
    row(NOT_IMPORTED, Class::Request, "An account is not known to the engine: import the user first"),
    row(70_169, Class::Temporary, "The engine ran out of time"),
    row(70_398, Class::Setup, "The application's accounts are used up: delete some, or buy the package"),
    row(70_402, Class::Request, "The engine refuses a parameter: correct the account or setting that it names"),
    row(70_500, Class::Temporary, "The engine has an internal error"),
    row(80_005, Class::Setup, "The service is stopped, expired or unpaid: see the console"),
    row(100_001, Class::Temporary, "The engine has an internal error"),
    row(100_002, Class::Request, "The engine refuses a parameter of the callback: check PUBLIC_URL"),
    row(NO_CALLBACK, Class::Special, "No callback is configured"),
    row(101_001, Class::Temporary, "The engine has an internal error"),
    row(101_002, Class::Request, "The engine refuses a parameter: correct the account or setting that it names"),
    row(CALL_OVER, Class::Special, "The engine does not know the call, or it is over"),
    row(NO_RECORD, Class::Special, "The engine has no record of the call"),
];

/// What is known of `code`. Unknown ones are permanent, for this request.
pub(super) fn known(code: i64) -> Row {
    let found = TABLE.iter().find(|row| row.code == code).copied();
    found.unwrap_or(Row {
        code,
        class: Class::Request,
        say: "The engine refuses the request: look the number up in the vendor's list",
    })
}

/// Why a request brought no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It never left this machine: no connection.
    Unsent(String),
    /// It may have arrived, but no usable answer came back.
    Lost(String),
    /// Something in between answered that it was not for it.
    Misdirected(String),
    /// It can't be right: not sent.
    OutOfRange(String),
    /// Not sent: the engine refuses everybody.
    Resting {
        /// Until then.
        until: Timestamp,
    },
    /// The engine said no.
    Code {
        /// Its number.
        code: i64,
        /// Its words.
        info: String,
    },
}

/// Whether a fresh signature may help against `code`.
pub(super) fn asks_for_signature(code: i64) -> bool {
    matches!(known(code).class, Class::Resign | Class::Doubted)
}

impl Fault {
    /// Whether a fresh signature may help.
    pub(super) fn asks_for_signature(&self) -> bool {
        self.code().is_some_and(asks_for_signature)
    }

    /// The engine's code, if it gave one.
    pub(super) const fn code(&self) -> Option<i64> {
        match self {
            Self::Code { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What it means for a request to ring, which must not be repeated blindly.
    pub(super) fn of_dial(self) -> EngineError {
        match &self {
            Self::Lost(why) => EngineError::Unsettled(why.clone()),
            Self::Code { code, .. } if known(*code).class == Class::Ambiguous => {
                EngineError::Unsettled(self.say())
            }
            _ => self.of_read(),
        }
    }

    /// Whether the engine is not sure that the signature is bad.
    pub(super) fn is_doubt(&self) -> bool {
        self.code().is_some_and(|code| known(code).class == Class::Doubted)
    }

    /// What it means for a request that may be repeated.
    pub(super) fn of_read(self) -> EngineError {
        match &self {
            Self::Unsent(why) | Self::Lost(why) => EngineError::Temporary(why.clone()),
            Self::Misdirected(why) | Self::OutOfRange(why) => EngineError::Permanent(why.clone()),
            Self::Resting { .. } => EngineError::Temporary(self.say()),
            Self::Code { code, .. } => match known(*code).class {
                Class::Temporary | Class::Ambiguous | Class::Doubted | Class::Rest => {
                    EngineError::Temporary(self.say())
                }
                Class::Resign | Class::Request | Class::Setup | Class::Special => {
                    EngineError::Permanent(self.say())
                }
            },
        }
    }

    /// What it says of the engine's health: nothing, if only this request was wrong or late.
    pub(super) fn of_health(&self) -> Option<EngineError> {
        match self {
            Self::OutOfRange(_) => None,
            Self::Unsent(_) | Self::Lost(_) | Self::Misdirected(_) | Self::Resting { .. } => {
                Some(self.clone().of_read())
            }
            Self::Code { code, .. } => {
                let stops_all = matches!(known(*code).class, Class::Setup | Class::Resign | Class::Rest);
                stops_all.then(|| self.clone().of_read())
            }
        }
    }

    fn say(&self) -> String {
        match self {
            Self::Unsent(why) | Self::Lost(why) | Self::Misdirected(why) | Self::OutOfRange(why) => {
                why.clone()
            }
            Self::Resting { until } => {
                let (say, until) = (known(TOO_MANY_BAD).say, until.strftime("%H:%M:%S UTC"));
                format!("{say} ({TOO_MANY_BAD}, asked again at {until})")
            }
            Self::Code { code, info } => {
                let row = known(*code);
                // The engine's own words name the parameter; elsewhere ours are better.
                let words = if row.class == Class::Request && !info.is_empty() {
                    format!(", {}", word(info))
                } else {
                    String::new()
                };
                format!("{} ({code}{words})", row.say)
            }
        }
    }
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
