//! Responds to every request to the identity service.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::OAuthError;
use super::form::Form;
use super::grants::{GrantType, TokenRequest};
use super::origin::Origin;
use super::route::{Operation, Route};
use super::{device_authorization, metadata};
use crate::middleware::FaultAnswer;
use crate::service::Service;

pub(crate) const CORRELATION_ID: HeaderName = HeaderName::from_static("client-request-id");
const ISSUED: &str = "issued";

pub(crate) async fn handle(State(service): State<Arc<Service>>, request: Request) -> Response {
    let uri = request.uri().clone();
    let Some(route) = Route::parse(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let origin = Origin::of(&request, service.port);
    let correlation_id = request.headers().get(CORRELATION_ID).cloned();
    let fault = request.extensions().get::<Arc<FaultAnswer>>().cloned();
    let mut response = match (route.operation, fault.as_deref()) {
        (Operation::Token, fault) => token(&service, &route, &origin, fault, request).await,
        (_, Some(fault)) => fault.response(),
        (Operation::DeviceCode, None) if request.method() == Method::POST => {
            let correlation_id = text(correlation_id.as_ref());
            let form = Form::read(request).await;
            device_authorization::respond(&service.identity, &form, &origin)
                .unwrap_or_else(|error| error.response(correlation_id))
        }
        (Operation::DeviceCode, None) => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        (Operation::DeviceLogin, None) => metadata::device_login(),
        (Operation::Configuration, None) => metadata::configuration(route.tenant, &origin),
        (Operation::Keys, None) => metadata::keys(),
        (Operation::Instance, None) => metadata::instance(route.tenant, &origin),
        (Operation::UserRealm(user), None) => metadata::user_realm(user),
    };
    let headers = response.headers_mut();
    // A fault may have set them.
    let cache = headers.entry(header::CACHE_CONTROL);
    cache.or_insert(HeaderValue::from_static("no-store, no-cache"));
    if let Some(id) = correlation_id {
        headers.entry(CORRELATION_ID).or_insert(id);
    }
    response
}

/// Also the response of a fault passes here, so that it is counted with its grant type.
async fn token(
    service: &Service,
    route: &Route<'_>,
    origin: &Origin,
    fault: Option<&FaultAnswer>,
    request: Request,
) -> Response {
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let correlation_id = request.headers().get(CORRELATION_ID).cloned();
    let form = Form::read(request).await;
    let identity = &service.identity;
    let (outcome, response) = if let Some(fault) = fault {
        (fault.outcome(), fault.response())
    } else {
        let request = TokenRequest {
            identity,
            tenant: route.tenant,
            form: &form,
            origin,
        };
        match request.respond() {
            Ok(tokens) => (ISSUED.to_owned(), tokens.into_response()),
            Err(error) => {
                let response = error.response(text(correlation_id.as_ref()));
                (error.error.into_owned(), response)
            }
        }
    };
    let grant_type = GrantType::of(&form).ok().map(GrantType::name);
    let log = &identity.token_log;
    log.record(grant_type, outcome, form.asks_for_cae());
    response
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

/// The response of the fault `answer` to a request to this service, if it has no body of its own.
///
/// Without a code, a 400 or 401 is OAuth's usual error for this status. Any other response comes
/// from an overloaded server, not from the identity service.
pub(crate) fn fault_response(
    status: StatusCode,
    code: Option<&str>,
    message: Option<&str>,
    correlation_id: Option<&str>,
) -> Response {
    let code = code.or(match status {
        StatusCode::BAD_REQUEST => Some("invalid_request"),
        StatusCode::UNAUTHORIZED => Some("invalid_client"),
        _ => None,
    });
    match (code, message) {
        (Some(code), message) => {
            let message = message.map(ToOwned::to_owned);
            OAuthError::for_fault(status, code.to_owned(), message).response(correlation_id)
        }
        (None, message) => {
            let usual = status.canonical_reason().unwrap_or_default();
            (status, message.unwrap_or(usual).to_owned()).into_response()
        }
    }
}
