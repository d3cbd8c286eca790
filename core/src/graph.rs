use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use uuid::Uuid;

use crate::challenge;
use crate::credential::TokenRequest;
use crate::graph_error;
use crate::network::{self, Network};
use crate::pause::Pause;
use crate::token::TokenSource;
use crate::{Error, ErrorKind, timestamp};

/// An endpoint's description is under 1 KB; more than this is not an answer to our question.
const MAX_BODY: usize = 4 * 1024 * 1024;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// One authorised GET at a time. One attempt is one attempt: whoever calls decides about retries.
#[derive(Debug)]
pub(crate) struct GraphClient {
    pub(crate) network: Network,
    pub(crate) base_url: Url,
    pub(crate) api_version: &'static str,
    pub(crate) tokens: TokenSource,
    pub(crate) request_timeout: Duration,
    pub(crate) pause: Arc<Pause>,
}

/// Why one attempt failed, and what a fresh token would have to satisfy.
struct Refusal {
    error: Error,
    claims: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            claims: None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

/// A success, with the ids it can be asked about.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) request_id: Option<String>,
    pub(crate) client_request_id: String,
    /// What the server's clock showed.
    pub(crate) date: Option<SystemTime>,
}

impl GraphClient {
    /// GETs `path`, relative to the API version, asking the credential once more after a 401.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Error> {
        let request = self.tokens.request();
        let refusal = match self.attempt(path, request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(refusal) => refusal,
        };
        if refusal.error.status() != Some(401) || !self.tokens.are_renewable() {
            return Err(refusal.error);
        }
        tracing::debug!(error = %refusal.error, "asking the credential for a fresh token");
        let request = TokenRequest {
            refresh: true,
            claims: refusal.claims,
            ..request
        };
        Ok(self.attempt(path, request).await?)
    }

    async fn attempt(&self, path: &str, request: TokenRequest) -> Result<Answer, Refusal> {
        self.refuse_while_paused()?;
        let token = self.tokens.get(request).await?;
        let client_request_id = Uuid::new_v4().to_string();
        let host = self.base_url.host_str().unwrap_or_default();
        // Resource has checked the path: joined as text, it cannot leave the origin.
        let url = format!(
            "{}/{}{path}",
            self.base_url.origin().ascii_serialization(),
            self.api_version
        );
        tracing::debug!(client_request_id, path, "GET");
        let response = self
            .network
            .rest
            .get(url)
            .header(AUTHORIZATION, token.authorization())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(CLIENT_REQUEST_ID, &client_request_id)
            .timeout(self.request_timeout)
            .send()
            .await
            .map_err(|error| {
                network::request_error(error, host)
                    .with_request_ids(None, Some(client_request_id.clone()))
            })?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read_body(response, host).await;
        if status == StatusCode::OK {
            let request_id = graph_error::request_id(&headers, token.expose());
            let body = body.map_err(|error| {
                error.with_request_ids(request_id.clone(), Some(client_request_id.clone()))
            })?;
            return Ok(Answer {
                body,
                request_id,
                client_request_id,
                date: headers
                    .get(DATE)
                    .and_then(|date| timestamp::parse_http(date.to_str().ok()?)),
            });
        }
        // The status alone already says most: a body that cannot be read takes nothing from it.
        let body = body.unwrap_or_default();
        let error =
            graph_error::from_response(status, &headers, &body, client_request_id, token.expose());
        if let (ErrorKind::Throttled, Some(pause)) = (error.kind(), error.retry_after()) {
            self.pause.extend(pause);
        }
        Err(Refusal {
            error,
            claims: challenge::claims(&headers),
        })
    }

    /// Whoever may wait sees from the error how long.
    fn refuse_while_paused(&self) -> Result<(), Error> {
        let Some(rest) = self.pause.remaining() else {
            return Ok(());
        };
        let message = format!(
            "Microsoft Graph has asked this client for a pause, which lasts another {:.0} s: \
             nothing was sent; wait before the next request",
            rest.as_secs_f64().ceil()
        );
        Err(Error::new(ErrorKind::Throttled, message).with_retry_after(Some(rest)))
    }
}

async fn read_body(mut response: Response, host: &str) -> Result<Bytes, Error> {
    let too_large = || {
        Error::new(
            ErrorKind::Protocol,
            format!("{host} answered with more than {MAX_BODY} bytes, which no endpoint needs"),
        )
    };
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BODY as u64)
    {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| network::request_error(error, host))?
    {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
