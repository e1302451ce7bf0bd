//! From what happened to callbacks: their bodies, and which of them are lost, doubled, held back or garbled.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Ending;
use super::callbacks::{COMMANDS, Notice, Target};
use super::dress::Turns;
use super::faults::{Fate, FaultBox, Settings};
use super::switchboard::Event;
use super::wire::{call_info, call_record, user_list};
use crate::clock::{Clock, later};

/// News of a member that comes late comes this long after the end of its call.
const AFTER_END: Duration = Duration::from_secs(3);

/// Callbacks before they are sent.
#[derive(Debug)]
pub(super) struct Dispatch {
    app: u32,
    clock: Clock,
    pub(super) target: Option<Target>,
    turns: Turns,
    /// Held back until then.
    held: BTreeMap<(Timestamp, u64), Notice>,
    serial: u64,
    /// Held back until the call is over.
    after_end: HashMap<String, Vec<Notice>>,
}

impl Event {
    const fn command(&self) -> &'static str {
        match self {
            Self::Started(_) => COMMANDS[0],
            Self::Changed { .. } => COMMANDS[1],
            Self::Ended(_) => COMMANDS[2],
        }
    }

    fn call_id(&self) -> &str {
        match self {
            Self::Started(call) => &call.id,
            Self::Changed { call, .. } => call,
            Self::Ended(record) => &record.id,
        }
    }

    fn body(&self, now: Timestamp) -> Value {
        let mut body = match self {
            Self::Started(call) => json!({
                "CallInfo": call_info(call, "CallMediaType"),
                "UserList": user_list(&call.members()),
            }),
            Self::Changed { call, members, account, action } => json!({
                "CallId": call,
                "UserList": user_list(members),
                "ChangedUserList": [{"User_Account": account, "ActionType": action}],
            }),
            Self::Ended(record) => json!({"CallRecord": call_record(record)}),
        };
        body["CallbackCommand"] = self.command().into();
        body["EventTime"] = now.as_millisecond().into();
        body
    }

    /// What a talkative engine tells besides: who was invited, and whose invitation was taken back.
    fn besides(&self) -> Option<Self> {
        let (call, members, account, action) = match self {
            Self::Started(call) => {
                (&call.id, call.members(), call.legs.first().map(|leg| &leg.account), "Invite")
            }
            Self::Ended(record) if record.ending == Ending::Cancel => {
                let rung = record.callees.iter().find(|(_, rang)| *rang);
                let robot = vec![(record.robot.clone(), true)];
                (&record.id, robot, rung.map(|(account, _)| account), "Cancel_Invite")
            }
            _ => return None,
        };
        Some(Self::Changed { call: call.clone(), members, account: account?.clone(), action })
    }

    /// A second callee who answers joins those who talk already.
    fn joins(&self) -> Option<Self> {
        let Self::Changed { call, members, account, action: "Accept" } = self else { return None };
        let talk = members.iter().filter(|(_, in_call)| *in_call).count();
        let (call, members, account) = (call.clone(), members.clone(), account.clone());
        (talk > 2).then_some(Self::Changed { call, members, account, action: "Join" })
    }
}

impl Dispatch {
    pub(super) fn new(app: u32, clock: Clock) -> Self {
        let (held, after_end) = (BTreeMap::new(), HashMap::new());
        Self { app, clock, target: None, turns: Turns::default(), held, serial: 0, after_end }
    }

    /// When the next one that is held back is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.held.first_key_value().map(|((at, _), _)| *at)
    }

    /// What was held back long enough, to be sent now.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Notice> {
        let mut due = Vec::new();
        while let Some(first) = self.held.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }

    /// What is to be sent now because of `event`.
    pub(super) fn tell(&mut self, event: &Event, faults: &FaultBox) -> Vec<Notice> {
        let mut ready = Vec::new();
        if self.target.is_none() {
            self.after_end.clear();
            return ready;
        }
        let settings = faults.setting(Settings::clone);
        let besides = if settings.spellings { event.besides() } else { None };
        let joins = if settings.spellings { event.joins() } else { None };
        let event = joins.as_ref().unwrap_or(event);
        let is_end = matches!(event, Event::Ended(_));
        let (before, after) = if is_end { (besides, None) } else { (None, besides) };
        for event in before.iter().chain([event]).chain(&after) {
            let Some(notice) = self.notice(event, &settings) else { continue };
            let fate = faults.fate(event.command(), matches!(event, Event::Changed { .. }));
            ready.extend(self.meet(fate, notice));
        }
        if is_end {
            let late = self.after_end.remove(event.call_id()).unwrap_or_default();
            let at = later(self.clock.now(), AFTER_END);
            late.into_iter().for_each(|notice| self.hold(notice, at));
        }
        ready
    }

    /// The callback for `event`, if the target wants it.
    fn notice(&mut self, event: &Event, settings: &Settings) -> Option<Notice> {
        let command = event.command();
        let wants = |target: &&Target| target.commands.iter().any(|wanted| wanted == command);
        let target = self.target.as_ref().filter(wants)?;
        let mut body = event.body(self.clock.now());
        self.turns.callback(&mut body, settings);
        let query =
            format!("SdkAppid={}&CallbackCommand={command}&contenttype=json&ClientIP=127.0.0.1", self.app);
        Some(Notice {
            call: event.call_id().to_owned(),
            url: format!("{}?{query}&OptPlatform=RESTAPI", target.url),
            token: settings.callback_token.clone(),
            body: body.to_string(),
        })
    }

    /// Returns those that are sent now.
    fn meet(&mut self, fate: Fate, mut notice: Notice) -> Vec<Notice> {
        if fate.garbled {
            notice.body.truncate(notice.body.floor_char_boundary(notice.body.len() / 2));
        }
        let copies = vec![notice.clone(); fate.copies];
        if fate.after_end {
            self.after_end.entry(notice.call).or_default().extend(copies);
            return Vec::new();
        }
        let Some(delay) = fate.delay else {
            return copies;
        };
        let at = later(self.clock.now(), delay);
        copies.into_iter().for_each(|notice| self.hold(notice, at));
        Vec::new()
    }

    fn hold(&mut self, notice: Notice, at: Timestamp) {
        self.serial += 1;
        self.held.insert((at, self.serial), notice);
    }
}
