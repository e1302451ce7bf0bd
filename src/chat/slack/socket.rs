//! Socket Mode: which connections there are. The next one is opened before the last one goes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

use super::api::{ApiError, Ask, Meaning};
use super::counts::Counted;
use super::line::{End, Line, News, Socket};
use super::serve::Doors;
use super::{NAME, Slack};
use crate::chat::turns::Urgency;
use crate::clock::later;
use crate::ports::Outage;
use crate::task::{self, TaskHandle};

/// Pause before a connection that could not be opened is tried again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A connection that stood for so long was a good one: after it the first pause is short again.
const STEADY_AFTER: Duration = Duration::from_secs(60);
/// Pause after a refusal that only an operator can undo: they shall not have to restart us as well.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);
/// How long a connection may take to stand.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Longest frame that is read, in bytes: a delivery has some thousand.
const FRAME_MAX: usize = 1024 * 1024;
/// News of connections that wait.
const NEWS_MAX: usize = 64;
/// Shorter than this, a gap is not worth a word: Slack keeps what it could not deliver for a moment.
const GAP_MIN: Duration = Duration::from_secs(3);

/// All connections.
pub(super) struct Sockets {
    slack: Arc<Slack>,
    doors: Arc<Doors>,
    ends: CancellationToken,
    tell: mpsc::Sender<(u64, News)>,
    news: mpsc::Receiver<(u64, News)>,
    /// By number, with the time at which each was opened.
    lines: HashMap<u64, (TaskHandle, Timestamp)>,
    /// Those over which deliveries come.
    up: HashSet<u64>,
    last: u64,
    pause: Duration,
}

/// What to do next.
enum Next {
    Open,
    OpenAfter(Duration),
    Stop,
}

impl Sockets {
    pub(super) fn new(slack: Arc<Slack>, doors: Arc<Doors>, ends: CancellationToken) -> Self {
        let (tell, news) = mpsc::channel(NEWS_MAX);
        let (lines, up) = (HashMap::new(), HashSet::new());
        Self { slack, doors, ends, tell, news, lines, up, last: 0, pause: PAUSE_FIRST }
    }

    /// Connects, and stays connected until it is ended or Slack will not have us.
    pub(super) async fn run(mut self) {
        let ends = self.ends.clone();
        let mut next = Next::Open;
        loop {
            next = match next {
                Next::Stop => break,
                Next::OpenAfter(span) => match ends.run_until_cancelled(self.idle(span)).await {
                    Some(()) => Next::Open,
                    None => break,
                },
                Next::Open => match ends.run_until_cancelled(Box::pin(self.open())).await {
                    None => break,
                    Some(Ok(socket)) => {
                        self.start(socket);
                        match ends.run_until_cancelled(self.until_needed()).await {
                            Some(next) => next,
                            None => break,
                        }
                    }
                    Some(Err(end)) => self.ended(end),
                },
            };
        }
        // What came is still acknowledged.
        while !self.lines.is_empty() {
            let Some((number, news)) = self.news.recv().await else { return };
            if let News::Ended(_) = news {
                self.lines.remove(&number);
            }
        }
    }

    /// Asks for an address, and connects there.
    async fn open(&self) -> Result<Socket, End> {
        #[derive(Deserialize)]
        struct Opened {
            url: String,
        }
        let _busy = self.slack.clock.busy();
        let ask = Ask::form("apps.connections.open", Urgency::News, Vec::new()).by_app();
        let opened: Opened = self.slack.api.ask(ask).await.map_err(not_opened)?;
        if !self.slack.settings.root.takes_socket(&opened.url) {
            return Err(End::Refused(
                "the socket's address is not at Slack: nothing is sent there".to_owned(),
            ));
        }
        let config = WebSocketConfig {
            max_message_size: Some(FRAME_MAX),
            max_frame_size: Some(FRAME_MAX),
            ..WebSocketConfig::default()
        };
        let connecting = tokio_tungstenite::connect_async_with_config(opened.url, Some(config), true);
        // It holds the frames' buffers.
        let connecting = Box::pin(connecting);
        match self.slack.clock.timeout(CONNECT_WITHIN, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            // The address is a secret for as long as it is good: the error's own text does not hold it.
            Ok(Err(error)) => Err(End::Broken(error.to_string())),
            Err(_) => Err(End::Broken("the socket does not stand in time".to_owned())),
        }
    }

    fn start(&mut self, socket: Socket) {
        self.last += 1;
        let line = Line::new(Arc::clone(&self.slack), Arc::clone(&self.doors), self.ends.clone());
        let talk = line.talk(socket, self.last, self.tell.clone());
        let task = task::spawn("slack-socket", Box::pin(talk));
        self.lines.insert(self.last, (task, self.slack.clock.now()));
    }

    /// Returns when another connection is needed.
    async fn until_needed(&mut self) -> Next {
        loop {
            let Some((number, news)) = self.news.recv().await else { return Next::Stop };
            if let Some(next) = self.hear(number, news).await {
                return next;
            }
        }
    }

    /// Waits, and still hears of connections.
    async fn idle(&mut self, span: Duration) {
        let clock = self.slack.clock.clone();
        let due = later(clock.now(), span);
        loop {
            tokio::select! {
                () = clock.sleep_until(due) => return,
                Some((number, news)) = self.news.recv() => { let _next = self.hear(number, news).await; }
            }
        }
    }

    async fn hear(&mut self, number: u64, news: News) -> Option<Next> {
        match news {
            News::Hello => {
                self.up.insert(number);
                self.connected().await;
                None
            }
            News::Renew if number != self.last => None,
            News::Renew if self.is_steady(number) => {
                self.pause = PAUSE_FIRST;
                Some(Next::Open)
            }
            // Slack takes back what it has just given: not as fast as it can be asked for.
            News::Renew => Some(Next::OpenAfter(self.next_pause())),
            News::Ended(end) => {
                if self.is_steady(number) {
                    self.pause = PAUSE_FIRST;
                }
                self.lines.remove(&number);
                self.up.remove(&number);
                if number == self.last {
                    return Some(self.ended(end));
                }
                // An older one went; the newer one may not have said hello yet.
                if self.up.is_empty() {
                    self.slack.state.lost(self.slack.clock.now());
                }
                None
            }
        }
    }

    async fn connected(&self) {
        let now = self.slack.clock.now();
        tracing::info!(sockets = self.up.len(), "Slack is connected");
        let Some(from) = self.slack.state.connected(now) else { return };
        self.slack.counts.add(Counted::Reconnects);
        if later(from, GAP_MIN) < now {
            tracing::warn!(%from, until = %now, "what was typed or pressed in Slack meanwhile may be lost");
            self.doors.intake.outage(Outage { chat: NAME.to_owned(), from, until: now }).await;
        }
    }

    /// The newest connection is gone, or there is none.
    fn ended(&mut self, end: End) -> Next {
        match end {
            End::Stopped => Next::Stop,
            End::Refused(why) => {
                if self.slack.state.refused(why.clone()) {
                    tracing::error!(
                        why,
                        "Slack is not served over sockets; it is tried again every few minutes"
                    );
                }
                Next::OpenAfter(REFUSED_PAUSE)
            }
            End::Broken(why) => {
                if self.up.is_empty() && self.slack.state.lost(self.slack.clock.now()) {
                    tracing::warn!(why, "the connection to Slack is lost; it is tried again");
                } else {
                    tracing::info!(why, "a connection to Slack is opened anew");
                }
                Next::OpenAfter(self.next_pause())
            }
        }
    }

    /// Whether a connection has stood for a while.
    fn is_steady(&self, number: u64) -> bool {
        let now = self.slack.clock.now();
        self.lines.get(&number).is_some_and(|(_, opened)| later(*opened, STEADY_AFTER) <= now)
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.pause.mul_f64(rand::random_range(0.5..=1.0));
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        pause
    }
}

fn not_opened(error: ApiError) -> End {
    match error.meaning() {
        Meaning::Token | Meaning::Scope => End::Refused(error.to_string()),
        _ => End::Broken(error.to_string()),
    }
}
