//! An endpoint is renewed before it expires, whatever the service does with the old one.
//!
//! On the simulator, because npm socket.io has no expiry, or on scripted bytes.

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
/// Half of this suffices for a renewal and a goodbye on a busy machine.
const AMPLE: Duration = Duration::from_secs(4);

fn soon(client: drivebell::ClientBuilder) -> drivebell::ClientBuilder {
    client.renew_before(Duration::from_millis(500))
}

fn early(client: drivebell::ClientBuilder) -> drivebell::ClientBuilder {
    client.renew_before(AMPLE / 2)
}

#[tokio::test]
async fn a_renewal_has_no_gap_whatever_happens_to_the_old_url() {
    let each = [AtExpiry::Drop, AtExpiry::Quiet, AtExpiry::GoOn].map(async |then| {
        let server = simulator().lifetime(AMPLE).at_expiry(then);
        let mut watched = Watched::start_with(server, early).await;
        watched.expect(&["connected"]).await;
        for renewals in 1..=3 {
            watched.expect(&["renewed"]).await;
            // The old connection is closed, so that one change causes one notification.
            until(async || watched.simulator.connected() == 1).await;
            watched.notify();
            watched.expect(&["changed"]).await;
            let stats = watched.subscription.stats();
            assert_eq!((stats.renewals, stats.reconnects), (renewals, 0));
        }
        assert_eq!(watched.endpoints_requested(), 4);
    });
    join_all(each).await;
}

/// The new connection does not repeat what was lost on one that had died unnoticed.
#[tokio::test]
async fn a_renewal_of_a_dead_connection_is_followed_by_a_resync() {
    let early = |client| early(client).close_timeout(Duration::from_millis(300));
    let heartbeat_after_that = simulator().lifetime(AMPLE).ping_timeout(AMPLE);
    let mut watched = Watched::start_with(heartbeat_after_that, early).await;
    watched.expect(&["connected"]).await;
    let silence = watched
        .simulator
        .fault(fault("silence,on=socket,when=now,times=1"));
    watched.notify();
    watched.expect(&["renewed", "resync"]).await;
    assert!(watched.simulator.release(silence.unwrap()));
    watched.notify();
    watched.expect(&["changed"]).await;
}

/// A scripted service whose endpoints are due for renewal soon.
struct Scripted(RawServer);

impl Scripted {
    /// Responds with an endpoint, and accepts a connection to it up to the join.
    async fn opened(&self) -> RawSocket {
        let mut endpoint = graph::endpoint(&self.0.notification_url());
        let expiry = jiff::Timestamp::now() + AMPLE;
        endpoint["expirationDateTime"] = expiry.to_string().into();
        let request = self.0.request().await;
        let body = endpoint.to_string();
        request.respond("200 OK", "", body.as_bytes()).await;
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
    let mut names = vec![];
    while names.len() < count {
        names.push(name(&within(subscription.next()).await.unwrap().unwrap()));
    }
    names
}

/// Events of the old connection are delivered until it ends. After its goodbye, the client sends
/// nothing on it.
#[tokio::test]
async fn events_that_cross_the_goodbye_of_a_renewed_connection_are_delivered() {
    let server = Scripted(RawServer::start().await);
    let builder = early(graph::builder(server.0.base_url()));
    let (mut subscription, mut old) = connect(builder, server.live()).await;
    expect_connected(&mut subscription).await;
    let _new = within(server.live()).await;
    within(async {
        let ping = old.receive().await.expect("a ping");
        old.send_event(r#"["notification",{}]"#).await;
        old.round_trip().await;
        old.send_raw(&pong_frame(&ping)).await;
        old.expect(&format!("41{NAMESPACE},")).await;
        old.receive().await.expect("a close frame");
        // A heartbeat, an event that requests an ack, and one that does not.
        old.send("2").await;
        old.send(&format!(r#"42{NAMESPACE},7["notification",{{}}]"#))
            .await;
        old.send_event(r#"["notification",{}]"#).await;
        old.send_raw(&close_frame(1000, "")).await;
        assert_eq!(old.receive().await, None);
    })
    .await;
    let events = names(&mut subscription, 4).await;
    assert_eq!(events, ["renewed", "changed", "changed", "changed"]);
    assert_eq!(subscription.stats().pending, 0);
}

/// Changes between the end of the old connection and the join of the new one were not announced,
/// even though the old one ended cleanly.
#[tokio::test]
async fn a_connection_that_ended_before_it_was_replaced_is_followed_by_a_resync() {
    let server = Scripted(RawServer::start().await);
    let builder = early(graph::builder(server.0.base_url()));
    let (mut subscription, mut old) = connect(builder, server.live()).await;
    expect_connected(&mut subscription).await;
    let mut new = within(server.opened()).await;
    new.expect(&format!("40{NAMESPACE},")).await;
    // The client, which shares this thread, reads both at once.
    old.send_raw(&close_frame(1000, "")).await;
    old.finish().await;
    new.send(&format!(r#"40{NAMESPACE},{{"sid":"n"}}"#)).await;
    assert_eq!(names(&mut subscription, 2).await, ["renewed", "resync"]);
}

/// Every change is announced, also during a renewal.
#[tokio::test]
async fn no_change_is_lost_while_endpoints_change() {
    let server = simulator().lifetime(AMPLE);
    let mut watched = Watched::start_with(server, early).await;
    watched.expect(&["connected"]).await;
    let (mut renewed, mut notified, mut made) = (0, 0, 0);
    while renewed < 3 {
        watched.notify();
        made += 1;
        loop {
            let event = watched.next().await.unwrap();
            match name(&event) {
                "changed" => {
                    notified += 1;
                    break;
                }
                "renewed" => renewed += 1,
                other => panic!("{other}"),
            }
        }
    }
    // Two connections that overlap may both announce one change; none is missing.
    assert!(notified >= made, "{notified} of {made}");
}

#[tokio::test]
async fn a_temporarily_refused_renewal_keeps_the_old_connection() {
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
        let outage = watched.simulator.fault(fault("answer=503,on=endpoint"));
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
        assert!(watched.simulator.release(outage.unwrap()));
        while name(&watched.next().await.unwrap()) != "connected" {}
        watched.expect(&["resync"]).await;
    }
}

/// A server that revokes a URL early ends its connection.
#[tokio::test]
async fn a_url_that_is_revoked_early_is_replaced() {
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
    assert_eq!(watched.endpoints_requested(), 2);
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

/// An endpoint that went quiet hides changes for this long at most.
#[tokio::test]
async fn an_endpoint_is_replaced_at_its_greatest_age_and_a_resync_follows_on_request() {
    let aged = |client: drivebell::ClientBuilder| {
        client
            .max_endpoint_age(Duration::from_millis(400))
            .resync_on_renewal(true)
            .retry_reset_after(Duration::ZERO)
    };
    let mut watched = Watched::start_with(simulator(), aged).await;
    watched
        .expect(&["connected", "renewed", "resync", "renewed", "resync"])
        .await;
    assert_eq!(watched.subscription.stats().reconnects, 0);
}
