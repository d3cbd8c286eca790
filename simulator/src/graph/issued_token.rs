//! Access tokens of the identity service: which of them Graph accepts.

use axum::http::StatusCode;

use super::error::{GraphError, GraphResult};
use crate::access::Caller;
use crate::identity::AccessToken;
use crate::service::Service;

/// Graph's application id.
const APPLICATION_ID: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH: &str = "https://graph.microsoft.com";

/// Whose token it is, if Graph accepts it.
pub(super) fn caller<'a>(service: &'a Service, token: &str) -> GraphResult<Caller<'a>> {
    let identity = &service.identity;
    let token = identity.read_access_token(token).ok_or_else(|| {
        GraphError::unauthenticated("Access token validation failure. Invalid token.")
    })?;
    if !is_audience(&token.aud, service.port) {
        return Err(GraphError::unauthenticated(
            "Access token validation failure. Invalid audience.",
        ));
    }
    if token.is_expired(service.advance.total()) {
        return Err(GraphError::unauthenticated(
            "Lifetime validation failed, the token is expired.",
        ));
    }
    if token.is_of_application() {
        return Ok(Caller::Application);
    }
    // Without continuous access evaluation, a token is valid until it expires.
    if token.has_cae()
        && let Some(at) = identity.revoked(&token)
    {
        return Err(GraphError::revoked(at));
    }
    require_permission(&token)?;
    let account = identity.account_of(&token).ok_or_else(|| {
        GraphError::unauthenticated("Access token validation failure. Unknown user.")
    })?;
    Ok(Caller::Account {
        drive: &account.drive,
    })
}

fn is_audience(audience: &str, port: u16) -> bool {
    let audience = audience.trim_end_matches('/');
    let own = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{port}"));
    [GRAPH, APPLICATION_ID].contains(&audience) || own.iter().any(|own| own == audience)
}

/// Refuses a token of a user without a permission on files.
fn require_permission(token: &AccessToken) -> GraphResult<()> {
    let scopes = token.scp.as_deref().unwrap_or_default();
    let mut scopes = scopes.split(' ');
    if scopes.any(|scope| scope.starts_with("Files.") || scope.starts_with("Sites.")) {
        return Ok(());
    }
    Err(GraphError::new(
        StatusCode::FORBIDDEN,
        "accessDenied",
        "Access denied",
    ))
}
