//! Sets of subscriptions: many sessions in one stream.

pub(crate) mod clients;
pub(crate) mod subscription_set;
