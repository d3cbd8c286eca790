//! Responds to a request in place of its route, if the fault `answer` acts on it.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fault::Answer;
use crate::graph::GraphError;
use crate::identity;
use crate::wire::Protocol;

/// The response of a fault, which [`super::begin`] adds to the request.
pub(crate) struct FaultAnswer {
    pub(super) answer: Answer,
    pub(super) protocol: Protocol,
    /// The client's id of the request, which the identity service repeats.
    pub(super) correlation_id: Option<String>,
    /// `Location`, unless the response has its own.
    pub(super) location: Option<String>,
}

pub(crate) async fn answer(request: Request, next: Next) -> Response {
    match request.extensions().get::<Arc<FaultAnswer>>() {
        Some(answer) => answer.response(),
        None => next.run(request).await,
    }
}

impl FaultAnswer {
    /// What the client learns: the code of the error if it has one, otherwise the status.
    pub(crate) fn outcome(&self) -> String {
        let code = self.answer.code.clone();
        code.unwrap_or_else(|| self.answer.status.to_string())
    }

    pub(crate) fn response(&self) -> Response {
        let answer = &self.answer;
        let status = StatusCode::from_u16(answer.status).unwrap_or_default();
        let mut response = match (&answer.body, self.protocol) {
            (Some(Value::String(text)), _) => (status, text.clone()).into_response(),
            (Some(body), _) => (status, Json(body)).into_response(),
            (None, Protocol::Graph) => self.graph_error(status),
            (None, Protocol::Socket) => engine_io_error(status),
            (None, Protocol::Identity) => {
                let (code, message) = (answer.code.as_deref(), answer.message.as_deref());
                let correlation_id = self.correlation_id.as_deref();
                identity::fault_response(status, code, message, correlation_id)
            }
        };
        let headers = response.headers_mut();
        if let Some(seconds) = answer.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(Ok(location)) = self.location.as_deref().map(HeaderValue::try_from) {
            headers.insert(header::LOCATION, location);
        }
        for (name, value) in &answer.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        response
    }

    fn graph_error(&self, status: StatusCode) -> Response {
        let (code, message) = default_error(status);
        let code = self.answer.code.clone().unwrap_or_else(|| code.to_owned());
        let message = self.answer.message.as_deref().unwrap_or(message);
        GraphError::new(status, code, message).into_response()
    }
}

/// Graph's usual code and message for a status.
fn default_error(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        400 => ("notSupported", "Operation not supported"),
        401 => ("InvalidAuthenticationToken", "Access token has expired."),
        403 => ("accessDenied", "Access denied"),
        404 => ("itemNotFound", "The resource could not be found."),
        410 => (
            "resyncChangesApplyDifferences",
            "The delta token is no longer valid, and the application must reset the sync state.",
        ),
        423 => ("notAllowed", "Access to this site has been blocked."),
        429 => ("activityLimitReached", "The request has been throttled"),
        502 => ("badGateway", "Bad gateway"),
        503 => ("serviceNotAvailable", "The service is not available"),
        504 => ("gatewayTimeout", "Gateway timeout"),
        _ => ("generalException", "General exception while processing"),
    }
}

/// Engine.IO responds with these two statuses. Any other comes from a proxy before it, whose body
/// is unknown.
fn engine_io_error(status: StatusCode) -> Response {
    match status.as_u16() {
        400 => (status, Json(json!({"code": 3, "message": "Bad request"}))).into_response(),
        403 => (status, Json(json!({"code": 4, "message": "Forbidden"}))).into_response(),
        _ => status.into_response(),
    }
}
