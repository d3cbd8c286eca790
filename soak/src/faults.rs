//! Random faults.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::service::{Control, HEARTBEAT_WINDOW_MS};

/// Faults of a drive's open connections.
const CONNECTION_FAULTS: [&str; 15] = [
    "disconnect",
    "engineClose",
    "close=1000",
    "close=1001",
    "close=1011",
    "cut,on=socket",
    "reset,on=socket",
    "serverDisconnect=moving",
    "text=9",
    "frame=1,size=2000000",
    "delay=50,on=socket,forMs=2000",
    "split=20,on=socket,forMs=2000",
    "hold=toClient,on=socket,forMs=3000",
    "expire=100,then=drop,announced=false",
    SILENCE,
];

const SILENCE: &str = "silence,on=socket";

/// Faults of the next attempts to connect to a drive.
const CONNECT_FAULTS: [&str; 14] = [
    "answer=503,on=socket",
    "answer=401,on=socket",
    "answer=403,on=socket",
    "refuseNamespace",
    "refuseNamespace=null",
    "ignoreJoin",
    "cut,on=socket,after=upgrade",
    "hold=toClient,on=socket,after=upgrade,forMs=4000",
    "answer=400,on=endpoint",
    "answer=500,on=endpoint",
    "answer=403,on=endpoint",
    "answer=404,on=endpoint",
    "answer=503,retryAfter=1,on=endpoint",
    "reset,on=endpoint",
];

/// Ends all connections, and refuses new ones for a while.
const SERVER_RESTART: &str = "reset,forMs=500";

/// The drives, each with the ledgers of its subscriptions.
pub(crate) type Drives = Arc<Vec<(String, Vec<Arc<Ledger>>)>>;

/// Injects one fault after the other until `stop`, and returns their number.
pub(crate) async fn inject_faults(
    control: Control,
    drives: Drives,
    seed: u64,
    mut stop: watch::Receiver<bool>,
) -> Result<u64, String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut count = 0;
    while !*stop.borrow() {
        let (drive, ledgers) = &drives[random.usize(0..drives.len())];
        let fault = match random.u32(0..100) {
            0 => SERVER_RESTART.to_owned(),
            1..50 => {
                let fault = CONNECTION_FAULTS[random.usize(0..CONNECTION_FAULTS.len())];
                if fault == SILENCE {
                    for ledger in ledgers {
                        ledger.silence_begins();
                    }
                }
                format!("{fault},when=now,drive={drive}")
            }
            _ => {
                let fault = CONNECT_FAULTS[random.usize(0..CONNECT_FAULTS.len())];
                let times = random.u32(1..8);
                format!("{fault},when=next,times={times},drive={drive}")
            }
        };
        control.fault(&fault).await?;
        count += 1;
        let pause = sleep(Duration::from_millis(random.u64(50..400)));
        tokio::select! {
            () = pause => {}
            _ = stop.changed() => {}
        }
    }
    // A connection that is released from silence continues without the data sent meanwhile, which
    // no real one does. So wait until the sessions have noticed the last silence.
    sleep(2 * Duration::from_millis(HEARTBEAT_WINDOW_MS)).await;
    control.release_faults().await?;
    Ok(count)
}
