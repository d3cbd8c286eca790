use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::HeaderValue;
use reqwest::{Proxy, Url, redirect};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::certificate;
use super::dial::{BoxError, Dialer};
use super::resolve::{LOCALHOST, LOOPBACK};
use super::tls;
use crate::{Error, ErrorKind};

/// How many idle connections to Graph are kept open, and for how long.
const IDLE_CONNECTIONS: usize = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The options of the HTTP stack, for REST and for the socket.
#[derive(Debug, Clone)]
pub(crate) struct NetworkOptions {
    pub(crate) proxy: Option<ProxyUrl>,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) connect_timeout: Duration,
    /// Graph is on this machine, so the environment's proxies are not used.
    pub(crate) loopback: bool,
    /// How many calls to Graph may be under way at once.
    pub(crate) max_calls: usize,
}

/// The URL of a proxy. It may contain a password, so `Debug` shows only the host.
#[derive(Clone)]
pub(crate) struct ProxyUrl(Url);

impl ProxyUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let problem = "is not the URL of a proxy, such as http://proxy.example:3128";
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Self(url)),
            _ => Err(Error::invalid_argument("proxy", problem)),
        }
    }
}

impl std::fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.host_str().unwrap_or_default())
    }
}

/// The HTTP stack: requests to Graph, and connections to the notification server.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) rest: reqwest::Client,
    calls: Semaphore,
    pub(crate) dialer: Dialer,
    pub(crate) user_agent: HeaderValue,
}

impl Network {
    /// Waits until another call to Graph may go out. Hold the permit until the call is over.
    ///
    /// Each concurrent call takes its own connection. Thousands of them would take more memory
    /// than the sessions they serve.
    pub(crate) async fn acquire_call_permit(&self) -> Option<SemaphorePermit<'_>> {
        self.calls.acquire().await.ok()
    }

    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, Error> {
        let tls = tls::config(options.ca_bundle.as_deref())?;
        let mut rest = reqwest::Client::builder()
            // A redirect could carry the token to another origin.
            .redirect(redirect::Policy::none())
            .user_agent(&options.user_agent)
            .resolve_to_addrs(LOCALHOST, &LOOPBACK)
            .connect_timeout(options.connect_timeout)
            // A session requests an endpoint about once an hour, so a burst of calls leaves
            // connections that are not needed soon, and may be dead by the next use.
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tls_backend_preconfigured(tls.clone());
        let mut proxies = Matcher::builder().build();
        if let Some(ProxyUrl(url)) = &options.proxy {
            let proxy = Proxy::all(url.clone())
                .map_err(|error| Error::invalid_argument("proxy", error.without_url()))?;
            rest = rest.proxy(proxy);
            proxies = Matcher::builder().all(url.as_str()).build();
        } else if options.loopback {
            rest = rest.no_proxy();
        } else {
            proxies = Matcher::from_system();
        }
        let rest = rest.build().map_err(|error| {
            Error::new(
                ErrorKind::ConnectionFailed,
                "the HTTP stack could not be set up; see the cause of this error",
            )
            .permanent()
            .with_source(error.without_url())
        })?;
        Ok(Self {
            rest,
            calls: Semaphore::new(options.max_calls.min(Semaphore::MAX_PERMITS)),
            dialer: Dialer::new(tls, proxies),
            user_agent: options.user_agent.clone(),
        })
    }
}

/// Why a request got no response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoResponse {
    TimedOut,
    Unresolved,
    Unreachable,
    ConnectionLost,
}

/// The error for a request that got no response.
pub(crate) fn no_response(host: &str, what: NoResponse) -> Error {
    let (kind, what) = match what {
        NoResponse::TimedOut => (ErrorKind::Timeout, "did not answer in time"),
        NoResponse::Unresolved => (ErrorKind::ConnectionFailed, "could not be resolved"),
        NoResponse::Unreachable => (ErrorKind::ConnectionFailed, "could not be reached"),
        NoResponse::ConnectionLost => (
            ErrorKind::ConnectionFailed,
            "closed the connection before its answer was complete",
        ),
    };
    Error::new(
        kind,
        format!("{host} {what}; check the network and the proxy"),
    )
}

/// The error for a connection that could not be made. A failure of TLS has a text of its own. It is
/// as transient as the others: a captive portal goes away.
pub(crate) fn connect_error(host: &str, error: BoxError) -> Error {
    tls_problem(host, &*error)
        .unwrap_or_else(|| no_response(host, NoResponse::Unreachable))
        .with_source(error)
}

fn tls_problem(host: &str, error: &(dyn StdError + 'static)) -> Option<Error> {
    let problem = certificate::problem(host, certificate::tls_error(error)?);
    Some(Error::new(ErrorKind::ConnectionFailed, problem))
}

/// The error for a request of reqwest that got no response.
pub(crate) fn request_error(error: reqwest::Error, host: &str) -> Error {
    if error.is_connect()
        && let Some(problem) = tls_problem(host, &error)
    {
        return problem.with_source(error.without_url());
    }
    let what = if error.is_timeout() {
        NoResponse::TimedOut
    } else if error.is_dns() {
        NoResponse::Unresolved
    } else if error.is_connect() {
        NoResponse::Unreachable
    } else {
        NoResponse::ConnectionLost
    };
    no_response(host, what).with_source(error.without_url())
}
