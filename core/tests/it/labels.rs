//! The label of a client is in its errors, its events and its log records.

use drivebell::{Credential, ErrorKind, Event, Lifecycle, Resource, Since};
use futures_util::StreamExt;

use crate::support::graph::{TOKEN, builder};
use crate::support::log;
use crate::support::watched::{fault, persistent, simulator};
use crate::support::within;

#[tokio::test]
async fn every_error_of_a_client_has_its_label() {
    let simulator = simulator().start().await.unwrap();
    let alex = builder(simulator.base_url()).label("alex").build().unwrap();
    assert_eq!(alex.label(), Some("alex"));
    assert!(format!("{alex:?}").contains("alex"));
    let drive = Resource::my_drive();
    let missing = Resource::drive("b!missing").unwrap();

    let refused = within(alex.endpoint(&missing)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    let subscription = within(alex.subscribe(&missing)).await.unwrap_err();
    let mut changes = alex.changes(&missing, &Since::Start).unwrap();
    assert_eq!(changes.label(), Some("alex"));
    let ended = within(changes.next()).await.unwrap().unwrap_err();
    let unreadable = Credential::from_fn(|_| async { Err::<String, _>("out of order") });
    let broken = alex.with_credential(unreadable);
    let credential = within(broken.endpoint(&drive)).await.unwrap_err();
    assert_eq!(credential.kind(), ErrorKind::Authentication);
    within(alex.close()).await;
    let closed = within(alex.endpoint(&drive)).await.unwrap_err();
    for error in [refused, subscription, ended, credential, closed] {
        assert_eq!(error.label(), Some("alex"), "{error:?}");
        assert!(error.to_string().starts_with("[alex] "), "{error}");
        assert_eq!(error.to_string().matches("alex").count(), 1, "{error}");
    }

    // It is not the client that is wrong.
    let error = alex.with_credential_and_label(Credential::token(TOKEN).unwrap(), "");
    let error = error.unwrap_err();
    assert_eq!((error.label(), error.argument()), (None, Some("label")));
}

#[tokio::test]
async fn another_user_has_the_same_label_or_its_own() {
    log::start();
    let simulator = simulator().start().await.unwrap();
    let alex = persistent(simulator.base_url())
        .label("alex")
        .build()
        .unwrap();
    let credential = || Credential::token(TOKEN).unwrap();
    assert_eq!(alex.with_credential(credential()).label(), Some("alex"));
    let kim = alex.with_credential_and_label(credential(), "kim").unwrap();
    assert_eq!((alex.label(), kim.label()), (Some("alex"), Some("kim")));

    simulator.fault(fault("answer=503,times=1")).unwrap();
    let mut subscription = kim.subscribe_without_waiting(&Resource::my_drive());
    assert_eq!(subscription.label(), Some("kim"));
    let event = within(subscription.next()).await.unwrap().unwrap();
    let Event::Lifecycle {
        change: Lifecycle::Unavailable { error, .. },
        ..
    } = event
    else {
        panic!("{event:?}")
    };
    assert_eq!(error.label(), Some("kim"));
    within(subscription.close()).await;
    let records = log::records_of_this_thread();
    let labels: Vec<_> = records.iter().map(log::label_of).collect();
    assert!(
        labels.contains(&Some("kim")) && !labels.contains(&Some("alex")),
        "{records:?}"
    );
}
