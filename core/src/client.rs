use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use crate::changes::{self, Changes, ChangesOptions, Since};
use crate::graph::GraphClient;
use crate::limits::Limits;
use crate::pause::Pause;
use crate::retry::retry;
use crate::session::{self, Service, SessionOptions, SubscriptionSet};
use crate::sleep_watch::SleepWatch;
use crate::socketio::SocketOptions;
use crate::{ClientBuilder, Credential, Endpoint, Error, ErrorKind, Resource, Subscription};

/// A version of Graph's REST API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `v1.0`, the default.
    #[default]
    V1,
    /// `beta`, which may change at any time.
    Beta,
}

impl ApiVersion {
    /// The path segment: `v1.0` or `beta`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "v1.0" => Ok(Self::V1),
            "beta" => Ok(Self::Beta),
            other => Err(Error::invalid_argument(
                "api_version",
                format!("{other:?} is neither v1.0 nor beta"),
            )),
        }
    }
}

/// Asks Graph for endpoints and keeps subscriptions. Cloning it is cheap, and clones share one
/// HTTP stack, its limits and the pauses that Graph asks for. So do the clients of other users that
/// [`with_credential`](Self::with_credential) makes: together they are a family.
#[derive(Clone)]
pub struct Client {
    pub(crate) family: Arc<Family>,
    /// One for each user.
    pub(crate) graph: Arc<GraphClient>,
    pub(crate) retry_timeout: Duration,
    pub(crate) session: SessionOptions,
}

/// What the sessions of a client and of all its users share.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) pause: Arc<Pause>,
    pub(crate) socket: SocketOptions,
    pub(crate) limits: Limits,
    pub(crate) sleep_watch: SleepWatch,
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
        let path = resource.subscription_path();
        let answer = retry(self.retry_timeout, || self.graph.get(&path)).await?;
        Endpoint::parse(&answer.body, SystemTime::now()).map_err(|error| {
            error.with_request_ids(answer.request_id, Some(answer.client_request_id))
        })
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

    /// Subscribes to many, in one stream and one order: each event tells
    /// [whose](crate::SetEvent::member) it is. Resources of other users join by
    /// [`Members::add_for`](crate::Members::add_for), and any may come and go while it runs. A resource that is given twice
    /// is subscribed to once.
    ///
    /// It does not wait, as [`subscribe_without_waiting`](Self::subscribe_without_waiting): so many
    /// are live one after the other, at the pace of
    /// [`max_endpoint_calls_per_second`](ClientBuilder::max_endpoint_calls_per_second). What will
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
            retry_timeout: self.retry_timeout,
            session: self.session.clone(),
        }
    }

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
        let source = changes::Graph::new(Arc::clone(&self.graph), resource, options)?;
        since.check(resource)?;
        let hints = self.subscribe_without_waiting(resource);
        changes::start(
            source,
            hints,
            resource.clone(),
            since,
            options,
            &self.session,
        )
    }

    fn start(
        &self,
        resource: &Resource,
        waits: bool,
    ) -> (Subscription, oneshot::Receiver<Result<(), Error>>) {
        let service = self.service(resource);
        session::start(service, resource.clone(), self.session.clone(), waits)
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

impl Family {
    fn watch_sleep(self: &Arc<Self>) -> tokio::sync::watch::Receiver<Duration> {
        let family = Arc::downgrade(self);
        self.sleep_watch.subscribe(move |asleep| {
            if let Some(family) = family.upgrade() {
                family.pause.shorten(asleep);
            }
        })
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
