//! What Slack sends to the app, over which way, and what becomes of it.

mod answers;
mod http;
mod payloads;
mod socket;
mod sockets;

use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Busy, later};
use callout::task;
use jiff::Timestamp;
use serde_json::Value;

use super::Slack;
use super::settings::Transport;
use super::state::State;

pub(super) use http::sign;
pub(super) use payloads::Draft;
pub(super) use socket::{Opening, converse, disconnect};
pub(super) use sockets::{Out, Sockets};

/// How long the app has.
pub(super) const ACK_WITHIN: Duration = Duration::from_secs(3);
/// An event that was not acknowledged comes again: at once, after a minute, after five.
const AGAIN_AFTER: [Duration; 3] = [Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)];
/// Real time after which an app that has not answered is taken to wait for time to pass. Up to then simulated time
/// stands still for it. From there on it has to say itself that it is busy.
const GRACE: Duration = Duration::from_millis(500);

/// A delivery's number.
pub(crate) type Nr = usize;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Command,
    /// A button or a menu.
    Action,
    /// A modal was sent in.
    Submission,
    /// A modal was closed.
    Closed,
    /// A shortcut, of a message or everywhere.
    Shortcut,
    Event,
}

/// Something that happened, on its way to the app.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) kind: Kind,
    pub(crate) user: String,
    /// Where it happened; a home tab and a modal are nowhere.
    pub(crate) channel: Option<String>,
    /// The command's or the callback's name.
    pub(crate) name: String,
    pub(crate) payload: Value,
    pub(crate) at: Timestamp,
    pub(crate) tries: Vec<Try>,
    /// What the person was told; `None` while it is on its way.
    pub(crate) heard: Option<Heard>,
}

/// One try to deliver.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    /// When it was sent.
    pub(crate) at: Timestamp,
    /// How long the app took, in the model's time.
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Taken; with what the app answered at once, or `Null`.
    Acked(Value),
    /// Not within three seconds.
    Late,
    /// Nobody was there.
    Nobody,
    /// The app's door answered with this status.
    Refused(u16),
    /// As above, and with `X-Slack-No-Retry`.
    RefusedForGood(u16),
}

/// What a person got for what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing visible.
    Nothing,
    /// A message, by its time.
    Message(String),
    /// The command failed, in Slack's words.
    Failed(String),
    /// The modal is still there, with complaints at some inputs.
    Errors(Vec<(String, String)>),
    /// The modal is gone, or shows something else now.
    Form,
}

impl Slack {
    /// Sends a delivery on its way. Returns its number.
    pub(super) fn send(&self, draft: Draft) -> Nr {
        let nr = self.change(|state| {
            let nr = state.deliveries.len();
            let delivery = draft.delivery(state);
            state.deliveries.push(delivery);
            nr
        });
        self.carry(nr);
        nr
    }

    /// Delivers the same thing once more, as a platform that lost track does.
    pub(crate) fn deliver_again(&self, nr: Nr) -> Nr {
        let copy = self.change(|state| {
            let copy = Delivery { tries: Vec::new(), heard: None, ..state.deliveries[nr].clone() };
            state.deliveries.push(copy);
            state.deliveries.len() - 1
        });
        self.carry(copy);
        copy
    }

    fn carry(&self, nr: Nr) {
        let slack = self.me.upgrade().expect("the model lives");
        let busy = self.clock.busy();
        task::spawn("a delivery of the modelled slack", carry(slack, nr, busy)).detach();
    }

    async fn try_once(self: &Arc<Self>, nr: Nr, retry: usize, busy: Busy) -> Outcome {
        let late = self.clock.sleep_until(later(self.now(), ACK_WITHIN));
        let answer = async {
            match self.look(|state| state.settings.transport.clone()) {
                Transport::Socket => self.over_socket(nr, retry).await,
                Transport::Http(doors) => self.over_http(&doors, nr, retry).await,
            }
        };
        tokio::select! {
            biased;
            outcome = answer => outcome,
            () = late => Outcome::Late,
            never = hold(busy) => never,
        }
    }
}

/// Holds time still for as long as the app may be working, and not for longer.
async fn hold(busy: Busy) -> Outcome {
    grace().await;
    drop(busy);
    std::future::pending().await
}

/// Lets real time pass for an app that works.
#[expect(clippy::disallowed_methods, reason = "real time: an app of whose work the model knows nothing")]
pub(super) async fn grace() {
    tokio::time::sleep(GRACE).await;
}

async fn carry(slack: Arc<Slack>, nr: Nr, first: Busy) {
    let mut busy = Some(first);
    for retry in 0..=AGAIN_AFTER.len() {
        let at = slack.now();
        let guard = busy.take().unwrap_or_else(|| slack.clock.busy());
        let outcome = slack.try_once(nr, retry, guard).await;
        if slack.is_gone() || !slack.change(|state| state.tried(nr, at, outcome)) {
            return;
        }
        let pause = AGAIN_AFTER.get(retry).copied().unwrap_or_default();
        slack.clock.sleep(pause).await;
    }
}

impl State {
    /// Notes what became of a try. Returns whether there is to be another one.
    fn tried(&mut self, nr: Nr, at: Timestamp, outcome: Outcome) -> bool {
        let took = callout::clock::until(at, self.now);
        let delivery = &mut self.deliveries[nr];
        delivery.tries.push(Try { at, took, outcome: outcome.clone() });
        let may_repeat = delivery.kind == Kind::Event && delivery.tries.len() <= AGAIN_AFTER.len();
        if may_repeat && !matches!(outcome, Outcome::Acked(_) | Outcome::RefusedForGood(_)) {
            return true;
        }
        let heard = self.heard(nr, &outcome);
        self.deliveries[nr].heard = Some(heard);
        false
    }
}
