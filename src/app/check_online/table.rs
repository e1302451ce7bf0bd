//! What was checked, what was found, what to do: a line each.

use std::fmt;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// As it should be.
    Good,
    /// Good to know; nothing has to be done.
    Note,
    /// To be put right.
    Bad,
}

impl Mark {
    const fn sign(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Note => '!',
            Self::Bad => '✗',
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    mark: Mark,
    what: String,
    found: String,
}

/// What `callout check --online` prints: a line for each check, and a summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnlineReport {
    rows: Vec<Row>,
}

impl OnlineReport {
    /// Adds a line. What was found ends with what to do, if there is something to do.
    pub(super) fn add(&mut self, mark: Mark, what: impl Into<String>, found: impl Into<String>) {
        self.rows.push(Row { mark, what: what.into(), found: found.into() });
    }

    pub(super) fn good(&mut self, what: impl Into<String>, found: impl Into<String>) {
        self.add(Mark::Good, what, found);
    }

    pub(super) fn note(&mut self, what: impl Into<String>, found: impl Into<String>) {
        self.add(Mark::Note, what, found);
    }

    pub(super) fn bad(&mut self, what: impl Into<String>, found: impl Into<String>) {
        self.add(Mark::Bad, what, found);
    }

    /// Whether there is nothing to put right: exit code 0, or else 1.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.count(Mark::Bad) == 0
    }

    fn count(&self, mark: Mark) -> usize {
        self.rows.iter().filter(|row| row.mark == mark).count()
    }
}

impl fmt::Display for OnlineReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or_default();
        for Row { mark, what, found } in &self.rows {
            writeln!(f, "{} {what:width$}  {found}", mark.sign())?;
        }
        let notes = match self.count(Mark::Note) {
            0 => String::new(),
            notes => format!(", {notes} good to know"),
        };
        match self.count(Mark::Bad) {
            0 => writeln!(f, "online: nothing to put right{notes}."),
            wrong => writeln!(f, "online: {wrong} to put right{notes}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_the_sum_below() {
        let mut report = OnlineReport::default();
        report.good("engine", "it answers");
        assert_eq!(report.to_string(), "✓ engine  it answers\nonline: nothing to put right.\n");
        assert!(report.is_clean());
        report.note("announcement", "none");
        assert!(report.is_clean());
        report.bad("é", "wrong: do this");
        assert!(!report.is_clean());
        insta::assert_snapshot!(report, @r"
        ✓ engine        it answers
        ! announcement  none
        ✗ é             wrong: do this
        online: 1 to put right, 1 good to know.
        ");
    }
}
