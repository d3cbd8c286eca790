use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, Proxy, Url, redirect};

use crate::{Error, ErrorKind};

/// What one HTTP stack, for REST and for the socket, is built from.
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    pub(crate) proxy: Option<ProxyUrl>,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) user_agent: String,
    pub(crate) connect_timeout: Duration,
    /// Proxies of the environment are not asked for a server on this machine.
    pub(crate) loopback: bool,
}

/// A proxy's URL, which may carry a password.
#[derive(Clone)]
pub(crate) struct ProxyUrl(Url);

impl ProxyUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let problem = "is not the URL of a proxy, like http://proxy.example:3128";
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

pub(crate) fn build(options: HttpOptions) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        // A redirect could carry the token, or the socket, to another origin.
        .redirect(redirect::Policy::none())
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout);
    if let Some(path) = options.ca_bundle {
        builder = builder.tls_certs_merge(read_ca_bundle(&path)?);
    }
    if let Some(ProxyUrl(url)) = options.proxy {
        let proxy = Proxy::all(url)
            .map_err(|error| Error::invalid_argument("proxy", error.without_url()))?;
        builder = builder.proxy(proxy);
    } else if options.loopback {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        Error::new(
            ErrorKind::ConnectionFailed,
            "the HTTP stack could not be set up; the cause tells why (often: no trusted \
             certificates on this system, for which `ca_bundle` is the cure)",
        )
        .with_retryable(false)
        .with_source(error.without_url())
    })
}

fn read_ca_bundle(path: &Path) -> Result<Vec<Certificate>, Error> {
    let refuse = |problem: String| {
        Error::invalid_argument("ca_bundle", format!("{} {problem}", path.display()))
    };
    let pem = std::fs::read(path)
        .map_err(|error| refuse(format!("cannot be read: {error}")).with_source(error))?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|error| refuse("is not a bundle of PEM certificates".into()).with_source(error))?;
    if certificates.is_empty() {
        return Err(refuse("holds no PEM certificate".into()));
    }
    Ok(certificates)
}

/// The error of a request that got no answer.
pub(crate) fn request_error(error: reqwest::Error, host: &str) -> Error {
    let (kind, what) = if error.is_timeout() {
        (ErrorKind::Timeout, "did not answer in time")
    } else if error.is_dns() {
        (ErrorKind::ConnectionFailed, "could not be resolved")
    } else if error.is_connect() {
        (ErrorKind::ConnectionFailed, "could not be reached")
    } else {
        (ErrorKind::ConnectionFailed, "broke off the exchange")
    };
    Error::new(
        kind,
        format!("{host} {what}; check the network, the proxy and the trusted certificates"),
    )
    .with_source(error.without_url())
}
