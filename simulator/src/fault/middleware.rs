//! Tells the connection under a request what the request is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::Response;

use super::answer::Answering;
use crate::shared::{Shared, lock};
use crate::wire::{Exchange, Line, Protocol};
use crate::{control, graph, push};

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
    let exchange = exchange(&shared, request.uri());
    let protocol = exchange.protocol;
    if let Some(answer) = shared.faults.begin(&line, &exchange) {
        let answering = Answering { answer, protocol };
        request.extensions_mut().insert(Arc::new(answering));
    }
    line.pass().await;
    let response = next.run(request).await;
    line.answered();
    response
}

fn exchange(shared: &Shared, uri: &Uri) -> Exchange {
    if uri.path().starts_with(SOCKET_IO) {
        return Exchange {
            protocol: Protocol::Socket,
            endpoint: false,
            drive: push::drive_of(shared, uri),
        };
    }
    let asked = graph::asked(uri.path());
    let drive = asked
        .as_ref()
        .and_then(|(located, _)| shared.drive_at(&located.place));
    Exchange {
        protocol: Protocol::Graph,
        endpoint: asked.as_ref().is_some_and(|(_, endpoint)| *endpoint),
        drive: drive.map(|drive| lock(drive).id().to_owned()),
    }
}
