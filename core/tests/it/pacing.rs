//! Limits that change while a client runs, pauses from outside, and what is counted.

use std::time::Duration;

use drivebell::{
    AccessToken, BoxError, ChangesOptions, Client, Credential, ErrorKind, PushMode, Resource, Since,
};
use drivebell_simulator::Simulator;
use futures_util::{FutureExt, StreamExt};

use crate::support::graph;
use crate::support::mirror::quick;
use crate::support::raw_server::RawServer;
use crate::support::watched::{persistent, simulator};
use crate::support::{until, within};

/// So little that, in a test, one request goes out and no other.
const ALMOST_NOTHING: Option<f64> = Some(1e-6);

fn drive(id: &str) -> Resource {
    Resource::drive(id).unwrap()
}

/// Without a subscription, whose endpoints would be counted.
fn polling() -> ChangesOptions {
    let mut options = quick();
    options.push = Some(PushMode::Off);
    options
}

fn count(simulator: &Simulator, part: &str) -> usize {
    let requests = simulator.requests();
    let such = requests
        .iter()
        .filter(|request| request.path.contains(part));
    such.count()
}

#[tokio::test]
async fn a_pause_from_outside_stops_the_family_and_is_not_told() {
    let server = RawServer::start().await;
    let alex = graph::client(server.base_url());
    let kim = alex.with_credential(Credential::token("kim-s3cr3t").unwrap());
    let mut told = kim.pacing().pauses();
    assert_eq!(alex.pacing().paused_for(), None);
    alex.pacing().pause(Duration::from_secs(600));
    alex.pacing().pause(Duration::from_secs(5));
    let resource = Resource::my_drive();
    for client in [&alex, &kim] {
        let left = client.pacing().paused_for().expect("a pause");
        assert!(left > Duration::from_secs(500) && left <= Duration::from_secs(600));
        let error = within(async {
            tokio::select! {
                result = client.endpoint(&resource) => result.unwrap_err(),
                _ = server.accept() => panic!("a request went out during the pause"),
            }
        });
        let error = error.await;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(error.retry_after() > Some(Duration::from_secs(500)));
    }
    assert_eq!(told.next().now_or_never(), None);
    // One that is longer than Graph's may be is cut.
    alex.pacing().pause(Duration::MAX);
    assert!(kim.pacing().paused_for() <= Some(Duration::from_secs(60 * 60)));
    assert_eq!(alex.pacing().family_usage().requests, 0, "none was sent");
}

#[tokio::test]
async fn a_pause_that_graph_requests_is_told_to_all_who_listen() {
    let server = RawServer::start().await;
    let alex = graph::client(server.base_url());
    let kim = alex.with_credential(Credential::token("kim-s3cr3t").unwrap());
    let mut early = alex.pacing().pauses();
    let resource = Resource::my_drive();
    let serve = async {
        let request = server.request().await;
        let pause = "Retry-After: 600\r\n";
        request.respond("429 Slow Down", pause, b"").await;
    };
    let (result, ()) = within(async { tokio::join!(kim.endpoint(&resource), serve) }).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Throttled);
    let mut late = alex.pacing().pauses();
    for pauses in [&mut early, &mut late] {
        let pause = within(pauses.next()).await.expect("no end");
        assert!(pause > Duration::from_secs(500) && pause <= Duration::from_secs(600));
        assert_eq!(pauses.next().now_or_never(), None);
    }
    assert_eq!(kim.pacing().usage().throttled, 1);
    assert_eq!(alex.pacing().usage().requests, 0);
    assert_eq!(alex.pacing().family_usage().throttled, 1);
    drop((alex, kim));
    assert_eq!(within(early.next()).await, None, "the family is gone");
}

#[tokio::test]
async fn what_is_sent_is_counted_for_the_user_and_for_the_family() {
    let simulator = simulator().user("kim-s3cr3t", "b!kim").seed("b!me", 30);
    let simulator = simulator.page_size(7).start().await.unwrap();
    let alex = persistent(simulator.base_url()).build().unwrap();
    let kim = alex.with_credential(Credential::token("kim-s3cr3t").unwrap());
    within(kim.endpoint(&Resource::my_drive())).await.unwrap();
    let mut changes = alex
        .changes_with(&Resource::my_drive(), &Since::Start, &polling())
        .unwrap();
    within(async { while !changes.next().await.unwrap().unwrap().caught_up {} }).await;
    within(alex.close()).await;
    let (alex, kim, family) = {
        let pacing = alex.pacing();
        (pacing.usage(), kim.pacing().usage(), pacing.family_usage())
    };
    assert_eq!(
        (kim.requests, kim.endpoint_calls, kim.resource_units),
        (1, 1, 1)
    );
    let queries = u64::try_from(count(&simulator, "/delta")).unwrap();
    assert!(queries >= 5, "{queries}");
    assert_eq!((alex.requests, alex.endpoint_calls), (queries, 0));
    assert_eq!(alex.resource_units, queries + 1, "the first page costs two");
    assert_eq!(family.requests, queries + 1);
    assert_eq!(family.resource_units, alex.resource_units + 1);
    assert_eq!(family.throttled, 0);
}

#[tokio::test]
async fn a_fresh_token_after_a_401_is_another_request() {
    let server = RawServer::start().await;
    let token = |_| async { Ok::<_, BoxError>(AccessToken::new(graph::TOKEN)) };
    let client = Client::builder(Credential::from_fn(token)).base_url(server.base_url());
    let client = client.build().unwrap();
    let resource = Resource::my_drive();
    let serve = async {
        let request = server.request().await;
        request.respond("401 Unauthorized", "", b"").await;
        server.give_endpoint().await;
    };
    let (result, ()) = within(async { tokio::join!(client.endpoint(&resource), serve) }).await;
    result.unwrap();
    assert_eq!(client.pacing().usage().endpoint_calls, 2);
}

#[tokio::test]
async fn queries_wait_for_units_and_a_higher_limit_lets_them_go() {
    let drives: Vec<_> = (0..20).map(|index| drive(&format!("b!{index}"))).collect();
    let server = (0..20).fold(simulator(), |server, index| {
        server
            .drive(format!("b!{index}"))
            .seed(format!("b!{index}"), 3)
    });
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let pacing = client.pacing();
    pacing
        .set_resource_units_per_minute(ALMOST_NOTHING)
        .unwrap();
    let members = drives.iter().map(|drive| (drive, &Since::Start));
    let mut set = client.changes_all(members, &polling()).unwrap();
    let first = within(set.next()).await.unwrap();
    assert!(first.batch.unwrap().caught_up);
    assert_eq!(count(&simulator, "/delta"), 1);
    assert_eq!(pacing.usage().resource_units, 2);
    pacing.set_resource_units_per_minute(None).unwrap();
    let mut caught_up = 1;
    within(async {
        while caught_up < 20 {
            let next = set.next().await.unwrap();
            caught_up += usize::from(next.batch.unwrap().initial);
        }
    })
    .await;
}

#[tokio::test]
async fn subscriptions_wait_for_endpoints_and_a_higher_limit_lets_them_go() {
    let server = (0..20).fold(simulator(), |server, index| {
        server.drive(format!("b!{index}"))
    });
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let pacing = client.pacing();
    pacing
        .set_endpoint_calls_per_second(ALMOST_NOTHING)
        .unwrap();
    // What may go at once is what the option allows.
    let drives: Vec<_> = (0..20).map(|index| drive(&format!("b!{index}"))).collect();
    let set = client.subscribe_all(&drives);
    until(async || simulator.connected() > 0).await;
    let requested = count(&simulator, "socketIo");
    assert_eq!(requested, 1);
    // Whoever asks by itself does not wait.
    within(client.endpoint(&drives[7])).await.unwrap();
    pacing.set_endpoint_calls_per_second(Some(1000.0)).unwrap();
    until(async || simulator.connected() == 20).await;
    assert_eq!(pacing.usage().endpoint_calls, 21);
    drop(set);
}

#[tokio::test]
async fn a_user_without_requests_takes_no_turn_from_the_others() {
    let server = (0..30).fold(simulator(), |server, index| {
        server.drive(format!("b!{index}"))
    });
    let server = server
        .user("kim-s3cr3t", "b!kim")
        .seed("b!kim", 30)
        .page_size(7);
    let simulator = server.start().await.unwrap();
    let alex = persistent(simulator.base_url()).build().unwrap();
    let kim = alex.with_credential(Credential::token("kim-s3cr3t").unwrap());
    alex.pacing()
        .set_requests_in_five_minutes(ALMOST_NOTHING)
        .unwrap();
    let drives: Vec<_> = (0..30).map(|index| drive(&format!("b!{index}"))).collect();
    let members = drives.iter().map(|drive| (drive, &Since::Start));
    // More drives than turns.
    let mut set = alex.changes_all(members, &polling()).unwrap();
    within(set.next()).await.unwrap().batch.unwrap();
    let mine = Resource::my_drive();
    let kims = set.members().add_for(&kim, &mine, &Since::Start).unwrap();
    within(async {
        loop {
            let next = set.next().await.unwrap();
            assert!(
                next.member == kims,
                "a second request of a user who has none"
            );
            if next.batch.unwrap().caught_up {
                break;
            }
        }
    })
    .await;
    assert_eq!(alex.pacing().usage().requests, 1);
    // Those who wait can be removed, and the client closed.
    assert!(set.members().remove(&alex, &drives[29]));
    within(alex.close()).await;
}

#[tokio::test]
async fn a_drive_that_was_just_added_passes_those_that_wait() {
    let server = (0..20).fold(simulator().drive("b!new"), |server, index| {
        server.drive(format!("b!{index}"))
    });
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url()).build().unwrap();
    let pacing = client.pacing();
    let drives: Vec<_> = (0..20).map(|index| drive(&format!("b!{index}"))).collect();
    let members = drives.iter().map(|drive| (drive, &Since::Start));
    let mut set = client.changes_all(members, &polling()).unwrap();
    for _ in 0..20 {
        let next = within(set.next()).await.unwrap();
        assert!(next.batch.unwrap().caught_up);
    }
    pacing
        .set_resource_units_per_minute(ALMOST_NOTHING)
        .unwrap();
    // Each of them polls.
    until(async || pacing.family_usage().waiting == 20).await;
    let before = count(&simulator, "/delta");
    let added = set.members().add(&drive("b!new"), &Since::Start).unwrap();
    until(async || pacing.family_usage().waiting == 21).await;
    assert_eq!(count(&simulator, "/delta"), before);
    pacing.set_resource_units_per_minute(Some(600.0)).unwrap();
    let next = within(set.next()).await.unwrap();
    assert!(next.member == added, "the others have found nothing");
    let requests = simulator.requests();
    let mut queries = requests
        .iter()
        .filter(|request| request.path.contains("/delta"));
    let first = queries.nth(before).unwrap();
    assert!(first.path.contains("b!new"), "{}", first.path);
}
