use super::subscription_set::SubscriptionSet;
use crate::{Client, Resource};

impl Client {
    /// Subscribes to many resources, whose events arrive in one stream. Each event names its
    /// [`member`](crate::SetEvent::member). [`Members`](crate::Members) adds and removes resources
    /// while the set runs, also those of other users. A resource that is given twice is subscribed
    /// to once.
    ///
    /// Like [`subscribe_without_waiting`](Self::subscribe_without_waiting), this does not wait for
    /// the first connections. The members become live one after another, at the pace of
    /// [`max_endpoint_calls_per_second`](crate::ClientBuilder::max_endpoint_calls_per_second). A
    /// permanent refusal ends only that member, with
    /// [`Lifecycle::Ended`](crate::Lifecycle::Ended); the others continue.
    ///
    /// If the client is closed, so is the set.
    ///
    /// Must be called within a tokio runtime, like [`subscribe`](Self::subscribe).
    ///
    /// ```no_run
    /// use drivebell::{Client, Credential, Event, Lifecycle, Resource, SetEvent};
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(alice: Client, token_of_bob: &str) -> Result<(), drivebell::Error> {
    /// let bob = alice.with_credential(Credential::token(token_of_bob)?);
    /// let mut set = alice.subscribe_all([&Resource::my_drive()]);
    /// set.members().add_for(&bob, &Resource::my_drive())?;
    /// while let Some(SetEvent { member, event, .. }) = set.next().await {
    ///     let user = if *member.client() == bob { "Bob" } else { "Alice" };
    ///     match event {
    ///         Event::Notification(_) => println!("{user}: {} has changed", member.resource()),
    ///         Event::Lifecycle { change: Lifecycle::Ended { error }, .. } => println!("{user}: {error}"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe_all<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
    ) -> SubscriptionSet {
        let set = SubscriptionSet::new(self.clone());
        for resource in resources {
            // Fails only if the client is closed, and with it the set.
            let _ = set.members().join(self, resource);
        }
        set
    }
}
