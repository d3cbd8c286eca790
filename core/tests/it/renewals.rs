//! An endpoint is renewed before it expires, whatever the service does with the old one.
//!
//! On the simulator alone: npm socket.io knows no expiry. What crosses the goodbye is scripted.

use std::time::Duration;

use drivebell::{DisconnectReason, SessionState, Subscription};
use drivebell_simulator::AtExpiry;
use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::support::graph::{self, NAMESPACE};
use crate::support::raw_server::RawServer;
use crate::support::raw_socket::{RawSocket, close_frame, pong_frame};
use crate::support::session::{connect, expect_connected};
use crate::support::watched::{Watched, fault, name, simulator};
use crate::support::{until, within};

const SHORT: Duration = Duration::from_millis(1500);
/// Half of it is time enough for a renewal and a goodbye on a busy machine.
const AMPLE: Duration = Duration::from_secs(4);

fn soon(client: drivebell::ClientBuilder) -> drivebell::ClientBuilder {
    client.renew_before(Duration::from_millis(500))
}

fn early(client: drivebell::ClientBuilder) -> drivebell::ClientBuilder {
    client.renew_before(AMPLE / 2)
}

#[tokio::test]
async fn a_renewal_has_no_gap_whatever_becomes_of_the_old_url() {
    let each = [AtExpiry::Drop, AtExpiry::Quiet, AtExpiry::GoOn].map(async |then| {
        let server = simulator().lifetime(AMPLE).at_expiry(then);
        let mut watched = Watched::start_with(server, early).await;
        watched.expect(&["connected"]).await;
        for renewals in 1..=3 {
            watched.expect(&["renewed"]).await;
            // The old connection has said goodbye, so that one change is one notification.
            until(async || watched.simulator.connected() == 1).await;
            watched.notify();
            watched.expect(&["changed"]).await;
            let stats = watched.subscription.stats();
            assert_eq!((stats.renewals, stats.reconnects), (renewals, 0));
        }
        assert_eq!(watched.endpoints_asked(), 4);
    });
    join_all(each).await;
}

/// What was sent to a connection that had died unnoticed is told by no other.
#[tokio::test]
async fn a_renewal_of_a_connection_that_was_deaf_is_followed_by_a_resync() {
    let early = |client| early(client).close_timeout(Duration::from_millis(300));
    let heartbeat_after_that = simulator().lifetime(AMPLE).ping_timeout(AMPLE);
    let mut watched = Watched::start_with(heartbeat_after_that, early).await;
    watched.expect(&["connected"]).await;
    let deaf = watched
        .simulator
        .fault(fault("silence,on=socket,when=now,times=1"));
    watched.notify();
    watched.expect(&["renewed", "resync"]).await;
    assert!(watched.simulator.release(deaf.unwrap()));
    watched.notify();
    watched.expect(&["changed"]).await;
}

/// A service by hand, whose endpoints are about to be renewed.
struct Scripted(RawServer);

impl Scripted {
    /// Answers with an endpoint, and takes the connection to it as far as the join.
    async fn opened(&self) -> RawSocket {
        let mut endpoint = graph::endpoint(&self.0.notification_url());
        let expiry = jiff::Timestamp::now() + AMPLE;
        endpoint["expirationDateTime"] = expiry.to_string().into();
        let request = self.0.request().await;
        let body = endpoint.to_string();
        request.answer("200 OK", "", body.as_bytes()).await;
        let mut socket = self.0.request().await.upgrade().await;
        let open = r#"0{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#;
        socket.send(open).await;
        socket
    }

    async fn live(&self) -> RawSocket {
        let mut socket = self.opened().await;
        socket.accept_join().await;
        socket
    }
}

async fn names(subscription: &mut Subscription, count: usize) -> Vec<&'static str> {
    let mut told = vec![];
    while told.len() < count {
        told.push(name(&within(subscription.next()).await.unwrap().unwrap()));
    }
    told
}

/// What the old connection brings is delivered until it ends, and behind the goodbye nobody is
/// answered any more.
#[tokio::test]
async fn what_crosses_the_goodbye_of_a_renewed_connection_is_told() {
    let server = Scripted(RawServer::start().await);
    let builder = early(graph::builder(server.0.base_url()));
    let (mut subscription, mut old) = connect(builder, server.live()).await;
    expect_connected(&mut subscription).await;
    let _new = within(server.live()).await;
    within(async {
        let question = old.receive().await.expect("a ping");
        old.send_event(r#"["notification",{}]"#).await;
        old.round_trip().await;
        old.send_raw(&pong_frame(&question)).await;
        old.expect(&format!("41{NAMESPACE},")).await;
        old.receive().await.expect("a close frame");
        // A heartbeat, an event that asks for an ack, and one that does not.
        old.send("2").await;
        old.send(&format!(r#"42{NAMESPACE},7["notification",{{}}]"#))
            .await;
        old.send_event(r#"["notification",{}]"#).await;
        old.send_raw(&close_frame(1000, "")).await;
        assert_eq!(old.receive().await, None);
    })
    .await;
    let told = names(&mut subscription, 4).await;
    assert_eq!(told, ["renewed", "changed", "changed", "changed"]);
    assert_eq!(subscription.stats().pending, 0);
}

/// Between the end of the one and the join of the other nobody was told of anything, orderly as
/// the end was.
#[tokio::test]
async fn a_connection_that_ended_unseen_before_it_was_replaced_is_followed_by_a_resync() {
    let server = Scripted(RawServer::start().await);
    let builder = early(graph::builder(server.0.base_url()));
    let (mut subscription, mut old) = connect(builder, server.live()).await;
    expect_connected(&mut subscription).await;
    let mut new = within(server.opened()).await;
    new.expect(&format!("40{NAMESPACE},")).await;
    // Both are there when the client looks again, which shares this thread.
    old.send_raw(&close_frame(1000, "")).await;
    old.finish().await;
    new.send(&format!(r#"40{NAMESPACE},{{"sid":"n"}}"#)).await;
    assert_eq!(names(&mut subscription, 2).await, ["renewed", "resync"]);
}

/// Every change is told, those that fall into a renewal too.
#[tokio::test]
async fn no_change_is_lost_while_endpoints_change() {
    let server = simulator().lifetime(AMPLE);
    let mut watched = Watched::start_with(server, early).await;
    watched.expect(&["connected"]).await;
    let (mut renewed, mut told, mut made) = (0, 0, 0);
    while renewed < 3 {
        watched.notify();
        made += 1;
        loop {
            let event = watched.next().await.unwrap();
            match name(&event) {
                "changed" => {
                    told += 1;
                    break;
                }
                "renewed" => renewed += 1,
                other => panic!("{other}"),
            }
        }
    }
    // Two connections that overlap may both tell of one change; none is left out.
    assert!(told >= made, "{told} of {made}");
}

#[tokio::test]
async fn a_renewal_that_is_refused_for_a_while_keeps_the_old_connection() {
    let server = simulator()
        .lifetime(Duration::from_secs(6))
        .fault(fault("answer=400,on=endpoint,skip=1,times=2"))
        .fault(fault("refuseNamespace,skip=1,times=1"));
    let patient = |client: drivebell::ClientBuilder| client.renew_before(Duration::from_secs(4));
    let mut watched = Watched::start_with(server, patient).await;
    watched
        .expect(&["connected", "unavailable", "renewed"])
        .await;
    until(async || watched.simulator.connected() == 1).await;
    watched.expect_alive().await;
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_renewed_in_time_is_a_gap() {
    for then in [AtExpiry::Quiet, AtExpiry::GoOn] {
        let server = simulator().lifetime(SHORT).at_expiry(then);
        let mut watched = Watched::start_with(server, soon).await;
        watched.expect(&["connected"]).await;
        let away = watched.simulator.fault(fault("answer=503,on=endpoint"));
        watched.expect(&["unavailable"]).await;
        let reason = loop {
            match watched.next().await.unwrap() {
                drivebell::Event::Lifecycle {
                    change: drivebell::Lifecycle::Disconnected { reason, .. },
                    ..
                } => break reason,
                event => assert_eq!(name(&event), "unavailable"),
            }
        };
        assert_eq!(reason, DisconnectReason::EndpointExpired);
        assert!(watched.simulator.release(away.unwrap()));
        while name(&watched.next().await.unwrap()) != "connected" {}
        watched.expect(&["resync"]).await;
    }
}

/// A server that ends a URL before its time tells so by ending the connection.
#[tokio::test]
async fn a_url_that_ends_before_its_time_is_replaced() {
    let server = simulator().fault(fault("expire=500,then=drop,announced=false,times=1"));
    let mut watched = Watched::start_with(server, |client| client).await;
    watched
        .expect(&[
            "connected",
            "disconnected",
            "unavailable",
            "connected",
            "resync",
        ])
        .await;
    assert_eq!(watched.endpoints_asked(), 2);
    watched.expect_alive().await;
}

#[tokio::test]
async fn closing_while_renewing_leaves_no_connection() {
    let server = simulator()
        .lifetime(SHORT)
        .fault(fault("hold=toClient,on=endpoint,skip=1"));
    let mut watched = Watched::start_with(server, soon).await;
    watched.expect(&["connected"]).await;
    until(async || watched.subscription.state() == SessionState::Renewing).await;
    within(watched.subscription.close()).await;
    until(async || watched.simulator.connected() == 0).await;
    assert!(watched.subscription.next().await.is_none());
}
