//! Control routes that list the items of a drive and edit them by path. Unlike Graph's, they need no
//! token, and no fault affects them.

use std::slice;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::state::no_such_drive;
use crate::drive::{Drive, DriveError, Item};
use crate::graph;
use crate::lock::lock;
use crate::router::MAX_BODY;
use crate::service::Service;

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/_simulator/files", put(upload))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route("/_simulator/folders", post(create_folder))
        .route("/_simulator/items", get(list).patch(move_to).delete(delete))
        .route("/_simulator/children", get(children))
}

#[derive(Deserialize)]
struct DriveQuery {
    drive: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentItem<'a> {
    id: String,
    name: &'a str,
    /// `None` for the root.
    parent: Option<String>,
    size: u64,
    folder: bool,
    e_tag: String,
    deleted: bool,
}

/// The current items, which a client has once it has followed every change. With a delta lag, they
/// are ahead of delta queries.
async fn list(State(service): State<Arc<Service>>, Query(query): Query<DriveQuery>) -> Response {
    let Some(drive) = service.drives.get(&query.drive) else {
        return no_such_drive(&query.drive);
    };
    let drive = lock(drive);
    let items = drive.items().map(|item| CurrentItem {
        id: drive.id_of(item),
        name: &item.name,
        parent: drive.parent(item).map(|parent| drive.id_of(parent)),
        size: item.size,
        folder: item.is_folder(),
        e_tag: graph::e_tag(&drive, item),
        deleted: item.deleted,
    });
    Json(items.collect::<Vec<_>>()).into_response()
}

#[derive(Deserialize)]
struct ItemQuery {
    drive: String,
    path: String,
}

#[derive(Deserialize)]
struct MoveQuery {
    drive: String,
    path: String,
    to: String,
}

/// Why a path was refused.
struct Refusal<'a> {
    path: &'a str,
    error: DriveError,
}

fn at<'a>(path: &'a str) -> impl FnOnce(DriveError) -> Refusal<'a> {
    move |error| Refusal { path, error }
}

/// The children of a folder, by name.
async fn children(State(service): State<Arc<Service>>, Query(query): Query<ItemQuery>) -> Response {
    on_drive(&service, &query.drive, |drive| {
        let names = names(&query.path).unwrap_or_default();
        let folder = drive.item_below("root", &names).map_err(at(&query.path))?;
        let children = drive.children(folder).map(|child| describe(drive, child));
        Ok(Value::Array(children.collect()))
    })
}

async fn upload(
    State(service): State<Arc<Service>>,
    Query(query): Query<ItemQuery>,
    content: Bytes,
) -> Response {
    on_drive(&service, &query.drive, |drive| {
        let names = names(&query.path).map_err(at(&query.path))?;
        let put = drive.put("root", &names, content);
        let item = put.map_err(at(&query.path))?.0.clone();
        Ok(describe(drive, &item))
    })
}

/// Creates the folders above it, too.
async fn create_folder(
    State(service): State<Arc<Service>>,
    Query(query): Query<ItemQuery>,
) -> Response {
    on_drive(&service, &query.drive, |drive| {
        let created = create_folders(drive, &query.path);
        let item = created.map_err(at(&query.path))?;
        Ok(describe(drive, &item))
    })
}

fn create_folders(drive: &mut Drive, path: &str) -> Result<Item, DriveError> {
    let names = names(path)?;
    let (name, above) = names.split_last().ok_or(DriveError::IsRoot)?;
    let mut parent = "root".to_owned();
    for name in above {
        let known = drive.item_below(&parent, slice::from_ref(name));
        parent = if let Ok(item) = known {
            drive.id_of(item)
        } else {
            let folder = drive.create_folder(&parent, name, false)?.clone();
            drive.id_of(&folder)
        };
    }
    drive.create_folder(&parent, name, false).cloned()
}

/// Renames or moves an item, or both: `to` is its whole new path.
async fn move_to(State(service): State<Arc<Service>>, Query(query): Query<MoveQuery>) -> Response {
    on_drive(&service, &query.drive, |drive| {
        let id = id_at(drive, &query.path)?;
        let to = names(&query.to).map_err(at(&query.to))?;
        let (name, above) = to
            .split_last()
            .ok_or(DriveError::IsRoot)
            .map_err(at(&query.to))?;
        let parent = drive.item_below("root", above).map_err(at(&query.to))?;
        let parent = drive.id_of(parent);
        let updated = drive.update(&id, Some(name), Some(&parent));
        let item = updated.map_err(at(&query.to))?.0.clone();
        Ok(describe(drive, &item))
    })
}

async fn delete(State(service): State<Arc<Service>>, Query(query): Query<ItemQuery>) -> Response {
    on_drive(&service, &query.drive, |drive| {
        let id = id_at(drive, &query.path)?;
        let item = drive.item(&id).map_err(at(&query.path))?;
        let described = describe(drive, item);
        drive.delete(&id).map_err(at(&query.path))?;
        Ok(described)
    })
}

/// Reads or edits a drive, and announces that if anything changed.
fn on_drive<'a>(
    service: &Service,
    drive_id: &str,
    edit: impl FnOnce(&mut Drive) -> Result<Value, Refusal<'a>>,
) -> Response {
    let Some(drive) = service.drives.get(drive_id) else {
        return no_such_drive(drive_id);
    };
    let mut drive = lock(drive);
    let before = drive.sequence();
    let result = edit(&mut drive);
    if drive.sequence() != before {
        service.announcer.announce(drive_id, 1);
    }
    match result {
        Ok(item) => Json(item).into_response(),
        Err(Refusal { path, error }) => {
            let status = match error {
                DriveError::NotFound => StatusCode::NOT_FOUND,
                DriveError::NameExists => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            };
            let error = json!({"error": format!("{path:?} of drive {drive_id:?}: {error}")});
            (status, Json(error)).into_response()
        }
    }
}

fn id_at<'a>(drive: &Drive, path: &'a str) -> Result<String, Refusal<'a>> {
    let names = names(path).map_err(at(path))?;
    let item = drive.item_below("root", &names).map_err(at(path))?;
    Ok(drive.id_of(item))
}

/// The names of a path below the root, which has none.
fn names(path: &str) -> Result<Vec<String>, DriveError> {
    let names = path.split('/').filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(ToOwned::to_owned).collect();
    if names.is_empty() {
        return Err(DriveError::IsRoot);
    }
    Ok(names)
}

fn describe(drive: &Drive, item: &Item) -> Value {
    json!({
        "id": drive.id_of(item),
        "name": &*item.name,
        "path": format!("/{}", drive.names(item).join("/")),
        "size": item.size,
        "folder": item.is_folder(),
    })
}
