//! Reading and changing the items of a drive.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::item_json::{children, drive_item};
use super::item_path::{Facet, ItemPath};
use super::{GraphError, GraphResult, folder, no_such_place, require};
use crate::drive::{Drive, DriveError};
use crate::notifications;
use crate::resource_path::Located;
use crate::service::{Shared, lock};

pub(super) async fn answer(
    shared: &Arc<Shared>,
    located: &Located<'_>,
    request: Request,
) -> GraphResult<Response> {
    let no_such_route = || GraphError::no_such_route(located.rest);
    if located.plain_list {
        return Err(no_such_route());
    }
    let drive = shared
        .drive_at(&located.place)
        .ok_or_else(|| no_such_place(located))?;
    if located.rest.is_empty() {
        require(&request, &Method::GET)?;
        let drive = lock(drive);
        let drive_type = drive.drive_type().name();
        let body = json!({"id": drive.id(), "driveType": drive_type, "name": "Documents"});
        return Ok(Json(body).into_response());
    }
    let path = ItemPath::parse(located.rest).ok_or_else(no_such_route)?;
    match (request.method().as_str(), path.facet) {
        ("GET", _) => read(&lock(drive), &path),
        ("PUT", Facet::Content) => put(shared, drive, &path, request).await,
        ("POST", Facet::Children) => folder::create(shared, drive, &path, request).await,
        ("PATCH", Facet::Item) => patch(shared, drive, &path, request).await,
        ("DELETE", Facet::Item) => delete(shared, drive, &path),
        _ => Err(GraphError::method_not_allowed()),
    }
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
    shared: &Arc<Shared>,
    drive: &Mutex<Drive>,
    path: &ItemPath,
    request: Request,
) -> GraphResult<Response> {
    let content = body(request).await?;
    let mut drive = lock(drive);
    let (item, created) = drive.put(&path.from, &path.names, content)?;
    let item = item.clone();
    notifications::announce(shared, drive.id(), 1);
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
    shared: &Arc<Shared>,
    drive: &Mutex<Drive>,
    path: &ItemPath,
    request: Request,
) -> GraphResult<Response> {
    let update: Patch = serde_json::from_slice(&body(request).await?)
        .map_err(|error| GraphError::invalid_request(format!("Unreadable body: {error}")))?;
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
        notifications::announce(shared, drive.id(), 1);
    }
    Ok(Json(drive_item(&drive, &item)).into_response())
}

fn delete(shared: &Arc<Shared>, drive: &Mutex<Drive>, path: &ItemPath) -> GraphResult<Response> {
    let mut drive = lock(drive);
    let id = drive.id_of(drive.item_below(&path.from, &path.names)?);
    drive.delete(&id)?;
    notifications::announce(shared, drive.id(), 1);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn body(request: Request) -> GraphResult<Bytes> {
    Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            let message = rejection.body_text();
            match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => GraphError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "maxRequestLengthExceeded",
                    message,
                ),
                _ => GraphError::invalid_request(message),
            }
        })
}
