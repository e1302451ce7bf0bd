//! Planned work: pages that begin meanwhile wait, visibly, until it is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::ids::PolicyId;

/// A span, `[from, to)`, in which no new page of some policies rings anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Its first instant.
    pub from: Timestamp,
    /// The first after it.
    pub to: Timestamp,
    /// Whose pages wait; none: those of every policy.
    pub policies: Vec<PolicyId>,
    /// What is being done, for people.
    pub why: String,
}

/// Why a page does not ring at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// When its first step begins, if it is still open.
    pub until: Timestamp,
    /// What is being done meanwhile, for people.
    pub why: String,
}

/// Until when a page of `policy` that begins at `at` waits for planned work; spans that follow each other count as one.
#[must_use]
pub fn rest(planned: &[Maintenance], policy: &PolicyId, at: Timestamp) -> Option<Rest> {
    let mut rest: Option<Rest> = None;
    loop {
        let now = rest.as_ref().map_or(at, |rest| rest.until);
        let holds = |one: &&Maintenance| {
            let is_meant = one.policies.is_empty() || one.policies.contains(policy);
            is_meant && one.from <= now && now < one.to
        };
        let Some(one) = planned.iter().find(holds) else { return rest };
        let why = rest.map_or_else(|| one.why.clone(), |rest| rest.why);
        rest = Some(Rest { until: one.to, why });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str, policies: &[&str]) -> Maintenance {
        let at = |text: &str| format!("2026-03-10T{text}:00Z").parse().unwrap();
        let policies = policies.iter().copied().map(PolicyId::new).collect();
        Maintenance { from: at(from), to: at(to), policies, why: format!("work at {from}") }
    }

    #[test]
    fn pages_of_the_policies_meant_wait_for_its_end() {
        let planned = [
            span("10:00", "11:00", &["payments"]),
            span("11:00", "11:30", &[]),
            span("12:00", "13:00", &["payments"]),
        ];
        let rest = |policy: &str, at: &str| {
            let rest = rest(&planned, &PolicyId::new(policy), format!("2026-03-10T{at}Z").parse().unwrap());
            rest.map(|rest| (rest.until.to_string(), rest.why))
        };
        assert_eq!(rest("payments", "09:59:59"), None);
        let through = ("2026-03-10T11:30:00Z".to_owned(), "work at 10:00".to_owned());
        assert_eq!(rest("payments", "10:00:00"), Some(through));
        assert_eq!(rest("web", "10:00:00"), None, "another policy's");
        let other = ("2026-03-10T11:30:00Z".to_owned(), "work at 11:00".to_owned());
        assert_eq!(rest("web", "11:00:00"), Some(other));
        assert_eq!(rest("payments", "11:30:00"), None);
    }
}
