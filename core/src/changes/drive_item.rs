//! Files and folders. `fields.rs` declares their fields.

use std::sync::Arc;

use super::field_kind::{is_object, kind};
use super::field_spec::DRIVE_ITEM;
use super::layout::Layout;
use super::parts::{Hashes, Identity, RemoteItem};
use super::sheet::Sheet;
use super::typed_item::define_item;

pub(super) static LAYOUT: Layout = Layout::of(&DRIVE_ITEM);

crate::with_drive_item_fields!(define_item);

/// The JSON of parts of an item, for `drivebell-mirror`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Facets<'a> {
    pub created_by: Option<&'a str>,
    pub modified_by: Option<&'a str>,
    pub hashes: Option<&'a str>,
    pub shared: Option<&'a str>,
    pub package: Option<&'a str>,
    pub remote_item: Option<&'a str>,
}

impl DriveItem {
    #[doc(hidden)]
    pub fn facets(&self) -> Facets<'_> {
        let json = |place: Place| {
            let json = self.sheet.json(self.row, place as usize);
            json.filter(|json| is_object(json))
        };
        Facets {
            created_by: json(Place::created_by),
            modified_by: json(Place::modified_by),
            hashes: json(Place::hashes),
            shared: json(Place::is_shared),
            package: json(Place::is_package),
            remote_item: json(Place::remote_item),
        }
    }

    /// Appends the eTag, for `drivebell-mirror`: an eTag has escapes, and asking for it makes a text that is
    /// kept. False if there is none.
    #[doc(hidden)]
    pub fn append_e_tag(&self, to: &mut String) -> bool {
        self.sheet.append(self.row, Place::e_tag as usize, to)
    }

    /// Appends the cTag, as [`append_e_tag`](Self::append_e_tag).
    #[doc(hidden)]
    pub fn append_c_tag(&self, to: &mut String) -> bool {
        self.sheet.append(self.row, Place::c_tag as usize, to)
    }

    /// Where the item is, in texts of its own.
    pub fn parent(&self) -> ParentReference {
        ParentReference {
            id: self.parent_id().map(str::to_owned),
            drive_id: self.drive_id().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_restored_from_its_raw_text() {
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

    #[test]
    fn each_field_is_read_from_its_place() {
        let raw = r#"{
            "id": "a", "name": "n", "size": 3, "eTag": "e", "cTag": "c", "webUrl": "w",
            "parentReference": {"id": "p", "driveId": "d"},
            "file": {"mimeType": "m", "hashes": {"quickXorHash": "x", "sha1Hash": "1", "sha256Hash": "2"}},
            "folder": {"childCount": 4}, "package": {}, "root": {}, "shared": {},
            "createdDateTime": "1970-01-01T00:00:01Z", "lastModifiedDateTime": "1970-01-01T00:00:02Z",
            "createdBy": {"application": {"id": "app"}, "user": {"id": "u", "displayName": "U", "email": "@"}},
            "lastModifiedBy": {"device": {"id": "dev"}},
            "remoteItem": {"id": "r", "name": "far", "parentReference": {"driveId": "other"}}
        }"#;
        let item = DriveItem::from_raw(raw).unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert!(!item.is_deleted());
        assert!(item.is_file() && item.is_folder() && item.is_package());
        assert!(item.is_root() && item.is_shared());
        assert_eq!((item.size(), item.child_count()), (Some(3), Some(4)));
        assert_eq!((item.e_tag(), item.c_tag()), (Some("e"), Some("c")));
        assert_eq!((item.mime_type(), item.web_url()), (Some("m"), Some("w")));
        assert_eq!(
            (&item.parent().id, &item.parent().drive_id),
            (&text("p"), &text("d"))
        );
        let hashes = item.hashes();
        assert_eq!(
            (&hashes.quick_xor, &hashes.sha1, &hashes.sha256),
            (&text("x"), &text("1"), &text("2"))
        );
        let second = |count| Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(count));
        assert_eq!(
            (item.created_at(), item.modified_at()),
            (second(1), second(2))
        );
        let creator = item.created_by().unwrap();
        assert_eq!(
            (&creator.id, &creator.display_name, &creator.email),
            (&text("u"), &text("U"), &text("@"))
        );
        assert_eq!(item.modified_by().unwrap().id, text("dev"));
        let remote = item.remote_item().unwrap();
        assert_eq!(
            (&remote.id, &remote.drive_id, &remote.name),
            (&text("r"), &text("other"), &text("far"))
        );
    }

    #[test]
    fn a_field_of_another_type_is_absent() {
        let raw = r#"{"id": "a", "name": 7, "size": "3", "file": true, "createdDateTime": "soon",
                      "createdBy": [], "remoteItem": "r", "deleted": null}"#;
        let item = DriveItem::from_raw(raw).unwrap();
        assert!(!item.is_deleted() && !item.is_file());
        assert_eq!(
            (item.name(), item.size(), item.created_at()),
            (None, None, None)
        );
        assert_eq!((item.created_by(), item.remote_item()), (None, None));
        assert_eq!(item.hashes(), Hashes::default());
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let raw = r#"{"id": 7, "name": "n", "id": "a", "name": null, "folder": {"childCount": 1},
                      "parentReference": {"id": "p", "driveId": "d"}, "size": 1, "s\u0069ze": 2,
                      "parentReference": {"driveId": "e", "driveId": "f"}, "folder": 7}"#;
        let item = DriveItem::from_raw(raw).unwrap();
        assert_eq!((item.id(), item.name(), item.size()), ("a", None, Some(2)));
        assert_eq!((item.parent_id(), item.drive_id()), (None, Some("f")));
        assert_eq!((item.is_folder(), item.child_count()), (false, None));
    }

    #[test]
    fn a_string_with_escapes_is_a_text_if_they_make_one() {
        let raw = r#"{"id": "\u0061\"", "eTag": "\"{1},2\"", "name": "\ud83c\udf89", "cTag": "\ud83c",
                      "file": {"mimeType": "a\/b", "hashes": {"sha1Hash": "\u0031"}}}"#;
        let item = DriveItem::from_raw(raw).unwrap();
        for _ in 0..2 {
            assert_eq!((item.id(), item.name()), ("a\"", Some("🎉")));
            let mut tags = String::new();
            assert!(item.append_e_tag(&mut tags) && !item.append_c_tag(&mut tags));
            assert_eq!(tags, "\"{1},2\"");
            assert_eq!((item.e_tag(), item.c_tag()), (Some("\"{1},2\""), None));
            assert_eq!(item.mime_type(), Some("a/b"));
        }
        assert_eq!(item.hashes().sha1.as_deref(), Some("1"));
        assert!(DriveItem::from_raw(r#"{"id": "\ud83c"}"#).is_err());
    }

    #[test]
    fn a_detached_item_lets_go_of_its_page() {
        let raw = r#" {"id": "a", "name": "n"} "#;
        let item = DriveItem::from_raw(raw).unwrap();
        let page = Arc::downgrade(&item.sheet);
        let detached = item.detached();
        drop(item);
        assert!(page.upgrade().is_none());
        assert_eq!(detached.raw(), raw.trim());
        assert_eq!(detached.name(), Some("n"));
    }
}
