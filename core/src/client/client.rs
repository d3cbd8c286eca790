use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::oneshot;

use crate::graph::browser_address::{self, Lookup};
use crate::graph::{GraphClient, retry};
use crate::label::Label;
use crate::options::ClientOptions;
use crate::pacing::{Pacing, Permit};
use crate::retry_policy::Refusals;
use crate::session::{self, Family, OpenHandles, Service};
use crate::{ClientBuilder, Credential, Endpoint, Error, ErrorKind, Resource, Subscription};

/// Gets endpoints from Graph and keeps subscriptions alive. Cloning it is cheap, and all clones are
/// one client: [`close`](Self::close) closes what any of them opened.
///
/// [`with_credential`](Self::with_credential) makes clients of other users. Together they are a
/// family, which shares one HTTP stack, its limits, and the pauses that Graph asks for.
///
/// Dropping a client closes nothing: its subscriptions continue.
#[derive(Clone)]
pub struct Client {
    pub(crate) family: Arc<Family>,
    /// One for each user.
    pub(crate) graph: Arc<GraphClient>,
    pub(crate) options: Arc<ClientOptions>,
    /// What this client and its clones have opened.
    pub(crate) open_handles: Arc<OpenHandles>,
}

impl Client {
    /// Starts from the defaults.
    pub fn builder(credential: Credential) -> ClientBuilder {
        ClientBuilder::new(credential)
    }

    /// Asks Graph where it pushes the resource's notifications. Every call gives a new URL.
    ///
    /// Transient failures are retried for up to [`retry_timeout`](ClientBuilder::retry_timeout), 403
    /// and 404 for [`first_refusal_timeout`](ClientBuilder::first_refusal_timeout).
    /// When Graph asks for a pause, every call of this client and its family waits.
    ///
    /// # Errors
    /// `Authentication`, `AccessDenied`, `NotFound`, `Throttled`, `Graph`, `ConnectionFailed`,
    /// `Timeout` and `Protocol`; `State` if the client is closed, even while the call runs.
    pub async fn endpoint(&self, resource: &Resource) -> Result<Endpoint, Error> {
        let options = &self.options;
        let response = retry(
            options.retry_timeout,
            options.backoff(),
            Refusals::new(options),
            || self.graph.endpoint(resource, Permit::default()),
        );
        let response = self.open_handles.while_open(response).await;
        let (endpoint, _) = response.map_err(|error| self.labelled(error))?;
        Ok(endpoint)
    }

    /// Finds the drive or list of an address in a browser: of a site, a library, a folder, a file, a
    /// list, or of a sharing link. It asks Graph's `shares` or `sites`. A path as
    /// [`Resource`] parses it (`/me/drive`) needs no request.
    ///
    /// Microsoft documents the permission `Files.ReadWrite` for `shares`, and `Sites.Read.All` for
    /// `sites`. A sharing link is not redeemed: the user must have access already.
    ///
    /// ```no_run
    /// # async fn f(client: drivebell::Client) -> Result<(), drivebell::Error> {
    /// let library = "https://contoso.sharepoint.com/sites/Marketing/Shared%20Documents/Reports";
    /// let drive = client.find_resource(library).await?;
    /// println!("the folder is in {drive}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `resource`, for a text that is neither a path nor an address
    /// with `https://`; otherwise those of [`endpoint`](Self::endpoint), `NotFound` among them.
    pub async fn find_resource(&self, text: &str) -> Result<Resource, Error> {
        let Some(url) = browser_address::parse(text) else {
            return text.trim().parse();
        };
        let lookups = browser_address::lookups(&url?);
        self.open_handles.while_open(self.look_up(&lookups)).await
    }

    /// Tries one lookup after the other, and returns the error of the first if all fail.
    async fn look_up(&self, lookups: &[Lookup]) -> Result<Resource, Error> {
        let mut first_error = None;
        for (index, lookup) in lookups.iter().enumerate() {
            let is_last = index + 1 == lookups.len();
            let refusals = if is_last {
                Refusals::new(&self.options)
            } else {
                Refusals::believed()
            };
            let (timeout, backoff) = (self.options.retry_timeout, self.options.backoff());
            let found = retry(timeout, backoff, refusals, || self.graph.look_up(lookup)).await;
            match found {
                // Graph responds with 400 where an address is none of its own.
                Err(error) if matches!(error.status(), Some(400 | 404)) => {
                    first_error.get_or_insert(error);
                }
                found => return found,
            }
        }
        Err(first_error.expect("there is a lookup"))
    }

    /// Gets an access token, and returns when there is one. Call it first if a person may have to
    /// sign in: whatever follows then finds a token. Where a person was asked before and did not
    /// sign in, only this asks again.
    ///
    /// The credential may take [`sign_in_timeout`](ClientBuilder::sign_in_timeout), whether it says
    /// that it asks a person or not.
    ///
    /// # Errors
    /// `Authentication` and `Timeout`; `State` if the client is closed, even while the call runs.
    pub async fn sign_in(&self) -> Result<(), Error> {
        let signed_in = self.open_handles.while_open(self.graph.tokens.sign_in());
        signed_in.await.map_err(|error| self.labelled(error))
    }

    /// Subscribes, and returns once the server has acknowledged it: from then on notifications
    /// arrive, and the subscription survives every temporary failure until it is closed. Dropping
    /// the future gives up the attempt.
    ///
    /// Attempts continue for [`start_timeout`](ClientBuilder::start_timeout). The events of the
    /// subscription report those that failed.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled; the session is a task
    /// of that runtime.
    ///
    /// # Errors
    /// The errors of [`endpoint`](Self::endpoint), and `ConnectionFailed`, `Timeout` and `Protocol`
    /// for the notification server too: the error of the last attempt. When retrying cannot help,
    /// it fails at once: the credential refused, or Graph answered 401. After 403 and 404 it fails
    /// within [`first_refusal_timeout`](ClientBuilder::first_refusal_timeout).
    pub async fn subscribe(&self, resource: &Resource) -> Result<Subscription, Error> {
        let (subscription, started) = self
            .start(resource, true)
            .map_err(|error| self.labelled(error))?;
        let live = async {
            started.await.unwrap_or_else(|_| {
                Err(Error::new(
                    ErrorKind::State,
                    "the async runtime was shut down before the subscription was live",
                ))
            })
        };
        let live = self.open_handles.while_open(live).await;
        live.map_err(|error| self.labelled(error))?;
        Ok(subscription)
    }

    /// Subscribes without waiting, for a daemon that must start while the service is unavailable.
    /// Attempts continue without a limit, and the events report them. When the subscription is live
    /// for the first time, a notification of kind `resync` stands for what changed until then.
    ///
    /// When retrying cannot help, the subscription ends with the error: the credential refused, or
    /// Graph answered 401, or 403 or 404 again and again. If the client is closed, it ends at once
    /// with an error of kind `State`.
    ///
    /// Must be called within a tokio runtime, like [`subscribe`](Self::subscribe).
    pub fn subscribe_without_waiting(&self, resource: &Resource) -> Subscription {
        match self.start(resource, false) {
            Ok((subscription, _)) => subscription,
            Err(error) => {
                let label = self.graph.label.clone();
                Subscription::failed(resource.clone(), label, self.labelled(error))
            }
        }
    }

    /// Makes a client of another user, in the same family: it shares the HTTP stack, the TLS
    /// configuration, the resolver, the limits of connections and of endpoint calls, and the pauses
    /// that Graph asks for. Scopes and all other options are the same. It costs a few hundred
    /// bytes.
    ///
    /// Closing one client of a family leaves the others open. From a closed client this makes a
    /// closed one.
    ///
    /// Graph asks for a pause by user, by app and by tenant, and does not say which. So a pause
    /// that it asks of one user stops the whole family: requests of the others could prolong it.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        self.of_family(credential, self.graph.label.clone())
    }

    /// Like [`with_credential`](Self::with_credential), with a [`label`](ClientBuilder::label) of its
    /// own.
    ///
    /// # Errors
    /// `InvalidArgument` for a text that cannot be a label.
    pub fn with_credential_and_label(
        &self,
        credential: Credential,
        label: &str,
    ) -> Result<Self, Error> {
        Ok(self.of_family(credential, Label::parse(label)?))
    }

    fn of_family(&self, credential: Credential, label: Label) -> Self {
        let open_handles = OpenHandles::default();
        if self.is_closed() {
            open_handles.start_close();
        }
        Self {
            family: Arc::clone(&self.family),
            graph: Arc::new(self.graph.for_credential(credential, label)),
            options: Arc::clone(&self.options),
            open_handles: Arc::new(open_handles),
        }
    }

    /// How much this client and its family may ask of Graph, and what they have asked.
    pub fn pacing(&self) -> Pacing {
        self.graph.pacing.clone()
    }

    /// The name that the program has given to this client.
    pub fn label(&self) -> Option<&str> {
        self.graph.label.as_str()
    }

    /// An error of this client.
    pub(crate) fn labelled(&self, error: Error) -> Error {
        error.with_label(&self.graph.label)
    }

    /// Closes this client and its clones, forgets their credential, and closes everything that they opened: subscriptions, sets and
    /// streams of changes end, without an error, as their own `close` ends them. Members of this
    /// client are removed from the sets of other clients. Clients that
    /// [`with_credential`](Self::with_credential) made stay open.
    ///
    /// Calls of [`endpoint`](Self::endpoint) and [`subscribe`](Self::subscribe) that are under way,
    /// and all later calls, fail with an error of kind `State`. Waits until every session has said
    /// goodbye to the server and no query is running. Closing twice is harmless.
    pub async fn close(&self) {
        self.start_close();
        self.open_handles.finished().await;
    }

    /// Starts to close, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&self) {
        self.open_handles.start_close();
        self.graph.close();
    }

    /// Whether this client or one of its clones was closed.
    pub fn is_closed(&self) -> bool {
        self.open_handles.is_closed()
    }

    /// Where requests go, with the version of the API: `https://graph.microsoft.com/v1.0`.
    pub fn graph_url(&self) -> String {
        self.graph.url_of("")
    }

    /// Fails if the client is closed, for the bindings: what cannot fail here fails there.
    ///
    /// # Errors
    /// `State`.
    #[doc(hidden)]
    pub fn check_open(&self) -> Result<(), Error> {
        let open = self.open_handles.check();
        open.map_err(|error| self.labelled(error))
    }

    /// Identifies a resource of this client's user, as long as the client exists: by the address that
    /// all clients of the user share.
    pub(crate) fn key_with(&self, resource: &Resource) -> (usize, Resource) {
        (Arc::as_ptr(&self.graph).addr(), resource.clone())
    }

    fn start(
        &self,
        resource: &Resource,
        waits: bool,
    ) -> Result<(Subscription, oneshot::Receiver<Result<(), Error>>), Error> {
        session::start(
            self.service(resource),
            resource.clone(),
            self.graph.label.clone(),
            Arc::clone(&self.options),
            &self.open_handles,
            waits,
        )
    }

    /// What a session of this resource talks to.
    pub(crate) fn service(&self, resource: &Resource) -> Service {
        Service {
            slept: self.family.watch_sleep(),
            family: Arc::clone(&self.family),
            graph: Arc::clone(&self.graph),
            resource: resource.clone(),
            has_asked: AtomicBool::new(false),
        }
    }
}

/// Whether one is a clone of the other.
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
            .field("label", &graph.label.as_str())
            .field("credential", &graph.tokens)
            .finish_non_exhaustive()
    }
}
