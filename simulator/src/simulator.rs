//! A running simulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::builder::Builder;
use crate::fault::{Fault, InvalidFault};
use crate::injection::{FaultId, FaultStatus, Faults};
use crate::notifications::{self, EmittedEvent};
use crate::recorder::RecordedRequest;
use crate::router;
use crate::serve::serve;
use crate::service::Shared;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long sockets may take to be closed in an orderly way.
const FAREWELL: Duration = Duration::from_millis(500);

/// A running simulator. Dropping it stops it.
pub struct Simulator {
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts from the defaults.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn serve(listener: TcpListener, shared: Arc<Shared>) -> Self {
        let (router, io) = router::build(&shared);
        let stop = shared.stop.clone();
        let faults = Arc::clone(&shared.faults);
        let server = tokio::spawn(async move {
            let faults = SeverAtEnd(faults);
            serve(listener, router, stop, &faults.0).await;
            let _ = tokio::time::timeout(FAREWELL, io.close()).await;
        });
        Self {
            shared,
            server: Some(server),
        }
    }

    /// `http://127.0.0.1:PORT`, without a version: Graph is below `/v1.0` and `/beta`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.shared.port
    }

    /// The last 1000 requests that arrived, those below `/_simulator` excepted.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.recorder.all()
    }

    /// The last 10,000 events handed to a socket.
    pub fn events(&self) -> Vec<EmittedEvent> {
        self.shared.events.all()
    }

    /// Announces a change of this drive `count` times, without making one.
    pub fn notify(&self, drive: &str, count: u32) -> Result<(), UnknownDrive> {
        if !self.shared.drives.contains_key(drive) {
            return Err(UnknownDrive(drive.to_owned()));
        }
        notifications::announce(&self.shared, drive, count);
        Ok(())
    }

    /// How many sockets have joined the notification namespace and are still there.
    pub fn connected(&self) -> usize {
        self.shared.sockets.connected()
    }

    /// Sets a fault, which acts on the connections that are there at once.
    pub fn fault(&self, fault: impl Into<Fault>) -> Result<FaultId, InvalidFault> {
        let (id, _) = self.shared.set_fault(fault.into())?;
        Ok(id)
    }

    /// The faults that were set and not released.
    pub fn faults(&self) -> Vec<FaultStatus> {
        self.shared.faults.list()
    }

    /// Ends a fault: what it held is delivered. False if there is none of this id.
    pub fn release(&self, id: FaultId) -> bool {
        self.shared.faults.release(id)
    }

    /// Ends all faults; answers how many there were.
    pub fn release_all(&self) -> usize {
        self.shared.faults.release_all()
    }

    /// Closes the sockets in an orderly way, then every connection and the port.
    pub async fn shutdown(mut self) {
        self.shared.stop.cancel();
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

/// Also if the task is aborted, with its runtime for instance.
struct SeverAtEnd(Arc<Faults>);

impl Drop for SeverAtEnd {
    fn drop(&mut self) {
        self.0.sever();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("port", &self.port())
            .finish_non_exhaustive()
    }
}

/// No drive has this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownDrive(String);

impl fmt::Display for UnknownDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no drive has the id {:?}", self.0)
    }
}

impl std::error::Error for UnknownDrive {}
