//! Calls and their records (wire reference, 2.1 to 2.5).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::body::Body;
use super::super::call::Dial;
use super::super::faults::{FirstCallee, NotImported};
use super::super::ledger::DialSeen;
use super::super::wire::{Refused, Reply, call_info, call_record, user_list};
use super::NOT_IMPORTED;

/// Live calls at a time, so that a load run cannot fill the memory.
const LIVE_MAX: usize = 100_000;
/// A callee who was not rung for a reason that no page names.
const NOT_RUNG: i64 = 1;

impl Sandbox {
    pub(super) fn start_call(&self, body: &Body, arrived: Timestamp) -> Result<Reply, Refused> {
        let mut dial = body.dial()?;
        self.change(|state, now| {
            let board = &mut state.board;
            if dial.robot != self.robot && !board.knows(&dial.robot) {
                return Err(Refused::new(NOT_IMPORTED, "Robot_Account is not imported"));
            }
            if board.live_calls() >= LIVE_MAX {
                return Err(Refused::new(101_001, "too many live calls"));
            }
            let results = self.reach(&mut dial, |account| board.knows(account))?;
            let (room, callees) = (dial.show.room.clone(), dial.callees.clone());
            let call = board.dial(dial, now);
            state.dials.push(DialSeen { at_us: arrived.as_microsecond(), room, call: call.clone(), callees });
            Ok(Reply::Response(json!({"CallId": call, "CallResult": results})))
        })
    }

    /// Leaves those in `dial` who are rung, and says what becomes of each.
    fn reach(&self, dial: &mut Dial, knows: impl Fn(&str) -> bool) -> Result<Value, Refused> {
        let mut results: Vec<(String, i64)> = dial
            .callees
            .iter()
            .map(|account| (account.clone(), if knows(account) { 0 } else { NOT_IMPORTED }))
            .collect();
        dial.callees.retain(|account| knows(account));
        if dial.callees.is_empty() {
            match self.faults.setting(|settings| settings.not_imported) {
                NotImported::Code70107 => {
                    return Err(Refused::new(NOT_IMPORTED, "CalleeList_Account: nobody of it is imported"));
                }
                NotImported::Code101002 => {
                    return Err(Refused::parameter("CalleeList_Account: nobody of it is imported"));
                }
                NotImported::ResultCode => {}
            }
        } else {
            let first = self.faults.first_callee();
            let denied = results.iter_mut().find(|(_, code)| *code == 0);
            if let Some((account, code)) = denied.filter(|_| first != FirstCallee::Rung) {
                *code = NOT_RUNG;
                dial.callees.retain(|callee| first == FirstCallee::RungAndDenied || callee != account);
            }
        }
        let result = |(account, code)| json!({"Callee_Account": account, "ResultCode": code});
        Ok(results.into_iter().map(result).collect())
    }

    pub(super) fn call_info(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let state = self.lock();
        let call = state.board.call(id).ok_or_else(Refused::no_call)?;
        let (info, users) = (call_info(call, "MediaType"), user_list(&call.members()));
        Ok(Reply::Response(json!({"CallInfo": info, "UserList": users})))
    }

    pub(super) fn end_call(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let was_live = self.change(|state, now| state.board.end(id, now));
        if was_live { Ok(Reply::Bare) } else { Err(Refused::no_call()) }
    }

    pub(super) fn record(&self, body: &Body) -> Result<Reply, Refused> {
        let id = body.text("CallId")?;
        let state = self.lock();
        let record = state.board.record(id, self.clock.now());
        let record = record.ok_or_else(|| Refused::new(101_050, "no record of this call"))?;
        Ok(Reply::Response(json!({"CallRecord": call_record(record)})))
    }

    pub(super) fn records(&self, body: &Body, now: Timestamp) -> Result<Reply, Refused> {
        let (mut filter, page) = body.filter(now)?;
        if self.faults.setting(|settings| settings.ignore_filters) {
            (filter.ending, filter.kind) = (None, None);
        }
        let mut state = self.lock();
        let (total, records) = state.board.records(&filter, now);
        // "When Page is above 0 there is data" (2.5).
        let page = if records.is_empty() { 0 } else { page };
        let records: Value = records.into_iter().map(call_record).collect();
        Ok(Reply::Response(json!({"TotalNum": total, "Page": page, "CallRecordList": records})))
    }
}
