//! Fault injection.

mod answers;
mod bytes;
mod control;
mod endings;
mod expiry;
mod joins;
mod selection;
mod spells;
mod tcp_client;
