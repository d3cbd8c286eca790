use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tower_service::Service;

use super::resolve::Resolver;
use super::tls_stream::TlsStream;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// A byte stream to a server, through any proxy and TLS.
pub(crate) type Stream = Box<dyn ByteStream>;

pub(crate) trait ByteStream: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> ByteStream for T {}

/// Opens connections as reqwest does, with the same resolver, proxies and TLS.
#[derive(Clone)]
pub(crate) struct Dialer {
    direct: Direct,
    proxies: Arc<Matcher>,
}

impl Dialer {
    pub(crate) fn new(tls: ClientConfig, proxies: Matcher) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = Arc::new(tls);
        Self {
            direct: Direct { tcp, tls },
            proxies: Arc::new(proxies),
        }
    }

    /// Connects to the origin of `uri`, through the proxy that is set for it, if any.
    pub(crate) async fn connect(&self, uri: &Uri) -> Result<Stream, BoxError> {
        match self.tunnel_of(uri) {
            None => self.direct.clone().call(uri.clone()).await,
            Some(proxy) => self.connect_through(&proxy, uri).await,
        }
    }

    /// The proxy that is set for a URI.
    pub(super) fn proxy_of(&self, uri: &Uri) -> Option<Intercept> {
        self.proxies.intercept(uri)
    }

    /// The proxy through which [`connect`](Self::connect) goes.
    pub(super) fn tunnel_of(&self, uri: &Uri) -> Option<Intercept> {
        // Plain http is on this machine, and a proxy could read it.
        if uri.scheme_str() != Some("https") {
            return None;
        }
        self.proxy_of(uri)
    }

    async fn connect_through(&self, proxy: &Intercept, uri: &Uri) -> Result<Stream, BoxError> {
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.direct.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let stream = tunnel.call(uri.clone()).await?;
        self.direct.secure(uri, stream).await
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL of a proxy may contain a password.
        f.write_str("Dialer")
    }
}

/// Connects without a proxy: to the server, or to the proxy itself.
#[derive(Clone)]
struct Direct {
    tcp: HttpConnector<Resolver>,
    tls: Arc<ClientConfig>,
}

impl Direct {
    async fn secure(&self, uri: &Uri, stream: Stream) -> Result<Stream, BoxError> {
        if uri.scheme_str() != Some("https") {
            return Ok(stream);
        }
        let host = uri.host().unwrap_or_default();
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(name.to_owned())?;
        let tls = Arc::clone(&self.tls);
        let stream = TlsStream::connect(tls, name, TokioIo::new(stream)).await?;
        Ok(Box::new(TokioIo::new(stream)))
    }
}

impl Service<Uri> for Direct {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let mut this = self.clone();
        Box::pin(async move {
            let stream = this.tcp.call(uri.clone()).await?;
            this.secure(&uri, Box::new(stream)).await
        })
    }
}
