//! What a token says about itself, if it is a JWT. Nothing is verified, because it only explains
//! errors: tokens for Graph are opaque to clients, and those of personal accounts cannot be read.

use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::access_token::Rough;
use crate::foreign_text;
use crate::help_page::ErrorCause;

/// Graph's identifier, which some tokens have as their audience.
const GRAPH_APPLICATION: &str = "00000003-0000-0000-c000-000000000000";

/// How much of a claim is shown.
const MAX_CLAIM: usize = 200;

/// The claims of a token.
#[derive(Debug)]
pub(crate) struct Claims(Value);

impl Claims {
    pub(crate) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        claims.is_object().then_some(Self(claims))
    }

    /// Whether no user signed in: `idtyp` is `app`, or there are `roles` without `scp`:
    /// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
    pub(crate) fn are_app_only(&self) -> bool {
        let claims = &self.0;
        claims["idtyp"] == "app" || (claims["roles"].is_array() && claims["scp"].is_null())
    }

    pub(crate) fn scopes(&self) -> Option<&str> {
        self.0["scp"].as_str()
    }

    pub(crate) fn audience(&self) -> Option<&str> {
        self.0["aud"].as_str()
    }

    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.0["exp"].as_u64()?);
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    }

    /// Why Graph answers 401, if the claims show it: the cause, and a sentence. `graph` is its origin.
    pub(crate) fn why_unauthorized(
        &self,
        graph: &str,
        now: SystemTime,
    ) -> Option<(ErrorCause, String)> {
        let expired = self
            .expiry()
            .and_then(|expiry| now.duration_since(expiry).ok());
        if let Some(past) = expired {
            let problem = format!(
                "the access token expired {} ago; pass a function or a credential that gets new ones",
                Rough(past)
            );
            return Some((ErrorCause::TokenExpired, problem));
        }
        let audience = self
            .audience()
            .filter(|audience| !is_graph(audience, graph))?;
        let problem = format!(
            "the access token is for {}, not for Microsoft Graph; request it with a scope such as \
             {graph}/Files.Read",
            shown(audience)
        );
        Some((ErrorCause::WrongAudience, problem))
    }

    /// Why Graph answers 403, if the claims show it.
    pub(crate) fn why_denied(&self) -> Option<String> {
        let scopes = self.scopes()?;
        let allows = |scope: &str| scope.starts_with("Files.") || scope.starts_with("Sites.");
        if scopes.split(' ').any(allows) {
            return None;
        }
        Some(format!(
            "the access token has the scopes {}, and none of Files.Read, Files.ReadWrite, \
             Files.ReadWrite.All or Sites.ReadWrite.All; request at least Files.Read, and grant it \
             to the app",
            shown(scopes)
        ))
    }
}

fn is_graph(audience: &str, graph: &str) -> bool {
    let origin = audience.trim_end_matches('/');
    audience == GRAPH_APPLICATION || origin == graph || origin == "https://graph.microsoft.com"
}

fn shown(claim: &str) -> String {
    foreign_text::beginning(claim, MAX_CLAIM)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "https://graph.microsoft.com";

    fn claims(claims: &str) -> Option<Claims> {
        let payload = BASE64URL_NOPAD.encode(claims.as_bytes());
        Claims::of(&format!("eyJhbGciOiJub25lIn0.{payload}.c2ln"))
    }

    #[test]
    fn app_only_tokens_are_recognized() {
        for app in [r#"{"idtyp":"app"}"#, r#"{"roles":["Files.Read.All"]}"#] {
            assert!(claims(app).unwrap().are_app_only(), "{app}");
        }
        for delegated in [
            r#"{"idtyp":"user","scp":"Files.Read"}"#,
            r#"{"roles":["x"],"scp":"Files.Read"}"#,
            "{}",
        ] {
            assert!(!claims(delegated).unwrap().are_app_only(), "{delegated}");
        }
        assert!(claims("[]").is_none());
        assert!(claims("not json").is_none());
        for opaque in ["", "EwB4A8l6", "a.b", "a.!.c"] {
            assert!(Claims::of(opaque).is_none(), "{opaque}");
        }
    }

    #[test]
    fn a_401_is_explained_by_the_expiry_or_the_audience() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        let why = |text| claims(text).unwrap().why_unauthorized(GRAPH, now);
        let (cause, expired) = why(r#"{"exp":1999999400,"aud":"other"}"#).unwrap();
        assert_eq!(cause, ErrorCause::TokenExpired);
        assert!(expired.contains("expired 10 min ago"), "{expired}");
        let other = why(r#"{"exp":2000000600,"aud":"https://management.core.windows.net/"}"#);
        let (cause, other) = other.unwrap();
        assert_eq!(cause, ErrorCause::WrongAudience);
        assert!(
            other.contains("for https://management.core.windows.net/"),
            "{other}"
        );
        for fine in [
            "{}",
            r#"{"exp":2000000600,"aud":"https://graph.microsoft.com/"}"#,
            r#"{"aud":"https://graph.microsoft.com"}"#,
            r#"{"aud":"00000003-0000-0000-c000-000000000000"}"#,
        ] {
            assert_eq!(why(fine), None, "{fine}");
        }
    }

    #[test]
    fn a_403_is_explained_by_the_scopes() {
        let why = |text| claims(text).unwrap().why_denied();
        let lacking = why(r#"{"scp":"openid User.Read"}"#).unwrap();
        assert!(
            lacking.contains("scopes openid User.Read, and none"),
            "{lacking}"
        );
        assert_eq!(why(r#"{"scp":"User.Read Files.Read"}"#), None);
        assert_eq!(why("{}"), None);
    }
}
