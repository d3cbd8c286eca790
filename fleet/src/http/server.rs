use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use super::{health, metrics};
use crate::status::Views;

/// Others wait to be accepted: nobody scrapes a worker from more places.
const MAX_CONNECTIONS: usize = 64;

/// A client that sends no request in this time is let go, so that it keeps nobody else out.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// After a failed accept, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until it is dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    task: AbortHandle,
}

impl HttpServer {
    /// Where it listens, with the port that the system has chosen for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `/healthz` and `/metrics` at this address.
///
/// # Errors
/// An address that cannot be listened at.
pub async fn serve(address: SocketAddr, views: Views) -> io::Result<HttpServer> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(accept(listener, views));
    Ok(HttpServer {
        address,
        task: task.abort_handle(),
    })
}

async fn accept(listener: TcpListener, views: Views) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Ended with this task.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let views = views.clone();
                connections.spawn(async move {
                    converse(stream, views).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection for health or metrics failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, views: Views) {
    let service = service_fn(move |request| {
        let response = respond(&request, &views);
        async move { Ok::<_, Infallible>(response) }
    });
    // Whoever breaks the protocol, or leaves, is not worth a record.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn respond(request: &Request<Incoming>, views: &Views) -> Response<Full<Bytes>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, kind, body) = match request.uri().path() {
        "/healthz" | "/metrics" if !is_read => {
            (StatusCode::METHOD_NOT_ALLOWED, TEXT, "use GET\n".to_owned())
        }
        "/healthz" => {
            let (is_well, body) = health::health(&views.worker());
            let status = if is_well {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            (status, JSON, format!("{body}\n"))
        }
        "/metrics" => (StatusCode::OK, PROMETHEUS, metrics::text(&views.worker())),
        _ => (
            StatusCode::NOT_FOUND,
            TEXT,
            "there are /healthz and /metrics\n".to_owned(),
        ),
    };
    let mut response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "no-store");
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response = response.header(ALLOW, "GET, HEAD");
    }
    response
        .body(Full::new(Bytes::from(body)))
        .unwrap_or_default()
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
