//! One connection of the gateway.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use callout::clock::{Busy, later};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::super::Discord;
use super::Out;
use super::frames::{Client, Expelled, hear, hello};

/// Frames of a client within [`PACE_SPAN`].
const PACE: usize = 120;
const PACE_SPAN: Duration = Duration::from_secs(60);
/// Pings that a client answers until an event counts as taken: the first says that it was read, the second that the
/// client has had a turn since, in which its handler began.
const ROUNDS: u8 = 2;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// How a client opened its connection.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Opening {
    /// The version it asked for.
    pub(in super::super) version: String,
    /// `json` or nothing.
    pub(in super::super) encoding: String,
}

impl Opening {
    fn check(&self) -> Result<(), Expelled> {
        if !matches!(self.version.as_str(), "9" | "10") {
            return Err(Expelled(4012, "Invalid API version."));
        }
        if !matches!(self.encoding.as_str(), "" | "json") {
            return Err(Expelled(4002, "Error while decoding payload."));
        }
        Ok(())
    }
}

/// Speaks with a client until it is gone.
pub(in super::super) async fn converse(discord: Arc<Discord>, upgraded: Upgraded, opening: Opening) {
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let (wire, out) = mpsc::unbounded_channel();
    let mut line = Line {
        discord,
        socket,
        client: Client::default(),
        heard: VecDeque::new(),
        unread: VecDeque::new(),
        pings: 0,
    };
    if let Err(Expelled(code, why)) = opening.check() {
        line.close(code, why).await;
        return;
    }
    line.run(&wire, out).await;
    line.hang_up(&wire);
}

/// An event that the client has perhaps not taken yet.
struct Unread {
    busy: Busy,
    /// The ping that follows it. A client may answer the last of several pings only, so its answer is for all before.
    ping: u64,
    /// Pings that are still to come, this one included.
    rounds: u8,
}

struct Line {
    discord: Arc<Discord>,
    socket: Socket,
    client: Client,
    /// When the last frames came.
    heard: VecDeque<Timestamp>,
    /// Held until the client has taken what was sent.
    unread: VecDeque<Unread>,
    pings: u64,
}

impl Line {
    async fn run(&mut self, wire: &UnboundedSender<Out>, mut out: UnboundedReceiver<Out>) {
        let first = self.discord.look(hello);
        if self.send(&first).await.is_none() {
            return;
        }
        loop {
            let goes_on = tokio::select! {
                biased;
                next = out.recv() => match next {
                    Some(out) => self.say(out).await,
                    None => None,
                },
                frame = self.socket.next() => match frame {
                    Some(Ok(frame)) => self.hear(wire, frame).await,
                    _ => None,
                },
            };
            if goes_on.is_none() {
                return;
            }
        }
    }

    async fn say(&mut self, out: Out) -> Option<()> {
        match out {
            Out::Frame(frame, busy) => {
                self.send(&frame).await?;
                match busy.filter(|_| self.discord.is_simulated()) {
                    Some(busy) => self.ping(vec![(busy, ROUNDS)]).await,
                    None => Some(()),
                }
            }
            Out::Close(code, why) => {
                self.close(code, why).await;
                None
            }
            Out::Cut => None,
        }
    }

    /// One ping for all of `events`, with the rounds that each has left.
    async fn ping(&mut self, events: Vec<(Busy, u8)>) -> Option<()> {
        if events.is_empty() {
            return Some(());
        }
        self.pings += 1;
        let ping = self.pings;
        self.unread.extend(events.into_iter().map(|(busy, rounds)| Unread { busy, ping, rounds }));
        self.socket.send(Message::Ping(ping.to_be_bytes().to_vec())).await.ok()
    }

    /// What is not taken yet after the answer to a ping.
    async fn pong(&mut self, payload: &[u8]) -> Option<()> {
        let answered = payload.try_into().map_or(0, u64::from_be_bytes);
        let mut again = Vec::new();
        while let Some(event) = self.unread.pop_front_if(|event| event.ping <= answered) {
            if event.rounds > 1 {
                again.push((event.busy, event.rounds - 1));
            }
        }
        self.ping(again).await
    }

    async fn send(&mut self, frame: &Value) -> Option<()> {
        let text = frame.to_string();
        let compresses = self.client.compresses && self.discord.look(|state| state.settings.zlib);
        let message = if compresses { Message::Binary(zlib(&text)) } else { Message::Text(text) };
        self.socket.send(message).await.ok()
    }

    async fn close(&mut self, code: u16, why: &'static str) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: why.into() };
        if self.socket.close(Some(frame)).await.is_ok() {
            // The client's answer ends the handshake; one that does not come is its own business.
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }

    async fn hear(&mut self, wire: &UnboundedSender<Out>, message: Message) -> Option<()> {
        let bytes = match message {
            Message::Text(text) => text.into_bytes(),
            Message::Binary(bytes) => bytes,
            Message::Pong(payload) => return self.pong(&payload).await,
            Message::Close(frame) => {
                self.client_closed(frame.as_ref());
                return None;
            }
            Message::Ping(_) | Message::Frame(_) => return Some(()),
        };
        let said = if self.is_hasty() {
            Err(Expelled(4008, "Rate limited."))
        } else {
            self.discord.change(|state| hear(state, &mut self.client, wire, &bytes))
        };
        if let Err(Expelled(code, why)) = said {
            self.discord.note_close(code);
            self.close(code, why).await;
            return None;
        }
        Some(())
    }

    /// 1000 and 1001 end the session; after anything else it can be resumed.
    fn client_closed(&self, frame: Option<&CloseFrame<'_>>) {
        let code = frame.map_or(1005, |frame| u16::from(frame.code));
        if let (1000 | 1001, Some(session)) = (code, &self.client.session) {
            self.discord.change(|state| state.sessions.end(session));
        }
    }

    fn is_hasty(&mut self) -> bool {
        let now = self.discord.now();
        self.heard.push_back(now);
        while self.heard.front().is_some_and(|first| now >= later(*first, PACE_SPAN)) {
            self.heard.pop_front();
        }
        self.heard.len() > PACE
    }

    fn hang_up(&self, wire: &UnboundedSender<Out>) {
        if let Some(session) = &self.client.session {
            self.discord.change(|state| {
                let now = state.now;
                state.sessions.lost(session, wire, now);
            });
        }
    }
}

fn zlib(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes it")
}
