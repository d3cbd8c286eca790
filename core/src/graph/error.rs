use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::auth::Claims;
use crate::foreign_text;
use crate::help_page::ErrorCause;
use crate::network::retry_after;
use crate::{Error, ErrorKind};

/// Graph's own messages are shorter: a longer text is the HTML page of a gateway.
const MAX_DETAIL: usize = 400;

/// The error for a response other than 200, whatever its body looks like.
///
/// Body and headers: <https://learn.microsoft.com/graph/errors>,
/// <https://learn.microsoft.com/graph/throttling>.
pub(crate) fn from_response(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    sent: &Sent<'_>,
    max_retry_after: Duration,
) -> Error {
    let token = sent.token;
    let graph = Fields::of(body);
    let text = |value: Option<&RawValue>| {
        let text: String = serde_json::from_str(value?.get()).ok()?;
        Some(redact(&text, token))
    };
    let code = text(graph.code);
    let detail = text(graph.message).filter(|message| !message.is_empty());
    let request_id = request_id(headers, token).or_else(|| text(graph.request_id()));
    let retry_after = retry_after::parse(headers, SystemTime::now(), max_retry_after);
    let kind = kind_of(status, retry_after);

    let mut message = format!("Microsoft Graph answered HTTP {}", status.as_u16());
    if let Some(code) = &code {
        let _ = write!(message, " {code}");
    }
    if let Some(detail) = detail {
        let _ = write!(message, " ({detail})");
    }
    message.push_str(": ");
    let shown_by_token = advice_by_token(status, sent);
    message.push_str(&match &shown_by_token {
        Some((_, advice)) => advice.clone(),
        None => advice(status, code.as_deref(), retry_after),
    });

    let is_outage = is_outage(code.as_deref(), text(graph.message).as_deref());
    let cause = shown_by_token.as_ref().map(|(cause, _)| *cause);
    let cause = cause.or_else(|| cause_of(status, code.as_deref()));
    let error = Error::new(kind, message)
        .with_status(status.as_u16())
        .with_code(code)
        .with_request_ids(request_id, Some(sent.client_request_id.to_owned()))
        .with_retry_after(retry_after);
    let error = match cause {
        Some(cause) => error.with_cause(cause),
        None => error,
    };
    match shown_by_token {
        Some(_) => error.permanent(),
        None if is_outage => error.uncertain(),
        None => error,
    }
}

/// The request that was refused.
pub(crate) struct Sent<'a> {
    pub(crate) client_request_id: &'a str,
    pub(crate) token: &'a str,
    pub(crate) graph_origin: &'a str,
    /// Graph serves it to signed-in users only.
    pub(crate) needs_user: bool,
}

/// Whether this is an outage that looks like a refusal: a site that is moved or maintained (403), and
/// a failure inside SharePoint (400) that was seen to last for hours.
fn is_outage(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("serviceReadOnly")
        || message.is_some_and(|message| message.contains("ObjectHandle is Invalid"))
}

/// Graph's `error`. Its parts are not parsed before they are needed, and then only as texts: a body
/// may hold a million of nested values.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow, rename = "innerError")]
    inner_error: Option<&'a RawValue>,
}

impl<'a> Fields<'a> {
    fn of(body: &'a [u8]) -> Self {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            error: Fields<'a>,
        }
        serde_json::from_slice::<Body<'a>>(body)
            .map(|body| body.error)
            .unwrap_or_default()
    }

    fn request_id(&self) -> Option<&'a RawValue> {
        #[derive(Deserialize)]
        struct InnerError<'a> {
            #[serde(borrow, rename = "request-id")]
            request_id: &'a RawValue,
        }
        let inner: InnerError<'a> = serde_json::from_str(self.inner_error?.get()).ok()?;
        Some(inner.request_id)
    }
}

pub(crate) fn request_id(headers: &HeaderMap, token: &str) -> Option<String> {
    Some(redact(headers.get("request-id")?.to_str().ok()?, token))
}

fn kind_of(status: StatusCode, retry_after: Option<Duration>) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::AccessDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::Throttled,
        503 if retry_after.is_some() => ErrorKind::Throttled,
        _ => ErrorKind::Graph,
    }
}

fn advice(status: StatusCode, code: Option<&str>, retry_after: Option<Duration>) -> String {
    let advice = match (status.as_u16(), code) {
        (401, _) => "the access token was refused; get a new one with the scopes of this client",
        (403, Some("serviceReadOnly")) => {
            "the site is read-only for a while, because it is maintained or moved; try again later"
        }
        (403, _) => {
            "the token does not permit this; it needs at least the delegated permission \
             Files.Read, and the user needs access to the drive"
        }
        (404, _) => {
            "there is no such drive, list, site, group or user, or the token's user cannot see it; \
             check the id"
        }
        (429 | 503, _) => {
            return match retry_after {
                Some(pause) => format!(
                    "it is throttling this client; retry in {:.0} s",
                    pause.as_secs_f64().ceil()
                ),
                None => "it is overloaded; retry later".to_owned(),
            };
        }
        (400, Some("notSupported")) => {
            "notifications are not available for this account now; it may pass, so try again in a \
             minute"
        }
        (200..300, _) => {
            "only HTTP 200 is a response to this request; check that base_url is Microsoft Graph"
        }
        (300..400, _) => "redirects are not followed, so that the token goes to Graph only",
        (500.., _) => "it failed; try again later",
        (_, Some(_)) => "it refused the request; the code says why",
        (_, None) => "it refused the request",
    };
    advice.to_owned()
}

/// What Graph's code says more than the status does.
fn cause_of(status: StatusCode, code: Option<&str>) -> Option<ErrorCause> {
    match (status.as_u16(), code?) {
        (400, "notSupported") => Some(ErrorCause::NotSupported),
        (403, "serviceReadOnly") => Some(ErrorCause::ServiceReadOnly),
        _ => None,
    }
}

/// What the token itself shows about a refusal: the cause, and what to do.
fn advice_by_token(status: StatusCode, sent: &Sent<'_>) -> Option<(ErrorCause, String)> {
    if !matches!(status.as_u16(), 401 | 403) {
        return None;
    }
    let claims = Claims::of(sent.token)?;
    // First: such a token may be refused for its audience too, but a right one would not help.
    if claims.are_app_only() && sent.needs_user {
        let advice = "this is an app-only token, and application permissions are not supported by \
                      this API; sign a user in (delegated permission, at least Files.Read)";
        return Some((ErrorCause::AppOnlyToken, advice.to_owned()));
    }
    let unauthorized = claims.why_unauthorized(sent.graph_origin, SystemTime::now());
    unauthorized.or_else(|| Some((ErrorCause::MissingScope, claims.why_denied()?)))
}

/// Makes a text of the server safe to show: short, and without the token, which it may repeat.
fn redact(text: &str, token: &str) -> String {
    foreign_text::shown(text, [token], MAX_DETAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&'static str, &str)], body: &str) -> Error {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        from_response(
            status,
            &map,
            body.as_bytes(),
            &Sent {
                client_request_id: "mine",
                token: "s3cr3t",
                graph_origin: "https://graph.microsoft.com",
                needs_user: true,
            },
            Duration::from_secs(3600),
        )
    }

    #[test]
    fn the_error_keeps_all_parts_of_the_observed_throttling_response() {
        let error = error(
            429,
            &[("retry-after", "15"), ("request-id", "r-1")],
            r#"{"error":{"code":"activityLimitReached","message":"slow down","innerError":
                {"code":"throttledRequest","innerError":{"code":"quota"},"date":"2023-09-22"}}}"#,
        );
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.status(), Some(429));
        assert_eq!(error.code(), Some("activityLimitReached"));
        assert_eq!(error.request_id(), Some("r-1"));
        assert_eq!(error.client_request_id(), Some("mine"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(15)));
        assert!(error.retryable());
    }

    #[test]
    fn an_outage_that_looks_like_a_refusal_may_pass() {
        for (status, body) in [
            (
                403,
                r#"{"error":{"code":"serviceReadOnly","message":"no"}}"#,
            ),
            (
                400,
                r#"{"error":{"code":"invalidRequest","message":"ObjectHandle is Invalid"}}"#,
            ),
        ] {
            assert!(crate::retry_policy::delta_query_retries(&error(
                status,
                &[],
                body
            )));
        }
        let denied = error(403, &[], r#"{"error":{"code":"accessDenied"}}"#);
        assert!(!denied.retryable());
    }

    #[test]
    fn any_body_gives_at_least_the_status() {
        for body in [
            "",
            "<html>no</html>",
            "[]",
            "null",
            r#"{"error":"x"}"#,
            "{\"error\":{}",
        ] {
            let error = error(502, &[], body);
            assert_eq!(error.kind(), ErrorKind::Graph);
            assert_eq!(error.status(), Some(502));
            assert_eq!(error.code(), None);
        }
    }

    #[test]
    fn a_token_that_graph_repeats_is_redacted() {
        let error = error(
            401,
            &[],
            r#"{"error":{"code":"x","message":"bad token s3cr3t!"}}"#,
        );
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(!format!("{error}{error:?}").contains("s3cr3t"), "{error:?}");
    }
}
