//! Delta queries: the changes of a drive, or of its list.

mod delta_path;
mod link;
mod options;
mod page;
mod page_item;
mod query;
mod response;
mod token;

pub(crate) use delta_path::DeltaPath;
pub(crate) use query::restart_link;
pub(super) use response::respond;
