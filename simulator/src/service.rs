//! The state of a running simulator, which request handlers share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::access::Access;
use crate::advance::Advance;
use crate::drives::Drives;
use crate::editor::Editor;
use crate::fault::{Action, Fault, FaultId, InvalidFault};
use crate::identity::{self, Identity};
use crate::injection::FaultInjector;
use crate::notifications::{Announcer, EventLog, Sockets, Subscriptions};
use crate::options::Options;
use crate::recorder::Recorder;
use crate::watch_log::WatchLog;

pub(crate) struct Service {
    pub(crate) options: Options,
    pub(crate) port: u16,
    /// Identifies this run of the simulator in delta tokens.
    pub(crate) run: u64,
    pub(crate) access: Access,
    /// Whether every token counts as one with application permissions.
    pub(crate) app_only: AtomicBool,
    pub(crate) identity: Identity,
    pub(crate) drives: Drives,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) announcer: Announcer,
    pub(crate) events: EventLog,
    pub(crate) recorder: Recorder,
    pub(crate) editor: Editor,
    pub(crate) watch_log: WatchLog,
    pub(crate) injector: Arc<FaultInjector>,
    /// For a caller that sets a fault from a thread without a runtime.
    runtime: Handle,
    pub(crate) stop: CancellationToken,
    pub(crate) advance: Arc<Advance>,
}

impl Service {
    pub(crate) fn new(options: Options, port: u16, drives: Drives) -> Arc<Self> {
        let sockets = Arc::<Sockets>::default();
        let stop = CancellationToken::new();
        let advance = Arc::<Advance>::default();
        Arc::new(Self {
            port,
            run: Uuid::new_v4().as_u64_pair().0,
            access: Access::new(
                &options.tokens,
                &options.users,
                identity::accounts(&options).map(|(_, drive)| drive),
            ),
            app_only: AtomicBool::new(options.app_only),
            identity: Identity::new(&options, Arc::clone(&advance)),
            drives,
            subscriptions: Subscriptions::default(),
            announcer: Announcer {
                sockets: Arc::clone(&sockets),
                latency: options.latency,
                duplicate: options.duplicate,
                stop: stop.clone(),
            },
            sockets,
            events: EventLog::new(),
            recorder: Recorder::new(),
            editor: Editor::default(),
            watch_log: WatchLog::default(),
            injector: FaultInjector::new(options.endpoint_shape.namespace(), options.random_seed),
            runtime: Handle::current(),
            stop,
            advance,
            options,
        })
    }

    /// Sets a fault. Returns its id, and how many connections or URLs it acted on at once.
    pub(crate) fn set_fault(
        self: &Arc<Self>,
        fault: Fault,
    ) -> Result<(FaultId, u64), InvalidFault> {
        fault.check()?;
        if let Some(drive) = &fault.drive
            && !self.drives.contains(drive)
        {
            let reason = format!("no drive has the id {drive:?}");
            return Err(InvalidFault::new("drive", reason));
        }
        let duration = fault.for_ms.map(Duration::from_millis);
        let (id, acted, released) = self.injector.set(fault, |fault| self.expire(fault))?;
        if let Some(duration) = duration {
            let service = Arc::clone(self);
            self.runtime.spawn(async move {
                tokio::select! {
                    () = service.stop.cancelled() => {}
                    () = released.cancelled() => {}
                    () = tokio::time::sleep(duration) => {
                        service.injector.release(id);
                    }
                }
            });
        }
        Ok((id, acted))
    }

    /// Makes everything that was issued older, so that it expires sooner.
    pub(crate) fn advance(&self, by: Duration) {
        self.advance.by(by);
        self.identity.age_device_codes(by);
        self.subscriptions.age(by);
    }

    /// Makes the issued URLs that match a fault expire. Returns how many.
    fn expire(&self, fault: &Fault) -> u64 {
        let Action::Expire { ms, then, .. } = fault.action else {
            return 0;
        };
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let count = self.subscriptions.expire(
            fault.drive.as_deref(),
            Duration::from_millis(ms),
            then,
            size(fault.skip),
            fault.times.map_or(usize::MAX, size),
        );
        count as u64
    }
}
