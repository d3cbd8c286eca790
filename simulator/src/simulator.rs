//! A running simulator.

use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::drive::Drive;
use crate::edits::UnknownItem;
use crate::fault::{Fault, FaultId, FaultStatus, InvalidFault};
use crate::injection::FaultInjector;
use crate::lock::lock;
use crate::notifications::{EmittedEvent, Session};
use crate::options::DeltaQuirks;
use crate::recorder::RecordedRequest;
use crate::router;
use crate::serve::{Port, serve};
use crate::service::Service;
use crate::tls::Tls;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long the sockets may take to close in order.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// A running simulator. Dropping it stops it.
pub struct Simulator {
    service: Arc<Service>,
    identity_tls: Option<IdentityTls>,
    server: Option<JoinHandle<()>>,
}

/// What a client must know of the TLS port.
struct IdentityTls {
    port: u16,
    authority_pem: String,
}

impl Simulator {
    /// Serves on the port, and the identity service on the port of `tls` too.
    pub(crate) fn serve(
        listener: TcpListener,
        tls: Option<(TcpListener, Tls)>,
        service: Arc<Service>,
    ) -> io::Result<Self> {
        let (router, io) = router::build(&service);
        let stop = service.stop.clone();
        let injector = Arc::clone(&service.injector);
        let port = Port {
            listener,
            router,
            tls: None,
        };
        let mut identity_tls = None;
        let mut identity_port = None;
        if let Some((listener, tls)) = tls {
            identity_tls = Some(IdentityTls {
                port: listener.local_addr()?.port(),
                authority_pem: tls.authority_pem,
            });
            identity_port = Some(Port {
                listener,
                router: router::build_identity(&service),
                tls: Some(tls.acceptor),
            });
        }
        let server = tokio::spawn(async move {
            let injector = StopOnDrop(injector);
            let identity = async {
                if let Some(port) = identity_port {
                    serve(port, stop.clone(), &injector.0).await;
                }
            };
            tokio::join!(serve(port, stop.clone(), &injector.0), identity);
            let _ = tokio::time::timeout(CLOSE_TIMEOUT, io.close()).await;
        });
        Ok(Self {
            service,
            identity_tls,
            server: Some(server),
        })
    }

    /// `http://127.0.0.1:PORT`, without a version: Graph is below `/v1.0` and `/beta`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.service.port
    }

    /// Where clients sign in: `https://localhost:PORT` with
    /// [`Options::identity_tls_port`](crate::Options::identity_tls_port), otherwise
    /// [`Self::base_url`].
    pub fn identity_url(&self) -> String {
        match &self.identity_tls {
            Some(tls) => format!("https://localhost:{}", tls.port),
            None => self.base_url(),
        }
    }

    /// The PEM of the certificate authority that a client of an `https` [`Self::identity_url`] must
    /// trust.
    pub fn identity_ca_pem(&self) -> Option<&str> {
        let tls = self.identity_tls.as_ref()?;
        Some(&tls.authority_pem)
    }

    /// The last 1000 requests that arrived, except those under `/_simulator`.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.service.recorder.requests()
    }

    /// The last 10,000 events that were sent on a socket.
    pub fn events(&self) -> Vec<EmittedEvent> {
        self.service.events.all()
    }

    /// Announces a change of a drive `count` times without changing it.
    pub fn notify(&self, drive: &str, count: u32) -> Result<(), UnknownDrive> {
        if !self.service.drives.contains(drive) {
            return Err(UnknownDrive(drive.to_owned()));
        }
        self.service.announcer.announce(drive, count);
        Ok(())
    }

    /// How the delta queries of a drive treat its changes. What counts down has done so.
    pub fn delta(&self, drive: &str) -> Result<DeltaQuirks, UnknownDrive> {
        Ok(lock(self.drive(drive)?).quirks())
    }

    /// Changes how the delta queries of a drive treat its changes. The lags apply to the changes
    /// that are still hidden, too: without a lag, these are visible at once.
    pub fn set_delta(
        &self,
        drive: &str,
        change: impl FnOnce(&mut DeltaQuirks),
    ) -> Result<(), UnknownDrive> {
        let mut drive = lock(self.drive(drive)?);
        let mut quirks = drive.quirks();
        change(&mut quirks);
        drive.set_quirks(quirks);
        Ok(())
    }

    /// Lets an item come in delta queries although it did not change, and returns its id. Nothing
    /// announces that. The path starts below the drive's root: `/folder/file`.
    pub fn touch(&self, drive: &str, path: &str) -> Result<String, UnknownItem> {
        self.service.come_unchanged(drive, path)
    }

    /// Deletes an item and makes it again, with everything below it. Returns its new id.
    pub fn recreate(&self, drive: &str, path: &str) -> Result<String, UnknownItem> {
        self.service.recreate(drive, path)
    }

    /// Sets whether every token counts as one with application permissions.
    pub fn set_app_only(&self, app_only: bool) {
        self.service.app_only.store(app_only, Ordering::Relaxed);
    }

    fn drive(&self, id: &str) -> Result<&Mutex<Drive>, UnknownDrive> {
        let drive = self.service.drives.get(id);
        drive.ok_or_else(|| UnknownDrive(id.to_owned()))
    }

    /// Makes everything that was issued this much older: notification URLs, access tokens, device
    /// codes and delta tokens expire sooner. What is issued afterwards has its usual lifetime.
    /// Clients keep their own time.
    pub fn advance(&self, by: Duration) {
        self.service.advance(by);
    }

    /// The sockets in the notification namespace, the first one first.
    pub fn sessions(&self) -> Vec<Session> {
        self.service.sockets.sessions()
    }

    /// How many sockets are in the notification namespace.
    pub fn connected(&self) -> usize {
        self.service.sockets.connected()
    }

    /// Sets a fault. It acts on the existing connections at once.
    pub fn fault(&self, fault: impl Into<Fault>) -> Result<FaultId, InvalidFault> {
        let (id, _) = self.service.set_fault(fault.into())?;
        Ok(id)
    }

    /// The faults that are set.
    pub fn faults(&self) -> Vec<FaultStatus> {
        self.service.injector.list()
    }

    /// Releases a fault: bytes that it held are delivered. False if no fault has this id.
    pub fn release(&self, id: FaultId) -> bool {
        self.service.injector.release(id)
    }

    /// Releases all faults. Returns how many there were.
    pub fn release_all(&self) -> usize {
        self.service.injector.release_all()
    }

    /// Closes the sockets in order, then every connection and the port.
    pub async fn shutdown(mut self) {
        self.service.stop.cancel();
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

/// Stops the injector also if the task is aborted, for example with its runtime.
struct StopOnDrop(Arc<FaultInjector>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.service.stop.cancel();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("port", &self.port())
            .finish_non_exhaustive()
    }
}

/// The error for a drive that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDrive(String);

impl fmt::Display for UnknownDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no drive has the id {:?}", self.0)
    }
}

impl std::error::Error for UnknownDrive {}
