//! Streams of changes of many resources.

mod member_batch;
mod set;

pub(crate) use member_batch::{MemberBatch, MemberEnd};
pub(crate) use set::ChangesSet;
