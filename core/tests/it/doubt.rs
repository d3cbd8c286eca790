//! A first 403 or 404 of Graph, which need not be true.

use std::time::Duration;

use drivebell::{Client, ErrorKind, Resource, Since};
use futures_util::StreamExt;

use crate::support::mirror::quick;
use crate::support::watched::{fault, persistent, simulator};
use crate::support::within;

fn doubtful(base_url: String) -> Client {
    persistent(base_url)
        .retry_timeout(Duration::from_secs(10))
        .first_refusal_timeout(Duration::from_millis(200))
        .build()
        .unwrap()
}

#[tokio::test]
async fn two_refusals_are_survived() {
    for answer in ["answer=404", "answer=403"] {
        let simulator = simulator().seed("b!me", 3).start().await.unwrap();
        let client = doubtful(simulator.base_url());
        let resource = Resource::my_drive();
        let refuse = |what: &str| {
            let text = format!("{answer},on={what},times=2");
            simulator.fault(fault(&text)).unwrap();
        };
        refuse("endpoint");
        within(client.endpoint(&resource)).await.unwrap();
        refuse("endpoint");
        let subscription = within(client.subscribe(&resource)).await.unwrap();
        drop(subscription);
        refuse("delta");
        let mut changes = client
            .changes_with(&resource, &Since::Start, &quick())
            .unwrap();
        within(changes.next()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_lasting_refusal_is_believed_after_three_answers() {
    let refused = "answer=404,on=graph";
    let simulator = simulator().fault(fault(refused)).start().await.unwrap();
    let client = doubtful(simulator.base_url());
    let resource = Resource::my_drive();
    let asked = |part: &str| {
        let requests = simulator.requests();
        requests.iter().filter(|it| it.path.contains(part)).count()
    };
    let error = within(client.endpoint(&resource)).await.unwrap_err();
    assert_eq!((error.kind(), asked("socketIo")), (ErrorKind::NotFound, 3));
    let error = within(client.subscribe(&resource)).await.unwrap_err();
    assert_eq!((error.kind(), asked("socketIo")), (ErrorKind::NotFound, 6));
    let mut changes = client.changes(&resource, &Since::Start).unwrap();
    let error = within(changes.next()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), asked("delta")), (ErrorKind::NotFound, 3));
}

/// A site that is maintained, and a failure inside SharePoint, end nothing, however long they last.
#[tokio::test]
async fn an_outage_that_looks_like_a_refusal_ends_nothing() {
    for answer in [
        "answer=403,code=serviceReadOnly",
        "answer=400,code=invalidRequest,message=ObjectHandle is Invalid",
    ] {
        let server = simulator()
            .seed("b!me", 3)
            .fault(fault(&format!("{answer},on=graph,times=12")));
        let simulator = server.start().await.unwrap();
        let client = persistent(simulator.base_url())
            .refusal_timeout(Duration::ZERO)
            .build()
            .unwrap();
        let resource = Resource::my_drive();
        let mut changes = client
            .changes_with(&resource, &Since::Start, &quick())
            .unwrap();
        within(changes.next()).await.unwrap().unwrap();
        within(client.subscribe_without_waiting(&resource).next())
            .await
            .unwrap()
            .unwrap();
    }
}
