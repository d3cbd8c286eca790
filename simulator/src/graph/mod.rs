//! Graph's REST API, under `/v1.0` and `/beta`.

mod addresses;
mod auth;
mod body;
mod delta;
mod dispatch;
mod endpoint;
mod error;
mod folder;
mod issued_token;
mod item_json;
mod item_path;
mod items;
mod list_item_json;
mod request_id;
mod route;

pub(crate) use auth::authenticate;
pub(crate) use delta::restart_link;
pub(crate) use dispatch::handle;
pub(crate) use error::GraphError;
pub(crate) use item_json::e_tag;
pub(crate) use request_id::stamp;
pub(crate) use route::{Operation, Route};
