//! From the path of a request to its drive and operation.

use super::delta::DeltaPath;
use super::endpoint;
use crate::resource_path::{ResourcePath, split_version};

pub(crate) struct Route<'a> {
    pub(crate) path: ResourcePath<'a>,
    pub(crate) operation: Operation,
}

pub(crate) enum Operation {
    /// "Get websocket endpoint".
    Endpoint,
    /// A delta query.
    Delta(DeltaPath),
    /// Anything else that addresses a drive or an item.
    Item,
}

impl<'a> Route<'a> {
    /// Parses a path with its version. `None` if it addresses no drive.
    ///
    /// Not axum's router, which cannot match `root:/{path}:/content`.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let path = ResourcePath::parse(split_version(path).1)?;
        let operation = if endpoint::matches(&path) {
            Operation::Endpoint
        } else if let Some(delta) = DeltaPath::parse(&path) {
            Operation::Delta(delta)
        } else {
            Operation::Item
        };
        Some(Self { path, operation })
    }
}
