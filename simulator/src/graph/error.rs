//! Graph's errors.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

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

const CHALLENGE: HeaderValue = HeaderValue::from_static(
    "Bearer realm=\"\", \
     authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
     client_id=\"00000003-0000-0000-c000-000000000000\"",
);

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(Ok(location)) = self.location.as_deref().map(HeaderValue::try_from) {
            let headers = response.headers_mut();
            headers.insert(header::LOCATION, location);
        }
        response.extensions_mut().insert(self);
        response
    }
}
