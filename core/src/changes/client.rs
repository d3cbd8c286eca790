use std::sync::Arc;

use super::checkpoint::Since;
use super::source::Graph;
use super::stream::{self, Changes};
use crate::{ChangesOptions, Client, Error, Resource};

impl Client {
    /// Streams what changes in the resource, from `since` on.
    ///
    /// A subscription tells when to look, and a delta query what changed. While the subscription is
    /// not live, the drive is looked at every minute. See [`ChangeBatch`](crate::ChangeBatch) for
    /// what to do with the batches.
    ///
    /// Must be called within a tokio runtime, as [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    /// `InvalidArgument` for a checkpoint that is none, or of another resource; for a resource
    /// without a delta query; and for options that cannot be sent. The stream itself ends with the
    /// kinds of [`endpoint`](Self::endpoint) when what Graph refuses will not pass by itself, and
    /// with `Protocol` when its links lead elsewhere or in a circle.
    pub fn changes(&self, resource: &Resource, since: &Since) -> Result<Changes, Error> {
        self.changes_with(resource, since, &ChangesOptions::default())
    }

    /// As [`changes`](Self::changes), with options.
    ///
    /// # Errors
    /// As [`changes`](Self::changes).
    pub fn changes_with(
        &self,
        resource: &Resource,
        since: &Since,
        options: &ChangesOptions,
    ) -> Result<Changes, Error> {
        let source = Graph::new(Arc::clone(&self.graph), resource, options)?;
        since.check(resource)?;
        let hints = self.subscribe_without_waiting(resource);
        stream::start(
            source,
            hints,
            resource.clone(),
            since,
            options,
            &self.session,
        )
    }
}
