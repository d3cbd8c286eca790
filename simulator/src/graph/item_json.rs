//! The JSON of a drive item.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::behaviour::DriveType;
use crate::clock;
use crate::drive::{Drive, Item, stable_uuid};

/// The `quickXorHash` of an empty file.
const HASH_OF_NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`');

/// Fields that Graph omits in some responses are `None` there.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriveItem<'a> {
    #[serde(rename = "@odata.type", skip_serializing_if = "Option::is_none")]
    odata_type: Option<&'static str>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_url: Option<String>,
    #[serde(flatten)]
    history: Option<History>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_system_info: Option<FileSystemInfo>,
    parent_reference: ParentReference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<Folder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<Deleted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct History {
    created_date_time: String,
    last_modified_date_time: String,
    created_by: IdentitySet,
    last_modified_by: IdentitySet,
}

#[derive(Serialize)]
struct IdentitySet {
    user: Identity,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    id: &'static str,
    display_name: &'static str,
}

const ALEX: IdentitySet = IdentitySet {
    user: Identity {
        id: "5a0b9e15-9b33-40ad-8f9c-3db9e0e4babd",
        display_name: "Alex Wilber",
    },
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileSystemInfo {
    created_date_time: String,
    last_modified_date_time: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentReference<'a> {
    drive_id: &'a str,
    drive_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<Hashes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hashes {
    quick_xor_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    #[serde(skip_serializing_if = "Option::is_none")]
    child_count: Option<u32>,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
pub(super) struct Deleted {
    state: &'static str,
}

pub(super) const DELETED: Deleted = Deleted { state: "deleted" };

/// The item in a response about itself, or among the children of its folder.
pub(super) fn drive_item<'a>(drive: &'a Drive, item: &'a Item) -> DriveItem<'a> {
    let mut json = live(drive, item);
    json.parent_reference.path = drive.parent(item).map(|parent| {
        let mut path = format!("/drives/{}/root:", drive.id());
        push_names(&mut path, drive, parent);
        path
    });
    json
}

/// The item in a response to a delta query, which has no `parentReference.path`.
pub(super) fn changed_item<'a>(drive: &'a Drive, item: &'a Item) -> DriveItem<'a> {
    let mut json = if item.deleted {
        tombstone(drive, item)
    } else {
        live(drive, item)
    };
    json.odata_type = Some("#microsoft.graph.driveItem");
    json
}

fn live<'a>(drive: &'a Drive, item: &'a Item) -> DriveItem<'a> {
    let history = history(item);
    DriveItem {
        id: drive.id_of(item),
        name: Some(&item.name),
        size: Some(item.size),
        e_tag: Some(e_tag(drive, item)),
        c_tag: Some(c_tag(drive, item)),
        web_url: Some(web_url(drive, item)),
        file_system_info: Some(FileSystemInfo {
            created_date_time: history.created_date_time.clone(),
            last_modified_date_time: history.last_modified_date_time.clone(),
        }),
        history: Some(history),
        parent_reference: parent_reference(drive, item),
        file: (!item.is_folder()).then(|| File {
            mime_type: Some(mime_type(&item.name)),
            hashes: item.quick_xor_hash().map(|hash| Hashes {
                quick_xor_hash: STANDARD.encode(hash),
            }),
        }),
        folder: item.is_folder().then_some(Folder {
            child_count: Some(item.children),
        }),
        root: item.is_root().then_some(Empty {}),
        ..DriveItem::default()
    }
}

fn tombstone<'a>(drive: &'a Drive, item: &'a Item) -> DriveItem<'a> {
    let hashed = drive.quirks().tombstone_hashes;
    let personal = drive.drive_type() == DriveType::Personal;
    DriveItem {
        id: drive.id_of(item),
        name: personal.then_some(&item.name),
        size: (!personal).then_some(0),
        e_tag: Some(e_tag(drive, item)),
        c_tag: personal.then(|| c_tag(drive, item)),
        parent_reference: parent_reference(drive, item),
        file: (!item.is_folder()).then_some(File {
            mime_type: None,
            hashes: hashed.then(|| Hashes {
                quick_xor_hash: HASH_OF_NOTHING.to_owned(),
            }),
        }),
        folder: item.is_folder().then_some(Folder { child_count: None }),
        deleted: Some(DELETED),
        ..DriveItem::default()
    }
}

pub(super) fn history(item: &Item) -> History {
    History {
        created_date_time: clock::seconds(item.created),
        last_modified_date_time: clock::seconds(item.modified),
        created_by: ALEX,
        last_modified_by: ALEX,
    }
}

pub(crate) fn e_tag(drive: &Drive, item: &Item) -> String {
    format!("\"{{{}}},{}\"", drive.id_of(item), item.version)
}

fn c_tag(drive: &Drive, item: &Item) -> String {
    format!("\"c:{{{}}},{}\"", drive.id_of(item), item.content_version)
}

fn parent_reference<'a>(drive: &'a Drive, item: &Item) -> ParentReference<'a> {
    ParentReference {
        drive_id: drive.id(),
        drive_type: drive.drive_type().name(),
        id: drive.parent(item).map(|parent| drive.id_of(parent)),
        path: None,
    }
}

pub(super) fn web_url(drive: &Drive, item: &Item) -> String {
    match drive.drive_type() {
        DriveType::Business => {
            let site = stable_uuid(drive.id());
            let mut url = format!("https://contoso.sharepoint.com/sites/{site}/Documents");
            push_names(&mut url, drive, item);
            url
        }
        DriveType::Personal => format!("https://onedrive.live.com?id={}", drive.id_of(item)),
    }
}

fn push_names(path: &mut String, drive: &Drive, item: &Item) {
    for name in drive.names(item) {
        path.push('/');
        path.extend(utf8_percent_encode(name, PATH));
    }
}

fn mime_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "txt" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

#[derive(Serialize)]
pub(super) struct Children<'a> {
    value: Vec<DriveItem<'a>>,
}

/// All children, in one page.
pub(super) fn children<'a>(drive: &'a Drive, item: &Item) -> Children<'a> {
    let children = drive.children(item);
    let value = children.map(|child| drive_item(drive, child)).collect();
    Children { value }
}
