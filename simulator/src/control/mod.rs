//! What tests in other languages ask of the simulator over HTTP.

mod faults;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::graph;
use crate::notifications;
use crate::service::{Shared, lock};

/// With `--latency real` each event of a burst is a task that sleeps.
const LARGEST_BURST: u32 = 1_000_000;

pub(crate) const PREFIX: &str = "/_simulator/";

pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/_simulator/requests", get(requests))
        .route("/_simulator/events", get(events))
        .route("/_simulator/state", get(state))
        .route("/_simulator/endpoint-calls", get(endpoint_calls))
        .route("/_simulator/connected", get(connected))
        .route("/_simulator/items", get(items))
        .route("/_simulator/notify", post(notify))
        .with_state(Arc::clone(shared))
        .merge(faults::routes(shared))
}

async fn requests(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.recorder.all()).into_response()
}

async fn events(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.events.all()).into_response()
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let mut drives: Vec<_> = shared
        .drives
        .values()
        .map(|drive| {
            let drive = lock(drive);
            json!({
                "id": drive.id(),
                "listId": drive.list_id(),
                "sequence": drive.sequence(),
                "items": drive.len(),
                "connected": shared.sockets.connected_to(drive.id()),
            })
        })
        .collect();
    drives.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    Json(json!({
        "connected": shared.sockets.connected(),
        "namespace": shared.config.endpoint_shape.namespace(),
        "drives": drives,
    }))
    .into_response()
}

async fn endpoint_calls(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.recorder.endpoint_calls()).into_response()
}

async fn connected(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.sockets.connected()).into_response()
}

#[derive(Deserialize)]
struct Items {
    drive: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LiveItem<'a> {
    id: String,
    name: &'a str,
    /// The root has none.
    parent: Option<String>,
    size: u64,
    folder: bool,
    e_tag: String,
    deleted: bool,
}

/// What a client that followed every change has to know: the items as they are at this moment,
/// whatever delta queries show of it yet.
async fn items(State(shared): State<Arc<Shared>>, Query(asked): Query<Items>) -> Response {
    let Some(drive) = shared.drives.get(&asked.drive) else {
        return no_such_drive(&asked.drive);
    };
    let drive = lock(drive);
    let items = drive.items().map(|item| LiveItem {
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

fn no_such_drive(id: &str) -> Response {
    let error = json!({"error": format!("no drive has the id {id:?}")});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}

#[derive(Deserialize)]
struct Notify {
    drive: String,
    #[serde(default = "once")]
    count: u32,
}

fn once() -> u32 {
    1
}

async fn notify(State(shared): State<Arc<Shared>>, Query(notify): Query<Notify>) -> Response {
    if !shared.drives.contains_key(&notify.drive) {
        return no_such_drive(&notify.drive);
    }
    if notify.count > LARGEST_BURST {
        let error = json!({"error": format!("count is more than {LARGEST_BURST}")});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    notifications::announce(&shared, &notify.drive, notify.count);
    let connected = shared.sockets.connected_to(&notify.drive);
    Json(json!({"drive": notify.drive, "count": notify.count, "connected": connected}))
        .into_response()
}
