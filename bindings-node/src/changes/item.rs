#![allow(
    dead_code,
    reason = "napi registers it, but not in Rust's own test build"
)]

use drivebell::{DriveItem, Hashes, Identity, ListItem, RemoteItem};
use napi_derive::napi;

use crate::number::number;
use crate::time;

/// The fields of a drive item, read on first access.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facets, which an item may combine"
)]
#[napi(object, object_from_js = false)]
pub struct NativeDriveItem {
    pub name: Option<String>,
    pub size: Option<f64>,
    pub parent_id: Option<String>,
    pub drive_id: Option<String>,
    pub is_file: bool,
    pub is_folder: bool,
    pub is_package: bool,
    pub is_root: bool,
    pub mime_type: Option<String>,
    pub child_count: Option<f64>,
    pub hashes: NativeHashes,
    pub e_tag: Option<String>,
    pub c_tag: Option<String>,
    /// As `Date` counts.
    pub created_at: Option<f64>,
    /// As `Date` counts.
    pub modified_at: Option<f64>,
    pub created_by: Option<NativeIdentity>,
    pub modified_by: Option<NativeIdentity>,
    pub shared: bool,
    pub remote_item: Option<NativeRemoteItem>,
    pub web_url: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeHashes {
    pub quick_xor: Option<String>,
    pub sha1: Option<String>,
    pub sha256: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeIdentity {
    pub id: Option<String>,
    pub display_name: Option<String>,
    pub email: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeRemoteItem {
    pub id: Option<String>,
    pub drive_id: Option<String>,
    pub name: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeListItem {
    pub name: Option<String>,
    pub e_tag: Option<String>,
    pub content_type: Option<String>,
    pub site_id: Option<String>,
    /// As `Date` counts.
    pub created_at: Option<f64>,
    /// As `Date` counts.
    pub modified_at: Option<f64>,
    pub created_by: Option<NativeIdentity>,
    pub modified_by: Option<NativeIdentity>,
    pub web_url: Option<String>,
    /// A JSON object, as text.
    pub fields: Option<String>,
}

/// `None` for a text that is not an item.
#[napi(catch_unwind)]
pub fn read_drive_item(raw: String) -> Option<NativeDriveItem> {
    DriveItem::from_raw(&raw).ok().as_ref().map(Into::into)
}

/// Like `readDriveItem`.
#[napi(catch_unwind)]
pub fn read_list_item(raw: String) -> Option<NativeListItem> {
    ListItem::from_raw(&raw).ok().as_ref().map(Into::into)
}

fn text(field: Option<&str>) -> Option<String> {
    field.map(str::to_owned)
}

impl From<&DriveItem> for NativeDriveItem {
    fn from(item: &DriveItem) -> Self {
        Self {
            name: text(item.name()),
            size: item.size().map(number),
            parent_id: item.parent().id.clone(),
            drive_id: item.parent().drive_id.clone(),
            is_file: item.is_file(),
            is_folder: item.is_folder(),
            is_package: item.is_package(),
            is_root: item.is_root(),
            mime_type: text(item.mime_type()),
            child_count: item.child_count().map(number),
            hashes: item.hashes().into(),
            e_tag: text(item.e_tag()),
            c_tag: text(item.c_tag()),
            created_at: item.created_at().map(time::unix_milliseconds),
            modified_at: item.modified_at().map(time::unix_milliseconds),
            created_by: item.created_by().map(Into::into),
            modified_by: item.modified_by().map(Into::into),
            shared: item.is_shared(),
            remote_item: item.remote_item().map(Into::into),
            web_url: text(item.web_url()),
        }
    }
}

impl From<&ListItem> for NativeListItem {
    fn from(item: &ListItem) -> Self {
        Self {
            name: text(item.name()),
            e_tag: text(item.e_tag()),
            content_type: text(item.content_type()),
            site_id: text(item.site_id()),
            created_at: item.created_at().map(time::unix_milliseconds),
            modified_at: item.modified_at().map(time::unix_milliseconds),
            created_by: item.created_by().map(Into::into),
            modified_by: item.modified_by().map(Into::into),
            web_url: text(item.web_url()),
            fields: text(item.fields()),
        }
    }
}

impl From<&Hashes> for NativeHashes {
    fn from(hashes: &Hashes) -> Self {
        Self {
            quick_xor: hashes.quick_xor.clone(),
            sha1: hashes.sha1.clone(),
            sha256: hashes.sha256.clone(),
        }
    }
}

impl From<&Identity> for NativeIdentity {
    fn from(identity: &Identity) -> Self {
        Self {
            id: identity.id.clone(),
            display_name: identity.display_name.clone(),
            email: identity.email.clone(),
        }
    }
}

impl From<&RemoteItem> for NativeRemoteItem {
    fn from(remote: &RemoteItem) -> Self {
        Self {
            id: remote.id.clone(),
            drive_id: remote.drive_id.clone(),
            name: remote.name.clone(),
        }
    }
}
