//! Serves Graph, Socket.IO, the identity service and the control API on one port.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use socketioxide::SocketIo;

use crate::service::Service;
use crate::{control, graph, identity, middleware, socketio, ui};

/// Uploads are stored in memory. Graph's own limit for a simple upload is 250 MB.
pub(crate) const MAX_BODY: usize = 64 * 1024 * 1024;

pub(crate) fn build(service: &Arc<Service>) -> (Router, SocketIo) {
    let (socket_io, io) = socketio::layer(service);
    let socket_io = Router::new()
        // The layer responds before this route, but runs only if a route exists.
        .route("/socket.io/", any(StatusCode::NOT_FOUND))
        .layer(socket_io)
        .layer(from_fn_with_state(Arc::clone(service), socketio::admit))
        .layer(from_fn(middleware::answer));
    let graph = Router::new()
        .route("/v1.0/", any(graph::handle))
        .route("/v1.0/{*path}", any(graph::handle))
        .route("/beta/", any(graph::handle))
        .route("/beta/{*path}", any(graph::handle))
        .layer(from_fn(middleware::answer))
        .layer(from_fn(graph::stamp))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::clone(service));
    let mut router = Router::new()
        .merge(graph)
        .merge(socket_io)
        .merge(control::routes(service));
    if service.options.ui {
        router = router.merge(ui::routes(service));
    }
    (with_identity(router, service), io)
}

/// The routes of the TLS port: the identity service alone.
pub(crate) fn build_identity(service: &Arc<Service>) -> Router {
    with_identity(Router::new(), service)
}

/// The identity service gets what no other route matches, because its paths start with a tenant.
fn with_identity(router: Router, service: &Arc<Service>) -> Router {
    let identity = Router::new()
        .fallback(identity::handle)
        .with_state(Arc::clone(service));
    router
        .merge(identity)
        .layer(from_fn_with_state(Arc::clone(service), middleware::record))
        .layer(from_fn_with_state(Arc::clone(service), middleware::begin))
}
