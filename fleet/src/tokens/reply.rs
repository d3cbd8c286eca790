use std::time::Duration;

use drivebell::{BoxError, CredentialFailure};
use serde::Deserialize;

use super::MAX_REPLY;
use crate::Secret;

/// What a token service has answered.
#[derive(Debug)]
pub(super) enum Reply {
    Token {
        token: Secret,
        expires_in: Option<Duration>,
    },
    /// It has said why there is none: for good, or for now.
    Refused(CredentialFailure),
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    expires_in: Option<f64>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

/// Reads the answer of `service`. An error shows no part of it: anything of it may be a token.
pub(super) fn parse(service: &str, body: &[u8]) -> Result<Reply, BoxError> {
    let wrong = |what: &str| {
        format!(
            "{service} has answered {what}, and must answer {{\"token\": …, \"expires_in\": seconds}} \
             or {{\"error\": code, \"error_description\": …}}: mend it"
        )
    };
    if body.len() > MAX_REPLY {
        return Err(wrong(&format!("more than {MAX_REPLY} bytes")).into());
    }
    let content: Content = serde_json::from_slice(body).map_err(|error| {
        // serde_json quotes values in errors of data, but not in those of syntax.
        let what = if error.is_data() {
            "JSON with other fields, or of other types".to_owned()
        } else {
            format!("something that is not JSON (line {})", error.line())
        };
        wrong(&what)
    })?;
    match content {
        Content {
            error: Some(code), ..
        } => Ok(Reply::Refused(refused(
            &code,
            content.error_description.as_deref(),
        ))),
        Content {
            token: Some(token),
            expires_in,
            ..
        } => {
            let expires_in = match expires_in.map(Duration::try_from_secs_f64) {
                None => None,
                Some(Ok(rest)) => Some(rest),
                Some(Err(_)) => {
                    return Err(wrong("an expires_in that is no number of seconds").into());
                }
            };
            let token = Secret::new(token);
            Ok(Reply::Token { token, expires_in })
        }
        _ => Err(wrong("JSON with neither a token nor an error").into()),
    }
}

/// drivebell's own rule decides by the code and the text whether it is for good.
fn refused(code: &str, description: Option<&str>) -> CredentialFailure {
    let text = match description {
        Some(description) if !description.is_empty() => format!("{code}: {description}"),
        _ => code.to_owned(),
    };
    CredentialFailure {
        class_names: Vec::new(),
        text,
        causes: Vec::new(),
        oauth_error: Some(code.to_owned()),
        is_misuse: false,
        source: "the token service gave no token".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Result<Reply, BoxError> {
        parse("the token service", body.as_bytes())
    }

    #[test]
    fn a_token_comes_with_its_expiry() {
        for (body, expected) in [
            (r#"{"token":"ey.s3cr3t"}"#, None),
            (r#"{"token":"ey.s3cr3t","expires_in":3599}"#, Some(3599)),
            (
                r#"{"token":"ey.s3cr3t","expires_in":60.0,"other":1}"#,
                Some(60),
            ),
        ] {
            let reply = parsed(body).unwrap();
            assert!(!format!("{reply:?}").contains("s3cr3t"));
            let Reply::Token { token, expires_in } = reply else {
                panic!("a token")
            };
            assert_eq!(token.expose(), "ey.s3cr3t");
            assert_eq!(expires_in, expected.map(Duration::from_secs));
        }
    }

    #[test]
    fn a_refusal_is_told_from_an_outage() {
        for (body, is_refusal, shown) in [
            (
                r#"{"error":"invalid_grant","error_description":"AADSTS70008: expired"}"#,
                true,
                "invalid_grant: AADSTS70008: expired",
            ),
            (r#"{"error":"invalid_request"}"#, true, "invalid_request"),
            (
                r#"{"error":"temporarily_unavailable","error_description":"try later"}"#,
                false,
                "temporarily_unavailable: try later",
            ),
            (r#"{"error":"no_database"}"#, false, "no_database"),
        ] {
            let Reply::Refused(failure) = parsed(body).unwrap() else {
                panic!("{body}")
            };
            assert_eq!(failure.is_refusal(), is_refusal, "{body}");
            assert_eq!(failure.to_string(), shown);
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_refused_and_not_shown() {
        let huge = format!(r#"{{"token":"s3cr3t{}"}}"#, "x".repeat(MAX_REPLY));
        for (body, says) in [
            ("", "not JSON"),
            ("s3cr3t", "not JSON"),
            ("{}", "neither a token nor an error"),
            (r#"{"access_token":"s3cr3t"}"#, "neither"),
            (r#"{"token":["s3cr3t"]}"#, "other types"),
            (r#"{"token":"s3cr3t","expires_in":"s3cr3t"}"#, "other types"),
            (
                r#"{"token":"s3cr3t","expires_in":-5}"#,
                "no number of seconds",
            ),
            (&huge, "more than 65536 bytes"),
        ] {
            let error = parsed(body).unwrap_err().to_string();
            assert!(error.contains(says), "{body}: {error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
