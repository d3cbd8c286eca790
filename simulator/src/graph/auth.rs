//! The bearer token of a request.

use std::sync::atomic::Ordering;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::error::{GraphError, GraphResult};
use super::issued_token;
use crate::access::Caller;
use crate::service::Service;

/// An accepted bearer token, and whose it is.
pub(crate) struct Bearer<'a> {
    pub(super) token: &'a str,
    pub(crate) caller: Caller<'a>,
}

/// The bearer token, if it is accepted: one of the options, or one of the identity service.
pub(crate) fn authenticate<'a>(
    service: &'a Service,
    headers: &'a HeaderMap,
) -> GraphResult<Bearer<'a>> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token)
        .ok_or_else(|| GraphError::unauthenticated("Access token is empty."))?;
    let caller = if service.access.accepts(token) {
        Caller::Token(token)
    } else {
        issued_token::caller(service, token)?
    };
    Ok(Bearer { token, caller })
}

#[derive(Deserialize)]
struct Claims {
    idtyp: Option<String>,
    roles: Option<Vec<String>>,
    scp: Option<String>,
}

/// Refuses a token with application permissions, which the endpoint request does not support.
pub(super) fn require_delegated(service: &Service, token: &str) -> GraphResult<()> {
    if service.app_only.load(Ordering::Relaxed) || is_of_application(token) {
        return Err(GraphError::new(
            StatusCode::FORBIDDEN,
            "accessDenied",
            "Access denied: application permissions are not supported for this resource.",
        ));
    }
    Ok(())
}

fn is_of_application(token: &str) -> bool {
    let claims = claims(token);
    claims.is_some_and(|claims| {
        let without_user = claims.roles.is_some() && claims.scp.is_none();
        claims.idtyp.as_deref() == Some("app") || without_user
    })
}

/// The claims, if the token is a JWT. The signature is not verified: there is no key.
fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn application_permissions_are_recognised() {
        for claims in [r#"{"idtyp":"app"}"#, r#"{"roles":["Files.Read.All"]}"#] {
            assert!(is_of_application(&token(claims)), "{claims}");
        }
        for claims in [
            r#"{"idtyp":"user","scp":"Files.Read"}"#,
            r#"{"roles":["x"],"scp":"Files.Read"}"#,
            "not json",
        ] {
            assert!(!is_of_application(&token(claims)), "{claims}");
        }
        assert!(!is_of_application("opaque"));
    }
}
