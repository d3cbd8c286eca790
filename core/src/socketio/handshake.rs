use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use reqwest::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{Response, StatusCode, Upgraded};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use super::NotificationUrl;
use crate::{Error, ErrorKind, http, retry_after};

/// More of a refusal's body is not read.
const MAX_REFUSAL: usize = 4096;

/// Opens the WebSocket (RFC 6455, section 4.1) through the HTTP client, so that REST and socket
/// share proxy, TLS and resolver.
pub(super) async fn upgrade(
    client: &reqwest::Client,
    url: &NotificationUrl,
    timeout: Duration,
) -> Result<Upgraded, Error> {
    let key = generate_key();
    let response = client
        .get(url.engine_url())
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key)
        // Without it a server that accepts the connection and never answers would hold us for ever.
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| http::request_error(error, url.host()))?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refusal(response, url).await);
    }
    if let Some(problem) = switch_problem(response.headers(), &key) {
        return Err(Error::new(
            ErrorKind::Protocol,
            format!(
                "{} switched protocols {problem}; a proxy may be in the way",
                url.host()
            ),
        ));
    }
    response
        .upgrade()
        .await
        .map_err(|error| http::request_error(error, url.host()))
}

/// What RFC 6455, section 4.1, tells a client to fail a connection for.
fn switch_problem(headers: &HeaderMap, key: &str) -> Option<&'static str> {
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT);
    if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
    {
        return Some("without the right Sec-WebSocket-Accept");
    }
    let upgrade = headers.get(UPGRADE);
    if upgrade.is_none_or(|upgrade| !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return Some("to another one than WebSocket");
    }
    if headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
        || headers.contains_key(SEC_WEBSOCKET_PROTOCOL)
    {
        return Some("with an extension or a subprotocol that nobody asked for");
    }
    None
}

/// Engine.IO's own error body.
#[derive(Deserialize)]
struct EngineError {
    code: i64,
    message: String,
}

async fn refusal(mut response: Response, url: &NotificationUrl) -> Error {
    let status = response.status();
    let retry_after = retry_after::parse(response.headers(), SystemTime::now());
    let kind = if status.is_client_error() || status.is_server_error() {
        ErrorKind::ConnectionFailed
    } else {
        ErrorKind::Protocol
    };
    let mut message = format!(
        "{} answered the WebSocket upgrade with HTTP {}",
        url.host(),
        status.as_u16()
    );
    if let Some(error) = engine_error(&mut response).await {
        let _ = write!(
            message,
            " (Engine.IO error {}: {})",
            error.code,
            url.told(&error.message)
        );
    }
    message.push_str("; a new endpoint from Graph may be accepted");
    Error::new(kind, message)
        .with_status(status.as_u16())
        .with_retry_after(retry_after)
}

async fn engine_error(response: &mut Response) -> Option<EngineError> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_REFUSAL {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}
