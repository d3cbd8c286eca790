//! The control API under `/_simulator/`, for tests in other languages.

mod delta;
mod editor;
mod faults;
mod identity;
mod items;
mod own_pages;
mod state;

use std::sync::Arc;

use axum::Router;

use crate::service::Service;
use crate::ui;
pub(crate) use own_pages::own_pages_only;
pub(crate) use state::drives;

/// The prefix of all control routes.
const PREFIX: &str = "/_simulator/";

/// Whether a path is one of the control API or of the page: faults do not affect these, and they are
/// not recorded.
pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with(PREFIX) || path == ui::PAGE
}

pub(crate) fn routes(service: &Arc<Service>) -> Router {
    let routes = Router::new()
        .merge(state::routes())
        .merge(delta::routes())
        .merge(items::routes())
        .merge(editor::routes())
        .merge(faults::routes())
        .merge(identity::routes());
    own_pages_only(routes).with_state(Arc::clone(service))
}
