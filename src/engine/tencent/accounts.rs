//! Who exists at the engine, and who could be rung: the neighbouring Chat commands (wire reference section 2.8).

use serde_json::Value;

use crate::domain::ids::Account;
use crate::ports::EngineError;

use super::client::Tencent;
use super::errors::{Fault, known};
use super::settings::ACCOUNT_MAX;
use super::wire::{self, AccountImport, CheckAccounts, Command, OnlineStatus, UserId};

/// Accounts in one request: what the vendor allows for checks; asking who is online has no stated maximum.
const PER_REQUEST: usize = 100;

/// Whether an account exists at the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import {
    /// It does.
    Imported,
    /// It does not: nobody can ring it.
    NotImported,
    /// The engine could not say; its words.
    Unknown(String),
}

/// Whether an account could be rung now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// The app is connected.
    Online,
    /// The app is in the background, and can be woken.
    PushOnline,
    /// Neither.
    Offline,
    /// The engine could not say; its words.
    Unknown(String),
}

impl Tencent {
    /// Whether each of `accounts` exists, in the order asked (`account_check`).
    ///
    /// # Errors
    /// [`EngineError`] when the engine could not be asked about all of them.
    pub async fn check_accounts(&self, accounts: &[Account]) -> Result<Vec<(Account, Import)>, EngineError> {
        checked(accounts)?;
        let mut known = Vec::with_capacity(accounts.len());
        for some in accounts.chunks(PER_REQUEST) {
            let check_item = some.iter().map(|account| UserId { user_id: account.as_str() }).collect();
            let sent = self.send(Command::AccountCheck, &CheckAccounts { check_item }).await;
            let reply = sent.map_err(Fault::of_read)?;
            let items = wire::list(reply.field("ResultItem"));
            let of =
                |account| found(items, "UserID", account).map_or_else(|| Import::Unknown(untold()), import);
            known.extend(some.iter().map(|account| (account.clone(), of(account))));
        }
        Ok(known)
    }

    /// Makes `account` exist, or renames it (`account_import`). Of the robot, people see name and picture.
    ///
    /// # Errors
    /// [`EngineError`] when the engine did not do it.
    pub async fn import_account(
        &self,
        account: &Account,
        nick: &str,
        face_url: Option<&str>,
    ) -> Result<(), EngineError> {
        checked(std::slice::from_ref(account))?;
        let body = AccountImport { user_id: account.as_str(), nick, face_url };
        self.send(Command::AccountImport, &body).await.map(drop).map_err(Fault::of_read)
    }

    /// Whether each of `accounts` could be rung now, in the order asked (`query_online_status`). A hint: nobody
    /// may be left unrung because of it.
    ///
    /// # Errors
    /// [`EngineError`] when the engine could not be asked about all of them.
    pub async fn presence(&self, accounts: &[Account]) -> Result<Vec<(Account, Presence)>, EngineError> {
        checked(accounts)?;
        let mut known = Vec::with_capacity(accounts.len());
        for some in accounts.chunks(PER_REQUEST) {
            let to_account = some.iter().map(Account::as_str).collect();
            let sent =
                self.send(Command::OnlineStatus, &OnlineStatus { is_need_detail: 0, to_account }).await;
            let reply = sent.map_err(Fault::of_read)?;
            let (results, errors) =
                (wire::list(reply.field("QueryResult")), wire::list(reply.field("ErrorList")));
            let of = |account| {
                let said = found(results, "To_Account", account).map(presence);
                let failed = || {
                    found(errors, "To_Account", account).map(|item| Presence::Unknown(why(item, "ErrorCode")))
                };
                said.or_else(failed).unwrap_or_else(|| Presence::Unknown(untold()))
            };
            known.extend(some.iter().map(|account| (account.clone(), of(account))));
        }
        Ok(known)
    }
}

/// Refuses what the engine would refuse, before it costs a request.
fn checked(accounts: &[Account]) -> Result<(), EngineError> {
    let bad = accounts.iter().find(|account| !(1..=ACCOUNT_MAX).contains(&account.as_str().len()));
    bad.map_or(Ok(()), |bad| {
        let bad = bad.as_str();
        Err(EngineError::Permanent(format!(
            "The account {bad:?} is not 1 to {ACCOUNT_MAX} bytes long: correct it"
        )))
    })
}

fn found<'a>(items: &'a [Value], name: &str, account: &Account) -> Option<&'a Value> {
    items.iter().find(|item| wire::name(item.get(name)).as_deref() == Some(account.as_str()))
}

fn import(item: &Value) -> Import {
    let status = wire::name(item.get("AccountStatus")).unwrap_or_default();
    match wire::normal(&status).as_str() {
        _ if item.get("ResultCode").and_then(wire::number).is_some_and(|code| code != 0) => {
            Import::Unknown(why(item, "ResultCode"))
        }
        "imported" => Import::Imported,
        "notimported" => Import::NotImported,
        _ => Import::Unknown(wire::word(&status)),
    }
}

fn presence(item: &Value) -> Presence {
    let status = wire::name(item.get("Status")).unwrap_or_default();
    match wire::normal(&status).as_str() {
        "online" => Presence::Online,
        "pushonline" => Presence::PushOnline,
        "offline" => Presence::Offline,
        _ => Presence::Unknown(wire::word(&status)),
    }
}

fn why(item: &Value, name: &str) -> String {
    let code = item.get(name).and_then(wire::number).unwrap_or_default();
    format!("{} ({code})", known(code).say)
}

fn untold() -> String {
    "the engine's answer lacks the account".to_owned()
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
