//! Many subscriptions in one stream, of one user and of several.
//!
//! Some tests use scripted bytes, which show what each connection receives.

use std::collections::HashMap;
use std::time::Duration;

use drivebell::{
    Client, Credential, Error, ErrorKind, Event, Lifecycle, Member, Resource, SessionState,
    SetEvent, SubscriptionSet,
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use crate::support::graph::{self, TOKEN};
use crate::support::raw_server::RawServer;
use crate::support::service::{Server, Service, on_both_servers};
use crate::support::watched::{name, persistent};
use crate::support::{until, within};

const ALEX: (&str, &str) = ("token-of-alex", "b!alex");
const KIM: (&str, &str) = ("token-of-kim", "b!kim");

fn credential(token: &str) -> Credential {
    Credential::token(token).unwrap()
}

fn drive(id: &str) -> Resource {
    Resource::drive(id).unwrap()
}

fn client(service: &Service) -> Client {
    persistent(service.base_url()).build().unwrap()
}

async fn next(set: &mut SubscriptionSet) -> SetEvent {
    within(set.next()).await.expect("the set is open")
}

/// Reads until each member is live and has its first resync.
async fn live(set: &mut SubscriptionSet, members: usize) {
    let mut received: HashMap<Member, Vec<&'static str>> = HashMap::new();
    let ready = |received: &HashMap<Member, Vec<_>>| {
        let ready = received
            .values()
            .filter(|names| *names == &["connected", "resync"]);
        ready.count() == members
    };
    while !ready(&received) {
        let SetEvent { member, event, .. } = next(set).await;
        received.entry(member).or_default().push(name(&event));
    }
}

on_both_servers!(each_of_two_users_is_notified_of_their_own_drive);

async fn each_of_two_users_is_notified_of_their_own_drive(server: Server) {
    let service = server.accepting(TOKEN).user(ALEX).user(KIM).start().await;
    let alex = client(&service).with_credential(credential(ALEX.0));
    let kim = alex.with_credential(credential(KIM.0));
    assert_ne!(alex, kim);
    assert_eq!(alex, alex.clone());
    let mine = Resource::my_drive();
    let mut set = alex.subscribe_all([&mine]);
    let of_kim = set.members().add_for(&kim, &mine).unwrap();
    live(&mut set, 2).await;

    service.notify(KIM.1, 1).await;
    let notified = next(&mut set).await;
    assert_eq!(
        (&notified.member, name(&notified.event)),
        (&of_kim, "changed")
    );
    assert_eq!(*notified.member.client(), kim);
    service.notify(ALEX.1, 1).await;
    let notified = next(&mut set).await;
    assert_eq!(*notified.member.client(), alex);
    assert_eq!(*notified.member.resource(), mine);

    // A user cannot watch the drive of another.
    let refused = within(kim.subscribe(&drive(ALEX.1))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AccessDenied);
    within(set.close()).await;
}

on_both_servers!(a_refused_member_ends_alone);

async fn a_refused_member_ends_alone(server: Server) {
    let service = server.start().await;
    let client = client(&service);
    let (good, gone) = (drive("b!team"), drive("b!gone"));
    let mut set = client.subscribe_all([&gone, &good]);
    let mut names = Vec::new();
    while names.len() < 3 {
        let SetEvent { member, event, .. } = next(&mut set).await;
        if let Event::Lifecycle {
            change: Lifecycle::Ended { error },
            ..
        } = &event
        {
            assert_eq!(*member.resource(), gone);
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert_eq!(member.state(), SessionState::Closed);
            names.push("ended");
        } else {
            assert_eq!(*member.resource(), good);
            names.push(name(&event));
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["connected", "ended", "resync"]);
    let stats = set.members().stats();
    assert_eq!((stats.members, stats.live, stats.ended), (2, 1, 1));

    // It stays until it is removed, and may be added again.
    set.members().add(&gone).unwrap();
    let again = next(&mut set).await;
    assert!(matches!(
        again.event,
        Event::Lifecycle {
            change: Lifecycle::Ended { .. },
            ..
        }
    ));
    assert!(set.members().remove(&client, &gone));
    assert!(!set.members().remove(&client, &gone));
    service.notify("b!team", 1).await;
    assert_eq!(name(&next(&mut set).await.event), "changed");
}

on_both_servers!(members_come_and_go_while_the_stream_is_read);

async fn members_come_and_go_while_the_stream_is_read(server: Server) {
    let service = server.start().await;
    let client = client(&service);
    let (mine, team) = (Resource::my_drive(), drive("b!team"));
    let mut set = client.subscribe_all([]);
    let members = set.members().clone();

    // Added while the consumer waits.
    let (first, added) =
        within(async { tokio::join!(set.next(), async { members.add(&mine) }) }).await;
    assert_eq!(first.unwrap().member, added.unwrap());
    assert_eq!(name(&next(&mut set).await.event), "resync");
    // A member that exists is not added again.
    let again = members.add(&mine).unwrap();
    assert_eq!(members.all(), [again]);
    members.add(&team).unwrap();
    live(&mut set, 1).await;

    service.notify("b!me", 3).await;
    until(async || members.get(&client, &mine).unwrap().stats().pending == 3).await;
    assert_eq!(members.stats().total.pending, 3);
    assert!(members.remove(&client, &mine));
    assert!(members.get(&client, &mine).is_none());
    until(async || service.connected().await == 1).await;
    // Its waiting events are discarded.
    service.notify("b!me", 1).await;
    service.notify("b!team", 1).await;
    let notified = next(&mut set).await;
    assert_eq!(*notified.member.resource(), team);
    assert_eq!(members.stats().members, 1);

    within(set.close()).await;
    assert!(within(set.next()).await.is_none());
    assert_eq!(service.connected().await, 0);
    assert_eq!(members.add(&mine).unwrap_err().kind(), ErrorKind::State);
}

on_both_servers!(a_stalled_consumer_of_unstable_sessions_loses_no_event);

async fn a_stalled_consumer_of_unstable_sessions_loses_no_event(server: Server) {
    const CAPACITY: usize = 4;
    const ROUNDS: u64 = 12;
    let service = server.start().await;
    let client = persistent(service.base_url())
        .mailbox_capacity(CAPACITY)
        .max_endpoint_calls_per_second(1_000)
        .build()
        .unwrap();
    let drives = ["b!me", "b!team"];
    let set = client.subscribe_all(&drives.map(drive));
    let all_live = async || service.connected().await == 2 && set.members().stats().live == 2;
    until(all_live).await;
    for round in 1..=ROUNDS {
        service.end_sockets(&json!("cut")).await;
        until(async || set.members().stats().total.reconnects == 2 * round).await;
        until(all_live).await;
        for drive in drives {
            service.notify(drive, 5).await;
        }
        until(async || set.members().stats().total.notifications == 2 * 5 * round).await;
    }
    let stats = set.members().stats().total;
    assert!(stats.pending <= CAPACITY + 2 * 6, "{stats:?}");

    let mut counts: HashMap<(Member, &str), u64> = HashMap::new();
    let mut merged = 0;
    while let Some(SetEvent { member, event, .. }) = set.try_next() {
        let (what, coalesced) = match &event {
            Event::Notification(note) => ("notification", note.coalesced()),
            Event::Lifecycle { change, coalesced } => (change.as_str(), *coalesced),
            other => panic!("{other:?}"),
        };
        *counts.entry((member, what)).or_default() += coalesced + 1;
        merged += coalesced;
    }
    assert_eq!(merged, stats.coalesced);
    for member in set.members().all() {
        let count = |what| counts.get(&(member.clone(), what)).copied();
        assert_eq!(count("connected"), Some(ROUNDS + 1));
        assert_eq!(count("disconnected"), Some(ROUNDS));
        // Includes a resync for each gap, and one for the time before the first connection.
        assert_eq!(count("notification"), Some(5 * ROUNDS + ROUNDS + 1));
        assert_eq!(member.stats().pending, 0);
    }
    within(set.close()).await;
}

#[tokio::test]
async fn one_stream_keeps_the_order_of_arrival() {
    let server = RawServer::start().await;
    let client = graph::client(server.base_url());
    let drives = [drive("a"), drive("b")];
    let mut set = client.subscribe_all([]);
    let mut sockets = Vec::new();
    for drive in &drives {
        set.members().add(drive).unwrap();
        sockets.push(within(server.live()).await);
    }
    live(&mut set, 2).await;
    let order = [0, 1, 1, 0, 1, 0, 0, 1];
    for which in order {
        let socket: &mut crate::support::raw_socket::RawSocket = &mut sockets[which];
        socket.send_event(r#"["notification",{}]"#).await;
        within(socket.round_trip()).await;
    }
    for which in order {
        assert_eq!(*next(&mut set).await.member.resource(), drives[which]);
    }
}

#[tokio::test]
async fn a_pause_that_graph_requests_of_one_user_applies_to_the_family() {
    let server = RawServer::start().await;
    let alex = graph::client(server.base_url());
    let kim = alex.with_credential(credential(KIM.0));
    let resource = Resource::my_drive();
    let pause = "Retry-After: 600\r\n";
    let serve = async {
        let request = server.request().await;
        request.respond("429 Too Many Requests", pause, b"").await;
    };
    let (refused, ()) = within(async { tokio::join!(alex.endpoint(&resource), serve) }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Throttled);
    let error: Error = within(async {
        tokio::select! {
            result = kim.endpoint(&resource) => result.unwrap_err(),
            _ = server.accept() => panic!("a request was sent during the pause"),
        }
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(
        error.status().is_none(),
        "no server has responded: {error:?}"
    );
}

#[tokio::test]
async fn users_share_the_limit_of_handshakes() {
    let server = RawServer::start().await;
    let builder = graph::builder(server.base_url()).max_handshakes(1);
    let alex = builder.build().unwrap();
    let kim = alex.with_credential(credential(KIM.0));
    let resource = Resource::my_drive();
    let mut set = alex.subscribe_all([&resource]);
    // An unanswered handshake holds the only permit.
    let first = within(async {
        server.give_endpoint().await;
        server.request().await
    })
    .await;
    let member = set.members().add_for(&kim, &resource).unwrap();
    within(server.give_endpoint()).await;
    until(async || member.state() == SessionState::Opening).await;
    let second = timeout(Duration::from_millis(200), server.accept()).await;
    assert!(second.is_err(), "two connections were opened at once");

    drop(first);
    within(server.request()).await;
    assert_eq!(name(&next(&mut set).await.event), "unavailable");
}

#[tokio::test]
async fn each_user_has_their_own_token_with_the_scopes_of_the_family() {
    let server = RawServer::start().await;
    let builder = graph::builder(server.base_url()).scopes(["one", "two"]);
    let alex = builder.build().unwrap();
    let kim = alex.with_credential(Credential::from_fn(|request| async move {
        Ok::<_, std::io::Error>(request.scopes.join("+"))
    }));
    let resource = Resource::my_drive();
    for (client, token) in [(&alex, TOKEN), (&kim, "one+two")] {
        let serve = async {
            let request = server.request().await;
            let sent = request.header("authorization").map(str::to_owned);
            request.respond("404 Not Found", "", b"").await;
            sent
        };
        let (_, sent) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
        assert_eq!(sent, Some(format!("Bearer {token}")));
    }
}

#[tokio::test]
async fn a_set_that_is_dropped_closes_its_sessions() {
    let service = Server::Simulator.start().await;
    let mut set = client(&service).subscribe_all([&Resource::my_drive(), &drive("b!team")]);
    let members = set.members().clone();
    live(&mut set, 2).await;
    drop(set);
    until(async || service.connected().await == 0).await;
    assert!(members.all().is_empty());
}
