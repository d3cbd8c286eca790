//! The accept loop and the bytes under HTTP.
//!
//! Not `axum::serve`: faults disturb the bytes of a connection, and a connection that was upgraded
//! must end with the simulator too.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::injection::Faults;
use crate::wire::{Connection, Line};

/// Serves until `stop`. Connections live until the caller severs them afterwards.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    faults: &Arc<Faults>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (line, connection) = enter(stream, faults);
                    connections.spawn(serve_connection(line, connection, router.clone()));
                }
                // Out of file descriptors, as a rule: without a pause this loop would spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

fn enter(stream: TcpStream, faults: &Arc<Faults>) -> (Arc<Line>, Connection) {
    // Otherwise an event waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let line = faults.accept(stream);
    (Arc::clone(&line), Connection::new(line, Arc::clone(faults)))
}

async fn serve_connection(line: Arc<Line>, connection: Connection, router: Router) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&line));
        router.call(request)
    });
    // A client that goes away is no error of ours.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(connection), service)
        .with_upgrades()
        .await;
}
