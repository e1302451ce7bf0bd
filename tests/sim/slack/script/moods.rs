//! The platform's moods, and what it remembers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::Slack;
use super::super::deliver::{Out, disconnect};
use super::super::faults::Fault;
use super::super::journal::Exchange;
use super::super::settings::Settings;

/// Between the warning and the end of a connection.
const WARNED: Duration = Duration::from_secs(10);
/// How long a connection that is to end still takes acknowledgements.
const LEAVING: Duration = Duration::from_secs(5);

impl Slack {
    /// With the next `times` requests of `pattern` (`chat.update`, `chat.*`, `response_url`, `*`), this goes wrong.
    pub(crate) fn next(&self, pattern: &str, times: u32, fault: Fault) {
        self.faults.lock().unwrap().add(pattern, times, fault);
    }

    /// With every so-manieth request of `pattern` this goes wrong, until [`clear_faults`](Self::clear_faults).
    pub(crate) fn each(&self, pattern: &str, every: u32, fault: Fault) {
        self.faults.lock().unwrap().stand(pattern, every, fault);
    }

    /// Nothing more goes wrong.
    pub(crate) fn clear_faults(&self) {
        self.faults.lock().unwrap().clear();
    }

    /// Changes what can be chosen.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Settings)) {
        self.change(|state| change(&mut state.settings));
    }

    /// Whether messages and requests are counted.
    pub(crate) fn is_limited(&self) -> bool {
        self.look(|state| state.settings.limits.tiers)
    }

    /// An admin takes a scope away.
    pub(crate) fn revoke_scope(&self, scope: &str) {
        self.set(|settings| settings.scopes.retain(|granted| granted != scope));
    }

    /// The tokens are worth nothing any more.
    pub(crate) fn revoke_tokens(&self) {
        self.change(|state| {
            let tokens = [state.app.bot_token.clone(), state.app.app_token.clone()];
            state.app.revoked.extend(tokens);
        });
    }

    /// All sockets are cut without a word.
    pub(crate) fn drop_sockets(&self) {
        self.change(|state| state.sockets.to_all(|| Out::Cut));
    }

    /// All sockets fall silent, and nobody notices: what is sent is lost.
    pub(crate) fn freeze_sockets(&self) {
        self.change(|state| state.sockets.to_all(|| Out::Freeze));
    }

    /// Slack renews its sockets: a warning, and ten seconds later the end. Nothing is lost by whoever connects anew
    /// in time.
    pub(crate) fn refresh(&self) {
        self.send_away("warning", Some(WARNED));
    }

    /// Slack ends its sockets now, for this reason: `refresh_requested`, `link_disabled`.
    pub(crate) fn disconnects(&self, reason: &str) {
        self.send_away(reason, None);
    }

    fn send_away(&self, reason: &str, warned: Option<Duration>) {
        let slack = self.me.upgrade().expect("the model lives");
        let numbers = self.look(|state| state.sockets.numbers());
        self.tell_each(&numbers, reason);
        if warned.is_none() {
            self.change(|state| numbers.iter().for_each(|number| state.sockets.retire(*number)));
        }
        let ending = async move {
            if let Some(span) = warned {
                slack.clock.sleep(span).await;
                slack.tell_each(&numbers, "refresh_requested");
                slack.change(|state| numbers.iter().for_each(|number| state.sockets.retire(*number)));
            }
            slack.clock.sleep(LEAVING).await;
            slack.change(|state| numbers.iter().for_each(|number| state.sockets.tell(*number, Out::Close)));
        };
        callout::task::spawn("sockets of the modelled slack end", ending).detach();
    }

    fn tell_each(&self, numbers: &[u64], reason: &str) {
        let tell =
            |number: &u64| self.change(|state| state.sockets.tell(*number, Out::Frame(disconnect(reason))));
        numbers.iter().for_each(tell);
    }

    /// Nobody is at home: connections are cut and refused.
    pub(crate) fn go_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        self.drop_sockets();
    }

    /// At home again, on the same port.
    pub(crate) fn come_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }

    /// How many sockets get envelopes.
    pub(crate) fn connected(&self) -> usize {
        self.look(|state| state.sockets.numbers().len())
    }

    /// How many sockets are open: those that are about to end too.
    pub(crate) fn open_sockets(&self) -> usize {
        self.look(|state| state.sockets.open())
    }

    /// How many sockets there have been.
    pub(crate) fn connections(&self) -> usize {
        self.look(|state| state.sockets.count)
    }

    /// Returns as soon as `count` sockets get envelopes.
    pub(crate) async fn until_connected(&self, count: usize) {
        self.until("a socket", |slack| (slack.connected() == count).then_some(())).await;
    }

    /// Every request and answer so far.
    pub(crate) fn journal(&self) -> Vec<Exchange> {
        self.journal.lock().unwrap().clone()
    }

    /// Those of a pattern.
    pub(crate) fn requests(&self, pattern: &str) -> Vec<Exchange> {
        self.journal.lock().unwrap().iter().filter(|exchange| exchange.is(pattern)).cloned().collect()
    }

    /// What Slack would pass over in silence. Empties the list.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.change(|state| std::mem::take(&mut state.complaints))
    }

    /// `xoxb-…`
    pub(crate) fn bot_token(&self) -> String {
        self.look(|state| state.app.bot_token.clone())
    }

    /// `xapp-…`
    pub(crate) fn app_token(&self) -> String {
        self.look(|state| state.app.app_token.clone())
    }

    pub(crate) fn signing_secret(&self) -> String {
        self.look(|state| state.app.signing_secret.clone())
    }

    /// The workspace's id.
    pub(crate) fn team(&self) -> String {
        self.look(|state| state.team.id.clone())
    }

    /// The bot's user.
    pub(crate) fn bot(&self) -> String {
        self.look(|state| state.app.bot_user.clone())
    }
}
