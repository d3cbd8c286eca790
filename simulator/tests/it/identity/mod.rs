//! The identity service: sign-in, tokens, and Graph's checks of them.

pub(crate) mod client;
mod device_codes;
mod faults;
mod grants;
mod graph;
mod metadata;
mod tls;
