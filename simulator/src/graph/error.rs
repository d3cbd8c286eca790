//! Graph's errors.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::drive::DriveError;
use crate::resource_path::DriveAddress;

pub(crate) type GraphResult<T> = Result<T, GraphError>;

/// An error response. [`super::stamp`] writes its body, which needs the ids of the request.
#[derive(Debug, Clone)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// The `Location` header.
    location: Option<String>,
    /// The claims that the next token must have, in a challenge.
    claims: Option<String>,
}

impl GraphError {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            location: None,
            claims: None,
        }
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalidRequest", message)
    }

    /// The delta token is no longer valid. `location` restarts the enumeration.
    pub(crate) fn resync(location: String) -> Self {
        let message =
            "The delta token is no longer valid, and the application must reset the sync state.";
        Self {
            location: Some(location),
            ..Self::new(StatusCode::GONE, "resyncChangesApplyDifferences", message)
        }
    }

    pub(crate) fn item_not_found() -> Self {
        let message = "The resource could not be found.";
        Self::new(StatusCode::NOT_FOUND, "itemNotFound", message)
    }

    pub(crate) fn drive_not_found(address: &DriveAddress) -> Self {
        let owner = match address {
            DriveAddress::Group(_) => "group",
            DriveAddress::User(_) => "user",
            DriveAddress::Site(_) => "site",
            DriveAddress::List { .. } => "list",
            DriveAddress::Me | DriveAddress::Drive(_) => "drive",
        };
        let message = format!("The {owner} could not be found.");
        Self::new(StatusCode::NOT_FOUND, "itemNotFound", message)
    }

    pub(crate) fn no_such_route(path: &str) -> Self {
        let message = format!("Resource not found for the segment '{path}'.");
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "The HTTP method is not allowed for this resource.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalidRequest", message)
    }

    /// The claims challenge of continuous access evaluation: the token was revoked at this time.
    pub(super) fn revoked(at: Timestamp) -> Self {
        let message = "Continuous access evaluation resulted in challenge with result: \
                       InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
        let since = at.as_second();
        let claims =
            format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{since}"}}}}}}"#);
        Self {
            claims: Some(STANDARD.encode(claims)),
            ..Self::unauthenticated(message)
        }
    }

    pub(crate) fn unauthenticated(message: &'static str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            message,
        )
    }
}

impl From<DriveError> for GraphError {
    fn from(error: DriveError) -> Self {
        let message = error.to_string();
        match error {
            DriveError::NotFound => Self::item_not_found(),
            DriveError::NameExists => Self::new(StatusCode::CONFLICT, "nameAlreadyExists", message),
            DriveError::InvalidName
            | DriveError::IntoItself
            | DriveError::IsRoot
            | DriveError::NotAFolder
            | DriveError::NotAFile => Self::invalid_request(message),
            DriveError::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "quotaLimitReached",
                message,
            ),
        }
    }
}

const CHALLENGE: &str = "Bearer realm=\"\", \
     authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
     client_id=\"00000003-0000-0000-c000-000000000000\"";

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = match &self.claims {
                Some(claims) => {
                    format!("{CHALLENGE}, error=\"insufficient_claims\", claims=\"{claims}\"")
                }
                None => CHALLENGE.to_owned(),
            };
            if let Ok(challenge) = HeaderValue::try_from(challenge) {
                let headers = response.headers_mut();
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        if let Some(Ok(location)) = self.location.as_deref().map(HeaderValue::try_from) {
            let headers = response.headers_mut();
            headers.insert(header::LOCATION, location);
        }
        response.extensions_mut().insert(self);
        response
    }
}
