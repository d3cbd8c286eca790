//! Graph's REST routes, under `/v1.0` and `/beta`.

pub(crate) mod auth;
pub(crate) mod delta;
mod endpoint;
mod error;
mod folder;
mod item_json;
mod item_path;
mod items;
mod list_item_json;
mod request_id;
mod routes;

pub(crate) use error::{GraphError, GraphResult};
pub(crate) use item_json::e_tag;
pub(crate) use request_id::stamp;
pub(crate) use routes::{handle, no_such_place, require, split_version, target};
