//! Access tokens: the credential that gives them, the cache, and why a token was refused.

mod access_token;
pub(crate) mod challenge;
mod credential;
mod failure;
mod jwt;
mod token_call;
mod token_request;
mod token_source;
mod verdict;

pub use access_token::AccessToken;
pub use credential::{BoxError, Credential};
pub use failure::{CredentialFailure, SignInRequired};
pub(crate) use jwt::Claims;
pub use token_request::TokenRequest;
pub(crate) use token_source::{Refused, TokenOptions, TokenSource};
