//! The engine: region and credential, accounts, who could be rung, where callbacks go.

use crate::config::env::Environment;
use crate::domain::ids::Account;
use crate::domain::settings::Settings;
use crate::engine::tencent::{Import, Presence, Registration, Tencent};
use crate::ports::{Engine as _, EngineError};

use super::table::OnlineReport;

/// Lines for people whom the engine does not know: more would hide the rest.
const LINES_MAX: usize = 50;

/// Names in one line.
const NAMES_MAX: usize = 10;

/// What each person without an account can do about it.
const IMPORT: &str = "sign in to the app once as this user, or add the user in the vendor's console";

pub(super) async fn check(
    report: &mut OnlineReport,
    tencent: &Tencent,
    (environment, settings): (&Environment, &Settings),
) {
    let engine = &environment.tencent;
    if let Err(error) = tencent.ready().await {
        report.bad("engine", error.to_string());
        // Each further refusal would say the same, and ten bad signatures shut out the running program too.
        report.note("accounts, callbacks", "not checked: put the engine right first");
        return;
    }
    let place = if engine.call_url.is_some() { "TENCENT_CALL_URL" } else { engine.region };
    report.good("engine", format!("{place} answers, and takes the signature of {}", engine.admin));
    let people = People::of(settings);
    match known(tencent, &engine.robot, &people).await {
        Ok((robot, imports)) => {
            show_robot(report, &engine.robot, &robot);
            let imported = people.show_imports(report, imports);
            presence(report, tencent, &people, imported).await;
        }
        Err(error) => report.bad("accounts", error.to_string()),
    }
    callbacks(report, tencent, settings.replace_callback).await;
}

/// Whom the file lists, in its order.
struct People(Vec<(String, Account)>);

impl People {
    fn of(settings: &Settings) -> Self {
        let person = |person: &crate::domain::person::Person| (person.id.to_string(), person.account.clone());
        Self(settings.people.iter().map(person).collect())
    }

    /// A line for each person who is not imported. Returns the accounts of the others.
    fn show_imports(&self, report: &mut OnlineReport, imports: Vec<(Account, Import)>) -> Vec<Account> {
        let (mut imported, mut missing) = (Vec::new(), Vec::new());
        for ((id, _), (account, import)) in self.0.iter().zip(imports) {
            match import {
                Import::Imported => imported.push(account),
                Import::NotImported => missing.push((
                    format!("person {id}"),
                    format!("nobody can ring them, the engine knows no account {account}: {IMPORT}"),
                )),
                Import::Unknown(why) => missing.push((
                    format!("person {id}"),
                    format!("the engine does not say whether it knows the account {account}: {why}"),
                )),
            }
        }
        if missing.is_empty() {
            let all = if self.0.len() == 1 { "the only one is" } else { "all are" };
            report.good("people", format!("{} listed, {all} known to the engine", self.0.len()));
        }
        let more = missing.len().saturating_sub(LINES_MAX);
        missing.into_iter().take(LINES_MAX).for_each(|(what, found)| report.bad(what, found));
        if more > 0 {
            report.bad("people", format!("{more} more are not known to the engine either"));
        }
        imported
    }

    fn names(&self, accounts: &[&Account]) -> String {
        let of = |account: &&Account| self.0.iter().find(|(_, known)| known == *account);
        let names = accounts.iter().take(NAMES_MAX).filter_map(of).map(|(id, _)| id.as_str());
        let names = names.collect::<Vec<&str>>().join(", ");
        match accounts.len().saturating_sub(NAMES_MAX) {
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }
}

/// Whether the robot and each of `people` exists at the engine.
async fn known(
    tencent: &Tencent,
    robot: &Account,
    people: &People,
) -> Result<(Import, Vec<(Account, Import)>), EngineError> {
    let mut accounts = vec![robot.clone()];
    accounts.extend(people.0.iter().map(|(_, account)| account.clone()));
    let mut imports = tencent.check_accounts(&accounts).await?;
    let (_, robot) = imports.remove(0);
    Ok((robot, imports))
}

fn show_robot(report: &mut OnlineReport, robot: &Account, import: &Import) {
    match import {
        Import::Imported => report.good("robot", format!("{robot} is known to the engine")),
        Import::NotImported => report.bad(
            "robot",
            format!("the engine knows no account {robot}: add the user in the vendor's console, or set TENCENT_ROBOT_ACCOUNT to another"),
        ),
        Import::Unknown(why) => {
            report.bad("robot", format!("the engine does not say whether it knows {robot}: {why}"));
        }
    }
}

/// Only a hint: a push may wake an app that the engine calls offline.
async fn presence(report: &mut OnlineReport, tencent: &Tencent, people: &People, accounts: Vec<Account>) {
    if accounts.is_empty() {
        return;
    }
    let seen = match tencent.presence(&accounts).await {
        Ok(seen) => seen,
        Err(error) => return report.note("presence", format!("not known, which stops no call: {error}")),
    };
    let are = |wanted: fn(&Presence) -> bool| {
        let those = seen.iter().filter(|(_, presence)| wanted(presence)).map(|(account, _)| account);
        those.collect::<Vec<&Account>>()
    };
    let offline = are(|presence| *presence == Presence::Offline);
    let unknown = are(|presence| matches!(presence, Presence::Unknown(_)));
    if offline.is_empty() && unknown.is_empty() {
        report.good("presence", "everybody's app is online, or can be woken");
    }
    if !offline.is_empty() {
        let names = people.names(&offline);
        report.note("presence", format!("offline: {names}. Their phones ring once the app is signed in"));
    }
    if !unknown.is_empty() {
        report.note("presence", format!("the engine does not say it of {}", people.names(&unknown)));
    }
}

async fn callbacks(report: &mut OnlineReport, tencent: &Tencent, replace: bool) {
    match tencent.callback_state().await {
        Ok(Registration::Kept | Registration::Set) => report.good("callbacks", "they come to us"),
        Ok(Registration::Missing) => {
            report.note("callbacks", "not registered yet: `callout run` does it when it starts");
        }
        Ok(Registration::Off) => report.note(
            "callbacks",
            "off, outcomes come by polling: set PUBLIC_URL and TENCENT_CALLBACK_SECRET to have them at once",
        ),
        Ok(Registration::Foreign(_)) if replace => report.note(
            "callbacks",
            "they go to somebody else: `callout run` takes them over when it starts, as replace_callback says",
        ),
        Ok(Registration::Foreign(why)) => report.bad("callbacks", why),
        Err(error) => report.bad("callbacks", error.to_string()),
    }
}
