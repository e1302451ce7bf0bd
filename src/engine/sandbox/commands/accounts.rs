//! Accounts, by the commands of the neighbouring Chat (wire reference, 2.8).

use serde_json::{Map, Value, json};

use super::super::Sandbox;
use super::super::body::Body;
use super::super::handset::HandsetState;
use super::super::wire::{Refused, Reply};
use super::NOT_IMPORTED;

/// Accounts that one `account_check` may name.
const CHECK_MAX: usize = 100;
/// Bytes of an account (7.3).
const ACCOUNT_MAX: usize = 32;

fn illegal(info: impl Into<String>) -> Refused {
    Refused::new(70402, info)
}

impl Sandbox {
    /// Accounts that exist without a handset.
    fn is_own(&self, account: &str) -> bool {
        account == self.robot || account == self.app.admin
    }

    pub(super) fn import(&self, body: &Body) -> Result<Reply, Refused> {
        let account = body.text("UserID").or_else(|_| body.text("Identifier"));
        let account = account.map_err(|_| illegal("UserID is missing"))?;
        if account.len() > ACCOUNT_MAX {
            return Err(illegal(format!("UserID has more than {ACCOUNT_MAX} bytes")));
        }
        for field in ["Nick", "FaceUrl"] {
            body.optional_string(field).map_err(|refused| illegal(refused.info))?;
        }
        if !self.is_own(account) {
            self.change(|state, now| state.board.add_account(account, now));
        }
        Ok(Reply::Bare)
    }

    pub(super) fn account_check(&self, body: &Body) -> Result<Reply, Refused> {
        let items = body.objects("CheckItem").map_err(|refused| illegal(refused.info))?;
        if !(1..=CHECK_MAX).contains(&items.len()) {
            return Err(illegal(format!("CheckItem must hold 1 to {CHECK_MAX}")));
        }
        let state = self.lock();
        let check = |item: &Body| {
            let account = item.text("UserID").map_err(|refused| illegal(refused.info))?;
            let known = self.is_own(account) || state.board.knows(account);
            let status = if known { "Imported" } else { "NotImported" };
            Ok(json!({"UserID": account, "ResultCode": 0, "ResultInfo": "", "AccountStatus": status}))
        };
        let results: Vec<Value> = items.iter().map(check).collect::<Result<_, Refused>>()?;
        Ok(Reply::Flat(Map::from_iter([("ResultItem".to_owned(), results.into())])))
    }

    pub(super) fn online_status(&self, body: &Body) -> Result<Reply, Refused> {
        let accounts = body.texts("To_Account", 60015)?;
        let state = self.lock();
        let (mut found, mut wrong) = (Vec::new(), Vec::new());
        for account in accounts {
            let handset = state.board.handset(&account).map(|handset| handset.state);
            // An account of the engine's own has no device.
            let status = match handset {
                Some(HandsetState::Offline) => Some("Offline"),
                Some(_) => Some("Online"),
                None => self.is_own(&account).then_some("Offline"),
            };
            match status {
                Some(status) => found.push(json!({"To_Account": account, "Status": status})),
                None => wrong.push(json!({"To_Account": account, "ErrorCode": NOT_IMPORTED})),
            }
        }
        let fields = [("QueryResult".to_owned(), found.into()), ("ErrorList".to_owned(), wrong.into())];
        Ok(Reply::Flat(Map::from_iter(fields)))
    }
}
