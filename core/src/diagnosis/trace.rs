//! What is seen of a connection while it is opened.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use super::facts as form;
use super::procedure::{DiagnosisStep, Finding, Seen};
use crate::Error;
use crate::redact::{self, REDACTED};
use crate::socketio::{NotificationUrl, Observer};

/// Takes notes, and sorts them into steps.
pub(super) struct Sight<'a> {
    url: &'a NotificationUrl,
    step: DiagnosisStep,
    began: Instant,
    seen: Seen,
    /// The steps that were taken.
    taken: Vec<Finding>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(url: &'a NotificationUrl) -> Self {
        Self {
            url,
            step: DiagnosisStep::Upgrade,
            began: Instant::now(),
            seen: Seen::new(),
            taken: Vec::new(),
        }
    }

    /// What there was to see, the last step having failed if something did.
    pub(super) fn findings(mut self, failure: Option<Error>) -> Vec<Finding> {
        if let Some(error) = failure {
            let last = self.finding(Some(error));
            self.taken.push(last);
        }
        self.taken
    }

    fn finding(&mut self, error: Option<Error>) -> Finding {
        Finding {
            step: self.step,
            took: self.took(),
            seen: std::mem::take(&mut self.seen),
            error,
        }
    }

    fn took(&mut self) -> Duration {
        let began = std::mem::replace(&mut self.began, Instant::now());
        began.elapsed()
    }

    fn step_taken(&mut self, next: DiagnosisStep) {
        let finding = self.finding(None);
        self.taken.push(finding);
        self.step = next;
    }

    fn saw(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.seen.push((name.into(), value.into()));
    }

    fn header(&self, name: &header::HeaderName, value: &HeaderValue) -> String {
        let text = String::from_utf8_lossy(value.as_bytes());
        if name == header::SET_COOKIE {
            let name = text.split('=').next().unwrap_or_default();
            return format!("{}={REDACTED}", self.url.redact(name));
        }
        // Where a redirect leads may be a secret as a whole; the digest says nothing.
        if name == header::LOCATION || name == header::SEC_WEBSOCKET_ACCEPT {
            return redact::description(&text);
        }
        self.url.redact(&text)
    }
}

impl Observer for Sight<'_> {
    fn upgrade_answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.saw("status", status.as_u16().to_string());
        for (name, value) in headers {
            let value = self.header(name, value);
            self.saw(format!("header {name}"), value);
        }
        if status == StatusCode::SWITCHING_PROTOCOLS {
            self.step_taken(DiagnosisStep::Open);
        }
    }

    fn opened(&mut self, packet: &str) {
        self.seen.extend(form::fields("open packet", packet));
        self.step_taken(DiagnosisStep::Join);
    }

    fn join_answered(&mut self, namespace: &str, accepted: bool, packet: &str) {
        self.saw("namespace", namespace);
        let (_, data) = packet.split_once(',').unwrap_or_default();
        if accepted {
            self.seen.extend(form::fields("join answer", data));
            self.step_taken(DiagnosisStep::Notification);
        } else {
            // Its text is for people: of a refusal nothing says more.
            let body =
                serde_json::from_str::<Value>(data).map(|body| self.url.redact(&body.to_string()));
            let body = body.unwrap_or_else(|_| match data.len() {
                0 => "nothing".to_owned(),
                length => format!("no JSON, {length} bytes"),
            });
            self.saw("body of 44", body);
        }
    }
}
