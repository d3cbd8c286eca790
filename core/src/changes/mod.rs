//! What changed: Graph's delta query, run after the notifications of a subscription.
//!
//! [`worker`] is the task. [`schedule`] decides when to query, [`progress`] from which link, [`audit`]
//! when to enumerate again. [`query`] follows the pages, and [`source`] gets them. [`json_scanner`]
//! reads a page, and [`sheet`] keeps it for the items. [`push`] is the subscription, and [`hearing`] tells
//! whether it hears. [`fields`] declares the fields of items.
//!
//! <https://learn.microsoft.com/onedrive/developer/rest-api/concepts/scan-guidance>

mod audit;
mod batch;
mod checkpoint;
mod client;
mod control;
mod delta_link;
mod drive_item;
mod events;
mod fetch;
mod field_kind;
mod field_spec;
mod fields;
#[cfg(feature = "__internals")]
pub(crate) mod fuzzing;
mod hearing;
mod item;
mod json_scanner;
#[cfg(test)]
mod json_scanner_tests;
mod layout;
mod link_circle;
mod list_item;
mod listen;
#[cfg(any(test, feature = "__internals"))]
pub(crate) mod model;
mod outlet;
mod page;
mod parts;
mod progress;
mod push;
mod query;
#[cfg(any(test, feature = "__internals"))]
mod reference;
mod round;
mod schedule;
mod seen;
mod sheet;
mod source;
mod status;
mod stream;
mod typed_item;
mod worker;

pub use batch::{ChangeBatch, Trigger};
pub use checkpoint::Since;
pub use drive_item::{DriveItem, Facets, ParentReference};
pub use events::ChangesEvents;
pub use field_spec::{FieldKind, FieldSpec, OBJECTS, ObjectSpec};
pub use item::Item;
pub use list_item::ListItem;
pub use parts::{Hashes, Identity, RemoteItem};
pub use status::{ChangesState, ChangesStats};
pub use stream::{Changes, ChangesHandle};

pub(crate) use control::Control;
pub(crate) use outlet::Outlet;
pub(crate) use worker::Consumer;

/// What a member of a set of streams begins with.
pub(crate) type MemberBeginning = worker::Beginning<source::DeltaQuery, push::ClientBell>;
