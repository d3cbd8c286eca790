//! The control routes for faults.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde_json::json;

use crate::fault::{Fault, FaultId, InvalidFault};
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route(
            "/_simulator/faults",
            get(list).post(set).delete(release_all),
        )
        .route("/_simulator/faults/{id}", delete(release))
}

async fn list(State(service): State<Arc<Service>>) -> Response {
    Json(service.injector.list()).into_response()
}

/// Ignores the Content-Type, because `curl -d` sends that of a form.
async fn set(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let fault = std::str::from_utf8(&body)
        .map_err(|error| InvalidFault::new(".", error.to_string()))
        .and_then(str::parse::<Fault>);
    match fault.and_then(|fault| service.set_fault(fault)) {
        Ok((id, acted)) => Json(json!({"id": id, "acted": acted})).into_response(),
        Err(error) => {
            let body = json!({"error": error.to_string(), "field": error.field()});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

async fn release_all(State(service): State<Arc<Service>>) -> Response {
    Json(json!({"released": service.injector.release_all()})).into_response()
}

async fn release(State(service): State<Arc<Service>>, Path(id): Path<u64>) -> Response {
    if service.injector.release(FaultId::new(id)) {
        return Json(json!({"released": 1})).into_response();
    }
    let error = json!({"error": format!("no fault has the id {id}")});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}
