use std::time::Duration;

use super::super::call::Show;
use super::*;

const RING: Duration = Duration::from_secs(60);

struct Hall {
    board: Switchboard,
    now: Timestamp,
}

/// Jack, Mira and Ana have phones.
fn hall() -> Hall {
    let now = Timestamp::from_second(1_750_000_000).unwrap();
    let mut board = Switchboard::new(7);
    ["jack", "mira", "ana"].into_iter().for_each(|account| board.add_account(account, now));
    board.take_news();
    Hall { board, now }
}

impl Hall {
    fn dial(&mut self, callees: &[&str]) -> String {
        let show = Show {
            media: "Audio".to_owned(),
            room: "co_c1".to_owned(),
            room_kind: 2,
            title: "P1".to_owned(),
            text: "replica lag".to_owned(),
        };
        let callees: Vec<String> = callees.iter().map(|&account| account.to_owned()).collect();
        let dial = Dial { robot: "robot".to_owned(), group: callees.len() > 1, callees, ring: RING, show };
        self.board.dial(dial, self.now)
    }

    fn act(&mut self, account: &str, action: HandsetAction) {
        self.board.act(account, action, self.now).unwrap();
    }

    fn wait(&mut self, seconds: u64) {
        self.now = later(self.now, Duration::from_secs(seconds));
        self.board.ring_out(self.now);
    }

    fn state(&self, account: &str) -> HandsetState {
        self.board.handset(account).unwrap().state
    }

    /// How a call ended, and that nothing of it is left.
    fn ending(&mut self, id: &str) -> Ending {
        assert!(self.board.call(id).is_none(), "the call still lives");
        assert!(self.board.record(id, self.now).is_none(), "the record comes 5 s later");
        self.wait(5);
        assert_eq!(self.board.next_due(), None);
        self.board.record(id, self.now).expect("a record").ending
    }

    /// What callbacks tell, in short.
    fn told(&mut self) -> Vec<String> {
        let tell = |event: Event| match event {
            Event::Started(_) => "start".to_owned(),
            Event::Changed { account, action, members, .. } => {
                format!("{account} {action}, {} left", members.len())
            }
            Event::Ended(record) => format!("end {}", record.ending.word()),
        };
        self.board.take_news().events.into_iter().map(tell).collect()
    }
}

#[test]
fn answered_and_hung_up_is_a_normal_end() {
    let mut hall = hall();
    let call = hall.dial(&["jack"]);
    assert_eq!(hall.state("jack"), HandsetState::Ringing);
    hall.wait(7);
    hall.act("jack", HandsetAction::Answer);
    assert_eq!(hall.state("jack"), HandsetState::InCall);
    hall.wait(100);
    assert_eq!(hall.state("jack"), HandsetState::InCall, "an answered call does not ring out");
    hall.act("jack", HandsetAction::Hangup);
    assert_eq!(hall.told(), ["start", "jack Accept, 2 left", "jack Hangup, 1 left", "end NormalEnd"]);
    assert_eq!(hall.ending(&call), Ending::NormalEnd);
    let record = hall.board.record(&call, hall.now).unwrap();
    assert_eq!(record.accepted.unwrap().duration_since(record.started).as_secs(), 7);
    assert_eq!(record.ended.duration_since(record.started).as_secs(), 107);
    assert_eq!((record.kind(), hall.state("jack")), ("SingleCall", HandsetState::Idle));
}

#[test]
fn declined_is_a_reject() {
    let mut hall = hall();
    let call = hall.dial(&["jack"]);
    hall.act("jack", HandsetAction::Decline);
    assert_eq!(hall.told(), ["start", "jack Reject, 1 left", "end Reject"]);
    assert_eq!(hall.ending(&call), Ending::Reject);
}

#[test]
fn an_ignored_call_rings_out() {
    let mut hall = hall();
    let call = hall.dial(&["jack"]);
    hall.act("jack", HandsetAction::Ignore);
    hall.wait(59);
    let handset = hall.board.handset("jack").unwrap();
    assert!(handset.ignored && handset.state == HandsetState::Ringing);
    hall.wait(1);
    assert_eq!(hall.told(), ["start", "jack NotAnswer, 1 left", "end NotAnswer"]);
    assert_eq!(hall.ending(&call), Ending::NotAnswer);
}

#[test]
fn who_rings_talks_or_is_busy_is_busy_for_another_call() {
    let mut hall = hall();
    let first = hall.dial(&["jack"]);
    let second = hall.dial(&["jack"]);
    assert_eq!(hall.board.kept_record(&second).unwrap().ending, Ending::CallBusy);
    assert_eq!(hall.board.handset("jack").unwrap().call.as_ref(), Some(&first), "the first rings on");
    hall.act("jack", HandsetAction::Answer);
    let third = hall.dial(&["jack"]);
    assert_eq!(hall.ending(&third), Ending::CallBusy);
    hall.act("mira", HandsetAction::Busy);
    let fourth = hall.dial(&["mira"]);
    assert_eq!(hall.ending(&fourth), Ending::CallBusy);
    hall.act("mira", HandsetAction::Busy);
    assert_eq!(hall.state("mira"), HandsetState::Idle);
    assert_eq!(hall.board.take_news().rings, [("jack".to_owned(), first)], "one phone rang, once");
}

#[test]
fn a_switched_off_phone_is_offline_before_and_after_the_answer() {
    let mut hall = hall();
    let ringing = hall.dial(&["jack"]);
    hall.act("jack", HandsetAction::Offline);
    assert_eq!(hall.told(), ["start", "jack Offline, 1 left", "end Offline"]);
    assert_eq!(hall.ending(&ringing), Ending::Offline);
    let unreachable = hall.dial(&["jack"]);
    assert_eq!(hall.ending(&unreachable), Ending::Offline);
    hall.act("jack", HandsetAction::Online);
    let dropped = hall.dial(&["jack"]);
    hall.act("jack", HandsetAction::Answer);
    hall.act("jack", HandsetAction::Offline);
    assert_eq!(hall.ending(&dropped), Ending::Offline);
    assert!(hall.board.record(&dropped, hall.now).unwrap().accepted.is_some());
    assert_eq!(hall.state("jack"), HandsetState::Offline);
}

#[test]
fn ended_from_outside_is_a_cancel_before_the_answer_and_normal_after() {
    let mut hall = hall();
    let early = hall.dial(&["jack"]);
    assert!(hall.board.end(&early, hall.now));
    assert!(!hall.board.end(&early, hall.now), "it is over already");
    assert_eq!(hall.told(), ["start", "end Cancel"]);
    assert_eq!(hall.ending(&early), Ending::Cancel);
    let late = hall.dial(&["jack"]);
    hall.act("jack", HandsetAction::Answer);
    assert!(hall.board.end(&late, hall.now));
    assert_eq!(hall.state("jack"), HandsetState::Idle);
    assert_eq!(hall.ending(&late), Ending::NormalEnd);
}

#[test]
fn a_group_lives_until_its_last_callee_leaves() {
    let mut hall = hall();
    hall.act("ana", HandsetAction::Busy);
    let call = hall.dial(&["jack", "mira", "ana"]);
    let members: Vec<_> = hall.board.call(&call).unwrap().members();
    let expected = [("robot", true), ("jack", false), ("mira", false)];
    assert_eq!(members, expected.map(|(account, in_call)| (account.to_owned(), in_call)));
    hall.act("jack", HandsetAction::Answer);
    hall.wait(60);
    assert_eq!(hall.state("mira"), HandsetState::Idle, "rang out while jack talks");
    assert_eq!(hall.state("jack"), HandsetState::InCall);
    hall.act("jack", HandsetAction::Hangup);
    let told =
        ["start", "jack Accept, 3 left", "mira NotAnswer, 2 left", "jack Hangup, 1 left", "end NormalEnd"];
    assert_eq!(hall.told(), told);
    assert_eq!(hall.ending(&call), Ending::NormalEnd);
    let record = hall.board.record(&call, hall.now).unwrap();
    assert_eq!((record.kind(), record.callees.len()), ("MultiCall", 3));
}

#[test]
fn a_group_whose_answerer_left_first_ends_normally() {
    let mut hall = hall();
    let call = hall.dial(&["jack", "mira"]);
    hall.act("jack", HandsetAction::Answer);
    hall.act("jack", HandsetAction::Hangup);
    assert_eq!(hall.state("mira"), HandsetState::Ringing);
    hall.act("mira", HandsetAction::Decline);
    assert_eq!(hall.ending(&call), Ending::NormalEnd);
    let busy = hall.dial(&["jack", "mira"]);
    let second = hall.dial(&["jack", "mira"]);
    assert_eq!(hall.ending_of_record(&second), Ending::CallBusy);
    assert!(hall.board.call(&busy).is_some());
}

impl Hall {
    fn ending_of_record(&self, id: &str) -> Ending {
        self.board.kept_record(id).expect("it is over").ending
    }
}

#[test]
fn a_handset_refuses_what_its_state_does_not_allow() {
    let mut hall = hall();
    let mut refused =
        |account: &str, action| hall.board.act(account, action, hall.now).expect_err("refused").to_string();
    assert_eq!(refused("jack", HandsetAction::Answer), "jack's handset is idle, so it cannot answer.");
    assert_eq!(refused("jack", HandsetAction::Online), "jack's handset is idle, so it cannot come online.");
    assert_eq!(refused("nobody", HandsetAction::Answer), "No handset belongs to nobody.");
    hall.dial(&["jack"]);
    assert!(hall.board.act("jack", HandsetAction::Hangup, hall.now).is_err());
    assert!(hall.board.act("jack", HandsetAction::Busy, hall.now).is_err());
}

#[test]
fn call_ids_are_uuids_and_never_repeat() {
    let mut ids: Vec<String> = (0..1_000).map(|serial| call_id(1, serial)).collect();
    ids.extend((0..1_000).map(|serial| call_id(2, serial)));
    assert!(ids.iter().all(|id| id.len() == 36 && id.split('-').count() == 5));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2_000);
}

#[test]
fn records_are_paged_by_start_and_forgotten_after_seven_days() {
    let mut hall = hall();
    for _ in 0..3 {
        let call = hall.dial(&["jack"]);
        hall.board.end(&call, hall.now);
        hall.wait(10);
    }
    let page = |hall: &mut Hall, started, skip| {
        let filter = Filter { started, ending: None, kind: None, skip, take: 2 };
        let (total, found) = hall.board.records(&filter, hall.now);
        (total, found.len())
    };
    assert_eq!(page(&mut hall, 0..=i64::MAX, 0), (3, 2));
    assert_eq!(page(&mut hall, 0..=i64::MAX, 2), (3, 1));
    assert_eq!(page(&mut hall, 1_750_000_010..=1_750_000_010, 0), (1, 1));
    #[expect(clippy::reversed_empty_ranges, reason = "a client may ask so")]
    let nothing = 9..=8;
    assert_eq!(page(&mut hall, nothing, 0), (0, 0));
    let declined =
        Filter { started: 0..=i64::MAX, ending: Some("Reject".to_owned()), kind: None, skip: 0, take: 9 };
    assert_eq!(hall.board.records(&declined, hall.now).0, 0);
    hall.wait(8 * 24 * 60 * 60);
    let call = hall.dial(&["jack"]);
    hall.board.end(&call, hall.now);
    hall.wait(5);
    assert_eq!(page(&mut hall, 0..=i64::MAX, 0), (1, 1));
}
