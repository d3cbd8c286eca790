//! The request ids in the headers and error bodies of Graph.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::error::GraphError;
use crate::clock;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

#[derive(Serialize)]
struct Body<'a> {
    error: Outer<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outer<'a> {
    code: &'a str,
    message: &'a str,
    inner_error: Inner<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Inner<'a> {
    date: String,
    request_id: &'a str,
    client_request_id: &'a str,
}

/// Adds the ids to every response, and the body to an error.
pub(crate) async fn stamp(request: Request, next: Next) -> Response {
    let request_id = Uuid::new_v4().to_string();
    // Graph uses its own id if the client sends none.
    let client_request_id = request
        .headers()
        .get(CLIENT_REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .map_or_else(|| request_id.clone(), ToOwned::to_owned);
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<GraphError>() {
        let body = Body {
            error: Outer {
                code: &error.code,
                message: &error.message,
                inner_error: Inner {
                    date: clock::error_date(Timestamp::now()),
                    request_id: &request_id,
                    client_request_id: &client_request_id,
                },
            },
        };
        let headers = std::mem::take(response.headers_mut());
        response = (error.status, Json(body)).into_response();
        keep(response.headers_mut(), headers);
    }
    let headers = response.headers_mut();
    for (name, id) in [
        (REQUEST_ID, request_id),
        (CLIENT_REQUEST_ID, client_request_id),
    ] {
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert(name, id);
        }
    }
    response
}

/// Adds the headers that the error response had, for example a challenge.
fn keep(headers: &mut HeaderMap, earlier: HeaderMap) {
    for (name, value) in earlier {
        if let Some(name) = name {
            headers.entry(name).or_insert(value);
        }
    }
}
