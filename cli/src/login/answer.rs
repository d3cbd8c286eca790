//! What the identity service answers.

use std::fmt;
use std::time::Duration;

use drivebell::{Error, FormResponse, visible};
use serde_json::Value;

use super::device_flow::DeviceCode;
use super::secret::Secret;

/// RFC 8628, section 3.2: the interval if the answer has none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// How long Microsoft's codes are valid, if the answer does not say.
const DEFAULT_CODE_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// In characters. Microsoft's descriptions have about 300.
const MAX_DESCRIPTION: usize = 600;

/// Errors of OAuth that may pass (RFC 6749, section 4.1.2.1).
const TEMPORARY: [&str; 2] = ["temporarily_unavailable", "server_error"];

/// What each tells a person to do, by the number that Microsoft's description begins with.
const ADVICE: [(&str, &str); 8] = [
    (
        "AADSTS7000218",
        "in the registration of the app, under Authentication, set \"Allow public client flows\" to \
         Yes",
    ),
    (
        "AADSTS700016",
        "no such app there: check --client-id, and that --tenant is the tenant of the app, or that \
         the app allows accounts of others",
    ),
    (
        "AADSTS50194",
        "the app allows accounts of one tenant only: give its id with --tenant",
    ),
    (
        "AADSTS9002346",
        "the app allows personal accounts only: add --tenant consumers",
    ),
    ("AADSTS90002", "there is no such tenant: check --tenant"),
    (
        "AADSTS65002",
        "--client-id is an app of Microsoft's own; register one of yours",
    ),
    (
        "AADSTS53003",
        "the organisation blocks this way to sign in with Conditional Access; ask its administrator",
    ),
    (
        "AADSTS65001",
        "the user or an administrator must consent to the permissions of the app",
    ),
];

/// The tokens of a successful answer.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token: Secret,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) scopes: Vec<String>,
}

/// Why there are none. The message is safe to show.
#[derive(Debug)]
pub(crate) struct NoTokens {
    /// The error code of OAuth, if the service gave one.
    pub(crate) code: Option<String>,
    message: String,
    /// Another attempt with the same form cannot help.
    pub(crate) is_refusal: bool,
}

impl NoTokens {
    pub(crate) fn unusable(host: &str, what: &str) -> Self {
        Self {
            code: None,
            message: format!("{host} answered {what}"),
            is_refusal: false,
        }
    }

    /// From the answer to a form, whatever it looks like.
    ///
    /// Only an error that OAuth defines is a refusal. Anything else comes from something in between,
    /// or from a service that has trouble.
    fn from_response(host: &str, response: &FormResponse, secrets: &[&str]) -> Self {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let text = |name: &str| Some(shown(body[name].as_str()?, secrets));
        let code = text("error");
        let is_refusal = matches!(response.status, 400..=499)
            && !matches!(response.status, 408 | 429)
            && code
                .as_ref()
                .is_some_and(|code| !TEMPORARY.contains(&&**code));
        let message = match &code {
            Some(code) if is_refusal => refusal(host, code, text("error_description")),
            // Without the description: the library takes its number for a refusal.
            Some(code) if TEMPORARY.contains(&&**code) => {
                format!("{host} answered HTTP {} {code}", response.status)
            }
            _ => format!("{host} answered HTTP {}", response.status),
        };
        Self {
            code,
            message,
            is_refusal,
        }
    }
}

impl fmt::Display for NoTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for NoTokens {
    fn from(error: Error) -> Self {
        Self {
            code: None,
            message: error.message(),
            is_refusal: false,
        }
    }
}

pub(super) fn tokens(
    host: &str,
    response: &FormResponse,
    secrets: &[&str],
) -> Result<Tokens, NoTokens> {
    let body = successful(host, response, secrets)?;
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let secret = |name| text(name).map(Secret::new);
    Ok(Tokens {
        access_token: secret("access_token")
            .ok_or_else(|| NoTokens::unusable(host, "without an access token"))?,
        expires_in: seconds(&body["expires_in"]),
        refresh_token: secret("refresh_token"),
        id_token: secret("id_token"),
        scopes: text("scope")
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    })
}

pub(super) fn device_code(host: &str, response: &FormResponse) -> Result<DeviceCode, NoTokens> {
    let body = successful(host, response, &[])?;
    let text = |name: &str| {
        body[name]
            .as_str()
            .ok_or_else(|| NoTokens::unusable(host, &format!("without a {name}")))
    };
    Ok(DeviceCode {
        secret: Secret::new(text("device_code")?),
        user_code: visible(text("user_code")?).into_owned(),
        verification_uri: visible(text("verification_uri")?).into_owned(),
        expires_in: seconds(&body["expires_in"]).unwrap_or(DEFAULT_CODE_LIFETIME),
        interval: seconds(&body["interval"]).unwrap_or(DEFAULT_INTERVAL),
    })
}

fn successful(host: &str, response: &FormResponse, secrets: &[&str]) -> Result<Value, NoTokens> {
    if response.status != 200 {
        return Err(NoTokens::from_response(host, response, secrets));
    }
    // A page of a hotel's network, for instance.
    serde_json::from_slice(&response.body)
        .map_err(|_| NoTokens::unusable(host, "something other than JSON"))
}

/// Some services write numbers as text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn refusal(host: &str, code: &str, description: Option<String>) -> String {
    let description = description.unwrap_or_default();
    // The ids after it are for Microsoft's own logs, and hide the advice.
    let description = description.split(" Trace ID:").next().unwrap_or_default();
    let mut message = format!("{host} refused with {code}");
    if !description.is_empty() {
        message = format!("{message} ({description})");
    }
    if let Some(advice) = advice(description) {
        message = format!("{message}: {advice}");
    }
    message
}

fn advice(description: &str) -> Option<&'static str> {
    let number = description.split([':', ' ']).next()?;
    let (_, advice) = ADVICE.iter().find(|(known, _)| *known == number)?;
    Some(advice)
}

/// A text of the service that is safe to show: on one line, short, and without the secrets that it
/// may repeat.
fn shown(text: &str, secrets: &[&str]) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[redacted]");
    }
    if let Some((end, _)) = text.char_indices().nth(MAX_DESCRIPTION) {
        text.truncate(end);
        text.push('…');
    }
    visible(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> FormResponse {
        FormResponse {
            status,
            body: body.as_bytes().to_vec().into(),
        }
    }

    fn failure(status: u16, body: &str) -> NoTokens {
        tokens("login.example", &response(status, body), &["s3cr3t"]).unwrap_err()
    }

    #[test]
    fn only_an_error_of_oauth_is_a_refusal() {
        for code in ["invalid_grant", "interaction_required", "unheard_of"] {
            assert!(failure(400, &format!(r#"{{"error":"{code}"}}"#)).is_refusal);
        }
        for (status, body) in [
            (400, "<html>"),
            (403, r#"{"error":{"code":"blocked"}}"#),
            (400, r#"{"error":"temporarily_unavailable"}"#),
            (429, r#"{"error":"invalid_request"}"#),
            (503, r#"{"error":"invalid_grant"}"#),
            (302, ""),
            (200, "<html>"),
            (200, "{}"),
            (200, r#"{"access_token":""}"#),
        ] {
            let failure = failure(status, body);
            assert!(!failure.is_refusal, "{status} {body}");
            let shown = failure.to_string();
            assert!(shown.starts_with("login.example answered"), "{shown}");
            assert!(!shown.contains("invalid_"), "{shown}");
        }
    }

    #[test]
    fn a_refusal_is_shown_without_secrets_and_with_advice() {
        let refusal = failure(
            401,
            r#"{"error":"invalid_client","error_description":
                "AADSTS7000218: no secret in s3cr3t.\r\nTrace ID: 1"}"#,
        );
        assert_eq!(refusal.code.as_deref(), Some("invalid_client"));
        assert_eq!(
            refusal.to_string(),
            "login.example refused with invalid_client (AADSTS7000218: no secret in [redacted].): in \
             the registration of the app, under Authentication, set \"Allow public \
             client flows\" to Yes"
        );
    }

    #[test]
    fn debug_shows_no_token() {
        let body = r#"{"access_token":"s3cr3t","refresh_token":"s3cr3t","id_token":"s3cr3t",
            "expires_in":"3599","scope":"Files.Read openid"}"#;
        let tokens = tokens("login.example", &response(200, body), &[]).unwrap();
        assert!(!format!("{tokens:?}").contains("s3cr3t"));
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(3599)));
        assert_eq!(tokens.scopes, ["Files.Read", "openid"]);
    }

    #[test]
    fn a_device_code_may_leave_out_its_times() {
        let body = r#"{"device_code":"d","user_code":"U","verification_uri":"https://x"}"#;
        let code = device_code("login.example", &response(200, body)).unwrap();
        assert_eq!(code.interval, DEFAULT_INTERVAL);
        assert_eq!(code.expires_in, DEFAULT_CODE_LIFETIME);
        let failure = device_code("login.example", &response(200, "{}")).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "login.example answered without a device_code"
        );
    }
}
