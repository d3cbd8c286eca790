//! Many streams of changes as one.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::time::Duration;

use drivebell::{
    ChangesMember, ChangesSet, ChangesState, Client, Credential, ErrorKind, Event, Lifecycle,
    Resource, Since,
};
use drivebell_simulator::{Builder, Simulator};
use futures_util::StreamExt;
use futures_util::stream::FusedStream;

use crate::support::mirror::quick;
use crate::support::watched::{fault, persistent, simulator};
use crate::support::{until, within};

fn drive(id: &str) -> Resource {
    Resource::drive(id).unwrap()
}

async fn start(server: Builder) -> (Simulator, Client) {
    let simulator = server.start().await.unwrap();
    let client = persistent(simulator.base_url())
        .max_endpoint_calls_per_second(1_000)
        .build()
        .unwrap();
    (simulator, client)
}

/// Reads until this many members have caught up, and returns how many items each has brought.
async fn catch_up(set: &mut ChangesSet, members: usize) -> BTreeMap<String, usize> {
    let mut items = BTreeMap::new();
    let mut caught_up = 0;
    within(async {
        while caught_up < members {
            let next = set.next().await.expect("no end");
            let batch = next.batch.expect("no error");
            *items.entry(next.member.resource().to_string()).or_default() += batch.items.len();
            caught_up += usize::from(batch.caught_up);
        }
    })
    .await;
    items
}

#[tokio::test]
async fn each_member_has_its_beginning_and_its_user() {
    let server = simulator()
        .user("kim-s3cr3t", "b!kim")
        .seed("b!me", 30)
        .seed("b!kim", 10)
        .drive("b!team")
        .seed("b!team", 20)
        .page_size(7);
    let (simulator, alex) = start(server).await;
    let kim = alex.with_credential(Credential::token("kim-s3cr3t").unwrap());
    let mine = Resource::my_drive();
    let team = drive("b!team");
    let mut set = alex
        .changes_all([(&mine, &Since::Start), (&team, &Since::Now)], &quick())
        .unwrap();
    let kims = set.members().add_for(&kim, &mine, &Since::Start).unwrap();
    assert!(*kims.client() == kim && *kims.resource() == mine);
    let items = catch_up(&mut set, 3).await;
    assert!(items[&mine.to_string()] >= 40, "{items:?}");
    assert_eq!(items[&team.to_string()], 0);
    until(async || set.members().stats().live == 3).await;

    simulator.notify("b!kim", 1).unwrap();
    until(async || kims.stats().notifications > 0).await;
    kims.hint().unwrap();
    assert!(set.members().remove(&kim, &mine));
    assert!(!set.members().remove(&kim, &mine));
    assert_eq!(kims.state(), ChangesState::Closed);
    assert_eq!(kims.hint().unwrap_err().kind(), ErrorKind::State);
    until(async || simulator.connected() == 2).await;
    assert_eq!(set.members().len(), 2);

    // The client of a member closes it alone, that of the set closes all.
    set.members().add_for(&kim, &mine, &Since::Start).unwrap();
    within(kim.close()).await;
    assert_eq!(set.members().len(), 2);
    within(alex.close()).await;
    within(set.closed()).await;
    assert!(within(set.next()).await.is_none());
    let late = set.members().add(&mine, &Since::Start).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::State);
}

#[tokio::test]
async fn one_refusal_ends_one_member() {
    let (_simulator, client) = start(simulator().seed("b!me", 5)).await;
    let (good, gone) = (Resource::my_drive(), drive("b!gone"));
    let resources = [(&gone, &Since::Start), (&good, &Since::Start)];
    let mut set = client.changes_all(resources, &quick()).unwrap();
    let (mut ended, mut caught_up) = (None, false);
    within(async {
        while ended.is_none() || !caught_up {
            let next = set.next().await.unwrap();
            match next.batch {
                Ok(batch) => caught_up |= batch.caught_up,
                Err(error) => ended = Some((next.member, error)),
            }
        }
    })
    .await;
    let (member, error): (ChangesMember, _) = ended.unwrap();
    assert_eq!(*member.resource(), gone);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(member.state(), ChangesState::Closed);
    assert_eq!(set.members().stats().ended, 1);
    let mut events = set.events();
    within(async {
        loop {
            let (of, event) = events.next().await.unwrap();
            if let Event::Lifecycle {
                change: Lifecycle::Ended { .. },
                ..
            } = event
            {
                assert_eq!(of, member);
                return;
            }
        }
    })
    .await;

    // It may be added again, from elsewhere, too.
    set.members().add(&gone, &Since::Now).unwrap();
    within(async { while set.next().await.unwrap().batch.is_ok() {} }).await;
    within(set.close()).await;
}

#[tokio::test]
async fn a_member_is_followed_from_one_place() {
    let (simulator, client) = start(simulator().seed("b!me", 5)).await;
    let mine = Resource::my_drive();
    let twice = [(&mine, &Since::Start), (&mine, &Since::Now)];
    let error = client.changes_all(twice, &quick()).unwrap_err();
    assert_eq!(error.argument(), Some("since"), "{error}");
    assert!(simulator.requests().is_empty());
    let same = [(&mine, &Since::Start), (&mine, &Since::Start)];
    let mut set = client.changes_all(same, &quick()).unwrap();
    assert_eq!(set.members().len(), 1);
    let error = set.members().add(&mine, &Since::Now).unwrap_err();
    assert_eq!(error.argument(), Some("since"), "{error}");
    let nonsense = Since::Checkpoint("nonsense".to_owned());
    assert!(set.members().add(&drive("b!x"), &nonsense).is_err());
    catch_up(&mut set, 1).await;
}

#[tokio::test]
async fn a_batch_that_waits_is_dropped_with_its_member() {
    let (_simulator, client) = start(simulator().drive("b!team").seed("b!me", 5)).await;
    let (mine, team) = (Resource::my_drive(), drive("b!team"));
    let mut set = client
        .changes_all([(&mine, &Since::Start)], &quick())
        .unwrap();
    within(poll_fn(|cx| set.poll_waiting(cx))).await;
    let members = set.members().clone();
    assert!(members.remove(&client, &mine));
    assert!(set.try_next().is_none());
    let error = members.hint(&client, &mine).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State, "{error}");
    members.add(&team, &Since::Now).unwrap();
    let next = within(set.next()).await.unwrap();
    assert_eq!(next.member.resource(), &team);
    members.hint(&client, &team).unwrap();
    let mut events = set.events();
    members.start_close();
    assert!(set.try_next().is_none() && set.is_terminated());
    within(async { while events.next().await.is_some() {} }).await;
    assert!(events.has_ended());
    within(set.closed()).await;
}

/// The members take turns, the slow consumer slows them down, and each is served.
#[tokio::test]
async fn a_resync_of_all_is_no_stampede() {
    const DRIVES: usize = 60;
    let ids: Vec<String> = (0..DRIVES).map(|number| format!("b!{number}")).collect();
    let server = ids.iter().fold(simulator().page_size(3), |server, id| {
        server.drive(id).seed(id, 9)
    });
    let (simulator, client) = start(server).await;
    let mut options = quick();
    options.max_concurrent_queries = 2;
    options.live_timeout = Duration::ZERO;
    let resources: Vec<_> = ids.iter().map(|id| drive(id)).collect();
    let all = resources.iter().map(|resource| (resource, &Since::Start));
    let mut set = client.changes_all(all, &options).unwrap();
    // Nobody reads: two members have a page each, and one more waits in the channel.
    let delta = || {
        let requests = simulator.requests();
        requests
            .iter()
            .filter(|it| it.path.contains("delta"))
            .count()
    };
    until(async || delta() >= 2).await;
    until(async || simulator.connected() == DRIVES).await;
    assert!(delta() <= 3, "{}", delta());
    let items = catch_up(&mut set, DRIVES).await;
    assert!(items.len() == DRIVES && items.values().all(|count| *count >= 9));

    simulator.fault(fault("reset,on=socket,when=now")).unwrap();
    let before = set.members().stats().total.queries;
    within(async {
        while set.members().stats().total.queries < before + u64::try_from(DRIVES).unwrap() {
            tokio::select! {
                next = set.next() => drop(next),
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
        }
    })
    .await;
    drop(set);
    until(async || simulator.connected() == 0).await;
}
