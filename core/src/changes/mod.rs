//! What changed: Graph's delta query, run after the notifications of a subscription.
//!
//! [`schedule`] decides when to query, [`worker`] queries, and [`source`] gets the pages.
//! [`json_scanner`] reads a page, and [`sheet`] keeps it for the items. [`fields`]
//! declares the fields of items.
//!
//! <https://learn.microsoft.com/onedrive/developer/rest-api/concepts/scan-guidance>

mod batch;
mod checkpoint;
mod client;
mod delta_link;
mod drive_item;
mod field_kind;
mod field_spec;
mod fields;
#[cfg(feature = "internals")]
pub(crate) mod fuzzing;
mod item;
mod json_scanner;
#[cfg(test)]
mod json_scanner_tests;
mod layout;
mod link_circle;
mod list_item;
#[cfg(test)]
mod model;
mod page;
mod parts;
#[cfg(any(test, feature = "internals"))]
mod reference;
mod schedule;
mod sheet;
mod source;
mod stream;
mod typed_item;
mod worker;

pub use batch::{ChangeBatch, Trigger};
pub use checkpoint::Since;
pub use drive_item::{DriveItem, ParentReference};
pub use field_spec::{FieldKind, FieldSpec, OBJECTS, ObjectSpec};
pub use item::Item;
pub use list_item::ListItem;
pub use parts::{Hashes, Identity, RemoteItem};
pub use stream::Changes;
