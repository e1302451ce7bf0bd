//! What became of a page since a webhook was told of it.

use serde::{Deserialize, Serialize};

use crate::domain::page::{Page, PageHappened, PageState};

/// What a webhook is told of a page. Stored by these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageNews {
    /// A step that names the webhook begins.
    Step,
    /// Somebody has it; or whoever has it promises something else.
    Acknowledged,
    /// Nobody has it any more, and it goes on.
    Unacknowledged,
    /// Its chain is over, and nobody has it.
    Exhausted,
    /// Its chain was over, and begins again.
    Restarted,
    /// The last of its alerts is over, its source says.
    Resolved,
    /// A person closed it.
    Closed,
    /// It was over, and is not.
    Reopened,
}

impl PageNews {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Step,
        Self::Acknowledged,
        Self::Unacknowledged,
        Self::Exhausted,
        Self::Restarted,
        Self::Resolved,
        Self::Closed,
        Self::Reopened,
    ];

    /// As it is stored; a body says `page.` before it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Acknowledged => "acknowledged",
            Self::Unacknowledged => "unacknowledged",
            Self::Exhausted => "exhausted",
            Self::Restarted => "restarted",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
        }
    }

    /// What became of a page that was as `before`, if a webhook shall hear of it. Of one commit it hears how that ended.
    pub(super) fn of(before: &Page, page: &Page) -> Option<Self> {
        use PageState::{Acknowledged, Closed, Exhausted, Triggered};
        match (before.state, page.state) {
            (Closed, Closed) | (Triggered, Triggered) | (Exhausted, Exhausted) => None,
            (_, Closed) if page.closed_by.is_some() => Some(Self::Closed),
            (_, Closed) => Some(Self::Resolved),
            (Closed, _) => Some(Self::Reopened),
            (_, Acknowledged) => {
                (before.acknowledged_by() != page.acknowledged_by()).then_some(Self::Acknowledged)
            }
            (Acknowledged, Triggered | Exhausted) => Some(Self::Unacknowledged),
            (Exhausted, Triggered) => Some(Self::Restarted),
            (Triggered, Exhausted) => Some(Self::Exhausted),
        }
    }

    /// Whether it is told before the steps that begin with it.
    pub(super) const fn leads(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Restarted | Self::Reopened)
    }
}

/// Who did it, and why it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    /// A person's id, or `source:prod`; `None`: time, or nobody in particular.
    pub(super) by: Option<String>,
    /// Why nobody has it any more, or why its chain begins again.
    pub(super) reason: Option<&'static str>,
}

impl Cause {
    /// What brought `news`, of what `happened`.
    pub(super) fn of(news: PageNews, page: &Page, happened: &[PageHappened]) -> Self {
        match news {
            PageNews::Step | PageNews::Exhausted => Self::default(),
            PageNews::Acknowledged => {
                Self { by: page.acknowledged_by().map(|taken| taken.by.to_string()), reason: None }
            }
            PageNews::Closed => Self { by: page.closed_by.as_ref().map(ToString::to_string), reason: None },
            PageNews::Resolved if page.emptied => Self { by: None, reason: Some("moved") },
            PageNews::Resolved => Self { by: page.source().map(|id| format!("source:{id}")), reason: None },
            PageNews::Unacknowledged | PageNews::Restarted | PageNews::Reopened => {
                // An alert that joined quietly, beside what decided, did not.
                let is_quiet = |one: &&PageHappened| matches!(one, PageHappened::Joined { .. });
                let decided = happened.iter().filter(|one| !is_quiet(one)).find_map(Self::goes_on);
                decided.or_else(|| happened.iter().find_map(Self::goes_on)).unwrap_or_default()
            }
        }
    }

    /// What makes a page go on.
    fn goes_on(happened: &PageHappened) -> Option<Self> {
        let (by, reason) = match happened {
            PageHappened::Recalled { promised: true, .. } => (None, "promise_over"),
            PageHappened::Recalled { promised: false, .. } => (None, "ack_timeout"),
            PageHappened::Escalated { by, .. } => (Some(by.to_string()), "escalated"),
            PageHappened::HandedOver { by, .. } => (Some(by.to_string()), "handed_over"),
            PageHappened::Reopened(by) => (Some(by.to_string()), "reopened"),
            PageHappened::Joined { .. } => (None, "new_alert"),
            PageHappened::Louder { .. } => (None, "more_urgent"),
            _ => return None,
        };
        Some(Self { by, reason: Some(reason) })
    }
}
