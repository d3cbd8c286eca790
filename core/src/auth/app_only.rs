use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// Whether the claims of a token that Graph refused say that no user signed in.
///
/// The token is not verified, because the result only explains an error. In an app-only token of
/// Microsoft's identity platform, `idtyp` is `app`, or there are `roles` without `scp`:
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
pub(crate) fn is_app_only(token: &str) -> bool {
    claims(token).is_some_and(|claims| are_app_only(&claims))
}

pub(crate) fn are_app_only(claims: &Value) -> bool {
    claims["idtyp"] == "app" || (claims["roles"].is_array() && claims["scp"].is_null())
}

/// The claims of a token, if it is a JWT. They are not verified.
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
    fn app_only_tokens_are_recognized() {
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
