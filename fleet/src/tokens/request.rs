use std::fmt::Write as _;

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

/// A user as the last part of a subject: letters, digits, `-` and `_` stay, any other byte of UTF-8
/// becomes `=` and two hexadecimal digits. So `kim@contoso.com` is `kim=40contoso=2Ecom`.
pub fn user_token(user: &str) -> String {
    let mut token = String::with_capacity(user.len() + 8);
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            token.push(char::from(byte));
        } else {
            let _ = write!(token, "={byte:02X}");
        }
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_one_part_of_a_subject() {
        for (user, token) in [
            ("kim", "kim"),
            ("kim@contoso.com", "kim=40contoso=2Ecom"),
            ("a-b_C9", "a-b_C9"),
            ("a b*>.=", "a=20b=2A=3E=2E=3D"),
            ("ü", "=C3=BC"),
        ] {
            assert_eq!(user_token(user), token);
        }
    }
}
