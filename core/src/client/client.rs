use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::graph::{GraphClient, retry};
use crate::options::ClientOptions;
use crate::session::{self, Family, Service};
use crate::{ClientBuilder, Credential, Endpoint, Error, ErrorKind, Resource, Subscription};

/// Asks Graph for endpoints and keeps subscriptions. Cloning it is cheap, and clones share one
/// HTTP stack, its limits and the pauses that Graph asks for. So do the clients of other users that
/// [`with_credential`](Self::with_credential) makes: together they are a family.
#[derive(Clone)]
pub struct Client {
    pub(crate) family: Arc<Family>,
    /// One for each user.
    pub(crate) graph: Arc<GraphClient>,
    pub(crate) options: Arc<ClientOptions>,
}

impl Client {
    /// Starts from the defaults.
    pub fn builder(credential: Credential) -> ClientBuilder {
        ClientBuilder::new(credential)
    }

    /// Asks Graph where the resource's notifications are pushed. Every call gives a new URL.
    ///
    /// A failure that passes is outlived for [`retry_timeout`](ClientBuilder::retry_timeout). When
    /// Graph asks for a pause, it is kept by every call of this client and its family.
    ///
    /// # Errors
    /// Of the kinds `Authentication`, `AccessDenied`, `NotFound`, `Throttled`, `Graph`,
    /// `ConnectionFailed`, `Timeout` and `Protocol`.
    pub async fn endpoint(&self, resource: &Resource) -> Result<Endpoint, Error> {
        let (endpoint, _) =
            retry(self.options.retry_timeout, || self.graph.endpoint(resource)).await?;
        Ok(endpoint)
    }

    /// Subscribes, and returns once the server has acknowledged it: from then on notifications
    /// arrive, and the subscription lives through whatever the service does until it is closed.
    /// Dropping the future gives up the attempt.
    ///
    /// Attempts go on for [`start_timeout`](ClientBuilder::start_timeout); the subscription's
    /// events tell of those that failed.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled; the session is a task
    /// of that runtime.
    ///
    /// # Errors
    /// As [`endpoint`](Self::endpoint), with `ConnectionFailed`, `Timeout` and `Protocol` for the
    /// notification server too: the error of the last attempt. What will not pass by itself is
    /// told at once: that the credential failed, and 401, 403 and 404 from Graph.
    pub async fn subscribe(&self, resource: &Resource) -> Result<Subscription, Error> {
        let (subscription, started) = self.start(resource, true);
        match started.await {
            Ok(result) => result.map(|()| subscription),
            Err(_) => Err(Error::new(
                ErrorKind::State,
                "the async runtime was shut down before the subscription was live",
            )),
        }
    }

    /// Subscribes without waiting: the choice of a daemon that must start although the service is
    /// away. Attempts go on for ever, and the events tell of them. When it is live for the first
    /// time, a notification of the kind `resync` stands for what changed until then.
    ///
    /// What will not pass by itself ends the subscription, as its error: that the credential
    /// failed, and 401, 403 and 404 from Graph.
    ///
    /// Must be called within a tokio runtime, as [`subscribe`](Self::subscribe).
    pub fn subscribe_without_waiting(&self, resource: &Resource) -> Subscription {
        self.start(resource, false).0
    }

    /// A client of another user. It is of the same family: it shares the HTTP stack, the TLS
    /// configuration, the resolver, the limits of connections and of endpoint calls, and the pauses
    /// that Graph asks for; scopes and all other options are as here. It costs a few hundred bytes,
    /// and what is subscribed to through it is its own: closing one client's subscriptions leaves
    /// those of the others alone.
    ///
    /// Graph asks for a pause by user, by app and by tenant, and does not say which. So one that is
    /// asked of any stops the whole family: to go on for the others could prolong it.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self {
            family: Arc::clone(&self.family),
            graph: Arc::new(self.graph.for_credential(credential)),
            options: Arc::clone(&self.options),
        }
    }

    fn start(
        &self,
        resource: &Resource,
        waits: bool,
    ) -> (Subscription, oneshot::Receiver<Result<(), Error>>) {
        let service = self.service(resource);
        session::start(service, resource.clone(), Arc::clone(&self.options), waits)
    }

    /// What a session of this resource talks to.
    pub(crate) fn service(&self, resource: &Resource) -> Service {
        Service {
            slept: self.family.watch_sleep(),
            family: Arc::clone(&self.family),
            graph: Arc::clone(&self.graph),
            resource: resource.clone(),
        }
    }
}

/// Whether both are of the same user by descent: one is a clone of the other.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.graph, &other.graph)
    }
}

impl Eq for Client {}

impl Hash for Client {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.graph).hash(state);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = &self.graph;
        f.debug_struct("Client")
            .field("base_url", &graph.base_url.as_str())
            .field("api_version", &graph.api_version)
            .field("credential", graph.tokens.credential())
            .finish_non_exhaustive()
    }
}
