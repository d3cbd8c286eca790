//! Access tokens from Python credentials.

pub(crate) mod credential;
