//! Records each request but those of the control routes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::control;
use crate::service::Service;

pub(crate) async fn record(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    // Otherwise a test that polls the control routes would push out the requests that it wants.
    if !control::is_control(uri.path()) {
        let recorder = &service.recorder;
        recorder.record(request.method(), uri, request.headers());
    }
    next.run(request).await
}
