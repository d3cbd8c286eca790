//! Delta queries that fail.

use drivebell_simulator::{Answer, Fault, Target};

use super::follower::{DELTA, Follower, put, truth};
use crate::support::{builder, call, start};

fn parsed(fault: &str) -> Fault {
    fault.parse().expect("valid")
}

#[tokio::test]
async fn throttled_in_the_middle_of_a_round() {
    let simulator = builder()
        .seed("b!me", 9)
        .page_size(2)
        .fault(parsed("answer=429,retryAfter=1,on=delta,skip=2,times=1"))
        .start()
        .await
        .expect("starts");
    let mut follower = Follower::new(&simulator, DELTA);
    follower.page().await;
    // Only delta queries match.
    call(&simulator, "GET", "/v1.0/me/drive/root", None).await;
    follower.page().await;
    let throttled = follower.get(&follower.link).await;
    assert_eq!(
        (throttled.status, throttled.header("retry-after")),
        (429, "1")
    );
    assert_eq!(throttled.code(), "activityLimitReached");
    follower.round().await;
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}

#[tokio::test]
async fn a_fault_causes_a_resync() {
    for code in [
        "resyncChangesApplyDifferences",
        "resyncChangesUploadDifferences",
        "resyncRequired",
    ] {
        let simulator = builder().page_size(1).start().await.expect("starts");
        put(&simulator, "a", "").await;
        let mut follower = Follower::caught_up(&simulator, &format!("{DELTA}?$top=2")).await;
        let fault = format!("answer=410,code={code},on=delta,times=1");
        simulator.fault(parsed(&fault)).expect("valid");
        let gone = follower.get(&follower.link).await;
        assert_eq!((gone.status, gone.code().as_str()), (410, code));
        let restart = gone.header("location");
        assert!(restart.starts_with(&format!("{}{DELTA}?token=", simulator.base_url())));
        follower.link = restart.to_owned();
        follower.known.clear();
        follower.pages.clear();
        follower.round().await;
        // The page size of the first request still applies.
        assert_eq!(follower.pages, [2]);
        assert_eq!(follower.known, truth(&simulator, "b!me").await);
    }
}

#[tokio::test]
async fn other_codes_and_locations() {
    let simulator = start().await;
    let elsewhere = Answer::new(410).header("location", "https://elsewhere.invalid/");
    let fault = Fault::new(elsewhere.into()).on(Target::Delta).times(1);
    simulator.fault(fault).expect("valid");
    let gone = call(&simulator, "GET", DELTA, None).await;
    assert_eq!(gone.code(), "resyncChangesApplyDifferences");
    assert_eq!(gone.header("location"), "https://elsewhere.invalid/");
    // Also if the fault acts on more than delta queries. No other request has a `Location`.
    simulator
        .fault(parsed("answer=410,on=graph,times=2"))
        .expect("valid");
    let gone = call(
        &simulator,
        "GET",
        "/v1.0/sites/contoso/lists/documents/items/delta",
        None,
    );
    let restart = gone.await.header("location").to_owned();
    assert!(restart.contains("/items/delta?token="), "{restart}");
    let gone = call(&simulator, "GET", "/v1.0/me/drive/root", None).await;
    assert!(gone.headers.get("location").is_none());
}

#[tokio::test]
async fn one_drive_only() {
    let simulator = start().await;
    let fault = parsed("answer=503,on=delta,drive=b!team");
    simulator.fault(fault).expect("valid");
    for (path, status) in [
        (DELTA, 200),
        ("/v1.0/groups/team/drive/root/delta", 503),
        ("/v1.0/sites/contoso/lists/documents/items/delta", 503),
        ("/v1.0/groups/team/drive/root", 200),
    ] {
        assert_eq!(
            call(&simulator, "GET", path, None).await.status,
            status,
            "{path}"
        );
    }
}
