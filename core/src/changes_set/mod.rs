//! Many streams of changes, of one user or of several, as one.
//!
//! [`members`] is the registry, [`member`] one stream in it, and [`stream`] the consumer's handle.

mod client;
mod member;
mod members;
mod outlet;
mod stats;
mod stream;

pub use member::ChangesMember;
pub use members::ChangesMembers;
pub use outlet::MemberBatch;
pub use stats::ChangesSetStats;
pub use stream::{ChangesSet, ChangesSetEvents};
