//! Connections to the outside, for REST and for the socket: proxies, TLS, and the allowed hosts.

mod body;
mod certificate;
mod dial;
mod failure;
mod form;
#[cfg(feature = "__internals")]
pub(crate) mod fuzzing;
mod handle;
#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod network;
pub(crate) mod origin;
mod resolve;
pub(crate) mod retry_after;
mod tls;
mod tls_records;
mod tls_stream;
mod webhook;

pub(crate) use body::read_body;
pub(crate) use failure::Peer;
pub use form::{FormClient, FormResponse};
pub(crate) use handle::NetworkHandle;
pub(crate) use network::{Network, NetworkOptions, ProxyUrl};
pub(crate) use tls::read_certificates;
pub use webhook::{WebhookClient, WebhookResponse};
