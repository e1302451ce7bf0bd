//! One connection of Socket Mode.

use std::collections::VecDeque;
use std::sync::Arc;

use callout::clock::Busy;
use callout::task::{self, TaskHandle};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::super::Slack;
use super::super::ids::random;
use super::super::state::State;
use super::sockets::{Out, Wire};
use super::{Kind, Nr, Outcome, grace};

/// How long a connection lives, about, in seconds; and how long with `debug_reconnects`.
const LIFE_SECS: u64 = 18_060;
const SHORT_LIFE_SECS: u64 = 360;

/// How a client opened its connection.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Opening {
    pub(in super::super) ticket: String,
    pub(in super::super) is_debug: bool,
}

impl Slack {
    pub(super) async fn over_socket(self: &Arc<Self>, nr: Nr, retry: usize) -> Outcome {
        let told = self.change(|state| {
            let envelope = state.envelope(nr, retry);
            state.sockets.send(envelope)
        });
        let Some(told) = told else { return Outcome::Nobody };
        match told.await {
            Ok(payload) => Outcome::Acked(payload),
            // The connection is gone, and Slack waits in vain.
            Err(_) => std::future::pending().await,
        }
    }

    /// Whether a ticket is good for a connection. It is used up.
    pub(in super::super) fn admits(&self, opening: &Opening) -> bool {
        self.change(|state| {
            let now = state.now;
            state.sockets.admit(now, &opening.ticket)
        })
    }
}

impl State {
    fn envelope(&self, nr: Nr, retry: usize) -> Value {
        let delivery = &self.deliveries[nr];
        let id = format!("{:032x}", rand::random::<u128>());
        let id = [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");
        let (kind, accepts) = match delivery.kind {
            Kind::Command => ("slash_commands", true),
            Kind::Event => ("events_api", false),
            Kind::Submission => ("interactive", true),
            _ => ("interactive", false),
        };
        let mut all = json!({
            "envelope_id": id, "type": kind, "accepts_response_payload": accepts, "payload": delivery.payload,
        });
        if delivery.kind == Kind::Event {
            let why = match delivery.tries.last().map(|last| &last.outcome) {
                None => "",
                Some(Outcome::Late) => "timeout",
                Some(_) => "connection_failed",
            };
            all["retry_attempt"] = json!(retry);
            all["retry_reason"] = json!(why);
        }
        all
    }

    fn hear(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(id) = frame["envelope_id"].as_str() else {
            self.complain(format!("a frame that is no acknowledgement: {text}"));
            return;
        };
        if let Some(wrong) = self.sockets.acknowledge(id, frame["payload"].clone()) {
            self.complain(format!("the acknowledgement of {id} {wrong}"));
        }
    }
}

/// Speaks with a client until it is gone.
pub(in super::super) async fn converse(slack: Arc<Slack>, upgraded: Upgraded, opening: Opening) {
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let (wire, out) = mpsc::unbounded_channel();
    let mut line = Line { slack, socket, unanswered: VecDeque::new() };
    let Some((number, count)) = line.slack.change(|state| state.sockets.join(wire.clone())) else {
        line.refuse().await;
        return;
    };
    let _pings = line.pings(&wire);
    line.run(&opening, count, out).await;
    line.slack.change(|state| state.sockets.leave(number));
}

struct Line {
    slack: Arc<Slack>,
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// Held until a ping has been answered.
    unanswered: VecDeque<Busy>,
}

impl Line {
    async fn refuse(&mut self) {
        let frame = disconnect("too_many_websockets");
        if self.say(Out::Frame(frame)).await.is_some() {
            self.say(Out::Close).await;
        }
    }

    /// Pings the client now and then.
    fn pings(&self, wire: &Wire) -> TaskHandle {
        let (slack, wire) = (Arc::downgrade(&self.slack), wire.clone());
        task::spawn("pings of the modelled slack", async move {
            while let Some((clock, every)) = slack.upgrade().and_then(|slack| {
                let every = slack.look(|state| state.settings.ping_every)?;
                Some((slack.clock.clone(), every))
            }) {
                clock.sleep(every).await;
                if wire.send(Out::Ping(Some(clock.busy()))).is_err() {
                    return;
                }
            }
        })
    }

    async fn run(&mut self, opening: &Opening, count: usize, mut out: UnboundedReceiver<Out>) {
        let life = if opening.is_debug { SHORT_LIFE_SECS } else { LIFE_SECS };
        let app = self.slack.look(|state| state.app.id.clone());
        let hello = json!({
            "type": "hello", "num_connections": count, "connection_info": { "app_id": app },
            "debug_info": {
                "host": "applink-1", "build_number": 1, "approximate_connection_time": life,
                "started": "2026-03-10 14:00:00.000",
            },
        });
        let greets = self.slack.look(|state| state.settings.greets);
        if greets && self.say(Out::Frame(hello)).await.is_none() {
            return;
        }
        loop {
            let goes_on = tokio::select! {
                biased;
                next = out.recv() => match next {
                    Some(Out::Freeze) => {
                        self.unanswered.clear();
                        // What would be sent is lost, with the guards that it holds.
                        while out.recv().await.is_some() {}
                        None
                    }
                    Some(out) => self.say(out).await,
                    None => None,
                },
                frame = self.socket.next() => match frame {
                    Some(Ok(frame)) => {
                        self.hear(frame);
                        Some(())
                    }
                    _ => None,
                },
                () = grace(), if !self.unanswered.is_empty() => {
                    self.unanswered.clear();
                    Some(())
                }
            };
            if goes_on.is_none() {
                return;
            }
        }
    }

    async fn say(&mut self, out: Out) -> Option<()> {
        match out {
            Out::Frame(frame) => self.socket.send(Message::Text(frame.to_string())).await.ok(),
            Out::Ping(busy) => {
                let text = format!("Ping from applink-1 {}", random(6));
                self.unanswered.extend(busy);
                self.socket.send(Message::Ping(text.into_bytes())).await.ok()
            }
            Out::Close => {
                if self.socket.close(None).await.is_ok() {
                    // The client's answer ends the handshake; one that does not come is its own business.
                    let rest = async { while let Some(Ok(_)) = self.socket.next().await {} };
                    tokio::select! {
                        () = rest => {}
                        () = grace() => {}
                    }
                }
                None
            }
            Out::Cut => None,
            // Handled where what is to be sent is taken.
            Out::Freeze => None,
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Text(text) => self.slack.change(|state| state.hear(&text)),
            Message::Binary(bytes) => {
                let what = format!("a binary frame of {} bytes", bytes.len());
                self.slack.change(|state| state.complain(what));
            }
            Message::Pong(_) => drop(self.unanswered.pop_front()),
            // The answers to a ping and to a close go out with the next look, which ends a closed connection.
            Message::Ping(_) | Message::Close(_) | Message::Frame(_) => {}
        }
    }
}

/// Slack asks a client to connect anew, or sends it away.
pub(in super::super) fn disconnect(reason: &str) -> Value {
    json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "applink-1" } })
}
