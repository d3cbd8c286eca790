//! OAuth's errors in Microsoft's format.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// An error of the identity service.
#[derive(Debug, Clone)]
pub(super) struct OAuthError {
    status: StatusCode,
    /// RFC 6749's and RFC 8628's code, or one of Microsoft's.
    pub(super) error: Cow<'static, str>,
    /// The number after `AADSTS`.
    number: u32,
    message: Cow<'static, str>,
    suberror: Option<&'static str>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: &'a str,
    trace_id: &'a str,
    correlation_id: &'a str,
    error_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suberror: Option<&'a str>,
}

impl OAuthError {
    /// An error with the usual description of its code.
    pub(super) fn usual(error: &'static str) -> Self {
        Self::for_fault(StatusCode::BAD_REQUEST, error.to_owned(), None)
    }

    pub(super) fn new(
        error: &'static str,
        number: u32,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.into(),
            number,
            message: message.into(),
            suberror: None,
        }
    }

    /// The error of a fault. Without a message, it has the usual description of its code.
    pub(super) fn for_fault(status: StatusCode, error: String, message: Option<String>) -> Self {
        let (number, usual, suberror) = usual(&error);
        Self {
            status,
            number,
            message: message.map_or(usual.into(), Into::into),
            suberror,
            error: error.into(),
        }
    }

    pub(super) fn suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    pub(super) fn unauthorized(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self
    }

    pub(super) fn missing_parameter(name: &str) -> Self {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        Self::new("invalid_request", 900_144, message)
    }

    pub(super) fn two_resources(scope: &str) -> Self {
        let message = format!(
            "Provided value for the input parameter scope is not valid because it contains more \
             than one resource. Scope {scope} is not valid."
        );
        Self::new("invalid_scope", 28000, message)
    }

    /// `correlation_id` is the client's `client-request-id`.
    pub(super) fn response(&self, correlation_id: Option<&str>) -> Response {
        let trace_id = Uuid::new_v4().to_string();
        let correlation_id =
            correlation_id.map_or_else(|| Uuid::new_v4().to_string(), ToOwned::to_owned);
        let timestamp = Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let (number, message) = (self.number, &self.message);
        let error_description = format!(
            "AADSTS{number}: {message} Trace ID: {trace_id} Correlation ID: {correlation_id} \
             Timestamp: {timestamp}"
        );
        let body = Body {
            error: &self.error,
            error_description,
            error_codes: [number],
            timestamp: &timestamp,
            trace_id: &trace_id,
            correlation_id: &correlation_id,
            error_uri: format!("https://login.microsoftonline.com/error?code={number}"),
            suberror: self.suberror,
        };
        (self.status, Json(body)).into_response()
    }
}

/// The number, the description and the suberror that usually come with a code.
fn usual(error: &str) -> (u32, &'static str, Option<&'static str>) {
    match error {
        "invalid_grant" => (
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send \
             a new interactive authorization request for this user and resource.",
            Some("bad_token"),
        ),
        "interaction_required" => (
            50076,
            "Due to a configuration change made by your administrator, or because you moved to a \
             new location, you must use multi-factor authentication to access \
             '00000003-0000-0000-c000-000000000000'.",
            Some("basic_action"),
        ),
        "consent_required" => (
            65001,
            "The user or administrator has not consented to use the application. Send an \
             interactive authorization request for this user and resource.",
            Some("consent_required"),
        ),
        "unauthorized_client" => (
            700_016,
            "Application with the given identifier was not found in the directory. You may have \
             sent your authentication request to the wrong tenant.",
            None,
        ),
        "invalid_client" => (
            7_000_215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the \
             client secret value, not the client secret ID.",
            None,
        ),
        "invalid_scope" => (
            70011,
            "The provided value for the input parameter 'scope' is not valid.",
            None,
        ),
        "unsupported_grant_type" => (70003, "The app requested an unsupported grant type.", None),
        "authorization_pending" => (
            70016,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            None,
        ),
        // Microsoft does not document this error, so it has no number of its own.
        "slow_down" => (
            70016,
            "OAuth 2.0 device flow error. Authorization is pending. Poll less often.",
            None,
        ),
        "expired_token" => (
            70019,
            "Verification code expired. Have the user retry the sign-in.",
            None,
        ),
        "bad_verification_code" => (70018, "The device code was not recognized.", None),
        "authorization_declined" => (65004, "User declined to consent to access the app.", None),
        "temporarily_unavailable" => (
            90033,
            "A transient error has occurred. Please try again.",
            None,
        ),
        "server_error" => (
            90000,
            "The service encountered an unexpected error. Please try again.",
            None,
        ),
        _ => (900_144, "The request is not valid.", None),
    }
}
