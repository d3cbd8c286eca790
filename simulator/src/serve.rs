//! Accepts connections and serves HTTP on them.
//!
//! Not `axum::serve`, because faults act on the bytes of a connection, and an upgraded connection
//! must end with the simulator.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::uri::Scheme;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::injection::FaultInjector;
use crate::wire::{Connection, ServiceStream};

/// A port, and what is served on it.
pub(crate) struct Port {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    /// `None` for plain HTTP.
    pub(crate) tls: Option<TlsAcceptor>,
}

/// Serves until `stop`. The caller ends the connections afterwards.
pub(crate) async fn serve(port: Port, stop: CancellationToken, injector: &Arc<FaultInjector>) {
    let Port {
        listener,
        router,
        tls,
    } = port;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (connection, stream) = accept(stream, injector);
                    let router = router.clone();
                    match tls.clone() {
                        None => connections.spawn(serve_plain(connection, stream, router)),
                        Some(tls) => connections.spawn(serve_tls(connection, stream, tls, router)),
                    };
                }
                // Usually there are no file descriptors left. The pause keeps the loop from
                // spinning.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

fn accept(stream: TcpStream, injector: &Arc<FaultInjector>) -> (Arc<Connection>, ServiceStream) {
    // Otherwise an event waits for the client's ACK of the previous one.
    let _ = stream.set_nodelay(true);
    let connection = injector.accept(stream);
    let injector = Arc::clone(injector);
    let stream = ServiceStream::new(Arc::clone(&connection), move |connection| {
        injector.forget(connection);
    });
    (connection, stream)
}

async fn serve_plain(connection: Arc<Connection>, stream: ServiceStream, router: Router) {
    serve_connection(connection, stream, Scheme::HTTP, router).await;
}

/// Faults act below TLS, as a network does.
async fn serve_tls(
    connection: Arc<Connection>,
    stream: ServiceStream,
    tls: TlsAcceptor,
    router: Router,
) {
    // An error means that the client does not trust the certificate, or is gone.
    if let Ok(stream) = tls.accept(stream).await {
        serve_connection(connection, stream, Scheme::HTTPS, router).await;
    }
}

/// Each request carries its connection and its scheme.
async fn serve_connection(
    connection: Arc<Connection>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    scheme: Scheme,
    router: Router,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&connection));
        request.extensions_mut().insert(scheme.clone());
        router.call(request)
    });
    // An error means that the client is gone, or a fault ended the connection.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}
