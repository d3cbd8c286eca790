use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// Whether a token that Graph has already refused says of itself that no user signed in.
///
/// The token is looked into without verifying it: it explains an error, and decides nothing. In a
/// token of Microsoft's identity platform, `idtyp` is `app`, or `roles` come without `scp`:
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
pub(crate) fn is_app_only(token: &str) -> bool {
    claims(token).is_some_and(|claims| are_app_only(&claims))
}

pub(crate) fn are_app_only(claims: &Value) -> bool {
    claims["idtyp"] == "app" || (claims["roles"].is_array() && claims["scp"].is_null())
}

/// What a token says of itself, if it is a JWT, unverified.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!(
            "eyJhbGciOiJub25lIn0.{}.c2ln",
            BASE64URL_NOPAD.encode(claims.as_bytes())
        )
    }

    #[test]
    fn tells_app_only_tokens_from_delegated_ones() {
        for app in [r#"{"idtyp":"app"}"#, r#"{"roles":["Files.Read.All"]}"#] {
            assert!(is_app_only(&jwt(app)), "{app}");
        }
        for delegated in [
            r#"{"idtyp":"user","scp":"Files.Read"}"#,
            r#"{"roles":["x"],"scp":"Files.Read"}"#,
            "{}",
            "[]",
            "not json",
        ] {
            assert!(!is_app_only(&jwt(delegated)), "{delegated}");
        }
        for opaque in ["", "EwB4A8l6", "a.b", "a.!.c"] {
            assert!(!is_app_only(opaque), "{opaque}");
        }
    }
}
