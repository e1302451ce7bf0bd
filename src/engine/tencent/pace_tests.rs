//! Turns: who goes when, and what becomes of those who give up.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::*;
use crate::task::TaskHandle;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn millis(ms: u64) -> Timestamp {
    later(START, Duration::from_millis(ms))
}

fn paced(rate: u32) -> (Clock, Arc<Pace>) {
    let clock = Clock::simulated(START);
    let pace = Pace::new(NonZeroU32::new(rate).unwrap(), clock.clone());
    (clock, Arc::new(pace))
}

/// Some who ask for a turn, each busy like a worker, and how many of them have gone.
fn flock(pace: &Arc<Pace>, size: usize) -> (Arc<AtomicUsize>, Vec<TaskHandle>) {
    let gone = Arc::new(AtomicUsize::new(0));
    let one = |_| {
        let (pace, gone) = (Arc::clone(pace), Arc::clone(&gone));
        let busy = pace.0.clock.busy();
        spawn("test", async move {
            pace.turn(Priority::AdHoc).await;
            gone.fetch_add(1, Ordering::SeqCst);
            drop(busy);
        })
    };
    let tasks = (0..size).map(one).collect();
    (gone, tasks)
}

/// One who asks for a turn, and writes its name down when it comes.
fn named(pace: &Arc<Pace>, name: u32, priority: Priority, heard: &Arc<Mutex<Vec<u32>>>) -> TaskHandle {
    let (pace, heard, busy) = (Arc::clone(pace), Arc::clone(heard), pace.0.clock.busy());
    spawn("test", async move {
        pace.turn(priority).await;
        heard.lock().unwrap().push(name);
        drop(busy);
    })
}

async fn settle(clock: &Clock) {
    tokio::task::yield_now().await;
    while clock.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

async fn run_to(clock: &Clock, to: Timestamp) {
    settle(clock).await;
    while clock.advance_to(to) {
        settle(clock).await;
    }
}

#[tokio::test]
async fn a_second_holds_the_ceiling_within_one_percent() {
    let (clock, pace) = paced(200);
    let (gone, _tasks) = flock(&pace, 500);
    run_to(&clock, millis(0)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 2, "the first go at once");
    run_to(&clock, millis(1000)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 202);
    run_to(&clock, millis(2000)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 402);
    run_to(&clock, millis(2600)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 500);
    assert_eq!(clock.in_flight(), 0);
}

#[tokio::test]
async fn a_page_passes_five_thousand_who_wait() {
    let (clock, pace) = paced(200);
    let (gone, _tasks) = flock(&pace, 5_000);
    run_to(&clock, millis(3)).await;
    let heard = Arc::default();
    let _page = named(&pace, 1, Priority::Page, &heard);
    run_to(&clock, millis(3)).await;
    assert!(heard.lock().unwrap().is_empty(), "a page holds the ceiling too");
    run_to(&clock, millis(53)).await;
    assert_eq!(*heard.lock().unwrap(), [1]);
    assert_eq!(gone.load(Ordering::SeqCst), 11, "the others go on");
}

#[tokio::test]
async fn pages_go_first_and_each_kind_in_order_of_arrival() {
    let (clock, pace) = paced(1);
    let heard = Arc::default();
    let tasks = [
        (0, Priority::AdHoc),
        (1, Priority::AdHoc),
        (2, Priority::Page),
        (3, Priority::AdHoc),
        (4, Priority::Page),
        (5, Priority::Page),
    ]
    .map(|(name, priority)| named(&pace, name, priority, &heard));
    run_to(&clock, millis(9_000)).await;
    assert_eq!(*heard.lock().unwrap(), [0, 2, 4, 5, 1, 3], "the very first found nobody there");
    assert!(tasks.iter().all(TaskHandle::is_finished));
}

#[tokio::test]
async fn an_idle_lane_saves_up_no_more_than_its_burst() {
    let (clock, pace) = paced(1);
    run_to(&clock, millis(60_000)).await;
    let (gone, _tasks) = flock(&pace, 3);
    run_to(&clock, millis(60_999)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 1);
    run_to(&clock, millis(62_000)).await;
    assert_eq!(gone.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn one_that_gives_up_leaves_the_queue_moving() {
    let (clock, pace) = paced(1);
    let heard = Arc::default();
    let mut tasks: Vec<_> = (0..4).map(|name| named(&pace, name, Priority::AdHoc, &heard)).collect();
    run_to(&clock, millis(0)).await;
    drop(tasks.remove(1));
    run_to(&clock, millis(1_000)).await;
    assert_eq!(*heard.lock().unwrap(), [0, 2], "nobody waits for one who is gone");
    drop(tasks);
    run_to(&clock, millis(3_000)).await;
    assert_eq!((heard.lock().unwrap().len(), clock.in_flight()), (2, 0));
    assert!(pace.0.lock().waiting.is_empty() && !pace.0.lock().is_driven);
}

#[tokio::test]
async fn one_that_gives_up_in_its_very_turn_stops_nobody() {
    let (clock, pace) = paced(1);
    let heard = Arc::default();
    let mut tasks: Vec<_> = (0..3).map(|name| named(&pace, name, Priority::AdHoc, &heard)).collect();
    run_to(&clock, millis(0)).await;
    assert!(clock.advance_to(millis(1_000)));
    drop(tasks.remove(1));
    run_to(&clock, millis(2_000)).await;
    assert_eq!(*heard.lock().unwrap(), [0, 2]);
}

#[test]
fn the_highest_rate_is_no_panic() {
    let (_, pace) = paced(u32::MAX);
    assert_eq!(pace.0.interval, Duration::from_micros(1));
}
