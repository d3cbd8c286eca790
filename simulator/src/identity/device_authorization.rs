//! The device authorization request: RFC 8628, section 3.1.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::OAuthError;
use super::form::Form;
use super::origin::Origin;
use super::service::Identity;

#[derive(Serialize)]
struct DeviceAuthorization {
    user_code: String,
    device_code: String,
    verification_uri: String,
    expires_in: u64,
    interval: u64,
    /// Only Microsoft's, for the person.
    message: String,
}

pub(super) fn respond(
    identity: &Identity,
    form: &Form,
    origin: &Origin,
) -> Result<Response, OAuthError> {
    let client_id = form.require("client_id")?;
    let scope = form.require("scope")?;
    super::scopes::Scopes::parse(scope)?;
    let codes = &identity.device_codes;
    let issued = codes.issue(client_id, scope);
    let verification_uri = origin.url("/devicelogin");
    let message = format!(
        "To sign in, use a web browser to open the page {verification_uri} and enter the code {} \
         to authenticate.",
        issued.user_code
    );
    let authorization = DeviceAuthorization {
        user_code: issued.user_code,
        device_code: issued.device_code,
        verification_uri,
        expires_in: codes.lifetime.as_secs(),
        interval: codes.interval.as_secs(),
        message,
    };
    Ok(Json(authorization).into_response())
}
