//! Control routes that read the simulator's state, and one that announces changes.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::graph;
use crate::lock::lock;
use crate::service::Service;

/// With `--latency real` each event of a burst is a sleeping task.
const MAX_BURST: u32 = 1_000_000;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/requests", get(requests))
        .route("/_simulator/events", get(events))
        .route("/_simulator/state", get(state))
        .route("/_simulator/endpoint-calls", get(endpoint_calls))
        .route("/_simulator/connected", get(connected))
        .route("/_simulator/items", get(items))
        .route("/_simulator/notify", post(notify))
}

async fn requests(State(service): State<Arc<Service>>) -> Response {
    Json(service.recorder.requests()).into_response()
}

async fn events(State(service): State<Arc<Service>>) -> Response {
    Json(service.events.all()).into_response()
}

async fn state(State(service): State<Arc<Service>>) -> Response {
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
    Json(json!({
        "connected": service.sockets.connected(),
        "namespace": service.options.endpoint_shape.namespace(),
        "drives": drives,
    }))
    .into_response()
}

async fn endpoint_calls(State(service): State<Arc<Service>>) -> Response {
    Json(service.recorder.endpoint_calls()).into_response()
}

async fn connected(State(service): State<Arc<Service>>) -> Response {
    Json(service.sockets.connected()).into_response()
}

#[derive(Deserialize)]
struct ItemsQuery {
    drive: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentItem<'a> {
    id: String,
    name: &'a str,
    /// `None` for the root.
    parent: Option<String>,
    size: u64,
    folder: bool,
    e_tag: String,
    deleted: bool,
}

/// The current items, which a client has once it has followed every change. With a delta lag, they
/// are ahead of delta queries.
async fn items(State(service): State<Arc<Service>>, Query(query): Query<ItemsQuery>) -> Response {
    let Some(drive) = service.drives.get(&query.drive) else {
        return no_such_drive(&query.drive);
    };
    let drive = lock(drive);
    let items = drive.items().map(|item| CurrentItem {
        id: drive.id_of(item),
        name: &item.name,
        parent: drive.parent(item).map(|parent| drive.id_of(parent)),
        size: item.size,
        folder: item.is_folder(),
        e_tag: graph::e_tag(&drive, item),
        deleted: item.deleted,
    });
    Json(items.collect::<Vec<_>>()).into_response()
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
