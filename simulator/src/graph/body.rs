//! Reads the body of a request.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::error::{GraphError, GraphResult};

pub(super) async fn bytes(request: Request) -> GraphResult<Bytes> {
    Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            let message = rejection.body_text();
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => GraphError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "maxRequestLengthExceeded",
                    message,
                ),
                _ => GraphError::invalid_request(message),
            }
        })
}

pub(super) async fn json<T: DeserializeOwned>(request: Request) -> GraphResult<T> {
    serde_json::from_slice(&bytes(request).await?)
        .map_err(|error| GraphError::invalid_request(format!("Unreadable body: {error}")))
}
