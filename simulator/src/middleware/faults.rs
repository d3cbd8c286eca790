//! Tells the connection under a request what the request is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::Answering;
use crate::service::{Shared, lock};
use crate::wire::{Exchange, Line, Protocol};
use crate::{control, graph, socketio};

const SOCKET_IO: &str = "/socket.io";

/// Outside of everything else: a request that is held has not arrived yet.
pub(crate) async fn begin(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(line) = request.extensions().get::<Arc<Line>>().map(Arc::clone) else {
        return next.run(request).await;
    };
    if request.uri().path().starts_with(control::PREFIX) {
        line.begin(None);
        return next.run(request).await;
    }
    let exchange = exchange(&shared, request.uri(), request.headers());
    let protocol = exchange.protocol;
    if let Some(answer) = shared.faults.begin(&line, &exchange) {
        let gone = answer.status == StatusCode::GONE;
        let location = gone.then(|| restart(&shared, &request)).flatten();
        let answering = Answering {
            answer,
            protocol,
            location,
        };
        request.extensions_mut().insert(Arc::new(answering));
    }
    line.pass().await;
    let response = next.run(request).await;
    line.answered();
    response
}

fn exchange(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Exchange {
    if uri.path().starts_with(SOCKET_IO) {
        return Exchange {
            protocol: Protocol::Socket,
            endpoint: false,
            delta: false,
            drive: socketio::drive_of(shared, uri),
        };
    }
    let target = graph::target(uri.path());
    let target = target.as_ref();
    let token = graph::auth::bearer(&shared.config, headers).unwrap_or_default();
    let drive = target.and_then(|target| {
        let place = target.located.place.clone();
        shared.drive_at(&shared.config.users.place_for(token, place))
    });
    Exchange {
        protocol: Protocol::Graph,
        endpoint: target.is_some_and(|target| target.endpoint),
        delta: target.is_some_and(|target| target.delta.is_some()),
        drive: drive.map(|drive| lock(drive).id().to_owned()),
    }
}

/// Where a client whose delta token is refused is sent, if the request is a delta query.
fn restart(shared: &Shared, request: &Request) -> Option<String> {
    let target = graph::target(request.uri().path())?;
    graph::delta::restart(
        shared,
        &target.located,
        target.delta.as_ref()?,
        request.uri(),
        request.headers(),
    )
}
