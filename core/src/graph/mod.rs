//! Microsoft Graph: authorised GETs, the meaning of its errors, and the endpoint it gives.

mod api_version;
pub(crate) mod browser_address;
mod client;
mod endpoint;
mod error;
mod exchange;
#[cfg(feature = "__internals")]
pub(crate) mod fuzzing;
mod retry;

pub use api_version::ApiVersion;
pub(crate) use client::{GraphClient, GraphRequest, GraphResponse};
pub use endpoint::Endpoint;
pub(crate) use retry::retry;
