//! From "something changed" to what changed: delta queries, driven by the hints of a subscription.
//!
//! [`agenda`] decides when to look, [`round`] looks, [`source`] is what it looks at.
//!
//! <https://learn.microsoft.com/graph/api/driveitem-delta>,
//! <https://learn.microsoft.com/onedrive/developer/rest-api/concepts/scan-guidance>

mod agenda;
mod batch;
mod checkpoint;
mod client;
mod drive_item;
mod fields;
mod item;
mod list_item;
#[cfg(test)]
mod model;
mod page;
mod round;
mod source;
mod stream;

pub use batch::{ChangeBatch, Trigger};
pub use checkpoint::Since;
pub use drive_item::{DriveItem, Hashes, ParentReference, RemoteItem};
pub use fields::Identity;
pub use item::Item;
pub use list_item::ListItem;
pub use stream::Changes;
