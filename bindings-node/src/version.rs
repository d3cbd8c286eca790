#![allow(
    dead_code,
    reason = "napi registers it, but not in Rust's own test build"
)]

use napi_derive::napi;

/// The version of drivebell that this addon was built from.
#[napi(catch_unwind)]
pub fn addon_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
