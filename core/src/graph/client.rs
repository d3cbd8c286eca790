use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Response, StatusCode, Url};
use tracing::Instrument as _;
use uuid::Uuid;

use super::browser_address::Lookup;
use super::endpoint::Endpoint;
use super::error::{self as graph_error, Sent};
use super::exchange::Exchange;
use crate::auth::{Credential, Refused, TokenSource, challenge};
use crate::label::Label;
use crate::network::{self, Network, NetworkHandle};
use crate::pacing::{Call, Pacing, Permit};
use crate::{AccessToken, Error, ErrorKind, Resource, timestamp};

/// A refusal and an endpoint's description are under 1 KB. A body over this limit is something else.
const MAX_SMALL_BODY: usize = 64 * 1024;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Sends authorised GETs. It repeats a request only after a 401, with a fresh token: everything
/// else is for the caller to retry.
#[derive(Debug)]
pub(crate) struct GraphClient {
    pub(crate) network: NetworkHandle,
    pub(crate) base_url: Url,
    pub(crate) label: Label,
    pub(crate) api_version: &'static str,
    pub(crate) tokens: TokenSource,
    pub(crate) request_timeout: Duration,
    /// A longer `Retry-After` is cut to this.
    pub(crate) max_retry_after: Duration,
    pub(crate) pacing: Pacing,
}

/// A GET request.
#[derive(Debug)]
pub(crate) struct GraphRequest {
    /// Must be of Graph's own origin, because the token is sent there.
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    /// The longest body that is accepted in response, in bytes.
    pub(crate) max_body: usize,
    /// Graph serves it to signed-in users only.
    pub(crate) needs_user: bool,
    pub(crate) call: Call,
}

/// A successful response.
pub(crate) struct GraphResponse {
    pub(crate) body: Bytes,
    pub(crate) request_id: Option<String>,
    pub(crate) client_request_id: String,
    /// The server's clock, from the header `Date`.
    pub(crate) date: Option<SystemTime>,
    /// This machine's clock.
    pub(crate) received_at: SystemTime,
}

/// Why a request got no successful response.
pub(crate) struct GraphFailure {
    pub(crate) error: Error,
    /// The header `Location`.
    pub(crate) location: Option<String>,
    /// The claims that a fresh token must satisfy.
    claims: Option<String>,
}

impl From<Error> for GraphFailure {
    fn from(error: Error) -> Self {
        Self {
            error,
            location: None,
            claims: None,
        }
    }
}

impl From<GraphFailure> for Error {
    fn from(failure: GraphFailure) -> Self {
        failure.error
    }
}

impl GraphResponse {
    /// Adds the ids of this exchange to the error of a body that cannot be used.
    pub(crate) fn unusable(&self, error: Error) -> Error {
        let client_request_id = Some(self.client_request_id.clone());
        error.with_request_ids(self.request_id.clone(), client_request_id)
    }
}

impl GraphClient {
    /// A client for another user. It shares the HTTP stack and the pause with this one.
    pub(crate) fn for_credential(&self, credential: Credential, label: Label) -> Self {
        Self {
            network: self.network.share(),
            base_url: self.base_url.clone(),
            tokens: self.tokens.for_credential(credential, label.clone()),
            label,
            api_version: self.api_version,
            request_timeout: self.request_timeout,
            max_retry_after: self.max_retry_after,
            pacing: self.pacing.of_another_user(),
        }
    }

    /// The URL of a path relative to the API version. `Resource` has checked the path, so that
    /// joining it as text cannot leave the origin.
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!(
            "{}/{}{path}",
            self.base_url.origin().ascii_serialization(),
            self.api_version
        )
    }

    /// Makes one attempt to get a new endpoint for a resource, and returns the response as well.
    pub(crate) async fn endpoint(
        &self,
        resource: &Resource,
        permit: Permit,
    ) -> Result<(Endpoint, GraphResponse), Error> {
        let request = GraphRequest {
            url: self.url_of(&resource.subscription_path()),
            headers: HeaderMap::new(),
            max_body: MAX_SMALL_BODY,
            needs_user: true,
            call: Call::Endpoint,
        };
        let response = self.get(&request, permit).await?;
        let endpoint = Endpoint::parse(&response.body, response.received_at)
            .map_err(|error| response.unusable(error).with_label(&self.label))?;
        Ok((endpoint, response))
    }

    /// Makes one attempt to look up what an address in a browser shows.
    pub(crate) async fn look_up(&self, lookup: &Lookup) -> Result<Resource, Error> {
        let request = GraphRequest {
            url: self.url_of(&lookup.path()),
            headers: HeaderMap::new(),
            max_body: MAX_SMALL_BODY,
            needs_user: false,
            call: Call::Lookup,
        };
        let response = self.get(&request, Permit::default()).await?;
        let found = lookup.resource(&response.body);
        found.map_err(|error| response.unusable(error))
    }

    /// Sends a request, and after a 401 once more with a fresh token.
    pub(crate) async fn get(
        &self,
        request: &GraphRequest,
        permit: Permit,
    ) -> Result<GraphResponse, GraphFailure> {
        let result = self.get_with_token(request, permit).await;
        result.map_err(|mut failure| {
            failure.error = failure.error.with_label(&self.label);
            failure
        })
    }

    async fn get_with_token(
        &self,
        request: &GraphRequest,
        mut permit: Permit,
    ) -> Result<GraphResponse, GraphFailure> {
        self.refuse_while_paused()?;
        let token = self.tokens.get().await?;
        let failure = match self.attempt(request, &token, &mut permit).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        if failure.error.status() != Some(401) || !self.tokens.are_renewable() {
            return Err(failure);
        }
        tracing::debug!(
            error = failure.error.message(),
            label = self.label.as_str(),
            "requesting a fresh token from the credential"
        );
        self.refuse_while_paused()?;
        let claims = failure.claims;
        let token = self.tokens.replace(Refused { token, claims }).await?;
        self.attempt(request, &token, &mut permit).await
    }

    /// Forgets what belongs to the user, and releases the HTTP stack.
    pub(crate) fn close(&self) {
        self.tokens.close();
        self.network.release();
    }

    async fn attempt(
        &self,
        request: &GraphRequest,
        token: &AccessToken,
        permit: &mut Permit,
    ) -> Result<GraphResponse, GraphFailure> {
        let network = self.network.get()?;
        let _call = network.acquire_call_permit().await;
        // Another call may have been throttled meanwhile.
        self.refuse_while_paused()?;
        self.pacing.sent(request.call, permit);
        let client_request_id = Uuid::new_v4().to_string();
        let exchange = Exchange::begin(self.host(), &self.label, &request.url, &client_request_id);
        let result = self
            .exchange(&network, request, token, &client_request_id)
            .instrument(exchange.span())
            .await;
        match &result {
            Ok(response) => {
                exchange.succeeded(response.request_id.as_deref(), response.body.len());
            }
            Err(failure) => exchange.failed(&failure.error),
        }
        result
    }

    /// Sends a request, and reads the response.
    async fn exchange(
        &self,
        network: &Network,
        request: &GraphRequest,
        token: &AccessToken,
        client_request_id: &str,
    ) -> Result<GraphResponse, GraphFailure> {
        let response = self
            .send(network, request, token, client_request_id)
            .await?;
        let status = response.status();
        let headers = response.headers().clone();
        let limit = match status {
            StatusCode::OK => request.max_body,
            _ => MAX_SMALL_BODY,
        };
        let body = network::read_body(network, response, &request.url, limit).await;
        if status != StatusCode::OK {
            // The status says most already, so an unreadable body does not matter.
            let body = body.unwrap_or_default();
            let sent = Sent {
                client_request_id,
                token: token.expose(),
                graph_origin: &self.base_url.origin().ascii_serialization(),
                needs_user: request.needs_user,
            };
            return Err(self.failure(status, &headers, &body, &sent));
        }
        let request_id = graph_error::request_id(&headers, token.expose());
        let body = body.map_err(|error| {
            error.with_request_ids(request_id.clone(), Some(client_request_id.to_owned()))
        })?;
        Ok(GraphResponse {
            body,
            request_id,
            client_request_id: client_request_id.to_owned(),
            date: headers
                .get(DATE)
                .and_then(|date| timestamp::parse_http(date.to_str().ok()?)),
            received_at: SystemTime::now(),
        })
    }

    async fn send(
        &self,
        network: &Network,
        request: &GraphRequest,
        token: &AccessToken,
        client_request_id: &str,
    ) -> Result<Response, Error> {
        network
            .rest
            .get(&request.url)
            .headers(request.headers.clone())
            .header(AUTHORIZATION, token.authorization())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(CLIENT_REQUEST_ID, client_request_id)
            .timeout(self.request_timeout)
            .send()
            .await
            .map_err(|error| {
                network
                    .request_error(error, &request.url)
                    .with_request_ids(None, Some(client_request_id.to_owned()))
            })
    }

    /// The failure for a response other than 200. If Graph throttles, it pauses the client family.
    fn failure(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        sent: &Sent<'_>,
    ) -> GraphFailure {
        let error = graph_error::from_response(status, headers, body, sent, self.max_retry_after);
        if error.kind() == ErrorKind::Throttled {
            self.pacing.throttled(error.retry_after());
        }
        let location = headers.get(LOCATION);
        GraphFailure {
            error,
            location: location.and_then(|url| Some(url.to_str().ok()?.to_owned())),
            claims: challenge::claims(headers),
        }
    }

    fn host(&self) -> &str {
        self.base_url.host_str().unwrap_or_default()
    }

    /// Fails at once during a pause. The error says how long to wait, for callers that can.
    fn refuse_while_paused(&self) -> Result<(), Error> {
        let Some(rest) = self.pacing.paused_for() else {
            return Ok(());
        };
        let message = format!(
            "Microsoft Graph is throttling this client: retry in {:.0} s (the request was not sent)",
            rest.as_secs_f64().ceil()
        );
        Err(Error::new(ErrorKind::Throttled, message).with_retry_after(Some(rest)))
    }
}
