//! The control API under `/_simulator/`, for tests in other languages.

mod delta;
mod faults;
mod identity;
mod state;

use std::sync::Arc;

use axum::Router;

use crate::service::Service;

/// The prefix of all control routes.
pub(crate) const PREFIX: &str = "/_simulator/";

pub(crate) fn routes(service: &Arc<Service>) -> Router {
    Router::new()
        .merge(state::routes())
        .merge(delta::routes())
        .merge(faults::routes())
        .merge(identity::routes())
        .with_state(Arc::clone(service))
}
