//! Reading and changing the items of a drive.

use std::sync::Mutex;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::error::{GraphError, GraphResult};
use super::item_json::{children, drive_item};
use super::item_path::{Facet, ItemPath};
use super::{body, folder};
use crate::drive::{Drive, DriveError};
use crate::drives::Drives;
use crate::lock::lock;
use crate::notifications::Announcer;
use crate::resource_path::ResourcePath;

pub(super) async fn respond(
    drives: &Drives,
    announcer: &Announcer,
    path: &ResourcePath<'_>,
    request: Request,
) -> GraphResult<Response> {
    let no_such_route = || GraphError::no_such_route(path.rest);
    if path.plain_list {
        return Err(no_such_route());
    }
    let drive = drives
        .at(&path.drive)
        .ok_or_else(|| GraphError::drive_not_found(&path.drive))?;
    let method = request.method().as_str();
    if path.rest.is_empty() {
        return match method {
            "GET" => Ok(describe(&lock(drive))),
            _ => Err(GraphError::method_not_allowed()),
        };
    }
    let path = ItemPath::parse(path.rest).ok_or_else(no_such_route)?;
    match (method, path.facet) {
        ("GET", _) => read(&lock(drive), &path),
        ("PUT", Facet::Content) => put(drive, announcer, &path, request).await,
        ("POST", Facet::Children) => folder::create(drive, announcer, &path, request).await,
        ("PATCH", Facet::Item) => patch(drive, announcer, &path, request).await,
        ("DELETE", Facet::Item) => delete(drive, announcer, &path),
        _ => Err(GraphError::method_not_allowed()),
    }
}

fn describe(drive: &Drive) -> Response {
    let drive_type = drive.drive_type().name();
    Json(json!({"id": drive.id(), "driveType": drive_type, "name": "Documents"})).into_response()
}

fn read(drive: &Drive, path: &ItemPath) -> GraphResult<Response> {
    let item = drive.item_below(&path.from, &path.names)?;
    match path.facet {
        Facet::Item => Ok(Json(drive_item(drive, item)).into_response()),
        Facet::Children => Ok(Json(children(drive, item)).into_response()),
        Facet::Content => {
            let content = item.content().ok_or(DriveError::NotAFile)?;
            let media_type = [(header::CONTENT_TYPE, "application/octet-stream")];
            Ok((media_type, Body::from(content)).into_response())
        }
    }
}

async fn put(
    drive: &Mutex<Drive>,
    announcer: &Announcer,
    path: &ItemPath,
    request: Request,
) -> GraphResult<Response> {
    let content = body::bytes(request).await?;
    let mut drive = lock(drive);
    let (item, created) = drive.put(&path.from, &path.names, content)?;
    let item = item.clone();
    announcer.announce(drive.id(), 1);
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(drive_item(&drive, &item))).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    name: Option<String>,
    parent_reference: Option<ParentReference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParentReference {
    id: Option<String>,
    drive_id: Option<String>,
}

async fn patch(
    drive: &Mutex<Drive>,
    announcer: &Announcer,
    path: &ItemPath,
    request: Request,
) -> GraphResult<Response> {
    let update: Patch = body::json(request).await?;
    let mut drive = lock(drive);
    let parent = match update.parent_reference {
        Some(parent)
            if parent
                .drive_id
                .as_deref()
                .is_some_and(|id| id != drive.id()) =>
        {
            return Err(GraphError::invalid_request(
                "An item cannot be moved to another drive.",
            ));
        }
        Some(parent) => parent.id,
        None => None,
    };
    let id = drive.id_of(drive.item_below(&path.from, &path.names)?);
    let (item, changed) = drive.update(&id, update.name.as_deref(), parent.as_deref())?;
    let item = item.clone();
    if changed {
        announcer.announce(drive.id(), 1);
    }
    Ok(Json(drive_item(&drive, &item)).into_response())
}

fn delete(drive: &Mutex<Drive>, announcer: &Announcer, path: &ItemPath) -> GraphResult<Response> {
    let mut drive = lock(drive);
    let id = drive.id_of(drive.item_below(&path.from, &path.names)?);
    drive.delete(&id)?;
    announcer.announce(drive.id(), 1);
    Ok(StatusCode::NO_CONTENT.into_response())
}
