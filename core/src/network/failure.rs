//! Why a request got no response: the reason, for programs, and a text with what to do, for people.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use http::Uri;
use hyper_util::client::proxy::matcher::Intercept;

use super::certificate;
use super::dial::BoxError;
use super::resolve::HostNotFound;
use crate::{Error, ErrorKind, NetworkFailure, foreign_text};

/// How much is shown of what the system or a library says.
const MAX_SYSTEM_TEXT: usize = 100;

/// Where a connection was to lead.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The proxy on the way there.
    pub(super) proxy: Option<Box<Peer>>,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Peer {
    pub(crate) fn of(uri: &Uri, proxy: Option<&Intercept>) -> Self {
        let standard_port = match uri.scheme_str() {
            Some("http" | "ws") => 80,
            _ => 443,
        };
        Self {
            host: uri.host().unwrap_or_default().to_owned(),
            port: uri.port_u16().unwrap_or(standard_port),
            proxy: proxy.map(|proxy| Box::new(Self::of(proxy.uri(), None))),
        }
    }

    /// The error for a connection that could not be made. A failure of TLS has a text of its own. It
    /// is as transient as the others: a captive portal goes away.
    pub(crate) fn connect_error(&self, error: BoxError) -> Error {
        let found = find(&*error);
        let failed = match (found, &self.proxy) {
            (Some(Found::Tls(tls)), _) => {
                let problem = certificate::problem(&self.to_string(), tls);
                self.error(certificate::failure(tls), problem)
            }
            (Some(Found::NoAddress(says)), proxy) => {
                let peer = proxy.as_deref().unwrap_or(self);
                let what = format!("could not be resolved: host not found ({says})");
                peer.describe(self, NetworkFailure::HostNotFound, &what)
            }
            (Some(Found::Io(io)), proxy) => {
                let peer = proxy.as_deref().unwrap_or(self);
                peer.unreachable(self, io)
            }
            (None, Some(proxy)) => {
                let says = foreign(&innermost(&*error).to_string());
                let message = format!(
                    "the proxy {proxy} did not connect to {self} ({says}); check its rules, and the \
                     user name and password in its URL"
                );
                proxy.error(NetworkFailure::ProxyRefused, message)
            }
            (None, None) => {
                let says = foreign(&innermost(&*error).to_string());
                let what = format!("could not be reached: {says}");
                self.describe(self, NetworkFailure::Other, &what)
            }
        };
        failed.with_source(error)
    }

    fn unreachable(&self, target: &Self, io: &io::Error) -> Error {
        let failure = of_io(io);
        let says = match words(failure) {
            Some(words) => words.to_owned(),
            None => foreign(&io.to_string()),
        };
        let what = format!("could not be reached: {says}");
        self.describe(target, failure, &what)
            .with_os_error(io.raw_os_error())
    }

    /// The error for a connection that ended before the answer was complete.
    pub(crate) fn lost(&self, error: impl Into<BoxError>) -> Error {
        let error = error.into();
        let mut what = "closed the connection before its answer was complete".to_owned();
        let mut failure = NetworkFailure::ConnectionClosed;
        match find(&*error) {
            // Of TLS, for instance an alert after the handshake.
            Some(Found::Tls(tls)) => {
                let problem = certificate::problem(&self.to_string(), tls);
                return self
                    .error(certificate::failure(tls), problem)
                    .with_source(error);
            }
            Some(Found::Io(io)) if of_io(io) != NetworkFailure::ConnectionClosed => {
                failure = of_io(io);
                let says = words(failure).map_or_else(|| foreign(&io.to_string()), str::to_owned);
                what = format!("{what}: {says}");
            }
            _ => {}
        }
        self.describe(self, failure, &what).with_source(error)
    }

    /// The error for an answer that did not come in time.
    pub(crate) fn late(&self) -> Error {
        self.describe(self, NetworkFailure::TimedOut, "did not answer in time")
    }

    /// The error for a request of reqwest that got no response.
    pub(super) fn request_error(&self, error: reqwest::Error) -> Error {
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let is_dns = error.is_dns();
        let error = error.without_url();
        if is_timeout {
            let peer = match &self.proxy {
                Some(proxy) if is_connect => proxy,
                _ => self,
            };
            let what = "did not answer in time";
            peer.describe(self, NetworkFailure::TimedOut, what)
                .with_source(error)
        } else if is_dns {
            let peer = self.proxy.as_deref().unwrap_or(self);
            let says = foreign(&innermost(&error).to_string());
            let what = format!("could not be resolved: host not found ({says})");
            peer.describe(self, NetworkFailure::HostNotFound, &what)
                .with_source(error)
        } else if is_connect {
            self.connect_error(error.into())
        } else {
            self.lost(error)
        }
    }

    /// `self` is `target`, or the proxy on the way there.
    fn describe(&self, target: &Self, failure: NetworkFailure, what: &str) -> Error {
        let is_proxy = !std::ptr::eq(self, target);
        let subject = if is_proxy {
            format!("the proxy {self}")
        } else {
            self.to_string()
        };
        self.error(
            failure,
            format!("{subject} {what}; {}", advice(failure, is_proxy)),
        )
    }

    fn error(&self, failure: NetworkFailure, message: String) -> Error {
        let kind = match failure {
            NetworkFailure::TimedOut => ErrorKind::Timeout,
            _ => ErrorKind::ConnectionFailed,
        };
        Error::new(kind, message)
            .with_failure(failure)
            .with_peer(&self.host, self.port)
    }
}

/// What explains a failure, among its causes.
enum Found<'a> {
    Tls(&'a rustls::Error),
    NoAddress(String),
    Io(&'a io::Error),
}

fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<Found<'a>> {
    let mut next = Some(error);
    let mut outermost_io = None;
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref() {
            return Some(Found::Tls(tls));
        }
        if let Some(HostNotFound(says)) = error.downcast_ref() {
            return Some(Found::NoAddress(foreign(&says.to_string())));
        }
        next = match error.downcast_ref::<io::Error>() {
            Some(io) => {
                // The source of an I/O error is that of the error inside it.
                outermost_io.get_or_insert(io);
                match io.get_ref() {
                    Some(inner) => Some(inner),
                    None => error.source(),
                }
            }
            None => error.source(),
        };
    }
    outermost_io.map(Found::Io)
}

fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

fn of_io(error: &io::Error) -> NetworkFailure {
    use io::ErrorKind as Kind;
    // EMFILE and ENFILE of Unix, WSAEMFILE of Windows.
    if matches!(error.raw_os_error(), Some(23 | 24)) && cfg!(unix)
        || error.raw_os_error() == Some(10024)
    {
        return NetworkFailure::TooManyOpenFiles;
    }
    match error.kind() {
        Kind::ConnectionRefused => NetworkFailure::ConnectionRefused,
        Kind::ConnectionReset => NetworkFailure::ConnectionReset,
        Kind::ConnectionAborted | Kind::UnexpectedEof | Kind::BrokenPipe => {
            NetworkFailure::ConnectionClosed
        }
        Kind::HostUnreachable => NetworkFailure::HostUnreachable,
        Kind::NetworkUnreachable | Kind::NetworkDown => NetworkFailure::NetworkUnreachable,
        Kind::TimedOut => NetworkFailure::TimedOut,
        Kind::PermissionDenied => NetworkFailure::PermissionDenied,
        _ => NetworkFailure::Other,
    }
}

fn words(failure: NetworkFailure) -> Option<&'static str> {
    Some(match failure {
        NetworkFailure::ConnectionRefused => "connection refused",
        NetworkFailure::ConnectionReset => "connection reset",
        NetworkFailure::ConnectionClosed => "connection closed",
        NetworkFailure::HostUnreachable => "host unreachable",
        NetworkFailure::NetworkUnreachable => "network unreachable",
        NetworkFailure::TimedOut => "connection timed out",
        NetworkFailure::PermissionDenied => "permission denied",
        NetworkFailure::TooManyOpenFiles => "too many open files",
        _ => return None,
    })
}

fn advice(failure: NetworkFailure, is_proxy: bool) -> &'static str {
    match failure {
        _ if is_proxy => "check the proxy, and where its URL comes from",
        NetworkFailure::HostNotFound => {
            "check the name, the DNS of this machine, and whether a proxy is needed"
        }
        NetworkFailure::ConnectionRefused => {
            "check the address, and whether a firewall or a proxy is in the way"
        }
        NetworkFailure::PermissionDenied => "check the firewall and the sandbox of this machine",
        NetworkFailure::TooManyOpenFiles => "raise the limit of open files (ulimit -n)",
        _ => "check the network and the proxy",
    }
}

fn foreign(text: &str) -> String {
    foreign_text::beginning(text, MAX_SYSTEM_TEXT)
}
