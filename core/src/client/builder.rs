use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::client::Client;
use crate::auth::TokenSource;
use crate::graph::GraphClient;
use crate::network::{Network, NetworkOptions, ProxyUrl, origin};
use crate::pacing::{Limits, SleepWatch};
use crate::secret::Secret;
use crate::session::{Family, SessionOptions};
use crate::socketio::SocketOptions;
use crate::{ApiVersion, Cloud, Credential, Error};

/// As Graph asks callers to name themselves, `NONISV|company|application/version`:
/// <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
const USER_AGENT: &str = concat!("NONISV|drivebell|drivebell/", env!("CARGO_PKG_VERSION"));

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
    credential_timeout: Duration,
    token_refresh_margin: Duration,
    socket: SocketOptions,
    session: SessionOptions,
    max_handshakes: usize,
    max_endpoint_calls_per_second: u32,
}

impl ClientBuilder {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            base_url: Cloud::default().base_url().to_owned(),
            api_version: ApiVersion::default(),
            scopes: None,
            proxy: None,
            ca_bundle: None,
            user_agent: USER_AGENT.to_owned(),
            request_timeout: Duration::from_secs(30),
            retry_timeout: Duration::from_secs(30),
            credential_timeout: Duration::from_secs(30),
            token_refresh_margin: Duration::from_secs(5 * 60),
            socket: SocketOptions::default(),
            session: SessionOptions::default(),
            max_handshakes: 100,
            max_endpoint_calls_per_second: 10,
        }
    }

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

    /// For how long after its first attempt [`Client::endpoint`] is repeated when it fails in a way
    /// that passes: throttling (after the pause that Graph asks for), 500, 502, 503, 504, a
    /// connection that fails; default 30 s. Zero: one attempt. A longer pause is not waited for,
    /// but told. Subscriptions have their own patience, [`start_timeout`](Self::start_timeout).
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

    /// How long the goodbye to the notification server may take; default 1 s.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.socket.close_timeout = timeout;
        self
    }

    /// How long the credential may take to give a token; default 30 s.
    pub fn credential_timeout(mut self, timeout: Duration) -> Self {
        self.credential_timeout = timeout;
        self
    }

    /// A token whose expiry is known is used until so long before it; default 5 minutes.
    pub fn token_refresh_margin(mut self, margin: Duration) -> Self {
        self.token_refresh_margin = margin;
        self
    }

    /// For how long [`Client::subscribe`] tries before it gives up with the error of the last
    /// attempt; default 30 s. Zero: one attempt. `None`: for ever. The first attempt is not cut
    /// short.
    pub fn start_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.session.start_timeout = timeout.into();
        self
    }

    /// How long before an endpoint expires a new one takes over, at least; default 2 minutes. It is
    /// a tenth of the endpoint's lifetime where that is more, at most half of it, and jittered.
    pub fn renew_before(mut self, before: Duration) -> Self {
        self.session.renew_before = before;
        self
    }

    /// The limit of the wait after the first failure of a session; default 1 s. It doubles with
    /// each further one, and the wait is a random part of it ("full jitter"). A pause that the
    /// service asks for is kept instead ([`max_retry_after`](Self::max_retry_after)).
    pub fn retry_min(mut self, limit: Duration) -> Self {
        self.session.retry.first = limit;
        self
    }

    /// The limit that [`retry_min`](Self::retry_min) doubles up to; default 60 s.
    pub fn retry_max(mut self, limit: Duration) -> Self {
        self.session.retry.longest = limit;
        self
    }

    /// A session that was live for so long starts from [`retry_min`](Self::retry_min) again;
    /// default 60 s.
    pub fn retry_reset_after(mut self, live: Duration) -> Self {
        self.session.retry.reset_after = live;
        self
    }

    /// The longest pause that is kept when the service asks for one (`Retry-After`); default 1 h. A
    /// longer one is cut to it.
    pub fn max_retry_after(mut self, longest: Duration) -> Self {
        self.session.retry.longest_pause = longest;
        self
    }

    /// For how long Graph, or the credential, must have refused a session that was live before it
    /// ends with that error; default 10 minutes. One that never was live ends at once.
    pub fn refusal_timeout(mut self, timeout: Duration) -> Self {
        self.session.refusal_timeout = timeout;
        self
    }

    /// How many connections this client and all of its family open at once, and how many of their
    /// calls to Graph are under way at once; default 100 of each. Others wait.
    pub fn max_handshakes(mut self, count: usize) -> Self {
        self.max_handshakes = count;
        self
    }

    /// How many endpoints the sessions of this client and all of its family ask for in a second;
    /// default 10. Others wait.
    pub fn max_endpoint_calls_per_second(mut self, count: u32) -> Self {
        self.max_endpoint_calls_per_second = count;
        self
    }

    /// The longest message that is accepted from the notification server, in bytes; default 1 MiB.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.socket.max_message_size = bytes;
        self
    }

    /// How many events may wait for a slow consumer before further ones are merged; default 1024.
    pub fn mailbox_capacity(mut self, events: usize) -> Self {
        self.session.mailbox_capacity = events;
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
            ("close_timeout", self.socket.close_timeout),
            ("credential_timeout", self.credential_timeout),
            ("retry_min", self.session.retry.first),
            ("retry_max", self.session.retry.longest),
            ("max_retry_after", self.session.retry.longest_pause),
        ] {
            if timeout.is_zero() {
                return Err(Error::invalid_argument(name, "must be longer than zero"));
            }
        }
        for (name, size) in [
            ("max_message_size", self.socket.max_message_size),
            ("mailbox_capacity", self.session.mailbox_capacity),
            ("max_handshakes", self.max_handshakes),
            (
                "max_endpoint_calls_per_second",
                self.max_endpoint_calls_per_second as usize,
            ),
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
            max_calls: self.max_handshakes,
        })?;
        let graph = GraphClient {
            network: Arc::new(network),
            base_url,
            api_version: self.api_version.as_str(),
            tokens: TokenSource::new(
                self.credential,
                scopes,
                self.credential_timeout,
                self.token_refresh_margin,
            ),
            request_timeout: self.request_timeout,
            max_retry_after: self.session.retry.longest_pause,
            pause: Arc::default(),
        };
        Ok(Client {
            family: Arc::new(Family {
                pause: Arc::clone(&graph.pause),
                socket: self.socket,
                limits: Limits::new(self.max_handshakes, self.max_endpoint_calls_per_second),
                sleep_watch: SleepWatch::default(),
            }),
            graph: Arc::new(graph),
            retry_timeout: self.retry_timeout,
            session: self.session,
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
            (builder().close_timeout(zero), "close_timeout"),
            (builder().credential_timeout(zero), "credential_timeout"),
            (builder().retry_min(zero), "retry_min"),
            (builder().retry_max(zero), "retry_max"),
            (builder().max_retry_after(zero), "max_retry_after"),
            (builder().mailbox_capacity(0), "mailbox_capacity"),
            (builder().max_handshakes(0), "max_handshakes"),
            (
                builder().max_endpoint_calls_per_second(0),
                "max_endpoint_calls_per_second",
            ),
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
