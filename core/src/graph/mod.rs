//! Microsoft Graph: one authorised GET, what its refusals mean, and the endpoint it gives.

mod api_version;
mod client;
mod endpoint;
mod error;
mod retry;

pub use api_version::ApiVersion;
pub(crate) use client::{Answer, GraphClient, Question};
pub use endpoint::Endpoint;
pub(crate) use retry::retry;
