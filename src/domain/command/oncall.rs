//! Reads what follows `/oncall`.

use super::error::{ParseError, Problem};
use super::table::{FormSpec, Root};
use super::{Command, People, words};
use crate::domain::ids::ScheduleId;

/// How a schedule is written where a callee could stand.
pub(super) const PREFIX: &str = "oncall:";

/// `[<schedule>]`, with or without `oncall:` before it.
pub(super) fn schedule(rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let Some((word, rest)) = words::first(rest) else { return Ok(Command::OnCall(None)) };
    let id = word.to_ascii_lowercase();
    let id = id.strip_prefix(PREFIX).unwrap_or(&id);
    if !people.is_schedule(id) {
        return Err(ParseError::UnknownSchedule { word: word.to_owned(), nearest: near(id, people) });
    }
    match words::first(rest) {
        Some((extra, _)) => {
            let problem = Problem::Extra(extra.to_owned());
            Err(ParseError::Usage { root: Root::OnCall, sub: None, problem })
        }
        None => Ok(Command::OnCall(Some(ScheduleId::new(id)))),
    }
}

/// What may follow instead: a schedule, or a sub-command.
fn near(word: &str, people: &dyn People) -> Vec<String> {
    let subs = Root::OnCall.spec().into_iter().flat_map(|spec| spec.forms).filter_map(|form| form.sub);
    let subs = words::nearest(word, subs.map(|sub| (sub, sub.to_owned())));
    people.nearest_schedules(word).into_iter().chain(subs).collect()
}

/// `<policy> [<when>]`; the time may be two words.
pub(super) fn simulate(form: &FormSpec, rest: &str, people: &dyn People) -> Result<Command, ParseError> {
    let Some((word, when)) = words::first(rest) else {
        let problem = form.options.first().map(|option| Problem::Missing(option.kind));
        let problem = problem.unwrap_or(Problem::Extra(String::new()));
        return Err(ParseError::Usage { root: Root::OnCall, sub: form.sub, problem });
    };
    let id = word.strip_prefix('@').unwrap_or(word).to_ascii_lowercase();
    if !people.is_policy(&id) && !people.is_person(&id) {
        let nearest = people.nearest_policies(&id);
        return Err(ParseError::UnknownPolicy { word: word.to_owned(), nearest });
    }
    let when = Some(when.trim()).filter(|when| !when.is_empty()).map(str::to_owned);
    Ok(Command::Simulate { policy: id, when })
}
