//! Shared by all test files.

mod drive;
mod folder;
mod receiver;
mod run;
mod sign_in;
#[cfg(unix)]
mod terminal;

use std::path::Path;
use std::time::Duration;

use drivebell_simulator::{Builder, Fault, Simulator};
use tokio::time::timeout;

pub(crate) use drive::Drive;
pub(crate) use folder::Folder;
pub(crate) use receiver::Receiver;
pub(crate) use run::{Ended, Run, Setup};
pub(crate) use sign_in::{ACCOUNT, CLIENT_ID, Person, slow_person};
#[cfg(unix)]
pub(crate) use terminal::Terminal;

/// Occurs in no message by chance.
pub(crate) const TOKEN: &str = "bearer-s3cr3t";

/// Long enough for a busy machine. Only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// Awaits `future`, and fails at the deadline.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("done before the deadline")
}

/// Polls until `condition` is true.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

pub(crate) fn builder() -> Builder {
    // The command never asks more often.
    let interval = Duration::from_secs(1);
    Simulator::builder()
        .token(TOKEN)
        .device_code_interval(interval)
}

pub(crate) async fn start() -> Simulator {
    builder().start().await.expect("starts")
}

/// Starts a simulator with this many items in the drive `b!me`, ten on a page.
pub(crate) async fn start_with(items: u32) -> Simulator {
    let builder = builder().seed("b!me", items).page_size(10);
    builder.start().await.expect("starts")
}

/// Uploads a file to `/me/drive`.
pub(crate) async fn upload(simulator: &Simulator, name: &str) {
    let url = format!(
        "{}/v1.0/me/drive/root:/{name}:/content",
        simulator.base_url()
    );
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let request = http.put(url).bearer_auth(TOKEN).body("content");
    let response = within(request.send()).await.expect("a response");
    assert_eq!(response.status(), 201);
}

/// Waits until `ls` no longer says that items are missing from a mirror.
pub(crate) async fn wait_ready(simulator: &Simulator, file: &Path) {
    within(async {
        loop {
            let ended = Setup::bare(simulator).arg("ls").arg(file).run("").await;
            if ended.status.success() && ended.stderr.is_empty() {
                return;
            }
        }
    })
    .await;
}

/// Sets a fault, in the simulator's notation.
pub(crate) fn set_fault(simulator: &Simulator, fault: &str) {
    let fault: Fault = fault.parse().expect("a fault");
    simulator.fault(fault).expect("a valid fault");
}
