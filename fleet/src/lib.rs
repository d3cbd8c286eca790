//! Follows thousands of OneDrive and SharePoint drives with any number of workers, on NATS JetStream.

pub mod budget;
pub mod control;
pub mod key_text;
pub mod pauses;
pub mod nats;
pub mod outbox;
