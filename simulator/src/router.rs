//! Puts the three parts on one port: Graph, Socket.IO, and the control routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use socketioxide::SocketIo;

use crate::service::Shared;
use crate::{control, graph, middleware, recorder, socketio};

/// Contents are held in memory; Graph's own limit for a simple upload is 250 MB.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

pub(crate) fn build(shared: &Arc<Shared>) -> (Router, SocketIo) {
    let (socket_io, io) = socketio::service(shared);
    let socket_io = Router::new()
        // The layer answers in front of it; a route must exist for the layer to be asked.
        .route("/socket.io/", any(StatusCode::NOT_FOUND))
        .layer(socket_io)
        .layer(from_fn_with_state(Arc::clone(shared), socketio::gate))
        .layer(from_fn(middleware::answer));
    let graph = Router::new()
        .route("/v1.0/", any(graph::handle))
        .route("/v1.0/{*path}", any(graph::handle))
        .route("/beta/", any(graph::handle))
        .route("/beta/{*path}", any(graph::handle))
        .layer(from_fn(middleware::answer))
        .layer(from_fn(graph::stamp))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::clone(shared));
    let router = Router::new()
        .merge(graph)
        .merge(socket_io)
        .merge(control::routes(shared))
        .layer(from_fn_with_state(Arc::clone(shared), recorder::record))
        .layer(from_fn_with_state(Arc::clone(shared), middleware::begin));
    (router, io)
}
