use std::collections::HashMap;

use super::members::followed_from_elsewhere;
use super::stream::ChangesSet;
use crate::{ChangesOptions, Client, Error, Resource, Since};

impl Client {
    /// Streams the changes of many resources, each from its own `since` on, as one stream.
    /// [`ChangesMembers`](crate::ChangesMembers) adds and removes resources while it runs, also those
    /// of other users.
    ///
    /// The members become live one after another, at the pace of
    /// [`max_endpoint_calls_per_second`](crate::ClientBuilder::max_endpoint_calls_per_second), and
    /// query in turns: [`max_concurrent_queries`](crate::ChangesOptions::max_concurrent_queries) of
    /// them at a time. A refusal ends only that member: the stream reports it, and goes on.
    ///
    /// Must be called within a tokio runtime, as [`subscribe`](Self::subscribe).
    ///
    /// ```no_run
    /// use drivebell::{ChangesOptions, Client, Resource, Since};
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(client: Client) -> Result<(), drivebell::Error> {
    /// let team = Resource::drive("b!team")?;
    /// let options = ChangesOptions::default();
    /// let mut changes = client.changes_all(
    ///     [(&Resource::my_drive(), &Since::Start), (&team, &Since::Now)],
    ///     &options,
    /// )?;
    /// while let Some(next) = changes.next().await {
    ///     match next.batch {
    ///         Ok(batch) => println!("{}: {} items", next.member.resource(), batch.items.len()),
    ///         Err(error) => println!("{} has ended: {error}", next.member.resource()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`changes`](Self::changes), and `InvalidArgument` by the name `since` for a
    /// resource that is given twice with different beginnings. Nothing is started then.
    pub fn changes_all<'a>(
        &self,
        resources: impl IntoIterator<Item = (&'a Resource, &'a Since)>,
        options: &ChangesOptions,
    ) -> Result<ChangesSet, Error> {
        options.check()?;
        let mut sinces = HashMap::new();
        let mut beginnings = Vec::new();
        for (resource, since) in resources {
            match sinces.insert(resource, since) {
                None => beginnings.push((since, self.beginning(resource, since, options)?)),
                Some(first) if first == since => {}
                Some(_) => return Err(followed_from_elsewhere(resource)),
            }
        }
        let set = ChangesSet::new(self.clone(), options)?;
        for (since, beginning) in beginnings {
            set.members().join(self, since, beginning)?;
        }
        Ok(set)
    }
}
