//! Rate limits: one bucket for each route and its main parameter, and one for all.

use std::collections::HashMap;
use std::time::Duration;

use callout::clock::{later, until};
use jiff::Timestamp;
use serde_json::json;

use super::problem::Problem;
use super::settings::{Limit, RateLimits};

/// What was used of each bucket.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    used: HashMap<String, Window>,
    global: Option<Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    used: u32,
}

/// How a bucket stands; what the headers say.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    limit: Limit,
    left: u32,
    resets: Timestamp,
    reset_after: Duration,
    bucket: String,
}

/// A request that came too early.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooEarly {
    pub(super) retry_after: Duration,
    pub(super) is_global: bool,
}

/// Which bucket a request is in.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// Method and path with `*` for parameters.
    pub(super) route: String,
    /// The channel, guild or webhook.
    pub(super) major: String,
    /// Answers of interactions are not counted in the global limit.
    pub(super) is_global: bool,
}

impl Window {
    /// Uses one; `Err` is how long to wait.
    fn take(&mut self, now: Timestamp, limit: Limit) -> Result<(), Duration> {
        let end = later(self.since, limit.span);
        if now >= end {
            *self = Self { since: now, used: 0 };
        } else if self.used >= limit.calls {
            return Err(until(now, end));
        }
        self.used += 1;
        Ok(())
    }
}

impl Buckets {
    /// Counts a request. How its bucket stands then is `None` where nothing is limited.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        limits: &RateLimits,
        lane: &Lane,
    ) -> (Option<Standing>, Result<(), TooEarly>) {
        if let Some(limit) = limits.global.filter(|_| lane.is_global) {
            let window = self.global.get_or_insert(Window { since: now, used: 0 });
            if let Err(retry_after) = window.take(now, limit) {
                return (None, Err(TooEarly { retry_after, is_global: true }));
            }
        }
        let listed = limits.routes.iter().find(|(pattern, _)| *pattern == lane.route);
        let Some(limit) = listed.map(|(_, limit)| *limit).or(limits.others) else { return (None, Ok(())) };
        let key = format!("{} {}", lane.route, lane.major);
        let window = self.used.entry(key).or_insert(Window { since: now, used: 0 });
        let taken = window.take(now, limit);
        let resets = later(window.since, limit.span);
        let standing = Standing {
            limit,
            left: limit.calls - window.used,
            resets,
            reset_after: until(now, resets),
            bucket: bucket_name(&lane.route),
        };
        (Some(standing), taken.map_err(|retry_after| TooEarly { retry_after, is_global: false }))
    }
}

impl Standing {
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds fit into a float")]
        let resets = self.resets.as_millisecond() as f64 / 1000.0;
        vec![
            ("x-ratelimit-limit", self.limit.calls.to_string()),
            ("x-ratelimit-remaining", self.left.to_string()),
            ("x-ratelimit-reset", format!("{resets:.3}")),
            ("x-ratelimit-reset-after", format!("{:.3}", self.reset_after.as_secs_f64())),
            ("x-ratelimit-bucket", self.bucket.clone()),
        ]
    }
}

impl TooEarly {
    pub(super) fn problem(self) -> Problem {
        Problem::new(429, 0, "You are being rate limited.")
            .with("retry_after", json!(self.retry_after.as_secs_f64()))
            .with("global", json!(self.is_global))
    }

    pub(super) fn headers(self) -> Vec<(&'static str, String)> {
        let seconds = self.retry_after.as_secs_f64().ceil().max(1.0);
        let mut headers = vec![("retry-after", format!("{seconds}"))];
        headers.push(("x-ratelimit-scope", if self.is_global { "global" } else { "user" }.to_owned()));
        if self.is_global {
            headers.push(("x-ratelimit-global", "true".to_owned()));
        }
        headers
    }
}

/// A name that tells nothing but which routes share a bucket.
fn bucket_name(route: &str) -> String {
    let sum = route
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}{:016x}", sum.rotate_left(29))
}
