//! The Engine.IO handshake: which upgrades become sockets.
//!
//! It runs before socketioxide, which writes `code` as a string and has no tokens. The order of the
//! checks is that of `verify` and `handshake` in Node's Engine.IO.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::notifications::Subscription;
use crate::service::Service;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    UnknownTransport,
    UnknownSession,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
}

#[derive(Serialize)]
struct RefusalBody {
    code: u8,
    message: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::UnknownTransport => (0, "Transport unknown"),
            Self::UnknownSession => (1, "Session ID unknown"),
            Self::BadMethod => (2, "Bad handshake method"),
            Self::BadRequest => (3, "Bad request"),
            Self::Forbidden => (4, "Forbidden"),
            Self::UnsupportedVersion => (5, "Unsupported protocol version"),
        };
        let status = match self {
            Self::Forbidden => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(RefusalBody { code, message })).into_response()
    }
}

/// Passes on a WebSocket upgrade with a valid secret, together with the secret's subscription.
pub(crate) async fn admit(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    match check(&service, &request) {
        Ok(subscription) => {
            request.extensions_mut().insert(subscription);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn check(service: &Service, request: &Request) -> Result<Arc<Subscription>, Refusal> {
    let query = request.uri().query().unwrap_or_default();
    if parameter(query, "transport").as_deref() != Some("websocket") {
        return Err(Refusal::UnknownTransport);
    }
    // Only a change of transport continues a session, and there is one transport.
    if parameter(query, "sid").is_some_and(|sid| !sid.is_empty()) {
        return Err(Refusal::UnknownSession);
    }
    if request.method() != Method::GET {
        return Err(Refusal::BadMethod);
    }
    if !is_upgrade(request.headers()) {
        return Err(Refusal::BadRequest);
    }
    let subscription = subscription(service, query)
        .filter(|subscription| !subscription.expired())
        .ok_or(Refusal::Forbidden)?;
    if parameter(query, "EIO").as_deref() != Some("4") {
        return Err(Refusal::UnsupportedVersion);
    }
    Ok(subscription)
}

/// The id of the drive whose secret an upgrade has in its query.
pub(crate) fn drive_of(service: &Service, uri: &Uri) -> Option<String> {
    let subscription = subscription(service, uri.query()?)?;
    Some(subscription.drive.clone())
}

fn subscription(service: &Service, query: &str) -> Option<Arc<Subscription>> {
    let secret = parameter(query, service.options.endpoint_shape.secret_parameter())?;
    service.subscriptions.find(&secret)
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let has_token = |name, token: &str| {
        headers.get_all(name).iter().any(|value| {
            let value = value.to_str().unwrap_or_default();
            value
                .split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(token))
        })
    };
    has_token(header::CONNECTION, "upgrade")
        && has_token(header::UPGRADE, "websocket")
        && has_token(header::SEC_WEBSOCKET_VERSION, "13")
        && headers
            .get(header::SEC_WEBSOCKET_KEY)
            .is_some_and(|key| key.len() == 24)
}

/// The first parameter of this name, decoded as Node's `querystring` does.
fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| {
            if value.contains('+') {
                let spaced = value.replace('+', " ");
                Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
            } else {
                percent_decode_str(value).decode_utf8_lossy()
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_space_in_a_query() {
        assert_eq!(
            parameter("a=1&token=x+y%2B", "token").as_deref(),
            Some("x y+")
        );
        assert_eq!(parameter("a=1&token", "token").as_deref(), Some(""));
        assert_eq!(parameter("a=1", "token"), None);
    }
}
