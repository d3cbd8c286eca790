//! The parameters of a POST request.

use std::collections::HashMap;

use axum::Form as AxumForm;
use axum::extract::{FromRequest, Request};
use serde_json::Value;

use super::error::OAuthError;

/// The body of a request. It contains secrets, so it is neither shown nor recorded.
#[derive(Default)]
pub(super) struct Form(HashMap<String, String>);

impl Form {
    /// A body that is no form has no parameters.
    pub(super) async fn read(request: Request) -> Self {
        let form = AxumForm::<HashMap<String, String>>::from_request(request, &()).await;
        form.map(|AxumForm(values)| Self(values))
            .unwrap_or_default()
    }

    /// `None` if the parameter is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::missing_parameter(name))
    }

    /// Whether the client says by the claim `xms_cc` that it handles claims challenges: continuous
    /// access evaluation.
    pub(super) fn asks_for_cae(&self) -> bool {
        let claims = self.get("claims");
        let claims = claims.and_then(|claims| serde_json::from_str::<Value>(claims).ok());
        let values = claims.map(|claims| claims["access_token"]["xms_cc"]["values"].clone());
        let values = values.as_ref().and_then(Value::as_array);
        values.is_some_and(|values| {
            values.iter().any(|value| {
                value
                    .as_str()
                    .is_some_and(|cc| cc.eq_ignore_ascii_case("cp1"))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cae_is_a_claim() {
        let asks =
            |claims: &str| Form([("claims".to_owned(), claims.to_owned())].into()).asks_for_cae();
        assert!(asks(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#));
        assert!(asks(
            r#"{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["CP1"]}}}"#
        ));
        assert!(!asks(r#"{"access_token":{"nbf":{"value":"1"}}}"#));
        assert!(!asks("cp1"));
        assert!(!Form::default().asks_for_cae());
    }
}
