//! One session: the handle of its consumer.

pub(crate) mod stats;
pub(crate) mod subscription;
