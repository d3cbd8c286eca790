//! Fields of items, read with tolerance: one of an unexpected type counts as absent.

use std::time::SystemTime;

use serde_json::Value;

use crate::timestamp;

/// Who did something: a user, an application or a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Identity {
    /// The id.
    pub id: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// The address, where Graph gives one.
    pub email: Option<String>,
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn time(value: &Value) -> Option<SystemTime> {
    timestamp::parse(value.as_str()?)
}

/// Of an identity set, the user before the others.
pub(super) fn identity(set: &Value) -> Option<Identity> {
    let who = ["user", "application", "device", "group"]
        .iter()
        .map(|kind| &set[*kind])
        .find(|identity| identity.is_object())?;
    Some(Identity {
        id: text(&who["id"]),
        display_name: text(&who["displayName"]),
        email: text(&who["email"]),
    })
}
