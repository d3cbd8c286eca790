//! Payloads that are made by hand.
#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use drivebell::{Notification, Resource};
use napi_derive::napi;

use super::NativePayload;
use crate::outcome::outcome;

outcome!(PayloadOutcome(NativePayload));

/// Reads the JSON of a payload.
#[napi(catch_unwind)]
pub fn read_payload(raw: String) -> PayloadOutcome {
    // The resource has no part in it.
    Notification::from_raw(&Resource::my_drive(), &raw)
        .map(|note| note.payload().map(NativePayload::from).unwrap_or_default())
        .into()
}
