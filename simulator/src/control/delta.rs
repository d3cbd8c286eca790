//! Control routes that make delta queries dishonest, and edit drives as no request to Graph can.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::state::no_such_drive;
use crate::edits::UnknownItem;
use crate::lock::lock;
use crate::options::DeltaQuirks;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/delta", get(quirks).patch(change))
        .route("/_simulator/touch", post(touch))
        .route("/_simulator/recreate", post(recreate))
}

#[derive(Deserialize)]
struct DriveQuery {
    drive: String,
}

#[derive(Deserialize)]
struct ItemQuery {
    drive: String,
    path: String,
}

async fn quirks(State(service): State<Arc<Service>>, Query(query): Query<DriveQuery>) -> Response {
    match service.drives.get(&query.drive) {
        Some(drive) => Json(lock(drive).quirks()).into_response(),
        None => no_such_drive(&query.drive),
    }
}

/// Ignores the Content-Type, because `curl -d` sends that of a form.
async fn change(
    State(service): State<Arc<Service>>,
    Query(query): Query<DriveQuery>,
    body: Bytes,
) -> Response {
    let Some(drive) = service.drives.get(&query.drive) else {
        return no_such_drive(&query.drive);
    };
    let mut drive = lock(drive);
    match merged(drive.quirks(), &body) {
        Ok(quirks) => {
            drive.set_quirks(quirks);
            Json(quirks).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

/// The fields that the body names, and the others as they are.
fn merged(quirks: DeltaQuirks, body: &[u8]) -> Result<DeltaQuirks, String> {
    let changes: Map<String, Value> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    let mut all = serde_json::to_value(quirks).map_err(|error| error.to_string())?;
    if let Some(all) = all.as_object_mut() {
        all.extend(changes);
    }
    let quirks: DeltaQuirks = serde_path_to_error::deserialize(all).map_err(|e| e.to_string())?;
    quirks.check()?;
    Ok(quirks)
}

async fn touch(State(service): State<Arc<Service>>, Query(query): Query<ItemQuery>) -> Response {
    edited(service.come_unchanged(&query.drive, &query.path))
}

async fn recreate(State(service): State<Arc<Service>>, Query(query): Query<ItemQuery>) -> Response {
    edited(service.recreate(&query.drive, &query.path))
}

fn edited(result: Result<String, UnknownItem>) -> Response {
    match result {
        Ok(id) => Json(json!({"id": id})).into_response(),
        Err(error) => {
            let error = json!({"error": error.to_string()});
            (StatusCode::NOT_FOUND, Json(error)).into_response()
        }
    }
}
