//! Creating a folder.

use std::sync::Mutex;

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body;
use super::error::{GraphError, GraphResult};
use super::item_json::drive_item;
use super::item_path::ItemPath;
use crate::drive::Drive;
use crate::lock::lock;
use crate::notifications::Announcer;

#[derive(Deserialize)]
struct Post {
    name: String,
    folder: Option<Map<String, Value>>,
    #[serde(rename = "@microsoft.graph.conflictBehavior", default)]
    conflict: Conflict,
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Conflict {
    #[default]
    Fail,
    Rename,
}

pub(super) async fn create(
    drive: &Mutex<Drive>,
    announcer: &Announcer,
    path: &ItemPath,
    request: Request,
) -> GraphResult<Response> {
    let post: Post = body::json(request).await?;
    if post.folder.is_none() {
        return Err(GraphError::invalid_request(
            "Only folders can be created here: the facet `folder` is missing.",
        ));
    }
    let mut drive = lock(drive);
    let parent = drive.id_of(drive.item_below(&path.from, &path.names)?);
    let rename = post.conflict == Conflict::Rename;
    let folder = drive.create_folder(&parent, &post.name, rename)?.clone();
    announcer.announce(drive.id(), 1);
    Ok((StatusCode::CREATED, Json(drive_item(&drive, &folder))).into_response())
}
