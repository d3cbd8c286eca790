//! Control routes for long tests of many drives: an editor that changes them, and when each is watched.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::editor::Orders;
use crate::service::Service;

/// In one response.
const MAX_ENTRIES: usize = 10_000;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/editor", get(edits).put(start).delete(stop))
        .route("/_simulator/watching", get(watching))
}

#[derive(Deserialize)]
struct Page {
    /// How many entries the caller has.
    #[serde(default)]
    after: usize,
}

async fn edits(State(service): State<Arc<Service>>, Query(page): Query<Page>) -> Response {
    Json(service.editor.page(page.after, MAX_ENTRIES)).into_response()
}

/// Ignores the Content-Type, because `curl -d` sends that of a form.
async fn start(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let orders = serde_json::from_slice::<Orders>(&body).map_err(|error| error.to_string());
    match orders.and_then(|orders| service.start_editor(orders)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

async fn stop(State(service): State<Arc<Service>>) -> Response {
    Json(json!({"edits": service.editor.stop()})).into_response()
}

async fn watching(State(service): State<Arc<Service>>, Query(page): Query<Page>) -> Response {
    Json(service.watch_log.page(page.after, MAX_ENTRIES)).into_response()
}
