//! Whose token is sent: the credential, the token it gave last, and what a refused token says.

pub(crate) mod app_only;
pub(crate) mod challenge;
mod credential;
mod token;

pub use credential::{AccessToken, BoxError, Credential, TokenRequest};
pub(crate) use token::TokenSource;
