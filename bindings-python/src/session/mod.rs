//! One session: the handle of its consumer.

pub(crate) mod subscription;
