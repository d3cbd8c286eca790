//! "Get websocket endpoint".

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{GraphError, GraphResult, auth, no_such_place};
use crate::behaviour::{EndpointShape, Expiry};
use crate::clock;
use crate::resource_path::{Located, Place};
use crate::service::{Shared, lock};
use crate::socketio::CLIENT_STATE;

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

pub(super) fn is_asked(located: &Located<'_>) -> bool {
    match located.rest {
        "/root/subscriptions/socketIo" => !located.plain_list,
        "/list/subscriptions/socketIo" => matches!(located.place, Place::Drive(_)),
        "/subscriptions/socketIo" => located.plain_list,
        _ => false,
    }
}

pub(super) fn issue(
    shared: &Arc<Shared>,
    version: &str,
    located: &Located<'_>,
    headers: &HeaderMap,
    token: &str,
) -> GraphResult<Response> {
    auth::require_delegated(token)?;
    if !is_json(headers) {
        return Err(GraphError::invalid_request(
            "The request must carry Content-Type: application/json.",
        ));
    }
    let drive = shared
        .drive_at(&located.place)
        .ok_or_else(|| no_such_place(located))?;
    let subscription = {
        let drive = lock(drive);
        let lifetime = shared.config.lifetime;
        let expiry = shared.faults.expiry(drive.id()).unwrap_or(Expiry {
            after: lifetime,
            then: shared.config.at_expiry,
            announced: true,
        });
        shared
            .subscriptions
            .issue(drive.id(), drive.list_id(), lifetime, expiry)
    };
    let shape = shared.config.endpoint_shape;
    let application = match shape {
        EndpointShape::Observed => format!("&applicationId={APPLICATION_ID}"),
        EndpointShape::Documented => String::new(),
    };
    let observed = shape == EndpointShape::Observed;
    let endpoint = Endpoint {
        context: format!("https://graph.microsoft.com/{version}/$metadata#subscriptions/$entity"),
        client_state: observed.then_some(CLIENT_STATE),
        expiration_date_time: observed.then(|| clock::precise(subscription.announced_expiry)),
        id: subscription.id.clone(),
        notification_url: format!(
            "http://127.0.0.1:{}{}?{}={}{application}",
            shared.port,
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
