use super::*;

const SOURCE: Duration = Duration::from_secs(10);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + seconds).unwrap()
}

fn room(name: &str) -> Room {
    Room { kind: RoomKind::String, name: name.to_owned() }
}

fn wish(name: &str, url: &str, repeats: Option<u32>) -> Wish {
    let (user, url) = ("robot".to_owned(), url.to_owned());
    Wish { room: room(name), user, url, repeats, life_max: None, volume: 100, source: SOURCE }
}

fn ended(ingests: &Ingests, id: &str) -> Option<(i64, IngestEnd)> {
    ingests.get(id).unwrap().ended.map(|(when, why)| (when.as_second() - at(0).as_second(), why))
}

#[test]
fn a_task_ends_by_itself_after_its_repeats() {
    let mut ingests = Ingests::new(7);
    let id = ingests.start(wish("co_a", "http://x/1", Some(3)), at(0));
    assert_eq!(ingests.next_due(), Some(at(30)));
    ingests.run_out(at(29));
    assert_eq!((ingests.heard(&room("co_a")), ended(&ingests, &id)), (Some("http://x/1"), None));
    ingests.run_out(at(31));
    assert_eq!(ended(&ingests, &id), Some((30, IngestEnd::Finished)));
    assert_eq!((ingests.heard(&room("co_a")), ingests.next_due()), (None, None));
    assert_eq!(ingests.stop(&id, at(32)), Err(NoTask::Ended));
    assert_eq!(ingests.stop("x", at(32)), Err(NoTask::Unknown));
}

#[test]
fn a_second_task_of_the_same_user_in_a_room_ends_the_first() {
    let mut ingests = Ingests::new(7);
    let first = ingests.start(wish("co_a", "http://x/1", Some(3)), at(0));
    let elsewhere = ingests.start(wish("co_b", "http://x/2", Some(3)), at(1));
    let second = ingests.start(wish("co_a", "http://x/3", Some(3)), at(2));
    assert_eq!(ended(&ingests, &first), Some((2, IngestEnd::Replaced)));
    assert_eq!((ended(&ingests, &elsewhere), ended(&ingests, &second)), (None, None));
    assert_eq!(ingests.heard(&room("co_a")), Some("http://x/3"));
    assert_eq!(ingests.heard(&Room { kind: RoomKind::Integer, name: "co_a".to_owned() }), None);
    let other = Wish { user: "agent".to_owned(), ..wish("co_a", "http://x/4", Some(1)) };
    ingests.start(other, at(3));
    assert_eq!(ended(&ingests, &second), None, "another user may be there too");
    assert_eq!(ingests.heard(&room("co_a")), Some("http://x/4"));
    assert_eq!(ingests.next_due(), Some(at(13)));
}

#[test]
fn another_source_begins_anew() {
    let mut ingests = Ingests::new(7);
    let id = ingests.start(wish("co_a", "http://x/1", Some(2)), at(0));
    let change = Change { url: Some("http://x/2".to_owned()), ..Change::default() };
    ingests.change(&id, change, at(15)).unwrap();
    assert_eq!((ingests.next_due(), ingests.heard(&room("co_a"))), (Some(at(35)), Some("http://x/2")));
    assert_eq!(ingests.get(&id).unwrap().sources.len(), 2);
    ingests.stop(&id, at(16)).unwrap();
    assert_eq!(ended(&ingests, &id), Some((16, IngestEnd::Stopped)));
    assert_eq!(ingests.next_due(), None);
}

#[test]
fn a_pause_is_silent_and_bounded() {
    let mut ingests = Ingests::new(7);
    let id = ingests.start(wish("co_a", "http://x/1", Some(2)), at(0));
    let pause = |pause| Change { pause: Some(pause), ..Change::default() };
    ingests.change(&id, pause(true), at(5)).unwrap();
    assert_eq!(ingests.heard(&room("co_a")), None);
    ingests.change(&id, pause(false), at(100)).unwrap();
    assert_eq!((ingests.next_due(), ingests.heard(&room("co_a"))), (Some(at(115)), Some("http://x/1")));
    ingests.change(&id, pause(true), at(101)).unwrap();
    ingests.run_out(at(101 + 12 * 60 * 60));
    assert_eq!(ended(&ingests, &id), Some((101 + 12 * 60 * 60, IngestEnd::Paused)));
}

#[test]
fn one_that_loops_lives_until_it_is_stopped_or_its_longest_life_is_over() {
    let mut ingests = Ingests::new(7);
    ingests.start(wish("co_a", "http://x/1", None), at(0));
    assert_eq!(ingests.next_due(), None);
    ingests
        .start(Wish { life_max: Some(Duration::from_secs(60)), ..wish("co_b", "http://x/1", None) }, at(0));
    assert_eq!(ingests.next_due(), Some(at(60)));
}

#[test]
fn a_restart_keeps_what_plays_and_what_is_due() {
    let mut before = Ingests::new(7);
    let id = before.start(wish("co_a", "http://x/1", Some(3)), at(0));
    let text = serde_json::to_string(before.get(&id).unwrap()).unwrap();
    let mut ingests = Ingests::new(8);
    ingests.restore(serde_json::from_str(&text).unwrap());
    assert_eq!((ingests.heard(&room("co_a")), ingests.next_due()), (Some("http://x/1"), Some(at(30))));
    let next = ingests.start(wish("co_a", "http://x/2", Some(3)), at(1));
    assert_eq!(ended(&ingests, &id), Some((1, IngestEnd::Replaced)));
    assert!(next != id && ingests.page(0, 9).0.len() == 2);
    let (page, next) = ingests.page(2, 9);
    assert_eq!((page.len(), next), (1, 3));
}
