use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use crate::changes::{self, Changes, ChangesOptions, Since};
use crate::graph::GraphClient;
use crate::limits::Limits;
use crate::retry::retry;
use crate::session::{self, Service, SessionOptions};
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
/// HTTP stack, its limits and the pauses that Graph asks for.
#[derive(Clone)]
pub struct Client {
    pub(crate) family: Arc<Family>,
    pub(crate) retry_timeout: Duration,
    pub(crate) session: SessionOptions,
}

/// What the sessions of a client share.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) graph: GraphClient,
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
    /// Graph asks for a pause, it is kept by every call of this client and its clones.
    ///
    /// # Errors
    /// Of the kinds `Authentication`, `AccessDenied`, `NotFound`, `Throttled`, `Graph`,
    /// `ConnectionFailed`, `Timeout` and `Protocol`.
    pub async fn endpoint(&self, resource: &Resource) -> Result<Endpoint, Error> {
        let path = resource.subscription_path();
        let answer = retry(self.retry_timeout, || self.family.graph.get(&path)).await?;
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
        let source = changes::Graph::new(Arc::clone(&self.family), resource, options)?;
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
        let family = Arc::clone(&self.family);
        let service = Service {
            slept: Family::watch_sleep(&family),
            family,
            resource: resource.clone(),
        };
        session::start(service, resource.clone(), self.session.clone(), waits)
    }
}

impl Family {
    fn watch_sleep(self: &Arc<Self>) -> tokio::sync::watch::Receiver<Duration> {
        let family = Arc::downgrade(self);
        self.sleep_watch.subscribe(move |asleep| {
            if let Some(family) = family.upgrade() {
                family.graph.pause.shorten(asleep);
            }
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = &self.family.graph;
        f.debug_struct("Client")
            .field("base_url", &graph.base_url.as_str())
            .field("api_version", &graph.api_version)
            .field("credential", graph.tokens.credential())
            .finish_non_exhaustive()
    }
}
