//! Responds to every request under `/v1.0` and `/beta`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::error::{GraphError, GraphResult};
use super::route::{Operation, Route};
use super::{auth, delta, endpoint, items};
use crate::resource_path::split_version;
use crate::service::Service;

pub(crate) async fn handle(State(service): State<Arc<Service>>, request: Request) -> Response {
    match respond(&service, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn respond(service: &Service, request: Request) -> GraphResult<Response> {
    let headers = request.headers();
    let bearer = auth::authenticate(service, headers)?;
    let uri = request.uri().clone();
    let Some(mut route) = Route::parse(uri.path()) else {
        return Err(GraphError::no_such_route(split_version(uri.path()).1));
    };
    let access = &service.access;
    route.path.drive = access.resolve(bearer.caller, route.path.drive);
    if access.denies(bearer.caller, &route.path.drive) {
        return Err(GraphError::new(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Access denied: the drive belongs to another user.",
        ));
    }
    match &route.operation {
        Operation::Endpoint => {
            require_get(&request)?;
            endpoint::respond(service, &uri, &route.path.drive, headers, bearer.token)
        }
        Operation::Delta(delta) => {
            require_get(&request)?;
            delta::respond(service, &route.path.drive, delta, &uri, headers)
        }
        Operation::Item => {
            items::respond(&service.drives, &service.announcer, &route.path, request).await
        }
    }
}

fn require_get(request: &Request) -> GraphResult<()> {
    if request.method() == Method::GET {
        Ok(())
    } else {
        Err(GraphError::method_not_allowed())
    }
}
