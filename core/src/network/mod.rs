//! Connections to the outside, for REST and for the socket: proxies, TLS, and the allowed hosts.

mod dial;
mod handle;
#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod network;
pub(crate) mod origin;
pub(crate) mod retry_after;
mod tls;
mod tls_stream;

pub(crate) use handle::NetworkHandle;
pub(crate) use network::{
    Network, NetworkOptions, NoResponse, ProxyUrl, no_response, request_error,
};
