//! How much of a page's timeline its thread shows, and what stands where lines are left out.

use super::super::page::{Page, PageEntry, PageEvent, PageLine};
use super::lists::count;
use super::story::Weight;

/// How a page's thread shows it; `None`: the card alone does.
#[must_use]
pub const fn page_tells(event: PageEvent) -> Option<Weight> {
    match event {
        PageEvent::Opened | PageEvent::Rung | PageEvent::Told | PageEvent::Late => None,
        PageEvent::Alert => Some(Weight::Alert),
        PageEvent::Acknowledged | PageEvent::Closed => Some(Weight::Decisive),
        PageEvent::Escalated | PageEvent::Exhausted => Some(Weight::Turning),
        PageEvent::Step
        | PageEvent::Skipped
        | PageEvent::Held
        | PageEvent::Ring
        | PageEvent::Answered
        | PageEvent::Chain
        | PageEvent::LeftOut
        | PageEvent::Trouble => Some(Weight::Usual),
    }
}

/// The lines of a timeline from the `from`-th on, with one wherever some stood that are kept no more.
#[must_use]
pub fn page_lines(from: u32, lines: Vec<PageLine>) -> Vec<PageLine> {
    let (mut all, mut next) = (Vec::with_capacity(lines.len()), from);
    for line in lines {
        let gone = line.n.saturating_sub(next);
        if gone > 0 {
            let detail =
                format!("{} not kept here: of a long page, the first and the latest are.", are(gone));
            let entry = PageEntry { at: line.entry.at, event: PageEvent::LeftOut, detail };
            all.push(PageLine { n: line.n - 1, entry });
        }
        next = line.n + 1;
        all.push(line);
    }
    all
}

/// `1 line is`, `7 lines are`.
fn are(lines: u32) -> String {
    let verb = if lines == 1 { "is" } else { "are" };
    format!("{} {verb}", count(lines as usize, "line"))
}

/// The thread's line in the place of the alert that is one too many.
pub const ALERTS_COME_AND_GO: &str = "More alerts come and go: the card counts them.";

/// The thread's last line when it is full.
#[must_use]
pub fn page_thread_is_full(page: &Page) -> String {
    format!("More has happened than fits here: /pages show {}", page.id)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_is_not_kept_is_said_where_it_stood() {
        let line = |n| PageLine {
            n,
            entry: PageEntry {
                at: Timestamp::UNIX_EPOCH,
                event: PageEvent::Rung,
                detail: format!("line {n}"),
            },
        };
        let told = |from, lines: &[u32]| {
            let lines = page_lines(from, lines.iter().map(|n| line(*n)).collect());
            lines
                .iter()
                .map(|line| format!("{} {}", line.n, line.entry.detail))
                .collect::<Vec<_>>()
                .join("\n")
        };
        insta::assert_snapshot!(told(0, &[0, 1, 3, 1_004]), @r"
        0 line 0
        1 line 1
        2 1 line is not kept here: of a long page, the first and the latest are.
        3 line 3
        1003 1000 lines are not kept here: of a long page, the first and the latest are.
        1004 line 1004
        ");
        assert_eq!(told(4, &[4, 5]), "4 line 4\n5 line 5");
        assert_eq!(told(7, &[7]), "7 line 7", "what was read before is not missing");
    }
}
