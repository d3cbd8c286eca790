//! Credentials: access tokens from Python functions.

pub(crate) mod access_token;
pub(crate) mod credential;
pub(crate) mod token_reply;
pub(crate) mod token_request;
