//! `/api/*`: the live map, pages and timelines as JSON.

mod pages;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;

use super::session::{Guard, guard};
use crate::domain::call::{Call, CallState, LegState, Media, Outcome, TimelineEntry};
use crate::domain::ids::CallId;
use crate::ports::{Live, Store};
use crate::problem::Problem;

/// Most live calls in one answer.
const CALLS_MAX: usize = 1_000;

#[derive(Clone)]
struct Api {
    store: Arc<dyn Store>,
    live: Arc<dyn Live>,
}

/// The routes under `/api`.
pub fn router(store: Arc<dyn Store>, live: Arc<dyn Live>, access: Guard) -> Router {
    Router::new()
        .route("/api/calls", get(calls))
        .route("/api/calls/{id}", get(call))
        .route("/api/pages", get(pages::pages))
        .route("/api/pages/{id}", get(pages::page))
        .layer(middleware::from_fn_with_state(access, guard))
        .with_state(Api { store, live })
}

#[derive(Serialize)]
struct CallJson<'a> {
    id: &'a str,
    state: CallState,
    outcome: Option<Outcome>,
    media: Media,
    by: String,
    room: &'a str,
    engine_call_id: Option<&'a str>,
    note: Option<&'a str>,
    failure: Option<&'a str>,
    placed_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    legs: Vec<LegJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<EntryJson>>,
}

#[derive(Serialize)]
struct LegJson<'a> {
    person: &'a str,
    account: &'a str,
    state: LegState,
    outcome: Option<Outcome>,
    /// Whether what we were told and the engine's record say the same.
    agreed: Option<bool>,
}

#[derive(Serialize)]
struct EntryJson {
    at: String,
    event: &'static str,
    detail: String,
}

impl<'a> From<&'a Call> for CallJson<'a> {
    fn from(call: &'a Call) -> Self {
        let legs = call.legs.iter().map(|leg| LegJson {
            person: leg.person.as_str(),
            account: leg.account.as_str(),
            state: leg.state,
            outcome: leg.outcome,
            agreed: leg.agreed,
        });
        Self {
            id: call.id.as_str(),
            state: call.state,
            outcome: call.outcome,
            media: call.media,
            by: call.by.to_string(),
            room: call.room.as_str(),
            engine_call_id: call.engine_call_id.as_ref().map(|id| id.as_str()),
            note: call.note.as_deref(),
            failure: call.failure.as_deref(),
            placed_at: call.placed_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            legs: legs.collect(),
            timeline: None,
        }
    }
}

impl From<TimelineEntry> for EntryJson {
    fn from(entry: TimelineEntry) -> Self {
        Self { at: to_the_millisecond(entry.at), event: entry.event.as_str(), detail: entry.detail }
    }
}

/// An instant of a timeline.
fn to_the_millisecond(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

async fn calls(State(api): State<Api>) -> Json<serde_json::Value> {
    let (calls, total) = api.live.newest(CALLS_MAX);
    let calls: Vec<CallJson<'_>> = calls.iter().map(|call| CallJson::from(&**call)).collect();
    Json(serde_json::json!({ "calls": calls, "total": total }))
}

async fn call(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<serde_json::Value>, Problem> {
    let id = CallId::new(id);
    let found = api.store.call(&id).await.map_err(|error| unavailable(&error.to_string()))?;
    let Some(found) = found else { return Err(Problem::not_found("there is no such call")) };
    let timeline = api.store.timeline(&id).await.map_err(|error| unavailable(&error.to_string()))?;
    let timeline = timeline.into_iter().map(EntryJson::from).collect();
    let json = CallJson { timeline: Some(timeline), ..CallJson::from(&found) };
    serde_json::to_value(json).map(Json).map_err(|error| unavailable(&error.to_string()))
}

fn unavailable(error: &str) -> Problem {
    tracing::error!(error, "the API could not read");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the store can't be read now; try again")
}
