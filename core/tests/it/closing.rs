//! Closing a client, with everything that it has opened.
//!
//! On the simulator unless a case says otherwise.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use drivebell::{Client, Credential, ErrorKind, Resource, SessionState, Since};
use drivebell_simulator::Simulator;
use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::support::graph::{self, NAMESPACE, TOKEN, builder};
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{CLOSE, close_frame};
use crate::support::watched::{fault, name, persistent, simulator};
use crate::support::{until, within};

const KIM: &str = "token-of-kim";

fn credential(token: &str) -> Credential {
    Credential::token(token).unwrap()
}

fn client(simulator: &Simulator) -> Client {
    persistent(simulator.base_url()).build().unwrap()
}

fn team() -> Resource {
    Resource::drive("b!team").unwrap()
}

#[tokio::test]
async fn calls_under_way_fail_at_once() {
    // A scripted server, which does not answer.
    let server = RawServer::start().await;
    let client = graph::client(server.base_url());
    let mine = Resource::my_drive();
    let close = async {
        let _unanswered = [server.request().await, server.request().await];
        client.start_close();
        std::future::pending::<()>().await;
    };
    within(async {
        tokio::select! {
            (endpoint, subscription) = async {
                tokio::join!(client.endpoint(&mine), client.subscribe(&mine))
            } => {
                for error in [endpoint.unwrap_err(), subscription.unwrap_err()] {
                    assert_eq!(error.kind(), ErrorKind::State);
                    assert_eq!(error.message(), "this client is closed; make a new one");
                }
            }
            () = close => {}
        }
    })
    .await;
    within(client.close()).await;
}

#[tokio::test]
async fn later_calls_fail_without_a_request() {
    let simulator = simulator().start().await.unwrap();
    let (client, other) = (client(&simulator), client(&simulator));
    let mine = Resource::my_drive();
    assert!(!client.is_closed());
    within(client.close()).await;
    assert!(client.is_closed());

    let set = other.subscribe_all([]);
    let errors = [
        within(client.endpoint(&mine)).await.unwrap_err(),
        within(client.subscribe(&mine)).await.unwrap_err(),
        client.changes(&mine, &Since::Start).unwrap_err(),
        set.members().add_for(&client, &mine).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::State);
        assert_eq!(error.message(), "this client is closed; make a new one");
    }
    assert!(set.members().all().is_empty());
    assert!(client.with_credential(credential(KIM)).is_closed());

    // Where a call cannot fail, what it returns has ended.
    let mut subscription = client.subscribe_without_waiting(&mine);
    assert_eq!(subscription.state(), SessionState::Closed);
    let error = within(subscription.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert!(within(subscription.next()).await.is_none());
    assert!(within(subscription.closed()).await.is_err());
    assert!(!subscription.is_closed());
    within(subscription.close()).await;

    let mut closed_set = client.subscribe_all([&mine]);
    assert!(closed_set.is_closed());
    assert!(within(closed_set.next()).await.is_none());
    within(closed_set.closed()).await;
    let refused = closed_set.members().add(&mine).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::State);
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn what_it_has_opened_ends_without_an_error() {
    let simulator = simulator().seed("b!me", 10).start().await.unwrap();
    let client = client(&simulator);
    let mine = Resource::my_drive();
    let mut subscription = within(client.subscribe(&mine)).await.unwrap();
    let mut set = client.subscribe_all([&mine, &team()]);
    let mut changes = client.changes(&mine, &Since::Now).unwrap();
    within(changes.next()).await.unwrap().unwrap();
    until(async || simulator.connected() == 4).await;
    // Consumers that wait are woken.
    assert_eq!(
        name(&within(subscription.next()).await.unwrap().unwrap()),
        "connected"
    );
    for _ in 0..4 {
        within(set.next()).await.unwrap();
    }
    let consumers = async {
        tokio::join!(subscription.next(), set.next(), changes.next());
    };
    let ended = async {
        tokio::select! {
            biased;
            () = consumers => {}
            () = async {
                client.close().await;
                std::future::pending::<()>().await;
            } => {}
        }
    };
    within(ended).await;

    within(client.close()).await;
    assert_eq!(simulator.connected(), 0);
    assert!(within(subscription.next()).await.is_none());
    assert!(within(set.next()).await.is_none());
    assert!(within(changes.next()).await.is_none());
    within(subscription.closed())
        .await
        .expect("closed, not failed");
    assert!(subscription.is_closed() && changes.is_closed());
    assert!(set.members().all().is_empty());
    within(set.closed()).await;
    within(changes.close()).await;
}

#[tokio::test]
async fn waiting_events_and_batches_are_discarded() {
    let simulator = simulator().seed("b!me", 10).start().await.unwrap();
    let client = client(&simulator);
    let mine = Resource::my_drive();
    let mut subscription = within(client.subscribe(&mine)).await.unwrap();
    let mut set = client.subscribe_all([&mine]);
    let mut changes = client.changes(&mine, &Since::Start).unwrap();
    until(async || simulator.connected() == 3).await;
    simulator.notify("b!me", 3).unwrap();
    until(async || set.pending() == 5 && subscription.stats().pending == 4).await;
    // The stream has taken events out of the mailbox.
    within(subscription.next()).await.unwrap().unwrap();
    until(async || {
        let requests = simulator.requests();
        requests
            .iter()
            .any(|request| request.path.contains("delta"))
    })
    .await;
    client.start_close();
    assert!(within(subscription.next()).await.is_none());
    assert!(within(set.next()).await.is_none());
    assert!(within(changes.next()).await.is_none());
    within(client.close()).await;
}

#[tokio::test]
async fn close_waits_for_every_goodbye() {
    let server = RawServer::start().await;
    let slow = builder(server.base_url()).close_timeout(Duration::from_secs(20));
    let client = slow.build().unwrap();
    let mine = Resource::my_drive();
    let both = async { tokio::join!(client.subscribe(&mine), server.live()) };
    let (subscription, mut first) = within(both).await;
    let subscription = subscription.unwrap();
    let set = client.subscribe_all([&team()]);
    let mut second = within(server.live()).await;
    until(async || set.members().stats().live == 1).await;

    let closes = [client.clone(), client.clone()].map(|client| {
        tokio::spawn(async move {
            client.close().await;
        })
    });
    for socket in [&mut first, &mut second] {
        within(socket.expect(&format!("41{NAMESPACE},"))).await;
        let frame = within(socket.receive()).await.unwrap();
        assert_eq!(frame.opcode, CLOSE);
    }
    first.send_raw(&close_frame(1000, "")).await;
    first.finish().await;
    within(subscription.closed()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(closes.iter().all(|close| !close.is_finished()));
    second.send_raw(&close_frame(1000, "")).await;
    second.finish().await;
    for close in closes {
        within(close).await.unwrap();
    }
    within(set.closed()).await;
}

#[tokio::test]
async fn clones_are_one_client_and_other_users_stay_open() {
    let simulator = simulator().token(KIM).start().await.unwrap();
    let alex = client(&simulator);
    let clone = alex.clone();
    let kim = alex.with_credential(credential(KIM));
    let mine = Resource::my_drive();
    let of_alex = within(clone.subscribe(&mine)).await.unwrap();
    let mut of_kim = within(kim.subscribe(&mine)).await.unwrap();
    within(alex.close()).await;
    assert!(clone.is_closed());
    assert_eq!(of_alex.state(), SessionState::Closed);

    assert!(!kim.is_closed());
    within(kim.endpoint(&mine)).await.unwrap();
    assert_eq!(simulator.connected(), 1);
    simulator.notify("b!me", 1).unwrap();
    for expected in ["connected", "changed"] {
        assert_eq!(
            name(&within(of_kim.next()).await.unwrap().unwrap()),
            expected
        );
    }
    within(kim.close()).await;
    assert_eq!(simulator.connected(), 0);
}

#[tokio::test]
async fn its_members_are_removed_from_the_sets_of_other_clients() {
    let simulator = simulator().token(KIM).start().await.unwrap();
    let alex = client(&simulator);
    let kim = alex.with_credential(credential(KIM));
    let mine = Resource::my_drive();
    let mut set = alex.subscribe_all([&mine]);
    let members = set.members().clone();
    members.add_for(&kim, &mine).unwrap();
    members.add_for(&kim, &team()).unwrap();
    until(async || members.stats().live == 3).await;

    within(kim.close()).await;
    assert_eq!(simulator.connected(), 1);
    let left = members.all();
    assert_eq!(left.len(), 1);
    assert_eq!(*left[0].client(), alex);
    // The waiting events of removed members are discarded.
    simulator.notify("b!me", 1).unwrap();
    until(async || members.stats().total.notifications == 1).await;
    for expected in ["connected", "resync", "changed"] {
        let event = within(set.next()).await.unwrap();
        assert_eq!(
            (event.member.client(), name(&event.event)),
            (&alex, expected)
        );
    }
    assert!(!set.is_closed());
    within(alex.close()).await;
    assert!(set.is_closed());
}

/// The set of one client waits for the sessions of all its members, whose clients stay open.
#[tokio::test]
async fn closing_the_owner_of_a_set_closes_the_members_of_others() {
    let simulator = simulator().token(KIM).start().await.unwrap();
    let alex = client(&simulator);
    let kim = alex.with_credential(credential(KIM));
    let set = alex.subscribe_all([]);
    set.members().add_for(&kim, &team()).unwrap();
    until(async || set.members().stats().live == 1).await;
    within(alex.close()).await;
    assert_eq!(simulator.connected(), 0);
    assert!(!kim.is_closed());
    within(kim.close()).await;
}

#[tokio::test]
async fn closing_twice_or_with_nothing_open_is_harmless() {
    let simulator = simulator().start().await.unwrap();
    let client = client(&simulator);
    let subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    within(subscription.close()).await;
    within(join_all([client.close(), client.close()])).await;
    client.start_close();
    within(client.close()).await;
}

#[tokio::test]
async fn dropping_a_client_closes_nothing() {
    let simulator = simulator().start().await.unwrap();
    let client = client(&simulator);
    let mut subscription = within(client.subscribe(&Resource::my_drive()))
        .await
        .unwrap();
    drop(client);
    simulator.notify("b!me", 1).unwrap();
    for expected in ["connected", "changed"] {
        let event = within(subscription.next()).await.unwrap().unwrap();
        assert_eq!(name(&event), expected);
    }
}

/// The worker waits until its consumer takes the batch before the error.
#[tokio::test]
async fn a_stream_of_changes_whose_error_waits_is_closed_too() {
    let server = simulator()
        .seed("b!me", 100)
        .page_size(30)
        .fault(fault("answer=403,on=delta,skip=1"));
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).refusal_timeout(Duration::ZERO);
    let client = client.build().unwrap();
    let mut changes = client
        .changes(&Resource::my_drive(), &Since::Start)
        .unwrap();
    let queries = || {
        let requests = simulator.requests();
        requests
            .iter()
            .filter(|request| request.path.contains("delta"))
            .count()
    };
    until(async || queries() == 2).await;
    within(client.close()).await;
    assert!(within(changes.next()).await.is_none());
}

#[tokio::test]
async fn closed_clients_are_freed() {
    const USERS: usize = 2_000;
    let simulator = simulator().start().await.unwrap();
    let first = client(&simulator);
    let set = first.subscribe_all([]);
    let alive = Arc::new(());
    let mine = Resource::my_drive();
    let users: Vec<_> = (0..USERS)
        .map(|_| {
            let alive = Arc::clone(&alive);
            first.with_credential(Credential::from_fn(move |_| {
                let _alive = Arc::clone(&alive);
                async { Ok::<_, Infallible>(TOKEN) }
            }))
        })
        .collect();
    for user in &users {
        set.members().add_for(user, &mine).unwrap();
        drop(user.subscribe_without_waiting(&mine));
    }
    assert_eq!(set.members().len(), USERS);
    assert!(Arc::strong_count(&alive) > USERS);
    within(join_all(users.iter().map(Client::close))).await;
    assert!(set.members().is_empty());
    drop(users);
    until(async || Arc::strong_count(&alive) == 1).await;
    assert!(set.try_next().is_none());
    within(first.close()).await;
}
