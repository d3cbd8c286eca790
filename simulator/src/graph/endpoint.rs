//! Graph's "Get websocket endpoint".

use axum::Json;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::auth;
use super::error::{GraphError, GraphResult};
use crate::behaviour::{EndpointShape, Expiry};
use crate::clock;
use crate::lock::lock;
use crate::notifications::CLIENT_STATE;
use crate::resource_path::{DriveAddress, ResourcePath, split_version};
use crate::service::Service;

const APPLICATION_ID: &str = "22c49a0d-d21c-4792-aed1-8f163c982546";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date_time: Option<String>,
    id: String,
    notification_url: String,
}

pub(super) fn matches(path: &ResourcePath<'_>) -> bool {
    match path.rest {
        "/root/subscriptions/socketIo" => !path.plain_list,
        "/list/subscriptions/socketIo" => matches!(path.drive, DriveAddress::Drive(_)),
        "/subscriptions/socketIo" => path.plain_list,
        _ => false,
    }
}

/// Issues a notification URL.
pub(super) fn respond(
    service: &Service,
    uri: &Uri,
    address: &DriveAddress,
    headers: &HeaderMap,
    token: &str,
) -> GraphResult<Response> {
    auth::require_delegated(service, token)?;
    if !is_json(headers) {
        return Err(GraphError::invalid_request(
            "The request must carry Content-Type: application/json.",
        ));
    }
    let subscription = {
        let drive = service.drives.at(address);
        let drive = lock(drive.ok_or_else(|| GraphError::drive_not_found(address))?);
        let options = &service.options;
        let expiry = service.injector.expiry(drive.id()).unwrap_or(Expiry {
            after: options.lifetime,
            then: options.at_expiry,
            announced: true,
        });
        let subscriptions = &service.subscriptions;
        subscriptions.issue(drive.id(), drive.list_id(), options.lifetime, expiry)
    };
    let shape = service.options.endpoint_shape;
    let application = match shape {
        EndpointShape::Observed => format!("&applicationId={APPLICATION_ID}"),
        EndpointShape::Documented => String::new(),
    };
    let observed = shape == EndpointShape::Observed;
    let (version, _) = split_version(uri.path());
    let endpoint = Endpoint {
        context: format!("https://graph.microsoft.com/{version}/$metadata#subscriptions/$entity"),
        client_state: observed.then_some(CLIENT_STATE),
        expiration_date_time: observed.then(|| clock::precise(subscription.announced_expiry)),
        id: subscription.id.clone(),
        notification_url: format!(
            "http://127.0.0.1:{}{}?{}={}{application}",
            service.port,
            shape.namespace(),
            shape.secret_parameter(),
            subscription.encoded_secret,
        ),
    };
    Ok(Json(endpoint).into_response())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}
