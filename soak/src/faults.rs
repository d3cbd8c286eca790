//! What goes wrong, at random.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::service::{Control, HEARTBEAT_WINDOW_MS};

/// On the connections of a drive, now.
const ENDINGS: [&str; 15] = [
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

/// On what a drive's sessions ask for next.
const OBSTACLES: [&str; 14] = [
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

/// On everything at once.
const RESTART: &str = "reset,forMs=500";

/// The drives, each with the ledgers of its subscriptions.
pub(crate) type Drives = Arc<Vec<(String, Vec<Arc<Ledger>>)>>;

/// Sets fault after fault until it is told to stop; returns how many.
pub(crate) async fn torment(
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
            0 => RESTART.to_owned(),
            1..50 => {
                let ending = ENDINGS[random.usize(0..ENDINGS.len())];
                if ending == SILENCE {
                    for ledger in ledgers {
                        ledger.fell_silent();
                    }
                }
                format!("{ending},when=now,drive={drive}")
            }
            _ => {
                let obstacle = OBSTACLES[random.usize(0..OBSTACLES.len())];
                let times = random.u32(1..8);
                format!("{obstacle},when=next,times={times},drive={drive}")
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
    // A silence that ends by being released has lost what was sent meanwhile, as no connection
    // does. It has to be noticed first.
    sleep(2 * Duration::from_millis(HEARTBEAT_WINDOW_MS)).await;
    control.release_faults().await?;
    Ok(count)
}
