//! `GET /media/{token}`: spoken announcements, for the engine's media servers to fetch.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::ports::Shelf;

/// The route. The token is the only key: whoever has it may listen.
pub fn router(shelf: Arc<dyn Shelf>) -> Router {
    Router::new().route("/media/{token}", get(sound)).with_state(shelf)
}

async fn sound(State(shelf): State<Arc<dyn Shelf>>, Path(token): Path<String>) -> Response {
    // Media servers look at the ending of a name.
    match shelf.get(token.trim_end_matches(".mp3")) {
        Some(audio) => {
            let headers = [(header::CONTENT_TYPE, "audio/mpeg"), (header::CACHE_CONTROL, "no-store")];
            (headers, audio).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
