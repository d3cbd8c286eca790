//! Faults over HTTP: `/_simulator/faults`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::json;

use crate::fault::{Fault, InvalidFault};
use crate::injection::FaultId;
use crate::service::Shared;

pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route(
            "/_simulator/faults",
            get(list).post(set).delete(release_all),
        )
        .route("/_simulator/faults/{id}", delete(release))
        .with_state(Arc::clone(shared))
}

async fn list(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.faults.list()).into_response()
}

/// Whatever its Content-Type: `curl -d` sends another than what is meant.
async fn set(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let fault = std::str::from_utf8(&body)
        .map_err(|error| InvalidFault::new(".", error.to_string()))
        .and_then(str::parse::<Fault>);
    match fault.and_then(|fault| shared.set_fault(fault)) {
        Ok((id, acted)) => Json(json!({"id": id, "acted": acted})).into_response(),
        Err(error) => {
            let body = json!({"error": error.to_string(), "field": error.field()});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

async fn release_all(State(shared): State<Arc<Shared>>) -> Response {
    Json(json!({"released": shared.faults.release_all()})).into_response()
}

async fn release(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Response {
    if shared.faults.release(FaultId::new(id)) {
        return Json(json!({"released": 1})).into_response();
    }
    let error = json!({"error": format!("no fault has the id {id}")});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}
