//! Refusals that look permanent and pass: the faults of the README that play them.

use std::time::{Duration, Instant};

use drivebell_simulator::{Fault, Simulator};

use crate::support::{DEADLINE, builder, call, endpoint, request_endpoint, start};

const ME: &str = "/me/drive/root";
const DELTA: &str = "/v1.0/me/drive/root/delta";

fn set(simulator: &Simulator, fault: &str) {
    let fault: Fault = fault.parse().expect("valid");
    simulator.fault(fault).expect("valid");
}

async fn statuses(seed: u64) -> (Vec<u16>, Vec<u16>) {
    let simulator = builder().random_seed(seed).start().await.expect("starts");
    set(&simulator, "answer=404,share=0.3,on=delta");
    set(&simulator, "answer=404,share=0.3,on=endpoint");
    let (mut delta, mut endpoint) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        delta.push(call(&simulator, "GET", DELTA, None).await.status);
        endpoint.push(request_endpoint(&simulator, ME).await.status);
    }
    let refused = |statuses: &[u16]| statuses.iter().filter(|status| **status == 404).count();
    for (number, statuses) in [&delta, &endpoint].into_iter().enumerate() {
        let acted = simulator.faults()[number].acted;
        assert_eq!(refused(statuses) as u64, acted);
        assert!((5..35).contains(&acted), "{statuses:?}");
    }
    (delta, endpoint)
}

#[tokio::test]
async fn not_found_for_a_share_of_the_calls() {
    let (delta, endpoint) = statuses(1).await;
    assert_ne!(delta, endpoint);
    assert_eq!(statuses(1).await, (delta.clone(), endpoint));
    assert_ne!(statuses(2).await.0, delta);
}

#[tokio::test]
async fn a_share_counts_after_what_is_skipped() {
    let simulator = start().await;
    set(&simulator, "answer=404,share=1,on=delta,skip=2,times=1");
    for status in [200, 200, 404, 200] {
        assert_eq!(call(&simulator, "GET", DELTA, None).await.status, status);
    }
}

#[tokio::test]
async fn denied_and_then_well() {
    for (fault, status, code) in [
        ("answer=403,on=endpoint,forMs=100", 403, "accessDenied"),
        (
            "answer=403,code=serviceReadOnly,on=endpoint,forMs=100",
            403,
            "serviceReadOnly",
        ),
        (
            "answer=400,code=invalidRequest,message=ObjectHandle is Invalid,on=endpoint,forMs=100",
            400,
            "invalidRequest",
        ),
    ] {
        let simulator = start().await;
        set(&simulator, fault);
        let refused = request_endpoint(&simulator, ME).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code));
        if status == 400 {
            let message = &refused.json()["error"]["message"];
            assert_eq!(message, "ObjectHandle is Invalid");
        }
        let started = Instant::now();
        while request_endpoint(&simulator, ME).await.status != 200 {
            assert!(started.elapsed() < DEADLINE);
        }
        endpoint(&simulator, ME).await;
    }
}

#[tokio::test]
async fn the_head_of_a_response_stalls() {
    for fault in [
        "delay=300,on=delta,times=1",
        "hold=toClient,on=delta,times=1,forMs=300",
    ] {
        let simulator = start().await;
        set(&simulator, fault);
        let started = Instant::now();
        let stalled = call(&simulator, "GET", DELTA, None).await;
        assert_eq!(stalled.status, 200);
        assert!(started.elapsed() >= Duration::from_millis(290), "{fault}");
        // It arrived, and was recorded, before the response.
        assert_eq!(simulator.requests().len(), 1);
    }
}
