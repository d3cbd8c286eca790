//! Health and metrics, for who runs the workers.

mod health;
mod metrics;
mod server;

pub use self::server::{HttpServer, serve};
