//! Takes what comes from the gateway to the use cases.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::counts::Counted;
use super::decode::asked;
use super::gateway::{Gateway, News, What};
use super::link::Gap;
use super::{Discord, NAME};
use crate::clock::Busy;
use crate::domain::settings::Settings;
use crate::ports::{Intake, Live, Outage, Steps, Store};
use crate::task::{self, TaskHandle};

/// Pause before commands that could not be registered are registered again.
const REGISTER_AGAIN: Duration = Duration::from_secs(60);

/// What the Discord arm is opened to.
#[derive(Clone)]
pub struct Doors {
    /// Gets what people do.
    pub intake: Arc<dyn Intake>,
    /// Keeps what is registered.
    pub store: Arc<dyn Store>,
    /// The live calls, for completion.
    pub live: Arc<dyn Live>,
    /// The settings in force.
    pub settings: Arc<dyn Fn() -> Arc<Settings> + Send + Sync>,
    /// Where tests crash.
    pub steps: Arc<dyn Steps>,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").finish_non_exhaustive()
    }
}

/// The Discord arm at work. Dropping it is as good as killing it; [`Serving::stop`] is the way to end.
#[derive(Debug)]
pub struct Serving {
    gateway: Gateway,
    open: Arc<AtomicUsize>,
    changed: Arc<Notify>,
    _news: TaskHandle,
    _ends: DropGuard,
}

impl Serving {
    /// Closes the connection: nothing comes any more, and what came is still answered.
    pub async fn stop(&self) {
        self.gateway.stop().await;
    }

    /// Whether something that came is still to be answered.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.open.load(Ordering::SeqCst) > 0
    }

    /// Other settings are in force: servers or names of commands may have changed.
    pub fn settings_changed(&self) {
        self.changed.notify_one();
    }
}

impl Discord {
    /// Connects to the gateway, and serves what comes from it.
    ///
    /// # Errors
    /// When the machine has no thread left for it.
    pub fn serve(self: &Arc<Self>, doors: Doors) -> std::io::Result<Serving> {
        let (gateway, news) =
            Gateway::start(self.settings.clone(), Arc::clone(&self.link), self.clock.clone())?;
        let (open, changed, ends) = (Arc::default(), Arc::new(Notify::new()), CancellationToken::new());
        let front = Front {
            discord: Arc::clone(self),
            doors: Arc::new(doors),
            open: Arc::clone(&open),
            ends: ends.clone(),
        };
        let task = task::spawn("discord", front.run(news, Arc::clone(&changed)));
        Ok(Serving { gateway, open, changed, _news: task, _ends: ends.drop_guard() })
    }
}

/// Sorts the news.
struct Front {
    discord: Arc<Discord>,
    doors: Arc<Doors>,
    open: Arc<AtomicUsize>,
    /// Ends what is still being answered when the program ends.
    ends: CancellationToken,
}

impl Front {
    async fn run(self, mut news: mpsc::Receiver<News>, changed: Arc<Notify>) {
        let mut application = None;
        let mut registers: Option<TaskHandle> = None;
        loop {
            tokio::select! {
                came = news.recv() => {
                    let Some(came) = came else { return };
                    let is_invited = matches!(came.what, What::Joined);
                    if let Some(began) = self.take(came).await {
                        application = Some(began);
                        registers = Some(self.register(began));
                    } else if is_invited {
                        registers = application.map(|application| self.register(application));
                    }
                }
                () = changed.notified() => {
                    registers = application.map(|application| self.register(application));
                }
            }
            if registers.as_ref().is_some_and(TaskHandle::is_finished) {
                registers = None;
            }
        }
    }

    /// Returns the application's id when a session began.
    async fn take(&self, News { what, busy }: News) -> Option<u64> {
        match what {
            What::Interaction(interaction) => {
                self.discord.counts.add(Counted::Interactions);
                let (discord, doors) = (Arc::clone(&self.discord), Arc::clone(&self.doors));
                self.answer(busy, async move {
                    let names = (doors.settings)();
                    if let Some(asked) = asked(*interaction, &names.commands) {
                        discord.take(asked, &doors).await;
                    }
                });
                None
            }
            What::Unread(raw) => {
                let discord = Arc::clone(&self.discord);
                self.answer(busy, async move { discord.answer_unread(&raw).await });
                None
            }
            What::Began(application, guilds, gap) => {
                tracing::info!(servers = guilds.len(), "Discord is connected");
                if let Gap::Lost(from) = gap {
                    self.discord.counts.add(Counted::Reconnects);
                    let until = self.discord.clock.now();
                    tracing::warn!(%from, %until, "what was typed or pressed in Discord meanwhile is lost");
                    self.doors.intake.outage(Outage { chat: NAME.to_owned(), from, until }).await;
                }
                Some(application)
            }
            What::Joined => {
                tracing::info!("the bot was invited to a server of Discord's");
                None
            }
            What::Lost => {
                tracing::warn!("the connection to Discord is lost; it is tried again");
                None
            }
            What::Refused(why) => {
                tracing::error!(why, "Discord is not served any more");
                None
            }
        }
    }

    /// Answers one interaction beside the others. Ends by itself: every request it makes has a time-out.
    fn answer(&self, busy: Busy, work: impl Future<Output = ()> + Send + 'static) {
        let (counted, ends) = (Open::new(&self.open), self.ends.clone());
        let work = async move {
            let (_busy, _counted) = (busy, counted);
            let _ended = ends.run_until_cancelled_owned(Box::pin(work)).await;
        };
        task::spawn("discord-interaction", work).detach();
    }

    /// Registers the commands until it is done. A later start takes the place of an earlier one.
    fn register(&self, application: u64) -> TaskHandle {
        let (discord, doors) = (Arc::clone(&self.discord), Arc::clone(&self.doors));
        task::spawn("discord-commands", async move {
            loop {
                let busy = discord.clock.busy();
                if discord.register(application, &doors).await {
                    return;
                }
                drop(busy);
                discord.clock.sleep(REGISTER_AGAIN).await;
            }
        })
    }
}

/// One interaction that is being answered.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
