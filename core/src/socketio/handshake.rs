use std::fmt::Write as _;
use std::pin::{Pin, pin};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use http::uri::Authority;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::upgrade::{self, Upgraded};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use super::observer::Observer;
use super::options::SocketOptions;
use super::url::NotificationUrl;
use crate::help_page::ErrorCause;
use crate::network::{Network, Peer, retry_after};
use crate::{Error, ErrorKind};

/// How much of the body of an error response is read, in bytes.
const MAX_REFUSAL_BODY: usize = 4096;

/// The byte stream under a WebSocket.
pub(super) type WebSocketBytes = TokioIo<Upgraded>;

/// Opens the WebSocket (RFC 6455, section 4.1).
///
/// Not through reqwest: it parses URLs as browsers do, and would rewrite `'` and other characters
/// of the query. The query is a token, which must arrive unchanged.
pub(super) async fn upgrade(
    network: &Network,
    url: &NotificationUrl,
    deadline: Instant,
    options: &SocketOptions,
    observer: &mut dyn Observer,
) -> Result<WebSocketBytes, Error> {
    let too_late = |_| peer(url).late();
    let key = generate_key();
    let exchange = timeout_at(deadline, request_upgrade(network, url, &key)).await;
    let (response, mut driver) = exchange.map_err(too_late)??;
    observer.upgrade_answered(response.status(), response.headers());
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let longest = options.max_retry_after;
        let error = error_response(response, url, deadline, longest);
        return Err(drive(driver.as_mut(), error).await);
    }
    if let Some(problem) = switch_problem(response.headers(), &key) {
        return Err(Error::new(
            ErrorKind::Protocol,
            format!(
                "{} switched protocols {problem}; check whether a proxy is in the way",
                url.host()
            ),
        ));
    }
    let upgraded = timeout_at(deadline, drive(driver.as_mut(), upgrade::on(response))).await;
    let upgraded = upgraded.map_err(too_late)?;
    upgraded
        .map(TokioIo::new)
        .map_err(|error| connection_lost(url, error))
}

/// Drives the HTTP connection. It must be polled while an exchange waits.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Sends the request. Returns the response with the connection, on which its body follows.
async fn request_upgrade(
    network: &Network,
    url: &NotificationUrl,
    key: &str,
) -> Result<(Response<Incoming>, Driver), Error> {
    let stream = network
        .dialer
        .connect(url.engine_uri())
        .await
        .map_err(|error| network.connect_error(error, url.engine_uri()))?;
    let (mut sender, connection) = http1::handshake(stream)
        .await
        .map_err(|error| connection_lost(url, error))?;
    // Fused, because it ends with the response that switches protocols. Its result does not matter:
    // the exchange fails with the same error.
    let mut driver: Driver = Box::pin(connection.with_upgrades().map(drop).fuse());
    let request = request(url.engine_uri(), network.user_agent.clone(), key);
    let response = drive(driver.as_mut(), sender.send_request(request)).await;
    Ok((
        response.map_err(|error| connection_lost(url, error))?,
        driver,
    ))
}

fn connection_lost(url: &NotificationUrl, error: hyper::Error) -> Error {
    peer(url).lost(error)
}

pub(super) fn peer(url: &NotificationUrl) -> Peer {
    Peer::of(url.engine_uri(), None)
}

/// Waits for `exchange` while driving its connection.
async fn drive<F: Future>(
    driver: Pin<&mut (dyn Future<Output = ()> + Send)>,
    exchange: F,
) -> F::Output {
    match select(driver, pin!(exchange)).await {
        Either::Left(((), exchange)) => exchange.await,
        Either::Right((output, _)) => output,
    }
}

fn request(uri: &Uri, user_agent: HeaderValue, key: &str) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    // An origin server gets the path alone: the authority is in the header Host.
    *request.uri_mut() = uri
        .path_and_query()
        .cloned()
        .map(Uri::from)
        .unwrap_or_default();
    let text =
        |text: &str| HeaderValue::from_str(text).expect("a URI has only characters of a header");
    request.headers_mut().extend([
        (HOST, text(uri.authority().map_or("", Authority::as_str))),
        (USER_AGENT, user_agent),
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (SEC_WEBSOCKET_KEY, text(key)),
    ]);
    request
}

/// Why a client must fail the connection, by RFC 6455, section 4.1.
fn switch_problem(headers: &HeaderMap, key: &str) -> Option<&'static str> {
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT);
    if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
    {
        return Some("without the right Sec-WebSocket-Accept");
    }
    let upgrade = headers.get(UPGRADE);
    if upgrade.is_none_or(|upgrade| !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        return Some("to another protocol than WebSocket");
    }
    if headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
        || headers.contains_key(SEC_WEBSOCKET_PROTOCOL)
    {
        return Some("with an extension or a subprotocol that was not requested");
    }
    None
}

/// Engine.IO's own error body.
#[derive(Deserialize)]
struct EngineError {
    code: i64,
    message: String,
}

async fn error_response(
    response: Response<Incoming>,
    url: &NotificationUrl,
    deadline: Instant,
    longest: Duration,
) -> Error {
    let status = response.status();
    let retry_after = retry_after::parse(response.headers(), SystemTime::now(), longest);
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
    // The status says most already, so a missing body does not matter.
    if let Ok(Some(error)) = timeout_at(deadline, engine_error(response)).await {
        let _ = write!(
            message,
            " (Engine.IO error {}: {})",
            error.code,
            url.redact(&error.message)
        );
    }
    message.push_str("; it may accept a new notification URL");
    let peer = peer(url);
    Error::new(kind, message)
        .with_cause(ErrorCause::UpgradeRefused)
        .with_peer(&peer.host, peer.port)
        .with_status(status.as_u16())
        .with_retry_after(retry_after)
}

async fn engine_error(response: Response<Incoming>) -> Option<EngineError> {
    let body = Limited::new(response.into_body(), MAX_REFUSAL_BODY);
    let body = body.collect().await.ok()?.to_bytes();
    serde_json::from_slice(&body).ok()
}
