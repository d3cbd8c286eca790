//! Mirrors of drives, their changes and their trees.

mod change;
mod mirror_options;
mod set;
mod stats;
mod stream;
mod tree;

pub(crate) use change::Change;
pub(crate) use set::MirrorSet;
pub(crate) use stream::Mirror;
pub(crate) use tree::{Tree, Walk};
