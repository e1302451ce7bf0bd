//! One connection of Socket Mode: deliveries come in envelopes, each of which is acknowledged once it is stored.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use super::Slack;
use super::decode::Kind;
use super::serve::Doors;
use super::wire::Frame;
use crate::clock::{Clock, later};

/// Slack pings every ten seconds or so. A connection that is silent for longer is asked whether it lives.
const SILENT_MAX: Duration = Duration::from_secs(30);
/// How long it has to say so.
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take to say hello: before that nothing is delivered over it.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// How long a frame may take to be sent: a peer that reads nothing is gone.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// A connection that Slack wanted back is closed by us after so long, if Slack forgets to.
const LEAVE_WITHIN: Duration = Duration::from_secs(30);
/// Deliveries of one connection that wait to be acknowledged. Slack sends again what is beyond it.
const UNANSWERED_MAX: usize = 2_000;
/// Deliveries that are being answered, of all connections and doors: as many as a store that stands still for a few
/// seconds makes wait.
const OPEN_MAX: usize = 10_000;

/// A frame that acknowledges, and who is told once it is sent.
type Answer = (String, oneshot::Sender<()>);
/// A connection that stands.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What is told of a connection.
#[derive(Debug)]
pub(super) enum News {
    /// Deliveries come over it from here on.
    Hello,
    /// Slack is about to close it: another one is to be opened first.
    Renew,
    /// It is gone.
    Ended(End),
}

/// Why a connection ended, or could not be opened.
#[derive(Debug)]
pub(super) enum End {
    /// We wanted it.
    Stopped,
    /// It will not get better by itself.
    Refused(String),
    /// It may get better.
    Broken(String),
}

/// What a frame asks for.
enum Step {
    GoOn,
    Tell(News),
    End(End),
}

/// One connection's work.
pub(super) struct Line {
    slack: Arc<Slack>,
    doors: Arc<Doors>,
    ends: CancellationToken,
}

impl Line {
    pub(super) fn new(slack: Arc<Slack>, doors: Arc<Doors>, ends: CancellationToken) -> Self {
        Self { slack, doors, ends }
    }

    /// Talks until the connection is gone, and tells of it as `number`.
    pub(super) async fn talk(self, mut socket: Socket, number: u64, tell: mpsc::Sender<(u64, News)>) {
        let (answer, mut answers) = mpsc::channel::<Answer>(UNANSWERED_MAX);
        let end = self.listen(&mut socket, (answer, &mut answers), (number, &tell)).await;
        if matches!(end, End::Stopped) {
            // Whoever still works on a delivery holds a sender: after the last acknowledgement there is none.
            while let Some(said) = answers.recv().await {
                if let Step::End(_) = self.answer(&mut socket, said).await {
                    break;
                }
            }
        }
        drop(answers);
        let closing = self.slack.clock.timeout(PONG_WITHIN, socket.close(None));
        drop(closing.await);
        // Whoever listens is gone only at the end of the program.
        drop(tell.send((number, News::Ended(end))).await);
    }

    async fn listen(
        &self,
        socket: &mut Socket,
        (answer, answers): (mpsc::Sender<Answer>, &mut mpsc::Receiver<Answer>),
        (number, tell): (u64, &mpsc::Sender<(u64, News)>),
    ) -> End {
        let clock = &self.slack.clock;
        let mut is_asked = false;
        // Until when it must have said hello, or be gone.
        let mut due = Some(later(clock.now(), HELLO_WITHIN));
        loop {
            let patience = if is_asked { PONG_WITHIN } else { SILENT_MAX };
            let step = tokio::select! {
                biased;
                () = self.ends.cancelled() => Step::End(End::Stopped),
                () = until(clock, due) => Step::End(End::Broken("no hello, or no end, in time".to_owned())),
                Some(said) = answers.recv() => self.answer(socket, said).await,
                frame = clock.timeout(patience, socket.next()) => match frame {
                    Ok(Some(Ok(message))) => {
                        is_asked = false;
                        self.slack.state.heard(clock.now());
                        self.hear(message, &answer)
                    }
                    Ok(Some(Err(error))) => Step::End(End::Broken(error.to_string())),
                    Ok(None) => Step::End(End::Broken("Slack closed the socket".to_owned())),
                    Err(_) if is_asked => Step::End(End::Broken("the socket is silent".to_owned())),
                    Err(_) => {
                        is_asked = true;
                        self.send(socket, Message::Ping(Vec::new())).await
                    }
                },
            };
            match step {
                Step::GoOn => {}
                Step::Tell(news) => {
                    due = matches!(news, News::Renew).then(|| later(clock.now(), LEAVE_WITHIN));
                    drop(tell.send((number, news)).await);
                }
                Step::End(end) => return end,
            }
        }
    }

    /// Acknowledges a delivery, and tells whoever carried it out that it is.
    async fn answer(&self, socket: &mut Socket, (said, is_sent): Answer) -> Step {
        let step = self.send(socket, Message::Text(said)).await;
        if let Step::GoOn = step {
            // Nobody waits for it any more: the program ends.
            let _unheard = is_sent.send(());
        }
        step
    }

    async fn send(&self, socket: &mut Socket, message: Message) -> Step {
        match self.slack.clock.timeout(SEND_WITHIN, socket.send(message)).await {
            Ok(Ok(())) => Step::GoOn,
            Ok(Err(error)) => Step::End(End::Broken(error.to_string())),
            Err(_) => Step::End(End::Broken("Slack reads nothing any more".to_owned())),
        }
    }

    fn hear(&self, message: Message, answer: &mpsc::Sender<Answer>) -> Step {
        match message {
            Message::Text(text) => self.read(&text, answer),
            Message::Close(_) => Step::End(End::Broken("Slack closed the socket".to_owned())),
            // Pings are answered by the library, as soon as anything is read or written.
            _ => Step::GoOn,
        }
    }

    fn read(&self, text: &str, answer: &mpsc::Sender<Answer>) -> Step {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else {
            tracing::error!("a frame of Slack's could not be read");
            return Step::GoOn;
        };
        let kind = match frame.kind.as_str() {
            "hello" => return Step::Tell(News::Hello),
            "disconnect" => return leaving(&frame.reason),
            "slash_commands" => Kind::Command,
            "interactive" => Kind::Interaction,
            "events_api" => Kind::Event,
            other => {
                tracing::debug!(kind = other, "a frame that we don't know");
                return Step::GoOn;
            }
        };
        if let Some(envelope) = frame.envelope_id {
            self.deliver(kind, envelope, frame.payload, answer.clone());
        }
        Step::GoOn
    }

    /// Carries a delivery out, and acknowledges it: in this order, or it could be lost.
    fn deliver(&self, kind: Kind, envelope: String, payload: Value, answer: mpsc::Sender<Answer>) {
        if self.slack.open.load(Ordering::SeqCst) >= OPEN_MAX {
            tracing::warn!("too much of Slack's is being answered; a delivery is left to be sent again");
            return;
        }
        let (slack, doors) = (Arc::clone(&self.slack), Arc::clone(&self.doors));
        let work = async move {
            let said = slack.arrived(kind, &payload, &doors).await;
            let frame = match &said {
                Value::Null => json!({ "envelope_id": envelope }),
                said => json!({ "envelope_id": envelope, "payload": said }),
            };
            let (tell, is_sent) = oneshot::channel();
            let is_queued = answer.send((frame.to_string(), tell)).await.is_ok();
            drop(answer);
            if !is_queued || is_sent.await.is_err() {
                slack.answer_after_all(&payload, &said).await;
            }
        };
        // Ends by itself: the use case answers in time.
        self.slack.later("slack-delivery", work);
    }
}

/// Returns at `due`; never, if there is none.
async fn until(clock: &Clock, due: Option<Timestamp>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Slack says why it is about to close a connection.
fn leaving(reason: &str) -> Step {
    match reason {
        "link_disabled" => Step::End(End::Refused(
            "Socket Mode is switched off in the app's settings at Slack: switch it on, or unset SLACK_APP_TOKEN".to_owned(),
        )),
        "too_many_websockets" => Step::End(End::Broken("the app has ten sockets already".to_owned())),
        _ => Step::Tell(News::Renew),
    }
}
