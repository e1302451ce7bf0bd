//! Takes what comes from the gateway to the use cases.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::counts::Counted;
use super::decode::asked;
use super::ears::{News, What};
use super::gateway::Gateway;
use super::link::Gap;
use super::{Discord, NAME};
use crate::clock::until;
use crate::domain::oncall::Overrides;
use crate::domain::settings::Settings;
use crate::ports::{Intake, Live, Outage, Steps, Store};
use crate::task::{self, TaskHandle};

/// Pause before commands that could not be registered are registered again.
const REGISTER_AGAIN: Duration = Duration::from_secs(60);
/// Between two notes of the last sign of life: after a crash the gap is told with this much too much.
const NOTED_EVERY: Duration = Duration::from_secs(30);
/// A gap across a restart that nobody can have noticed.
const GAP_MIN: Duration = Duration::from_secs(1);
/// Where the last sign of life is kept.
const HEARD: &str = "discord:heard";

/// What the Discord arm is opened to.
#[derive(Clone)]
pub struct Doors {
    /// Gets what people do.
    pub intake: Arc<dyn Intake>,
    /// Keeps what is registered.
    pub store: Arc<dyn Store>,
    /// The live calls, for completion.
    pub live: Arc<dyn Live>,
    /// What is laid over the schedules, for completion.
    pub overrides: Arc<dyn Fn() -> Arc<Overrides> + Send + Sync>,
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
    discord: Arc<Discord>,
    store: Arc<dyn Store>,
    _news: TaskHandle,
    _ends: DropGuard,
}

impl Serving {
    /// Closes the connection: nothing comes any more, and what came is still answered.
    pub async fn stop(&self) {
        let link = &self.discord.link;
        // First: the good-bye may take longer than is left.
        note(&*self.store, if link.is_up() { Some(self.discord.clock.now()) } else { link.last_heard() })
            .await;
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
        let open = Arc::default();
        let (gateway, news) =
            Gateway::start(self.settings.clone(), Arc::clone(&self.link), (self.clock.clone(), &open))?;
        let (changed, ends) = (Arc::new(Notify::new()), CancellationToken::new());
        let (discord, store) = (Arc::clone(self), Arc::clone(&doors.store));
        let front = Front { discord: Arc::clone(self), doors: Arc::new(doors), ends: ends.clone() };
        let task = task::spawn("discord", front.run(news, Arc::clone(&changed)));
        Ok(Serving { gateway, open, changed, discord, store, _news: task, _ends: ends.drop_guard() })
    }
}

/// Sorts the news.
struct Front {
    discord: Arc<Discord>,
    doors: Arc<Doors>,
    /// Ends what is still being answered when the program ends.
    ends: CancellationToken,
}

impl Front {
    async fn run(self, mut news: mpsc::Receiver<News>, changed: Arc<Notify>) {
        let mut application = None;
        let mut registers: Option<TaskHandle> = None;
        let mut notes: Option<TaskHandle> = None;
        loop {
            tokio::select! {
                came = news.recv() => {
                    let Some(came) = came else { return };
                    let (is_invited, at) = (matches!(came.what, What::Joined), came.at);
                    if let Some(began) = self.take(came) {
                        application = Some(began);
                        registers = Some(self.register(began));
                        notes = notes.or_else(|| Some(self.note_signs_of_life(at)));
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
    fn take(&self, News { what, at, busy, open }: News) -> Option<u64> {
        let held = (busy, open);
        match what {
            What::Interaction(interaction) => {
                self.discord.counts.add(Counted::Interactions);
                let (discord, doors) = (Arc::clone(&self.discord), Arc::clone(&self.doors));
                self.beside(held, async move {
                    let names = (doors.settings)();
                    if let Some(asked) = asked(*interaction, &names.commands) {
                        discord.take(asked, at, &doors).await;
                    }
                });
                None
            }
            What::Unread(raw) => {
                let discord = Arc::clone(&self.discord);
                self.beside(held, async move { discord.answer_unread(&raw).await });
                None
            }
            What::Began(application, guilds, gap) => {
                tracing::info!(servers = guilds.len(), "Discord is connected");
                if let Gap::Lost(from) = gap {
                    self.discord.counts.add(Counted::Reconnects);
                    let doors = Arc::clone(&self.doors);
                    self.beside(held, async move { tell_of_gap(&doors, from, at).await });
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

    /// Does one thing beside the others. Ends by itself: whatever it waits for has a time-out.
    fn beside(&self, held: impl Send + 'static, work: impl Future<Output = ()> + Send + 'static) {
        let ends = self.ends.clone();
        let work = async move {
            let _held = held;
            let _ended = ends.run_until_cancelled_owned(Box::pin(work)).await;
        };
        task::spawn("discord-interaction", work).detach();
    }

    /// Tells of the gap since an earlier life of ours, and notes from then on how far this one has come.
    fn note_signs_of_life(&self, began: Timestamp) -> TaskHandle {
        let (discord, doors) = (Arc::clone(&self.discord), Arc::clone(&self.doors));
        let busy = discord.clock.busy();
        task::spawn("discord-heard", async move {
            let kept = doors.store.kept(HEARD).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "when Discord was last heard is not known");
                None
            });
            let from = kept.and_then(|kept| kept.parse::<Timestamp>().ok());
            if let Some(from) = from.filter(|from| until(*from, began) >= GAP_MIN) {
                tell_of_gap(&doors, from, began).await;
            }
            drop(busy);
            loop {
                let busy = discord.clock.busy();
                note(&*doors.store, discord.link.last_heard()).await;
                drop(busy);
                discord.clock.sleep(NOTED_EVERY).await;
            }
        })
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

/// Admins are told what people may have to do again.
async fn tell_of_gap(doors: &Doors, from: Timestamp, until: Timestamp) {
    tracing::warn!(%from, %until, "what was typed or pressed in Discord meanwhile is lost");
    doors.intake.outage(Outage { chat: NAME.to_owned(), from, until }).await;
}

async fn note(store: &dyn Store, heard: Option<Timestamp>) {
    let Some(heard) = heard else { return };
    if let Err(error) = store.keep(HEARD, &heard.to_string()).await {
        tracing::warn!(%error, "when Discord was last heard could not be kept");
    }
}

/// One piece of news that was heard and is not taken care of yet.
#[derive(Debug)]
pub(super) struct Open(Arc<AtomicUsize>);

impl Open {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
