//! The control routes for the identity service.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/identity", get(status))
        .route("/_simulator/identity/approve", post(approve))
        .route("/_simulator/identity/decline", post(decline))
        .route("/_simulator/identity/revoke", post(revoke))
        .route("/_simulator/identity/app-only", post(app_only))
}

#[derive(Deserialize)]
struct CodeQuery {
    /// All pending codes by default.
    user_code: Option<String>,
    /// The name of the account that signs in; the first one by default.
    account: Option<String>,
}

async fn status(State(service): State<Arc<Service>>) -> Response {
    Json(service.identity.status()).into_response()
}

async fn approve(State(service): State<Arc<Service>>, Query(query): Query<CodeQuery>) -> Response {
    let account = query.account.as_deref();
    let Some(approved) = service
        .identity
        .approve(query.user_code.as_deref(), account)
    else {
        let error = json!({"error": format!("no account has the name {account:?}")});
        return (StatusCode::NOT_FOUND, Json(error)).into_response();
    };
    decided(&query, "approved", approved)
}

async fn decline(State(service): State<Arc<Service>>, Query(query): Query<CodeQuery>) -> Response {
    let declined = service.identity.decline(query.user_code.as_deref());
    decided(&query, "declined", declined)
}

fn decided(query: &CodeQuery, decision: &str, count: usize) -> Response {
    match &query.user_code {
        Some(code) if count == 0 => {
            let error =
                json!({"error": format!("no pending device code has the user code {code:?}")});
            (StatusCode::NOT_FOUND, Json(error)).into_response()
        }
        _ => Json(json!({decision: count})).into_response(),
    }
}

#[derive(Deserialize)]
struct AppOnlyQuery {
    value: bool,
}

async fn app_only(
    State(service): State<Arc<Service>>,
    Query(query): Query<AppOnlyQuery>,
) -> Response {
    service.app_only.store(query.value, Ordering::Relaxed);
    StatusCode::NO_CONTENT.into_response()
}

async fn revoke(State(service): State<Arc<Service>>) -> Response {
    service.identity.revoke();
    StatusCode::NO_CONTENT.into_response()
}
