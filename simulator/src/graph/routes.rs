//! From a path under `/v1.0` or `/beta` to its answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{GraphError, GraphResult, auth, delta, endpoint, items};
use crate::resource_path::{Located, Place};
use crate::service::Shared;

/// Answers everything under `/v1.0` and `/beta`.
///
/// Not axum's routes: `root:/{path}:/content` is beyond what they can say.
pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match answer(&shared, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(shared: &Arc<Shared>, request: Request) -> GraphResult<Response> {
    let token = auth::bearer(&shared.config, request.headers())?.to_owned();
    let uri = request.uri().clone();
    let (version, path) = split_version(uri.path());
    let mut located = Place::locate(path).ok_or_else(|| GraphError::no_such_route(path))?;
    let users = &shared.config.users;
    located.place = users.place_for(&token, located.place);
    if users.are_kept_from(&token, &located.place) {
        return Err(GraphError::new(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Access denied: the drive is another user's.",
        ));
    }
    if endpoint::is_asked(&located) {
        require(&request, &Method::GET)?;
        return endpoint::issue(shared, version, &located, request.headers(), &token);
    }
    if let Some(asked) = delta::asked(&located) {
        require(&request, &Method::GET)?;
        return delta::answer(shared, &located, &asked, &uri, request.headers());
    }
    items::answer(shared, &located, request).await
}

/// Where in Graph's tree a path points, and what it asks for there.
pub(crate) struct Target<'a> {
    pub(crate) located: Located<'a>,
    pub(crate) endpoint: bool,
    pub(crate) delta: Option<delta::Asked>,
}

pub(crate) fn target(path: &str) -> Option<Target<'_>> {
    let located = Place::locate(split_version(path).1)?;
    Some(Target {
        endpoint: endpoint::is_asked(&located),
        delta: delta::asked(&located),
        located,
    })
}

/// `/v1.0/me/drive` is `v1.0` and `/me/drive`.
pub(crate) fn split_version(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    let end = path.find('/').unwrap_or(path.len());
    path.split_at(end)
}

pub(crate) fn require(request: &Request, method: &Method) -> GraphResult<()> {
    if request.method() == method {
        Ok(())
    } else {
        Err(GraphError::method_not_allowed())
    }
}

pub(crate) fn no_such_place(located: &Located<'_>) -> GraphError {
    let what = match located.place {
        Place::Group(_) => "group",
        Place::User(_) => "user",
        Place::Site(_) => "site",
        Place::List { .. } => "list",
        Place::Me | Place::Drive(_) => "drive",
    };
    GraphError::new(
        StatusCode::NOT_FOUND,
        "itemNotFound",
        format!("The {what} could not be found."),
    )
}
