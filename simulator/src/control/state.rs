//! Control routes that read the simulator's state, and one that announces changes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lock::lock;
use crate::service::Service;

/// With `--latency real` each event of a burst is a sleeping task.
const MAX_BURST: u32 = 1_000_000;

/// Ten years: longer than anything lives.
const MAX_ADVANCE: Duration = Duration::from_hours(10 * 366 * 24);

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/requests", get(requests))
        .route("/_simulator/events", get(events))
        .route("/_simulator/state", get(state))
        .route("/_simulator/endpoint-calls", get(endpoint_calls))
        .route("/_simulator/connected", get(connected))
        .route("/_simulator/sessions", get(sessions))
        .route("/_simulator/advance", post(advance))
        .route("/_simulator/notify", post(notify))
}

async fn requests(State(service): State<Arc<Service>>) -> Response {
    Json(service.recorder.requests()).into_response()
}

async fn events(State(service): State<Arc<Service>>) -> Response {
    Json(service.events.all()).into_response()
}

/// The drives and how much is in them, by id.
pub(crate) fn drives(service: &Service) -> Vec<Value> {
    let mut drives: Vec<_> = service
        .drives
        .iter()
        .map(|drive| {
            let drive = lock(drive);
            json!({
                "id": drive.id(),
                "listId": drive.list_id(),
                "sequence": drive.sequence(),
                "items": drive.len(),
                "connected": service.sockets.connected_to(drive.id()),
            })
        })
        .collect();
    drives.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    drives
}

async fn state(State(service): State<Arc<Service>>) -> Response {
    Json(json!({
        "connected": service.sockets.connected(),
        "namespace": service.options.endpoint_shape.namespace(),
        "drives": drives(&service),
    }))
    .into_response()
}

async fn endpoint_calls(State(service): State<Arc<Service>>) -> Response {
    Json(service.recorder.endpoint_calls()).into_response()
}

async fn connected(State(service): State<Arc<Service>>) -> Response {
    Json(service.sockets.connected()).into_response()
}

async fn sessions(State(service): State<Arc<Service>>) -> Response {
    Json(service.sockets.sessions()).into_response()
}

#[derive(Deserialize)]
struct AdvanceQuery {
    seconds: f64,
}

async fn advance(
    State(service): State<Arc<Service>>,
    Query(query): Query<AdvanceQuery>,
) -> Response {
    match Duration::try_from_secs_f64(query.seconds) {
        Ok(by) if by <= MAX_ADVANCE => {
            service.advance(by);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => {
            let limit = MAX_ADVANCE.as_secs();
            let error = json!({"error": format!("seconds is not between 0 and {limit}")});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

pub(super) fn no_such_drive(id: &str) -> Response {
    let error = json!({"error": format!("no drive has the id {id:?}")});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}

#[derive(Deserialize)]
struct NotifyQuery {
    drive: String,
    #[serde(default = "once")]
    count: u32,
}

fn once() -> u32 {
    1
}

async fn notify(State(service): State<Arc<Service>>, Query(query): Query<NotifyQuery>) -> Response {
    if !service.drives.contains(&query.drive) {
        return no_such_drive(&query.drive);
    }
    if query.count > MAX_BURST {
        let error = json!({"error": format!("count is more than {MAX_BURST}")});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    service.announcer.announce(&query.drive, query.count);
    let connected = service.sockets.connected_to(&query.drive);
    Json(json!({"drive": query.drive, "count": query.count, "connected": connected}))
        .into_response()
}
