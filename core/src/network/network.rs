use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::HeaderValue;
use reqwest::{Proxy, Url, redirect};
use rustls::pki_types::CertificateDer;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::dial::{BoxError, Dialer};
use super::failure::Peer;
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
    /// More certificates to trust.
    pub(crate) certificates: Vec<CertificateDer<'static>>,
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

    /// The error for a request of [`rest`](Self::rest) that got no response.
    pub(crate) fn request_error(&self, error: reqwest::Error, url: &str) -> Error {
        // A link of Graph may have characters that a URI cannot.
        let origin = Url::parse(url).map(|url| url.origin().ascii_serialization());
        let uri = origin.unwrap_or_default().parse().unwrap_or_default();
        let proxy = self.dialer.proxy_of(&uri);
        Peer::of(&uri, proxy.as_ref()).request_error(error)
    }

    /// The error for a connection of [`dialer`](Self::dialer) that could not be made.
    pub(crate) fn connect_error(&self, error: BoxError, uri: &Uri) -> Error {
        let proxy = self.dialer.tunnel_of(uri);
        Peer::of(uri, proxy.as_ref()).connect_error(error)
    }

    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, Error> {
        let tls = tls::config(options.ca_bundle.as_deref(), &options.certificates)?;
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
