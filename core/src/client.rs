use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::graph::GraphClient;
use crate::network::{Network, NetworkOptions, ProxyUrl};
use crate::retry::retry;
use crate::secret::Secret;
use crate::socketio::{Connection, NotificationUrl, SocketOptions};
use crate::{Cloud, Credential, Endpoint, Error, Resource, Subscription, origin, session};

/// As Graph asks callers to name themselves, `NONISV|company|application/version`:
/// <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
const USER_AGENT: &str = concat!("NONISV|drivebell|drivebell/", env!("CARGO_PKG_VERSION"));

/// A version of Graph's REST API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `v1.0`, the default.
    #[default]
    V1,
    /// `beta`, which may change at any time.
    Beta,
}

impl ApiVersion {
    /// The path segment: `v1.0` or `beta`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "v1.0" => Ok(Self::V1),
            "beta" => Ok(Self::Beta),
            other => Err(Error::invalid_argument(
                "api_version",
                format!("{other:?} is neither v1.0 nor beta"),
            )),
        }
    }
}

/// Asks Graph for endpoints and keeps subscriptions. Cloning it is cheap, and clones share one
/// HTTP stack.
#[derive(Clone)]
pub struct Client {
    graph: Arc<GraphClient>,
    retry_timeout: Duration,
    socket: SocketOptions,
    mailbox_capacity: usize,
}

impl Client {
    /// Starts from the defaults.
    pub fn builder(credential: Credential) -> ClientBuilder {
        ClientBuilder {
            credential,
            base_url: Cloud::default().base_url().to_owned(),
            api_version: ApiVersion::default(),
            scopes: None,
            proxy: None,
            ca_bundle: None,
            user_agent: USER_AGENT.to_owned(),
            request_timeout: Duration::from_secs(30),
            retry_timeout: Duration::from_secs(30),
            socket: SocketOptions {
                connect_timeout: Duration::from_secs(10),
                open_timeout: Duration::from_secs(10),
                join_timeout: Duration::from_secs(10),
                max_message_size: 1024 * 1024,
            },
            mailbox_capacity: 1024,
        }
    }

    /// Asks Graph where the resource's notifications are pushed. Every call gives a new URL.
    ///
    /// A failure that passes is outlived for [`retry_timeout`](ClientBuilder::retry_timeout). When
    /// Graph asks for a pause, it is kept by every call of this client and its clones.
    ///
    /// # Errors
    /// Of the kinds `Authentication`, `AccessDenied`, `NotFound`, `Throttled`, `Graph`,
    /// `ConnectionFailed`, `Timeout` and `Protocol`.
    pub async fn endpoint(&self, resource: &Resource) -> Result<Endpoint, Error> {
        let path = resource.subscription_path();
        let answer = retry(self.retry_timeout, || self.graph.get(&path)).await?;
        Endpoint::parse(&answer.body, SystemTime::now()).map_err(|error| {
            error.with_request_ids(answer.request_id, Some(answer.client_request_id))
        })
    }

    /// Subscribes, and returns once the server has acknowledged it: from then on notifications
    /// arrive. Dropping the future gives up the attempt.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled; the session is a task
    /// of that runtime.
    ///
    /// # Errors
    /// As [`endpoint`](Self::endpoint), with `ConnectionFailed`, `Timeout` and `Protocol` for the
    /// notification server too.
    pub async fn subscribe(&self, resource: &Resource) -> Result<Subscription, Error> {
        let endpoint = self.endpoint(resource).await?;
        let url = NotificationUrl::parse(endpoint.notification_url())?;
        let connection = Connection::open(&self.graph.network, &url, &self.socket).await?;
        tracing::info!(%resource, host = endpoint.host(), "subscribed");
        Ok(session::start(
            connection,
            resource.clone(),
            self.mailbox_capacity,
        ))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.graph.base_url.as_str())
            .field("api_version", &self.graph.api_version)
            .field("credential", &self.graph.credential)
            .finish_non_exhaustive()
    }
}

/// The options of a [`Client`], each with its default.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    credential: Credential,
    base_url: String,
    api_version: ApiVersion,
    scopes: Option<Vec<String>>,
    /// May carry a password.
    proxy: Option<Secret>,
    ca_bundle: Option<PathBuf>,
    user_agent: String,
    request_timeout: Duration,
    retry_timeout: Duration,
    socket: SocketOptions,
    mailbox_capacity: usize,
}

impl ClientBuilder {
    /// The national cloud; default [`Cloud::Global`]. The last of this and
    /// [`base_url`](Self::base_url) stands.
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        cloud.base_url().clone_into(&mut self.base_url);
        self
    }

    /// The origin of another Graph, for tests and gateways: `https`, without a path. Plain `http`
    /// is allowed to a loopback address only.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The version of Graph; default `v1.0`.
    pub fn api_version(mut self, api_version: ApiVersion) -> Self {
        self.api_version = api_version;
        self
    }

    /// The OAuth scopes that the credential is asked for; default `{base_url}/.default`, which
    /// stands for the delegated permissions of the app's registration.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// A proxy for everything, REST and socket; default what the environment says
    /// (`HTTPS_PROXY`, `NO_PROXY`).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(Secret::new(&url.into()));
        self
    }

    /// A file of PEM certificates that are trusted besides the system's, for REST and socket.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// The `User-Agent`; default `NONISV|drivebell|drivebell/{version}`. Graph asks for
    /// `ISV|company|application/version` or `NONISV|…`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long a Graph call may take in all; default 30 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// For how long after its first attempt a call to Graph is repeated when it fails in a way that
    /// passes: throttling (after the pause that Graph asks for), 500, 502, 503, 504, a connection
    /// that fails; default 30 s. Zero: one attempt. A longer pause is not waited for, but told.
    pub fn retry_timeout(mut self, timeout: Duration) -> Self {
        self.retry_timeout = timeout;
        self
    }

    /// How long connecting to the notification server may take, until it answers the upgrade;
    /// and connecting to Graph; default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.socket.connect_timeout = timeout;
        self
    }

    /// How long the Engine.IO open packet may take; default 10 s.
    pub fn open_timeout(mut self, timeout: Duration) -> Self {
        self.socket.open_timeout = timeout;
        self
    }

    /// How long the answer to joining the namespace may take; default 10 s.
    pub fn join_timeout(mut self, timeout: Duration) -> Self {
        self.socket.join_timeout = timeout;
        self
    }

    /// The longest message that is accepted from the notification server, in bytes; default 1 MiB.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.socket.max_message_size = bytes;
        self
    }

    /// How many events may wait for a slow consumer before further ones are merged; default 1024.
    pub fn mailbox_capacity(mut self, events: usize) -> Self {
        self.mailbox_capacity = events;
        self
    }

    /// Checks everything and sets up the HTTP stack, without any traffic.
    ///
    /// # Errors
    /// `InvalidArgument` with the option's name; `ConnectionFailed` if the system's trusted
    /// certificates cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = parse_base_url(&self.base_url)?;
        let scopes = self.checked_scopes(&base_url)?;
        for (name, timeout) in [
            ("request_timeout", self.request_timeout),
            ("connect_timeout", self.socket.connect_timeout),
            ("open_timeout", self.socket.open_timeout),
            ("join_timeout", self.socket.join_timeout),
        ] {
            if timeout.is_zero() {
                return Err(Error::invalid_argument(name, "must be longer than zero"));
            }
        }
        for (name, size) in [
            ("max_message_size", self.socket.max_message_size),
            ("mailbox_capacity", self.mailbox_capacity),
        ] {
            if size == 0 {
                return Err(Error::invalid_argument(name, "must be greater than zero"));
            }
        }
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::invalid_argument("user_agent", "cannot stand in a header"))?;
        let network = Network::new(&NetworkOptions {
            proxy: self
                .proxy
                .map(|url| ProxyUrl::parse(url.expose()))
                .transpose()?,
            ca_bundle: self.ca_bundle,
            user_agent,
            connect_timeout: self.socket.connect_timeout,
            loopback: base_url.host_str().is_some_and(origin::is_loopback),
        })?;
        Ok(Client {
            graph: Arc::new(GraphClient {
                network,
                base_url,
                api_version: self.api_version.as_str(),
                credential: self.credential,
                scopes,
                request_timeout: self.request_timeout,
                pause: Arc::default(),
            }),
            retry_timeout: self.retry_timeout,
            socket: self.socket,
            mailbox_capacity: self.mailbox_capacity,
        })
    }

    fn checked_scopes(&self, base_url: &Url) -> Result<Vec<String>, Error> {
        let Some(scopes) = self.scopes.clone() else {
            return Ok(vec![format!(
                "{}/.default",
                base_url.origin().ascii_serialization()
            )]);
        };
        if scopes.is_empty() || scopes.iter().any(|scope| scope.trim().is_empty()) {
            return Err(Error::invalid_argument(
                "scopes",
                "must hold at least one scope, and no empty one",
            ));
        }
        Ok(scopes)
    }
}

fn parse_base_url(text: &str) -> Result<Url, Error> {
    // A URL with a password in it is one of the things that are refused: it is not repeated.
    let refuse = |problem: &str| Error::invalid_argument("base_url", problem);
    let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL: {error}")))?;
    if let Some(problem) = origin::transport_problem(&url) {
        return Err(refuse(&problem));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(
            "must be an origin alone, like https://graph.microsoft.com, without path or query",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> ClientBuilder {
        Client::builder(Credential::token("s3cr3t").unwrap())
    }

    #[test]
    fn bad_options_are_refused_by_name() {
        let zero = Duration::ZERO;
        let refused = [
            (builder().base_url(""), "base_url"),
            (builder().base_url("graph.microsoft.com"), "base_url"),
            (builder().base_url("http://graph.microsoft.com"), "base_url"),
            (
                builder().base_url("http://127.0.0.1.example.com"),
                "base_url",
            ),
            (builder().base_url("ftp://127.0.0.1"), "base_url"),
            (
                builder().base_url("https://graph.microsoft.com/v1.0"),
                "base_url",
            ),
            (
                builder().base_url("https://u:p@graph.microsoft.com"),
                "base_url",
            ),
            (builder().scopes::<String>([]), "scopes"),
            (builder().scopes([" "]), "scopes"),
            (builder().proxy("nonsense"), "proxy"),
            (builder().ca_bundle("/nowhere/ca.pem"), "ca_bundle"),
            (
                builder().ca_bundle(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
                "ca_bundle",
            ),
            (builder().user_agent("a\nb"), "user_agent"),
            (builder().request_timeout(zero), "request_timeout"),
            (builder().connect_timeout(zero), "connect_timeout"),
            (builder().open_timeout(zero), "open_timeout"),
            (builder().join_timeout(zero), "join_timeout"),
            (builder().max_message_size(0), "max_message_size"),
            (builder().mailbox_capacity(0), "mailbox_capacity"),
        ];
        for (builder, argument) in refused {
            let error = builder.build().unwrap_err();
            assert_eq!(error.argument(), Some(argument), "{error}");
            assert!(error.to_string().starts_with(argument), "{error}");
        }
        assert_eq!(
            "v2".parse::<ApiVersion>().unwrap_err().argument(),
            Some("api_version")
        );
    }

    #[test]
    fn good_origins_are_accepted_and_no_token_is_shown() {
        for base_url in [
            "https://graph.microsoft.us",
            "https://gateway.example:8443/",
            "http://localhost:1",
            "http://127.0.0.2:1",
            "http://[::1]:1",
        ] {
            let client = builder().base_url(base_url).build().unwrap();
            assert!(!format!("{client:?}").contains("s3cr3t"));
        }
    }
}
