//! Matches each request with the faults that are set.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::FaultAnswer;
use crate::graph::{Operation, Route};
use crate::lock::lock;
use crate::service::Service;
use crate::wire::{Connection, Exchange, RequestKind};
use crate::{control, graph, identity, socketio};

const SOCKET_IO: &str = "/socket.io";

/// Runs before all other middleware, because a request that a fault holds has not arrived yet.
pub(crate) async fn begin(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>();
    let Some(connection) = connection.map(Arc::clone) else {
        return next.run(request).await;
    };
    if control::is_control(request.uri().path()) {
        connection.begin(None);
        return next.run(request).await;
    }
    let exchange = exchange(&service, request.uri(), request.headers());
    let protocol = exchange.protocol();
    let interference = service.injector.begin(&connection, &exchange);
    for path in &interference.recreated {
        if let Some(drive) = &exchange.drive {
            // Nothing happens if the drive has no such item.
            let _ = service.recreate(drive, path);
        }
    }
    if let Some(answer) = interference.answer {
        let gone = answer.status == StatusCode::GONE;
        let location = gone.then(|| restart_link(&service, &request)).flatten();
        let correlation_id = request.headers().get(identity::CORRELATION_ID);
        let correlation_id = correlation_id.and_then(|id| id.to_str().ok());
        let answer = FaultAnswer {
            answer,
            protocol,
            correlation_id: correlation_id.map(ToOwned::to_owned),
            location,
        };
        request.extensions_mut().insert(Arc::new(answer));
    }
    connection.wait_until_arrived().await;
    let response = next.run(request).await;
    connection.responded();
    response
}

fn exchange(service: &Service, uri: &Uri, headers: &HeaderMap) -> Exchange {
    if uri.path().starts_with(SOCKET_IO) {
        return Exchange {
            request: RequestKind::Socket,
            drive: socketio::drive_of(service, uri),
        };
    }
    if let Some(route) = identity::Route::parse(uri.path()) {
        return Exchange {
            request: match route.operation {
                identity::Operation::DeviceCode => RequestKind::DeviceCode,
                identity::Operation::Token => RequestKind::Token,
                _ => RequestKind::OtherIdentity,
            },
            drive: None,
        };
    }
    let route = Route::parse(uri.path());
    Exchange {
        request: match route.as_ref().map(|route| &route.operation) {
            Some(Operation::Endpoint) => RequestKind::Endpoint,
            Some(Operation::Delta(_)) => RequestKind::Delta,
            Some(Operation::Item) | None => RequestKind::OtherGraph,
        },
        drive: route.and_then(|route| {
            let address = match graph::authenticate(service, headers) {
                Ok(bearer) => service.access.resolve(bearer.caller, route.path.drive),
                Err(_) => route.path.drive,
            };
            let drive = service.drives.at(&address)?;
            Some(lock(drive).id().to_owned())
        }),
    }
}

/// The link that restarts the enumeration, if the request is a delta query.
fn restart_link(service: &Service, request: &Request) -> Option<String> {
    let route = Route::parse(request.uri().path())?;
    let Operation::Delta(delta) = &route.operation else {
        return None;
    };
    graph::restart_link(
        service,
        &route.path.drive,
        delta,
        request.uri(),
        request.headers(),
    )
}
