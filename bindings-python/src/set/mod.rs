//! Many sessions in one stream.

pub(crate) mod subscription_set;
