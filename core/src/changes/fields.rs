//! The fields of items, each declared once: Rust's accessors and parsing, the bindings' getters and
//! the generated type declarations all come from these tables.
//!
//! A table is a macro that passes its rows to another macro. A row is
//! `name [as python "name"] [as node "name"]: Kind = "JSON"."path"[, common];` after its
//! documentation. The name is Rust's accessor. Python uses the same name, and Node the same in `camelCase`, except where
//! the row says otherwise. [`FieldKind`](super::field_spec::FieldKind) lists the kinds. A field of an
//! unexpected JSON type counts as absent.
//!
//! `head` has the fields that every item has, `details` the others. `parent` has the fields that
//! Rust also groups in one struct, as `=> member` says. A field is `common` if most programs read it of
//! most items: Node gets it for all items of a page at once.
//!
//! <https://learn.microsoft.com/graph/api/resources/driveitem>,
//! <https://learn.microsoft.com/graph/api/resources/listitem>

/// Passes the fields of `DriveItem` to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! with_drive_item_fields {
    ($callback:ident) => {
        $callback! {
            /// A file or folder of a drive, in its latest state, as Graph's delta query reports it.
            ///
            /// A field that Graph did not send is `None` (`undefined` in Node): a deleted item has
            /// few fields. `raw` has everything that Graph sent.
            DriveItem
            head {
                /// The item's id: unique in its drive, and the same after a move or a rename.
                id: Id = "id";
                /// Whether the item was deleted.
                is_deleted as python "deleted" as node "deleted": Facet = "deleted";
                /// The JSON object as Graph sent it (parsed at each access in Python and Node).
                raw: Raw = ;
            }
            /// Where an item is. A delta query sends ids instead of a path.
            parent ParentReference {
                /// The id of the folder that holds the item; `None` for the drive's root.
                parent_id: Text = "parentReference"."id", common => id;
                /// The id of the item's drive.
                drive_id: Text = "parentReference"."driveId" => drive_id;
            }
            details {
                /// The item's name, without a path.
                name: Text = "name", common;
                /// Size in bytes; for a folder, the size of everything in it.
                size: Integer = "size", common;
                /// Whether the item is a file.
                is_file: Facet = "file", common;
                /// Whether the item is a folder.
                is_folder: Facet = "folder", common;
                /// Whether the item is a package: several files shown as one item, such as a
                /// notebook.
                is_package: Facet = "package";
                /// Whether the item is the root of its drive.
                is_root: Facet = "root";
                /// A file's media type, such as `text/plain`.
                mime_type: Text = "file"."mimeType";
                /// The number of items directly in a folder.
                child_count: Integer = "folder"."childCount";
                /// The hashes of a file's content.
                hashes: Hashes = "file"."hashes";
                /// Graph's `eTag`: changes with the item's content and with its metadata.
                e_tag as python "etag": Text = "eTag";
                /// Graph's `cTag`: changes with the item's content only.
                c_tag as python "ctag": Text = "cTag";
                /// When the item was created (UTC).
                created_at: Time = "createdDateTime";
                /// When the item was last modified (UTC).
                modified_at: Time = "lastModifiedDateTime", common;
                /// Who created the item.
                created_by: Identity = "createdBy";
                /// Who last modified the item.
                modified_by: Identity = "lastModifiedBy";
                /// Whether the item is shared with others.
                is_shared as python "shared" as node "shared": Facet = "shared";
                /// The item of another drive that this item links to.
                remote_item: RemoteItem = "remoteItem";
                /// The address that shows the item in a browser.
                web_url: Text = "webUrl";
            }
        }
    };
}

/// Passes the fields of `ListItem` to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! with_list_item_fields {
    ($callback:ident) => {
        $callback! {
            /// A row of a SharePoint list, in its latest state, as Graph's delta query reports it.
            ///
            /// A field that Graph did not send is `None` (`undefined` in Node): a deleted row has
            /// few fields. `raw` has everything that Graph sent.
            ListItem
            head {
                /// The row's id: unique in its list.
                id: Id = "id";
                /// Whether the row was deleted.
                is_deleted as python "deleted" as node "deleted": Facet = "deleted";
                /// The JSON object as Graph sent it (parsed at each access in Python and Node).
                raw: Raw = ;
            }
            details {
                /// The row's name.
                name: Text = "name", common;
                /// Graph's `eTag`: changes whenever the row changes.
                e_tag as python "etag": Text = "eTag";
                /// The name of the row's content type.
                content_type: Text = "contentType"."name";
                /// The id of the site that the list belongs to.
                site_id: Text = "parentReference"."siteId";
                /// When the row was created (UTC).
                created_at: Time = "createdDateTime";
                /// When the row was last modified (UTC).
                modified_at: Time = "lastModifiedDateTime", common;
                /// Who created the row.
                created_by: Identity = "createdBy";
                /// Who last modified the row.
                modified_by: Identity = "lastModifiedBy";
                /// The address that shows the row in a browser.
                web_url: Text = "webUrl";
                /// The row's columns as a JSON object, if Graph sent them (parsed at each access in
                /// Python and Node).
                fields: Object = "fields";
            }
        }
    };
}

/// Passes the fields of `Identity` to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! with_identity_fields {
    ($callback:ident) => {
        $callback! {
            /// Who did something: a user, an application, a device or a group.
            Identity
            details {
                /// The id.
                id: Text = "id";
                /// The name to show.
                display_name: Text = "displayName";
                /// The e-mail address, if Graph sent one.
                email: Text = "email";
            }
        }
    };
}

/// Passes the fields of `Hashes` to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! with_hashes_fields {
    ($callback:ident) => {
        $callback! {
            /// The hashes of a file's content. Which of them exist depends on the kind of drive.
            Hashes
            details {
                /// Graph's `quickXorHash`, in base64.
                quick_xor: Text = "quickXorHash";
                /// Graph's `sha1Hash`, in hexadecimal.
                sha1: Text = "sha1Hash";
                /// Graph's `sha256Hash`, in hexadecimal.
                sha256: Text = "sha256Hash";
            }
        }
    };
}

/// Passes the fields of `RemoteItem` to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! with_remote_item_fields {
    ($callback:ident) => {
        $callback! {
            /// The item of another drive that an item links to.
            RemoteItem
            details {
                /// The item's id in the other drive.
                id: Text = "id";
                /// The id of the other drive.
                drive_id: Text = "parentReference"."driveId";
                /// The item's name in the other drive.
                name: Text = "name";
            }
        }
    };
}
