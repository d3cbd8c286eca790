//! Credentials: access tokens from Python functions.

pub(crate) mod credential;
