use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The tenant of all personal accounts, as
/// [Microsoft documents](https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference)
/// under `tid`.
const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Who has signed in, as far as the identity service said so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Such as `alex@contoso.com`.
    pub(crate) name: Option<String>,
    /// The tenant that has the account.
    pub(crate) tenant: Option<String>,
}

impl Account {
    /// From the claims of an ID token.
    ///
    /// The signature is not checked, as section 3.1.3.7 of `OpenID` Connect Core allows: the token
    /// came from the identity service itself, over TLS.
    pub(crate) fn from_id_token(token: &str) -> Self {
        let claims = claims(token).unwrap_or_default();
        let text = |name: &str| Some(claims[name].as_str()?.to_owned());
        Self {
            name: text("preferred_username"),
            tenant: text("tid"),
        }
    }

    /// `personal`, or `work or school`.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self.tenant.as_deref()? {
            PERSONAL_TENANT => Some("personal"),
            _ => Some("work or school"),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or("an account without a name"))
    }
}

fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_claims() {
        let token =
            |claims: &str| format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let work = r#"{"preferred_username":"alex@contoso.com","tid":"t"}"#;
        let account = Account::from_id_token(&token(work));
        assert_eq!(account.to_string(), "alex@contoso.com");
        assert_eq!(account.kind(), Some("work or school"));
        let personal = format!(r#"{{"tid":"{PERSONAL_TENANT}"}}"#);
        let account = Account::from_id_token(&token(&personal));
        assert_eq!(account.kind(), Some("personal"));
        assert_eq!(account.to_string(), "an account without a name");
        for unreadable in ["", "a", "a.!.c", &token("7"), &token("[]")] {
            assert_eq!(Account::from_id_token(unreadable), Account::default());
        }
    }
}
