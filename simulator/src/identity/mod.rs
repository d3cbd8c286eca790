//! Microsoft's identity service: device codes, tokens and what sign-in libraries ask before them.
//!
//! Tokens are signed, not stored: the service recognises its own ones without remembering them.

mod access_token;
mod account;
mod device_authorization;
mod device_codes;
mod dispatch;
mod error;
mod form;
mod grants;
mod metadata;
mod origin;
mod revocation;
mod route;
mod scopes;
mod service;
mod signer;
mod subject;
mod token_log;
mod token_response;

pub(crate) use access_token::AccessToken;
pub(crate) use dispatch::{CORRELATION_ID, fault_response, handle};
pub(crate) use route::{Operation, Route};
pub(crate) use service::{Identity, accounts};
