//! Responds to every request under `/v1.0` and `/beta`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::addresses::Address;
use super::error::{GraphError, GraphResult};
use super::route::{Operation, Route};
use super::{auth, delta, endpoint, items};
use crate::access::Caller;
use crate::resource_path::{DriveAddress, split_version};
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
    if let Some(address) = Address::parse(&service.drives, split_version(uri.path()).1) {
        require_get(&request)?;
        let address = address?;
        check_access(
            service,
            bearer.caller,
            &DriveAddress::Drive(address.drive.clone()),
        )?;
        return address.respond(&service.drives);
    }
    let Some(mut route) = Route::parse(uri.path()) else {
        return Err(GraphError::no_such_route(split_version(uri.path()).1));
    };
    route.path.drive = service.access.resolve(bearer.caller, route.path.drive);
    check_access(service, bearer.caller, &route.path.drive)?;
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

fn check_access(service: &Service, caller: Caller<'_>, drive: &DriveAddress) -> GraphResult<()> {
    if !service.access.denies(caller, drive) {
        return Ok(());
    }
    Err(GraphError::new(
        StatusCode::FORBIDDEN,
        "accessDenied",
        "Access denied: the drive belongs to another user.",
    ))
}

fn require_get(request: &Request) -> GraphResult<()> {
    if request.method() == Method::GET {
        Ok(())
    } else {
        Err(GraphError::method_not_allowed())
    }
}
