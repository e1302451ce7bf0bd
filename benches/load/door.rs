//! Where commands are typed: at the sandbox's desk, or in a workspace of the modelled Slack; and where alerts are sent.

use std::sync::Arc;
use std::time::Duration;

use callout::chat::slack::SCOPES;
use callout::clock::Clock;
use callout::domain::ids::{CallId, DeliveryKey};
use serde_json::{Value, json};

use crate::client::Typed;
use crate::run::Sent;
use crate::server::{CALLERS, PEOPLE, RULES, SOURCES};
use crate::slack::{Fault, Limits, Settings, Slack, signed};

/// Where commands are typed.
#[derive(Clone)]
pub(crate) enum Door {
    /// The sandbox's route for scripts.
    Desk,
    /// Slack's request URL for commands, signed as Slack signs.
    Slack(Arc<Workspace>),
    /// The sandbox's door for Alertmanager: each alert is a page of its own.
    Alerts,
}

/// A workspace with the callers in it, each in a channel of their own.
pub(crate) struct Workspace {
    pub(crate) model: Arc<Slack>,
    /// The callers' ids, in order.
    pub(crate) users: Vec<String>,
    channels: Vec<String>,
    secret: String,
    team: String,
}

impl Door {
    /// A fresh workspace without limits; one that `refuses` answers 429 to every second post.
    pub(crate) async fn slack(refuses: bool) -> Self {
        let scopes = SCOPES.map(|(scope, _)| scope.to_owned()).to_vec();
        let rules = Settings { limits: Limits::none(), scopes, ..Settings::default() };
        let model = Slack::start(Clock::system(), rules).await;
        if refuses {
            model.each("chat.postMessage", 2, Fault::TooEarly(Duration::from_secs(1)));
        }
        let users: Vec<String> = (0..CALLERS).map(|n| model.person(&format!("p{n}"))).collect();
        let channel = |(n, user): (usize, &String)| model.channel(&format!("c{n}"), &[user.as_str()]);
        let channels = users.iter().enumerate().map(channel).collect();
        let (secret, team) = (model.signing_secret(), model.team());
        Self::Slack(Arc::new(Workspace { model, users, channels, secret, team }))
    }

    /// Whether every second post came too early, as it was meant.
    pub(crate) fn refused_half(&self) -> bool {
        let Self::Slack(workspace) = self else { return false };
        let posts = workspace.model.requests("chat.postMessage");
        let refused = posts.iter().filter(|sent| sent.status == 429).count();
        refused > 0 && refused * 2 + 1 >= posts.len()
    }

    /// The command of this number.
    pub(crate) fn typed(&self, index: u64) -> Typed {
        let (caller, callee) =
            (index % u64::from(CALLERS), u64::from(CALLERS) + index % u64::from(PEOPLE - CALLERS));
        match self {
            Self::Desk => {
                let body =
                    json!({ "text": format!("/call p{callee} video"), "delivery": format!("d{index}") });
                let headers = vec![("content-type", "application/json".to_owned())];
                Typed {
                    path: format!("/sandbox/desk/p{caller}"),
                    headers,
                    body: body.to_string().into_bytes(),
                }
            }
            Self::Alerts => alert(index),
            Self::Slack(workspace) => workspace.typed(index, (caller as usize, callee)),
        }
    }

    /// The room that a command's call is in; `None`: it was refused.
    pub(crate) fn room(&self, sent: &Sent) -> anyhow::Result<Option<String>> {
        let answer: Value = serde_json::from_slice(&sent.answer)?;
        let card = match self {
            Self::Desk => answer["receipt"]["card"].as_str().map(str::to_owned),
            Self::Alerts => answer["pages"][0].as_str().map(str::to_owned),
            Self::Slack(_) => {
                let is_placed = answer["text"].as_str().is_some_and(|text| text.starts_with("Calling p"));
                let key = DeliveryKey::new(format!("slack:{}", trigger(sent.index)));
                is_placed.then(|| CallId::of_delivery(&key).to_string())
            }
        };
        Ok(card.map(|card| format!("co_{card}")))
    }
}

/// Fires for a policy of its own, which rings somebody of its own.
fn alert(index: u64) -> Typed {
    let (source, rule) = (index / RULES % SOURCES, index % RULES);
    let body = json!({
        "version": "4", "groupKey": format!("g{index}"), "status": "firing", "truncatedAlerts": 0,
        "alerts": [{
            "status": "firing", "fingerprint": format!("{index:016x}"),
            "labels": { "alertname": "load", "service": format!("s{rule}"), "severity": "page" },
            "annotations": { "summary": "the load is high" },
            "startsAt": "2026-03-10T15:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example/graph",
        }],
    });
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("authorization", format!("Bearer sandbox-key-of-load{source}")),
    ];
    Typed { path: "/alerts/alertmanager".to_owned(), headers, body: body.to_string().into_bytes() }
}

fn trigger(index: u64) -> String {
    format!("1.2.{index}")
}

impl Workspace {
    fn typed(&self, index: u64, (caller, callee): (usize, u64)) -> Typed {
        let body = format!(
            "token=x&team_id={}&channel_id={}&channel_name=c{caller}&user_id={}&user_name=p{caller}&command=%2Fcall\
             &text=p{callee}+video&response_url=&trigger_id={}",
            self.team,
            self.channels[caller],
            self.users[caller],
            trigger(index),
        );
        let at = Clock::system().now().as_second();
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("x-slack-request-timestamp", at.to_string()),
            ("x-slack-signature", signed(&self.secret, at, &body)),
        ];
        Typed { path: "/slack/command".to_owned(), headers, body: body.into_bytes() }
    }
}
