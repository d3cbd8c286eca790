use std::fmt;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use super::body::read_body;
use super::network::Network;
use super::retry_after;
use crate::Error;

/// Only the status of an answer counts. A longer body ends its connection.
const MAX_BODY: usize = 64 * 1024;

/// Posts to a URL of the user's, for the command line, which hands on changes.
///
/// It has no credential, so no token can go there. The URL may contain a secret: only its host is
/// logged or shown.
pub struct WebhookClient {
    network: Network,
    url: Url,
    request_timeout: Duration,
    max_retry_after: Duration,
}

/// The response to what was posted, whatever its status.
#[derive(Debug, Clone, Copy)]
pub struct WebhookResponse {
    /// The HTTP status.
    pub status: u16,
    /// The pause that the response requests (`Retry-After`), at most `max_retry_after`.
    pub retry_after: Option<Duration>,
}

impl WebhookClient {
    pub(crate) fn new(
        network: Network,
        url: Url,
        request_timeout: Duration,
        max_retry_after: Duration,
    ) -> Self {
        Self {
            network,
            url,
            request_timeout,
            max_retry_after,
        }
    }

    /// The host of the URL, for messages.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Makes one attempt to post this body. Follows no redirect.
    ///
    /// # Errors
    /// `Timeout` or `ConnectionFailed`. A status that is no success is not an error here.
    pub async fn post(
        &self,
        content_type: &'static str,
        body: String,
    ) -> Result<WebhookResponse, Error> {
        let host = self.host();
        tracing::debug!(target: "drivebell::webhook", host, bytes = body.len(), "POST");
        let response = self
            .network
            .rest
            .post(self.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static(content_type))
            .timeout(self.request_timeout)
            .body(body)
            .send()
            .await
            .map_err(|error| self.network.request_error(error, self.url.as_str()))?;
        let status = response.status().as_u16();
        tracing::debug!(target: "drivebell::webhook", host, status, "answered");
        let now = SystemTime::now();
        let retry_after = retry_after::parse(response.headers(), now, self.max_retry_after);
        // A connection whose answer was read can be used again. The status came before, so that
        // nothing that goes wrong here makes a difference.
        let _ = read_body(&self.network, response, self.url.as_str(), MAX_BODY).await;
        Ok(WebhookResponse {
            status,
            retry_after,
        })
    }
}

impl fmt::Debug for WebhookClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookClient")
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}
