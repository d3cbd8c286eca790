//! What is logged of a request to Graph, once it is over: one record, and one span.

use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use crate::label::Label;
use crate::log_record::GRAPH_REQUEST;
use crate::{Error, ErrorKind, redact};

/// A request under way.
pub(super) struct Exchange<'a> {
    host: &'a str,
    label: &'a Label,
    path: &'a str,
    client_request_id: &'a str,
    began: Instant,
    span: Span,
}

/// Logs the end of a request.
macro_rules! log {
    ($level:ident, $exchange:ident, $message:literal, $($fields:tt)+) => {
        tracing::event!(
            name: GRAPH_REQUEST,
            target: "drivebell::graph",
            tracing::Level::$level,
            method = "GET",
            path = $exchange.path,
            host = $exchange.host,
            label = $exchange.label.as_str(),
            client_request_id = $exchange.client_request_id,
            duration = $exchange.began.elapsed().as_secs_f64(),
            $($fields)+,
            $message
        )
    };
}

impl<'a> Exchange<'a> {
    pub(super) fn begin(
        host: &'a str,
        label: &'a Label,
        url: &'a str,
        client_request_id: &'a str,
    ) -> Self {
        let path = redact::path(url);
        let span = tracing::info_span!(
            target: "drivebell::graph",
            GRAPH_REQUEST,
            method = "GET",
            path,
            host,
            label = label.as_str(),
            client_request_id,
            request_id = Empty,
            status = Empty,
            error = Empty,
            error_kind = Empty,
        );
        // The only sign of a request that is never answered.
        tracing::debug!(
            target: "drivebell::graph",
            client_request_id,
            path,
            label = label.as_str(),
            "sending a GET"
        );
        Self {
            host,
            label,
            path,
            client_request_id,
            began: Instant::now(),
            span,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The response was read. `bytes` is the length of its body.
    pub(super) fn succeeded(self, request_id: Option<&str>, bytes: usize) {
        let _in_span = self.span.enter();
        self.span.record("status", 200_i64);
        self.span.record("request_id", request_id);
        log!(
            DEBUG,
            self,
            "answered",
            status = 200,
            request_id = request_id,
            bytes = bytes
        );
    }

    pub(super) fn failed(self, error: &Error) {
        let _in_span = self.span.enter();
        // Exporters of spans know signed numbers only: they would make a text of it.
        self.span.record("status", error.status().map(i64::from));
        self.span.record("request_id", error.request_id());
        self.span.record("error", error.message());
        self.span.record("error_kind", error.kind().as_str());
        // Throttling is a warning: the whole family of clients waits.
        if error.kind() == ErrorKind::Throttled {
            log!(
                WARN,
                self,
                "Microsoft Graph is throttling this client",
                status = error.status(),
                request_id = error.request_id(),
                retry_after = error.retry_after().map(|pause| pause.as_secs_f64()),
                error = error.message(),
                error_kind = error.kind().as_str(),
                help_url = error.help_url()
            );
        } else {
            log!(
                DEBUG,
                self,
                "failed",
                status = error.status(),
                request_id = error.request_id(),
                reason = error.reason_name(),
                error = error.message(),
                error_kind = error.kind().as_str(),
                help_url = error.help_url()
            );
        }
    }
}
