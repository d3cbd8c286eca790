//! Sets a fault in a running simulator.

use std::sync::Arc;
use std::time::Duration;

use crate::fault::{Action, Fault, InvalidFault};
use crate::injection::FaultId;
use crate::service::Shared;

impl Shared {
    /// Answers with the id, and on how many connections or URLs the fault acted at once.
    pub(crate) fn set_fault(
        self: &Arc<Self>,
        fault: Fault,
    ) -> Result<(FaultId, u64), InvalidFault> {
        fault.check()?;
        if let Some(drive) = &fault.drive
            && !self.drives.contains_key(drive)
        {
            let reason = format!("no drive has the id {drive:?}");
            return Err(InvalidFault::new("drive", reason));
        }
        let lasting = fault.for_ms.map(Duration::from_millis);
        let (id, acted, released) = self.faults.set(fault, |fault| self.expire(fault))?;
        if let Some(lasting) = lasting {
            let shared = Arc::clone(self);
            self.runtime.spawn(async move {
                tokio::select! {
                    () = shared.stop.cancelled() => {}
                    () = released.cancelled() => {}
                    () = tokio::time::sleep(lasting) => {
                        shared.faults.release(id);
                    }
                }
            });
        }
        Ok((id, acted))
    }

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
