use bytes::Bytes;
use drivebell::TokenRequest;
use serde::Serialize;

/// What a token service is asked.
#[derive(Serialize)]
struct Request<'a> {
    user: &'a str,
    tenant: &'a str,
    scopes: &'a [String],
    /// Whether a cached token must not be returned, because Graph refused the last one.
    refresh: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a str>,
}

pub(super) fn body(user: &str, tenant: &str, request: &TokenRequest) -> Bytes {
    let request = Request {
        user,
        tenant,
        scopes: &request.scopes,
        refresh: request.refresh,
        claims: request.claims.as_deref(),
    };
    serde_json::to_vec(&request)
        .map(Bytes::from)
        .unwrap_or_default()
}
