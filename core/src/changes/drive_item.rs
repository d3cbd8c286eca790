use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::Value;

use super::fields::{self, Identity};
use super::page;
use crate::Error;

/// A file or a folder, as Graph's delta query tells of it: its latest state.
///
/// Fields that are not given are `None`: of a deleted item most are. Everything is in
/// [`DriveItem::raw`].
#[derive(Debug, Clone)]
pub struct DriveItem {
    id: String,
    deleted: bool,
    raw: Box<str>,
    /// Read when it is first asked for: a program that wants ids alone does not pay for it.
    details: OnceLock<Box<Details>>,
}

/// Where an item is. Graph gives no path in a delta query: places are by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ParentReference {
    /// The folder's id; none for the root.
    pub id: Option<String>,
    /// The drive's id.
    pub drive_id: Option<String>,
}

/// Hashes of a file's content; which there are depends on the kind of the drive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Hashes {
    /// `quickXorHash`, in base64.
    pub quick_xor: Option<String>,
    /// `sha1Hash`, in hexadecimal.
    pub sha1: Option<String>,
    /// `sha256Hash`, in hexadecimal.
    pub sha256: Option<String>,
}

/// The item of another drive that this one stands for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RemoteItem {
    /// Its id there.
    pub id: Option<String>,
    /// That drive's id.
    pub drive_id: Option<String>,
    /// Its name there.
    pub name: Option<String>,
}

#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facets, of which an item has any"
)]
struct Details {
    name: Option<String>,
    size: Option<u64>,
    parent: ParentReference,
    is_file: bool,
    is_folder: bool,
    is_package: bool,
    is_root: bool,
    mime_type: Option<String>,
    child_count: Option<u64>,
    hashes: Hashes,
    e_tag: Option<String>,
    c_tag: Option<String>,
    created_at: Option<SystemTime>,
    modified_at: Option<SystemTime>,
    created_by: Option<Identity>,
    modified_by: Option<Identity>,
    is_shared: bool,
    remote_item: Option<RemoteItem>,
    web_url: Option<String>,
}

impl DriveItem {
    pub(super) fn new(id: String, deleted: bool, raw: Box<str>) -> Self {
        Self {
            id,
            deleted,
            raw,
            details: OnceLock::new(),
        }
    }

    /// What [`raw`](Self::raw) gave, read again: for programs that keep items as they came.
    ///
    /// # Errors
    /// `InvalidArgument` for a text that is no JSON object with an `id`.
    pub fn from_raw(raw: &str) -> Result<Self, Error> {
        let (id, deleted) = page::head(raw)
            .ok_or_else(|| Error::invalid_argument("raw", "is no JSON object with an id"))?;
        Ok(Self::new(id, deleted, raw.into()))
    }

    /// Unique in its drive, and the same wherever the item goes.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// It is gone.
    pub fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The name, without a path.
    pub fn name(&self) -> Option<&str> {
        self.details().name.as_deref()
    }

    /// In bytes; of a folder, with all that is in it.
    pub fn size(&self) -> Option<u64> {
        self.details().size
    }

    /// Where it is.
    pub fn parent(&self) -> &ParentReference {
        &self.details().parent
    }

    /// It is a file.
    pub fn is_file(&self) -> bool {
        self.details().is_file
    }

    /// It is a folder.
    pub fn is_folder(&self) -> bool {
        self.details().is_folder
    }

    /// It is treated as one thing although it holds several, like a notebook.
    pub fn is_package(&self) -> bool {
        self.details().is_package
    }

    /// It is the drive's root.
    pub fn is_root(&self) -> bool {
        self.details().is_root
    }

    /// A file's media type.
    pub fn mime_type(&self) -> Option<&str> {
        self.details().mime_type.as_deref()
    }

    /// How many items a folder holds.
    pub fn child_count(&self) -> Option<u64> {
        self.details().child_count
    }

    /// A file's hashes.
    pub fn hashes(&self) -> &Hashes {
        &self.details().hashes
    }

    /// Changes with the item or anything about it.
    pub fn e_tag(&self) -> Option<&str> {
        self.details().e_tag.as_deref()
    }

    /// Changes with the content.
    pub fn c_tag(&self) -> Option<&str> {
        self.details().c_tag.as_deref()
    }

    /// When it was created.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.details().created_at
    }

    /// When it was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.details().modified_at
    }

    /// Who created it.
    pub fn created_by(&self) -> Option<&Identity> {
        self.details().created_by.as_ref()
    }

    /// Who last changed it.
    pub fn modified_by(&self) -> Option<&Identity> {
        self.details().modified_by.as_ref()
    }

    /// It is shared with others.
    pub fn is_shared(&self) -> bool {
        self.details().is_shared
    }

    /// What it stands for in another drive.
    pub fn remote_item(&self) -> Option<&RemoteItem> {
        self.details().remote_item.as_ref()
    }

    /// Where it is shown in a browser.
    pub fn web_url(&self) -> Option<&str> {
        self.details().web_url.as_deref()
    }

    /// The JSON object as Graph sent it.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    fn details(&self) -> &Details {
        self.details.get_or_init(|| {
            let value = serde_json::from_str(&self.raw).unwrap_or_default();
            Box::new(Details::read(&value))
        })
    }
}

impl Details {
    fn read(item: &Value) -> Self {
        let text = |value: &Value| fields::text(value);
        let hashes = &item["file"]["hashes"];
        let remote = &item["remoteItem"];
        Self {
            name: text(&item["name"]),
            size: item["size"].as_u64(),
            parent: ParentReference {
                id: text(&item["parentReference"]["id"]),
                drive_id: text(&item["parentReference"]["driveId"]),
            },
            is_file: item["file"].is_object(),
            is_folder: item["folder"].is_object(),
            is_package: item["package"].is_object(),
            is_root: item["root"].is_object(),
            mime_type: text(&item["file"]["mimeType"]),
            child_count: item["folder"]["childCount"].as_u64(),
            hashes: Hashes {
                quick_xor: text(&hashes["quickXorHash"]),
                sha1: text(&hashes["sha1Hash"]),
                sha256: text(&hashes["sha256Hash"]),
            },
            e_tag: text(&item["eTag"]),
            c_tag: text(&item["cTag"]),
            created_at: fields::time(&item["createdDateTime"]),
            modified_at: fields::time(&item["lastModifiedDateTime"]),
            created_by: fields::identity(&item["createdBy"]),
            modified_by: fields::identity(&item["lastModifiedBy"]),
            is_shared: item["shared"].is_object(),
            remote_item: remote.is_object().then(|| RemoteItem {
                id: text(&remote["id"]),
                drive_id: text(&remote["parentReference"]["driveId"]),
                name: text(&remote["name"]),
            }),
            web_url: text(&item["webUrl"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_again_from_what_it_was() {
        let raw = r#"{"id":"a","name":"n","size":3,"deleted":{}}"#;
        let item = DriveItem::from_raw(raw).unwrap();
        assert_eq!((item.id(), item.name()), ("a", Some("n")));
        assert!(item.is_deleted());
        assert_eq!(item.raw(), raw);
        for text in ["", "7", "{}", r#"{"id":7}"#, r#"{"id":"a""#] {
            let error = DriveItem::from_raw(text).unwrap_err();
            assert_eq!(error.argument(), Some("raw"), "{text}");
        }
    }
}
