//! The page of `--ui`, on which a person plays with the drives. It uses the control API, and one
//! route of its own that tells everything that changes.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::clock;
use crate::control;
use crate::service::Service;

/// The path of the page.
pub(crate) const PAGE: &str = "/";

/// How many events a response has at most.
const MAX_EVENTS: usize = 200;

/// The page loads nothing from elsewhere, runs no script but its own, and is in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPTS: [(&str, &str); 6] = [
    ("/_simulator/ui/api.js", include_str!("api.js")),
    ("/_simulator/ui/dialog.js", include_str!("dialog.js")),
    ("/_simulator/ui/elements.js", include_str!("elements.js")),
    ("/_simulator/ui/faults.js", include_str!("faults.js")),
    ("/_simulator/ui/page.js", include_str!("page.js")),
    ("/_simulator/ui/tree.js", include_str!("tree.js")),
];

pub(crate) fn routes(service: &Arc<Service>) -> Router {
    let mut routes = Router::new()
        .route(
            PAGE,
            get(async || file("text/html", include_str!("page.html"))),
        )
        .route(
            "/_simulator/ui/page.css",
            get(async || file("text/css", include_str!("page.css"))),
        )
        .route("/_simulator/ui/state", get(state));
    for (path, content) in SCRIPTS {
        routes = routes.route(path, get(async move || file("text/javascript", content)));
    }
    control::own_pages_only(routes).with_state(Arc::clone(service))
}

fn file(media_type: &str, content: &'static str) -> Response {
    let headers: [(HeaderName, String); 5] = [
        (header::CONTENT_TYPE, format!("{media_type}; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        // Another version of the simulator may be next on this port.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, content).into_response()
}

#[derive(Deserialize)]
struct StateQuery {
    /// The sequence of the last event that the page has.
    #[serde(default)]
    after: u64,
}

async fn state(State(service): State<Arc<Service>>, Query(query): Query<StateQuery>) -> Response {
    Json(json!({
        "now": clock::unix_microseconds(),
        "drives": control::drives(&service),
        "sessions": service.sockets.sessions(),
        "events": service.events.after(query.after, MAX_EVENTS),
        "faults": service.injector.list(),
    }))
    .into_response()
}
