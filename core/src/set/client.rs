use super::subscription_set::SubscriptionSet;
use crate::{Client, Resource};

impl Client {
    /// Subscribes to many, in one stream and one order: each event tells
    /// [whose](crate::SetEvent::member) it is. Resources of other users join by
    /// [`Members::add_for`](crate::Members::add_for), and any may come and go while it runs. A resource that is given twice
    /// is subscribed to once.
    ///
    /// It does not wait, as [`subscribe_without_waiting`](Self::subscribe_without_waiting): so many
    /// are live one after the other, at the pace of
    /// [`max_endpoint_calls_per_second`](crate::ClientBuilder::max_endpoint_calls_per_second). What will
    /// not pass by itself ends one of them, with [`Lifecycle::Ended`](crate::Lifecycle::Ended), and
    /// not the others.
    ///
    /// Must be called within a tokio runtime, as [`subscribe`](Self::subscribe).
    ///
    /// ```no_run
    /// use drivebell::{Client, Credential, Event, Lifecycle, Resource};
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(alice: Client, token_of_bob: &str) -> Result<(), drivebell::Error> {
    /// let bob = alice.with_credential(Credential::token(token_of_bob)?);
    /// let mut set = alice.subscribe_all([&Resource::my_drive()]);
    /// set.members().add_for(&bob, &Resource::my_drive())?;
    /// while let Some(told) = set.next().await {
    ///     let whose = if *told.member.client() == bob { "Bob" } else { "Alice" };
    ///     match told.event {
    ///         Event::Notification(_) => println!("{whose}: look at {}", told.member.resource()),
    ///         Event::Lifecycle { change: Lifecycle::Ended { error }, .. } => println!("{whose}: {error}"),
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
            set.members().join(self, resource);
        }
        set
    }
}
