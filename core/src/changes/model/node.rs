//! An item of a drive with a tree, and how Graph describes it.

use serde_json::{Value, json};

use super::feed::Content;

/// The number of an item.
pub(super) type Id = u32;

/// The root's.
pub(super) const ROOT: Id = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Folder,
    File,
    /// A notebook, which may hold items.
    Package,
    /// A link to an item of another drive.
    Link,
}

/// How a drive writes what it reports.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) drive: String,
    /// Tags as OneDrive for consumers has them. Others have a GUID and a version.
    pub(super) is_personal: bool,
    /// Files have no hashes.
    pub(super) is_hashless: bool,
    /// A tombstone has nothing but the id.
    pub(super) is_terse: bool,
}

/// A state of an item.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) style: std::sync::Arc<Style>,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) parent: Option<Id>,
    pub(super) size: u64,
    /// Of the eTag, which any change changes.
    pub(super) version: u64,
    /// Of the cTag, which new content changes.
    pub(super) content: u64,
    pub(super) shared: bool,
    pub(super) created: u64,
    pub(super) modified: u64,
    pub(super) deleted: bool,
}

/// An item of a drive of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelItem {
    /// As Graph writes it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The folder; `None` for the root.
    pub parent: Option<String>,
    /// The size of a file; `None` for what has none of its own.
    pub size: Option<u64>,
    /// Whether it is the root or a folder.
    pub is_folder: bool,
    /// Whether it is shared.
    pub is_shared: bool,
    /// The cTag of a file.
    pub c_tag: Option<String>,
}

impl Node {
    pub(super) fn holds_items(&self) -> bool {
        matches!(self.kind, Kind::Root | Kind::Folder | Kind::Package)
    }

    pub(super) fn item(&self, id: Id) -> ModelItem {
        let is_file = self.kind == Kind::File;
        ModelItem {
            id: written(id),
            name: self.name.clone(),
            parent: self.parent.map(written),
            size: is_file.then_some(self.size),
            is_folder: matches!(self.kind, Kind::Root | Kind::Folder),
            is_shared: self.shared,
            c_tag: is_file.then(|| self.tag("c:", id, self.content)),
        }
    }

    fn tag(&self, prefix: &str, id: Id, version: u64) -> String {
        if self.style.is_personal {
            return format!("{prefix}aMTIz{id:X}.{version}");
        }
        format!("\"{prefix}{{5A0B9E15-9B33-40AD-8F9C-{id:012X}}},{version}\"")
    }

    fn tombstone(&self, id: Id) -> Value {
        let deleted = json!({"state": "deleted"});
        if self.style.is_terse {
            return json!({"id": written(id), "deleted": deleted});
        }
        let mut json = json!({
            "id": written(id),
            "eTag": self.tag("", id, self.version),
            "size": 0,
            "parentReference": self.parent_reference(),
            "deleted": deleted,
        });
        if self.style.is_personal {
            json["name"] = json!(self.name);
        }
        json[if self.holds_items() { "folder" } else { "file" }] = json!({});
        json
    }

    fn parent_reference(&self) -> Value {
        let mut json = json!({"driveId": self.style.drive});
        if let Some(parent) = self.parent {
            json["id"] = json!(written(parent));
        }
        json
    }
}

impl Content for Node {
    fn is_deleted(&self) -> bool {
        self.deleted
    }

    fn json(&self, id: Id) -> Value {
        if self.deleted {
            return self.tombstone(id);
        }
        let alex = json!({"user": {"id": "5a0b9e15", "displayName": "Alex Wilber"}});
        let mut json = json!({
            "id": written(id),
            "name": self.name,
            "size": self.size,
            "eTag": self.tag("", id, self.version),
            "cTag": self.tag("c:", id, self.content),
            "createdDateTime": time(self.created),
            "lastModifiedDateTime": time(self.modified),
            "createdBy": alex,
            "lastModifiedBy": alex,
            "parentReference": self.parent_reference(),
        });
        match self.kind {
            Kind::Root => {
                json["root"] = json!({});
                json["folder"] = json!({"childCount": 1});
            }
            Kind::Folder => json["folder"] = json!({"childCount": 1}),
            Kind::File => {
                json["file"] = json!({"mimeType": "text/plain"});
                if !self.style.is_hashless {
                    json["file"]["hashes"] = json!({"quickXorHash": hash(self.size)});
                }
            }
            Kind::Package => json["package"] = json!({"type": "oneNote"}),
            Kind::Link => {
                let far = json!({"driveId": "b!far", "id": "F1"});
                json["remoteItem"] = json!({"id": "F9", "folder": {}, "parentReference": far});
            }
        }
        if self.shared {
            json["shared"] = json!({"scope": "users"});
        }
        json
    }
}

/// An id as Graph writes it.
pub(super) fn written(id: Id) -> String {
    format!("01BYE5RZ{id:06X}")
}

pub(super) fn read(id: &str) -> Option<Id> {
    Id::from_str_radix(id.strip_prefix("01BYE5RZ")?, 16).ok()
}

/// Files of one size have the same content.
fn hash(size: u64) -> String {
    data_encoding::BASE64.encode(&[size.to_be_bytes(), size.to_le_bytes(), [0; 8]].concat()[..20])
}

fn time(second: u64) -> String {
    let at = i64::try_from(1_750_000_000 + second).ok();
    let at = at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    at.expect("a time of this century").to_string()
}
