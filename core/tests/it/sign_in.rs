//! Credentials that fail, that take long, and that ask a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use drivebell::{
    AccessToken, BoxError, Client, Credential, ErrorKind, Event, Lifecycle, Resource, SessionState,
    SignInRequired, Since, TokenRequest,
};
use drivebell_simulator::Simulator;
use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::support::graph::TOKEN;
use crate::support::watched::{name, persistent, simulator};
use crate::support::{until, within};

const HOUR: Duration = Duration::from_secs(3600);

fn token() -> AccessToken {
    AccessToken::new(TOKEN).with_expiry(SystemTime::now() + HOUR)
}

/// A person whom a credential asks: counts how often, and comes when told to.
#[derive(Default)]
struct Person {
    asked: AtomicUsize,
    comes: Notify,
}

impl Person {
    fn credential(self: &Arc<Self>) -> Credential {
        let person = Arc::clone(self);
        Credential::from_fn(move |request: TokenRequest| {
            let person = Arc::clone(&person);
            async move {
                request.signing_in();
                person.asked.fetch_add(1, Ordering::SeqCst);
                person.comes.notified().await;
                Ok::<_, BoxError>(token())
            }
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Fails this often before it gives a token.
fn failing(times: usize, fail: fn() -> BoxError) -> Credential {
    let calls = AtomicUsize::new(0);
    Credential::from_fn(move |_| {
        let works = calls.fetch_add(1, Ordering::SeqCst) >= times;
        async move { if works { Ok(token()) } else { Err(fail()) } }
    })
}

fn client(simulator: &Simulator, credential: Credential) -> Client {
    let client = persistent(simulator.base_url()).build().unwrap();
    client.with_credential(credential)
}

#[tokio::test]
async fn an_outage_of_the_credential_ends_nothing() {
    let simulator = simulator().start().await.unwrap();
    let outage = || "the login host does not resolve".into();
    let mine = Resource::my_drive();

    let client_of_sub = client(&simulator, failing(4, outage));
    let mut sub = client_of_sub.subscribe_without_waiting(&mine);
    let mut names = Vec::new();
    while names.last() != Some(&"resync") {
        names.push(name(&within(sub.next()).await.unwrap().unwrap()));
    }
    let failed = ["unavailable"; 4];
    assert_eq!(names, [&failed[..], &["connected", "resync"]].concat());

    let client = client(&simulator, failing(4, outage));
    let mut changes = client.changes(&mine, &Since::Start).unwrap();
    assert!(within(changes.next()).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_refusal_ends_what_was_never_live() {
    let simulator = simulator().start().await.unwrap();
    let mine = Resource::my_drive();
    let client = client(
        &simulator,
        failing(usize::MAX, || SignInRequired::new("run login").into()),
    );
    for error in [
        within(client.endpoint(&mine)).await.unwrap_err(),
        within(client.subscribe(&mine)).await.unwrap_err(),
        within(client.sign_in()).await.unwrap_err(),
        within(client.changes(&mine, &Since::Start).unwrap().next())
            .await
            .unwrap()
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("run login"), "{error}");
        assert!(error.cause().unwrap().is::<SignInRequired>());
        assert!(!error.retryable());
    }
}

#[tokio::test]
async fn a_person_is_asked_once_whatever_waits() {
    let simulator = simulator().drive("b!1").drive("b!2").start().await.unwrap();
    let person = Arc::new(Person::default());
    let client = client(&simulator, person.credential());
    let resources = ["b!me", "b!team", "b!1", "b!2"].map(|id| Resource::drive(id).unwrap());
    let mut set = client.subscribe_all(&resources);
    let mut changes = client
        .changes(&Resource::my_drive(), &Since::Start)
        .unwrap();

    let mut signing_in = 0;
    while signing_in < resources.len() {
        let event = within(set.next()).await.unwrap();
        assert_eq!(name(&event.event), "signing_in");
        assert_eq!(event.member.state(), SessionState::SigningIn);
        signing_in += 1;
    }
    person.comes.notify_one();
    let mut live = 0;
    while live < resources.len() {
        let event = within(set.next()).await.unwrap();
        assert_ne!(name(&event.event), "signing_in");
        live += usize::from(name(&event.event) == "connected");
    }
    assert!(within(changes.next()).await.unwrap().is_ok());
    assert_eq!(person.asked(), 1);
}

#[tokio::test]
async fn subscribing_waits_for_the_person() {
    let simulator = simulator().start().await.unwrap();
    let person = Arc::new(Person::default());
    // The time of the start, and of the credential, is over long before the person comes.
    let client = persistent(simulator.base_url())
        .start_timeout(Duration::from_millis(1))
        .credential_timeout(Duration::from_millis(1))
        .build()
        .unwrap()
        .with_credential(person.credential());
    let mine = Resource::my_drive();
    let comes = async {
        until(async || person.asked() == 1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        person.comes.notify_one();
    };
    let (sub, ()) = within(async { tokio::join!(client.subscribe(&mine), comes) }).await;
    assert_eq!(sub.unwrap().state(), SessionState::Live);
    assert_eq!(person.asked(), 1);
}

#[tokio::test]
async fn somebody_who_did_not_come_is_asked_again_by_sign_in_only() {
    let simulator = simulator().start().await.unwrap();
    let person = Arc::new(Person::default());
    let client = persistent(simulator.base_url())
        .sign_in_timeout(Duration::from_millis(50))
        .credential_timeout(Duration::from_millis(50))
        .build()
        .unwrap()
        .with_credential(person.credential());
    let mine = Resource::my_drive();
    for _ in 0..3 {
        let error = within(client.subscribe(&mine)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("sign_in"), "{error}");
    }
    assert_eq!(person.asked(), 1);
    person.comes.notify_one();
    within(client.sign_in()).await.unwrap();
    within(client.subscribe(&mine)).await.unwrap();
    assert_eq!(person.asked(), 2);
}

#[tokio::test]
async fn closing_a_client_stops_its_credential_and_forgets_it() {
    let simulator = simulator().start().await.unwrap();
    let person = Arc::new(Person::default());
    let client = client(&simulator, person.credential());
    let mut sub = client.subscribe_without_waiting(&Resource::my_drive());
    let event = within(sub.next()).await.unwrap().unwrap();
    assert!(matches!(
        event,
        Event::Lifecycle {
            change: Lifecycle::SigningIn,
            ..
        }
    ));
    assert!(Arc::strong_count(&person) > 1);
    within(client.close()).await;
    until(async || Arc::strong_count(&person) == 1).await;
    let error = within(client.sign_in()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
}
