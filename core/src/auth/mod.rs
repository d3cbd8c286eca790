//! Access tokens: the credential that gives them, the cache, and why a token was refused.

pub(crate) mod app_only;
pub(crate) mod challenge;
mod credential;
mod token;

pub use credential::{AccessToken, BoxError, Credential, TokenRequest};
pub(crate) use token::TokenSource;
