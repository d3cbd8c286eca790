//! What addresses of a browser show: `/shares/u!TOKEN/…` and `/sites/HOST:/PATH:/drive`.
//!
//! The site of a business drive is the one that its items name in `webUrl`, with the library
//! `Documents` and the list `Lists/Documents`. `/sites/contoso` is that of `b!team`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::error::{GraphError, GraphResult};
use super::item_json::drive_item;
use crate::behaviour::DriveType;
use crate::drive::stable_uuid;
use crate::drives::Drives;
use crate::lock::lock;
use crate::resource_path::decode;

const HOST: &str = "contoso.sharepoint.com";
const TEAM: (&str, &str) = ("contoso", "b!team");

/// What a path asks for.
pub(super) struct Address {
    pub(super) drive: String,
    what: What,
}

enum What {
    Drive,
    /// The names below the library.
    Item(Vec<String>),
    List,
}

impl Address {
    /// `None` if the path is of another kind.
    pub(super) fn parse(drives: &Drives, path: &str) -> Option<GraphResult<Self>> {
        if let Some(rest) = path.strip_prefix("/shares/u!") {
            return Some(shared(drives, rest));
        }
        let rest = path.strip_prefix("/sites/")?;
        let (host, rest) = match rest.split_once(":/") {
            Some((host, rest)) => (host, rest.strip_suffix(":/drive")?),
            None => (rest.strip_suffix("/drive")?, ""),
        };
        // The ids of sites have no dot.
        host.contains('.').then(|| of_site(drives, host, rest))
    }

    pub(super) fn respond(&self, drives: &Drives) -> GraphResult<Response> {
        let drive = drives.get(&self.drive).ok_or_else(not_found)?;
        let drive = lock(drive);
        match &self.what {
            What::Drive => Ok(Json(json!({"id": drive.id()})).into_response()),
            What::Item(names) => {
                let item = drive.item_below("root", names)?;
                Ok(Json(drive_item(&drive, item)).into_response())
            }
            What::List => {
                let site = json!({"siteId": TEAM.0});
                let list = json!({"id": "documents", "name": "Documents", "parentReference": site});
                Ok(Json(list).into_response())
            }
        }
    }
}

fn not_found() -> GraphError {
    GraphError::item_not_found()
}

fn shared(drives: &Drives, rest: &str) -> GraphResult<Address> {
    let (token, what) = rest.split_once('/').ok_or_else(not_found)?;
    let url = URL_SAFE_NO_PAD.decode(token).ok();
    let url = url.and_then(|url| String::from_utf8(url).ok());
    let url = url.ok_or_else(not_found)?;
    let path = url
        .strip_prefix("https://")
        .and_then(|url| url.strip_prefix(HOST));
    let path = path
        .ok_or_else(not_found)?
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let names: Option<Vec<String>> = path.split('/').skip(1).map(decode).collect();
    let names = names.ok_or_else(not_found)?;
    let [sites, site, below @ ..] = names.as_slice() else {
        return Err(not_found());
    };
    let drive = (sites == "sites").then(|| drive_of(drives, site)).flatten();
    let drive = drive.ok_or_else(not_found)?;
    let what = match (what, below) {
        ("driveItem", [library, names @ ..]) if library == "Documents" => {
            What::Item(names.to_vec())
        }
        ("list", [lists, list]) if lists == "Lists" && list == "Documents" && drive == TEAM.1 => {
            What::List
        }
        _ => return Err(not_found()),
    };
    Ok(Address { drive, what })
}

fn of_site(drives: &Drives, host: &str, path: &str) -> GraphResult<Address> {
    let drive = match path.split_once('/') {
        _ if host != HOST => None,
        Some(("sites", site)) => drive_of(drives, site),
        None if path.is_empty() => Some(TEAM.1.to_owned()),
        _ => None,
    };
    Ok(Address {
        drive: drive.ok_or_else(not_found)?,
        what: What::Drive,
    })
}

fn drive_of(drives: &Drives, site: &str) -> Option<String> {
    if site == TEAM.0 {
        return Some(TEAM.1.to_owned());
    }
    let mut all = drives.iter().map(lock);
    let drive = all.find(|drive| {
        drive.drive_type() == DriveType::Business && stable_uuid(drive.id()) == site
    })?;
    Some(drive.id().to_owned())
}
