use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Response, StatusCode, Url};
use uuid::Uuid;

use super::error as graph_error;
use crate::auth::{Credential, TokenRequest, TokenSource, challenge};
use crate::network::{self, Network};
use crate::pacing::Pause;
use crate::{Error, ErrorKind, redact, timestamp};

/// An endpoint's description is under 1 KB; more than this is not an answer to our question.
const MAX_ENDPOINT: usize = 4 * 1024 * 1024;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// One authorised GET at a time. One attempt is one attempt: whoever calls decides about retries.
#[derive(Debug)]
pub(crate) struct GraphClient {
    pub(crate) network: Arc<Network>,
    pub(crate) base_url: Url,
    pub(crate) api_version: &'static str,
    pub(crate) tokens: TokenSource,
    pub(crate) request_timeout: Duration,
    /// A longer pause is not believed.
    pub(crate) max_retry_after: Duration,
    pub(crate) pause: Arc<Pause>,
}

/// What Graph is asked for.
#[derive(Debug)]
pub(crate) struct Question {
    /// Of Graph's own origin: the token goes there.
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    /// Of the answer, in bytes.
    pub(crate) max_body: usize,
}

/// Why there is no answer.
pub(crate) struct Refusal {
    pub(crate) error: Error,
    /// Where to ask instead.
    pub(crate) location: Option<String>,
    /// What a fresh token would have to satisfy.
    claims: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            location: None,
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
    /// The same Graph on another user's behalf: nothing is set up anew, and a pause stops both.
    pub(crate) fn for_credential(&self, credential: Credential) -> Self {
        Self {
            network: Arc::clone(&self.network),
            base_url: self.base_url.clone(),
            api_version: self.api_version,
            tokens: self.tokens.for_credential(credential),
            request_timeout: self.request_timeout,
            max_retry_after: self.max_retry_after,
            pause: Arc::clone(&self.pause),
        }
    }

    /// The address of a path relative to the API version. Resource has checked the path: joined as
    /// text, it cannot leave the origin.
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!(
            "{}/{}{path}",
            self.base_url.origin().ascii_serialization(),
            self.api_version
        )
    }

    /// GETs what is small, at a path relative to the API version.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Error> {
        let question = Question {
            url: self.url_of(path),
            headers: HeaderMap::new(),
            max_body: MAX_ENDPOINT,
        };
        Ok(self.ask(&question).await?)
    }

    /// GETs, asking the credential once more after a 401.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Answer, Refusal> {
        let request = self.tokens.request();
        let refusal = match self.attempt(question, request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(refusal) => refusal,
        };
        if refusal.error.status() != Some(401) || !self.tokens.are_renewable() {
            return Err(refusal);
        }
        tracing::debug!(error = %refusal.error, "asking the credential for a fresh token");
        let request = TokenRequest {
            refresh: true,
            claims: refusal.claims,
            ..request
        };
        self.attempt(question, request).await
    }

    async fn attempt(&self, question: &Question, request: TokenRequest) -> Result<Answer, Refusal> {
        self.refuse_while_paused()?;
        let token = self.tokens.get(request).await?;
        let _permit = self.network.acquire_call_permit().await;
        self.refuse_while_paused()?;
        let client_request_id = Uuid::new_v4().to_string();
        let host = self.base_url.host_str().unwrap_or_default();
        tracing::debug!(client_request_id, path = redact::path(&question.url), "GET");
        let response = self
            .network
            .rest
            .get(&question.url)
            .headers(question.headers.clone())
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
        let body = read_body(response, host, question.max_body).await;
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
        let error = graph_error::from_response(
            status,
            &headers,
            &body,
            client_request_id,
            token.expose(),
            self.max_retry_after,
        );
        if let (ErrorKind::Throttled, Some(pause)) = (error.kind(), error.retry_after()) {
            self.pause.extend(pause);
        }
        let location = headers.get(LOCATION);
        Err(Refusal {
            error,
            location: location.and_then(|url| Some(url.to_str().ok()?.to_owned())),
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

async fn read_body(mut response: Response, host: &str, limit: usize) -> Result<Bytes, Error> {
    let too_large = || {
        Error::new(
            ErrorKind::Protocol,
            format!(
                "{host} answered with more than {limit} bytes, which none of its answers needs"
            ),
        )
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| network::request_error(error, host))?
    {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
