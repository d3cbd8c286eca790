//! Refuses what a page of another site makes a person's browser send. A browser reaches loopback
//! addresses for every page, and a site may give its own name the address 127.0.0.1.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Adds the check to all routes.
pub(crate) fn own_pages_only<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(check))
}

async fn check(request: Request, next: Next) -> Response {
    match refusal(request.headers()) {
        None => next.run(request).await,
        Some(reason) => (StatusCode::FORBIDDEN, Json(json!({"error": reason}))).into_response(),
    }
}

fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    if !LOOPBACK.contains(&without_port(host)) {
        return Some("the Host is not a loopback address: call 127.0.0.1 or localhost");
    }
    let other_origin = text(header::ORIGIN).is_some_and(|origin| {
        let authority = origin.strip_prefix("http://");
        authority != Some(host)
    });
    let other_site =
        text(SEC_FETCH_SITE).is_some_and(|site| !["same-origin", "none"].contains(&site));
    (other_origin || other_site).then_some("a page of another origin may not call this")
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pairs: &[(HeaderName, &str)]) -> bool {
        let pairs = pairs.iter();
        let headers = pairs.map(|(name, value)| (name.clone(), value.parse().expect("valid")));
        refusal(&headers.collect()).is_none()
    }

    #[test]
    fn only_programs_and_own_pages_are_allowed() {
        use header::{HOST, ORIGIN};
        for host in [
            "127.0.0.1:8080",
            "localhost:8080",
            "localhost",
            "[::1]:1",
            "[::1]",
        ] {
            assert!(allowed(&[(HOST, host)]), "{host}");
            assert!(allowed(&[
                (HOST, host),
                (ORIGIN, &format!("http://{host}"))
            ]));
        }
        for host in [
            "",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost:x",
            "::1",
        ] {
            assert!(!allowed(&[(HOST, host)]), "{host}");
        }
        assert!(!allowed(&[]));
        for origin in [
            "null",
            "https://localhost:80",
            "http://localhost:81",
            "http://evil.example",
        ] {
            assert!(
                !allowed(&[(HOST, "localhost:80"), (ORIGIN, origin)]),
                "{origin}"
            );
        }
        for (site, is_allowed) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
        ] {
            let headers = [(HOST, "localhost"), (SEC_FETCH_SITE, site)];
            assert_eq!(allowed(&headers), is_allowed, "{site}");
        }
    }
}
