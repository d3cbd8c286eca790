//! What the topics share.

mod folder;
mod run;

use std::time::Duration;

use drivebell_simulator::{Builder, Fault, Simulator};
use tokio::time::timeout;

pub(crate) use folder::Folder;
pub(crate) use run::{Ended, Run, Setup};

/// Stands in no text that could be shown by chance.
pub(crate) const TOKEN: &str = "bearer-s3cr3t";

/// Long enough for a busy machine; nothing waits for it unless it fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a test waits for, which must come about.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(DEADLINE, future)
        .await
        .expect("it comes about before the deadline")
}

/// Waits for a state that announces itself by nothing.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

pub(crate) fn builder() -> Builder {
    Simulator::builder().token(TOKEN)
}

pub(crate) async fn start() -> Simulator {
    builder().start().await.expect("starts")
}

/// One with so many items in `b!me`, ten on a page.
pub(crate) async fn start_with(items: u32) -> Simulator {
    let builder = builder().seed("b!me", items).page_size(10);
    builder.start().await.expect("starts")
}

/// Puts a file into the drive that `/me/drive` is.
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
    let answer = within(request.send()).await.expect("an answer");
    assert_eq!(answer.status(), 201);
}

/// From now on, what this fault says goes wrong.
pub(crate) fn suffer(simulator: &Simulator, fault: &str) {
    let fault: Fault = fault.parse().expect("a fault");
    simulator.fault(fault).expect("a fault that can be");
}
