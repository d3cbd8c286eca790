use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::facts::{self, Facts};
use super::finding::{DiagnosisStep, Finding};
use crate::Error;
use crate::redact;
use crate::socketio::{NotificationUrl, Observer, session_id};

/// The headers whose values are shown. Any other may hold a secret, such as the target of a redirect.
const HARMLESS_HEADERS: [&str; 24] = [
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expires",
    "keep-alive",
    "pragma",
    "retry-after",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "upgrade",
    "vary",
    "x-content-type-options",
    "x-powered-by",
];

/// Records what happens while a connection is opened, as a finding for each step.
pub(super) struct Trace {
    url: NotificationUrl,
    step: DiagnosisStep,
    began: Instant,
    facts: Facts,
    /// The steps that succeeded.
    findings: Vec<Finding>,
}

impl Trace {
    pub(super) fn new(url: &NotificationUrl) -> Self {
        Self {
            url: url.clone(),
            step: DiagnosisStep::Upgrade,
            began: Instant::now(),
            facts: Facts::new(),
            findings: Vec::new(),
        }
    }

    /// All findings. `failure` is the error of the last step, if it failed.
    pub(super) fn into_findings(mut self, failure: Option<Error>) -> Vec<Finding> {
        if let Some(error) = failure {
            let last = self.take_finding(Some(error));
            self.findings.push(last);
        }
        self.findings
    }

    fn take_finding(&mut self, error: Option<Error>) -> Finding {
        let facts = std::mem::take(&mut self.facts);
        Finding::new(self.step, self.restart_clock(), facts, error)
    }

    fn restart_clock(&mut self) -> Duration {
        let began = std::mem::replace(&mut self.began, Instant::now());
        began.elapsed()
    }

    fn step_succeeded(&mut self, next: DiagnosisStep) {
        let finding = self.take_finding(None);
        self.findings.push(finding);
        self.step = next;
    }

    fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.facts.push((name.into(), value.into()));
    }

    fn redact_header(&self, name: &HeaderName, value: &HeaderValue) -> String {
        let text = String::from_utf8_lossy(value.as_bytes());
        if HARMLESS_HEADERS.contains(&name.as_str()) {
            return self.url.redact(&text);
        }
        if name != header::SET_COOKIE {
            return redact::description(&text);
        }
        // Its name tells which product balances the load.
        let cookie = text.split(';').next().unwrap_or_default();
        let shown = redact::named_value(cookie.trim());
        self.url.redact(&shown)
    }
}

impl Observer for Trace {
    fn upgrade_answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.add("status", status.as_u16().to_string());
        for (name, value) in headers {
            let value = self.redact_header(name, value);
            let name = self.url.redact(&redact::name(name.as_str()));
            self.add(format!("header {name}"), value);
        }
        if status == StatusCode::SWITCHING_PROTOCOLS {
            self.step_succeeded(DiagnosisStep::Open);
        }
    }

    fn opened(&mut self, packet: &str) {
        self.facts.extend(facts::of_fields("open packet", packet));
        if let Some(id) = session_id(packet) {
            self.url.protect(id);
        }
        self.step_succeeded(DiagnosisStep::Join);
    }

    fn join_answered(&mut self, namespace: &str, accepted: bool, packet: &str) {
        self.add("namespace", redact::notification_path(namespace));
        let (_, data) = packet.split_once(',').unwrap_or_default();
        if accepted {
            self.facts.extend(facts::of_fields("join answer", data));
            self.step_succeeded(DiagnosisStep::Notification);
        } else {
            // In full: nothing else explains why a join was refused.
            let body = match serde_json::from_str::<Value>(data) {
                Ok(body) => self.url.redact(&body.to_string()),
                Err(_) => facts::not_json(data),
            };
            self.add("body of 44", body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_shown_only_if_it_is_known_to_be_harmless() {
        let url = NotificationUrl::parse("https://host/n?token=w1-s3cr3t-9aBc").unwrap();
        let trace = Trace::new(&url);
        for (name, value, expected) in [
            ("server", "nginx/1.22", "nginx/1.22"),
            ("server", "w1-s3cr3t-9aBc", "[redacted]"),
            ("upgrade", "websocket", "websocket"),
            ("location", "/?s3cr3t", "8 characters: a-z 0-9 / ?"),
            ("x-anything", "s3cr3t", "6 characters: a-z 0-9"),
            (
                "set-cookie",
                "ARRAffinity=s3cr3t; Path=/",
                "ARRAffinity=6 characters: a-z 0-9",
            ),
            ("set-cookie", "s3cr3t; Path=/", "6 characters: a-z 0-9"),
            ("set-cookie", "s3cr3t==; Path=/", "8 characters: a-z 0-9 ="),
            ("set-cookie", "w1-s3cr3t-9aBc=1", "[redacted]"),
        ] {
            let name = name.parse().unwrap();
            let shown = trace.redact_header(&name, &value.parse().unwrap());
            assert_eq!(shown, expected, "{name}: {value}");
        }
    }
}
