use std::sync::Arc;

use super::checkpoint::{Position, Since};
use super::push::ClientBell;
use super::source::DeltaQuery;
use super::stream::{self, Changes};
use super::worker::Beginning;
use crate::{ChangesOptions, Client, Error, Resource};

impl Client {
    /// Streams the changes of a resource, from `since` on.
    ///
    /// The stream keeps a subscription, and runs Graph's delta query after each notification. While
    /// the subscription is not live, it queries every minute. [`ChangeBatch`](crate::ChangeBatch)
    /// says what to do with the batches.
    ///
    /// Call it within a tokio runtime, as [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    /// `InvalidArgument` for a text that is not a checkpoint of this resource and this Graph, for a
    /// resource without a delta query, and for options that cannot be sent; `State` if the client is
    /// closed.
    ///
    /// The stream survives transient failures. It ends with the error kinds of
    /// [`endpoint`](Self::endpoint) when retrying cannot help, and with `Protocol` when Graph's
    /// links leave its delta query or lead in a circle.
    pub fn changes(&self, resource: &Resource, since: &Since) -> Result<Changes, Error> {
        self.changes_with(resource, since, &ChangesOptions::default())
    }

    /// Like [`changes`](Self::changes), with options.
    ///
    /// # Errors
    /// The errors of [`changes`](Self::changes).
    pub fn changes_with(
        &self,
        resource: &Resource,
        since: &Since,
        options: &ChangesOptions,
    ) -> Result<Changes, Error> {
        let beginning = self.beginning(resource, since, options)?;
        let changes = stream::start(beginning, &self.open_handles);
        changes.map_err(|error| self.labelled(error))
    }

    /// Refuses what [`changes_with`](Self::changes_with) refuses, and starts nothing. For
    /// `drivebell-mirror`, and not part of the public API.
    #[doc(hidden)]
    pub fn check_changes<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
        options: &ChangesOptions,
    ) -> Result<(), Error> {
        options.check()?;
        for resource in resources {
            self.beginning(resource, &Since::Start, options)?;
        }
        self.check_open()
    }

    /// What a stream of changes begins with.
    ///
    /// # Errors
    /// The errors of [`changes`](Self::changes).
    pub(crate) fn beginning(
        &self,
        resource: &Resource,
        since: &Since,
        options: &ChangesOptions,
    ) -> Result<Beginning<DeltaQuery, ClientBell>, Error> {
        self.check_open()?;
        let source = DeltaQuery::new(Arc::clone(&self.graph), resource, options)?;
        let position = Position::of(since, resource)?;
        source.check(&position)?;
        Ok(Beginning {
            source,
            bell: ClientBell {
                client: self.clone(),
                resource: resource.clone(),
            },
            resource: resource.clone(),
            label: self.graph.label.clone(),
            position,
            options: options.clone(),
            client_options: Arc::clone(&self.options),
            signing_in: self.graph.tokens.signing_in(),
        })
    }
}
