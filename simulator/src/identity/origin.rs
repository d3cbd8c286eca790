//! The address that a request came to. The URLs in a response lead there.

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Scheme;

/// Scheme and host, for example `https://localhost:8443`.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    scheme: &'static str,
    host: String,
}

impl Origin {
    /// `port` is that of a request without a `Host`.
    pub(super) fn of(request: &Request, port: u16) -> Self {
        let is_tls = request.extensions().get::<Scheme>() == Some(&Scheme::HTTPS);
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        Self {
            scheme: if is_tls { "https" } else { "http" },
            host: host.map_or_else(|| format!("127.0.0.1:{port}"), ToOwned::to_owned),
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host)
    }
}
