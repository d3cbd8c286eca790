use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::body::read_body;
use super::network::Network;
use crate::Error;

/// The answers of an identity service have a few kilobytes. A body over this limit is something else.
const MAX_BODY: usize = 64 * 1024;

/// Posts forms to one origin, for the command line, which signs a user in.
///
/// Forms and answers contain secrets: no part of them is logged or shown.
#[derive(Debug)]
pub struct FormClient {
    network: Network,
    origin: Url,
    request_timeout: Duration,
}

/// The response to a form, whatever its status.
pub struct FormResponse {
    /// The HTTP status.
    pub status: u16,
    /// At most 64 KiB.
    pub body: Bytes,
}

impl FormClient {
    pub(crate) fn new(network: Network, origin: Url, request_timeout: Duration) -> Self {
        Self {
            network,
            origin,
            request_timeout,
        }
    }

    /// The host to which the forms go, for messages.
    pub fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    /// Makes one attempt to post a form to this path of the origin.
    ///
    /// # Errors
    /// `Timeout`, `ConnectionFailed` or `Protocol` (a longer body). A status that is no success is
    /// not an error here.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<FormResponse, Error> {
        let mut url = self.origin.clone();
        // Keeps the origin, whatever the path contains.
        url.set_path(path);
        tracing::debug!(target: "drivebell::sign_in", host = self.host(), "POST");
        let response = self
            .network
            .rest
            .post(url)
            .headers(headers())
            .timeout(self.request_timeout)
            .body(encode(fields))
            .send()
            .await
            .map_err(|error| self.network.request_error(error, self.origin.as_str()))?;
        let status = response.status().as_u16();
        tracing::debug!(target: "drivebell::sign_in", host = self.host(), status, "answered");
        let body = read_body(&self.network, response, self.origin.as_str(), MAX_BODY).await?;
        Ok(FormResponse { status, body })
    }
}

impl fmt::Debug for FormResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may contain tokens.
        f.debug_struct("FormResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn headers() -> HeaderMap {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([(CONTENT_TYPE, form), (ACCEPT, json)])
}

/// Names and values as `application/x-www-form-urlencoded`. A space becomes `%20`, which every
/// parser reads as it reads `+`.
fn encode(fields: &[(&str, &str)]) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded() {
        let fields = [("grant_type", "a:b c"), ("scope", "x&y=é+")];
        assert_eq!(
            encode(&fields),
            "grant%5Ftype=a%3Ab%20c&scope=x%26y%3D%C3%A9%2B"
        );
        assert_eq!(encode(&[]), "");
    }

    #[test]
    fn debug_shows_no_body() {
        let response = FormResponse {
            status: 200,
            body: Bytes::from_static(b"s3cr3t"),
        };
        assert_eq!(format!("{response:?}"), "FormResponse { status: 200, .. }");
    }
}
