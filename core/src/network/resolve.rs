use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// The name of this machine. Plain http is allowed to it, so its address must not come from DNS,
/// which another machine may answer.
pub(super) const LOCALHOST: &str = "localhost";

/// The addresses of `localhost`. A connection sets the port.
pub(super) const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// The system's resolver, except for `localhost` (RFC 6761, section 6.3).
#[derive(Clone)]
pub(super) struct Resolver(GaiResolver);

impl Resolver {
    pub(super) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

/// The system's resolver found no address: what it says.
#[derive(Debug)]
pub(super) struct HostNotFound(pub(super) io::Error);

impl fmt::Display for HostNotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for HostNotFound {}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = HostNotFound;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, HostNotFound>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), HostNotFound>> {
        self.0.poll_ready(cx).map_err(HostNotFound)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if name.as_str().eq_ignore_ascii_case(LOCALHOST) {
            return Box::pin(async { Ok(LOOPBACK.to_vec().into_iter()) });
        }
        let addresses = self.0.call(name);
        Box::pin(async {
            let addresses = addresses.await.map_err(HostNotFound)?;
            Ok(addresses.collect::<Vec<_>>().into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(name: &str) -> Result<Vec<IpAddr>, HostNotFound> {
        let addresses = Resolver::new().call(name.parse().unwrap()).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    }

    #[tokio::test]
    async fn localhost_is_this_machine_whatever_dns_says() {
        let here: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        for name in ["localhost", "LocalHost"] {
            assert_eq!(resolved(name).await.unwrap(), here);
        }
        // The system reads an address, and does not know this name.
        assert_eq!(resolved("127.0.0.2").await.unwrap().len(), 1);
        assert!(resolved("localhost.invalid").await.is_err());
    }
}
