//! Brings a worker up, and down again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drivebell::{BoxError, Client, Credential, TokenRequest};
use drivebell_store::{
    CheckpointStore, Follower, FollowerOptions, LeaseChange, LeaseKeeper, LeaseOptions,
    number_of_partition,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::clients::Clients;
use super::host::FleetHost;
use super::roster::{self, Roster};
use super::view::{Observed, views};
use crate::budget::{Budget, Budgets};
use crate::config::Config;
use crate::connect::{connect, open};
use crate::control::{Control, NatsControl, follow_control};
use crate::drives::DriveList;
use crate::exit::{End, ExitCode, Failure};
use crate::http;
use crate::nats::NatsStore;
use crate::outbox::Outbox;
use crate::pauses::Pauses;
use crate::signals::Shutdown;
use crate::status::{DrainResponder, respond};
use crate::tokens::TokenSource;

/// How long handing over may take before the worker ends all the same.
const LONGEST_DRAIN: Duration = Duration::from_secs(60);

/// How often it is measured what partitions cost.
const LOOK_AFTER: Duration = Duration::from_secs(60);

/// Runs a worker until it is told to end.
pub(crate) async fn run(config: Config) -> Result<(), End> {
    let shutdown = Shutdown::listen();
    let now = shutdown.clone();
    tokio::select! {
        biased;
        code = now.end_requested() => Err(End::Reported(code)),
        done = work(Arc::new(config), shutdown) => done,
    }
}

async fn work(config: Arc<Config>, shutdown: Shutdown) -> Result<(), End> {
    let started = Instant::now();
    let connecting = async {
        let connection = connect(&config, &config.worker, true).await?;
        let buckets = open(&config, &connection).await?;
        Ok::<_, Failure>((connection, buckets))
    };
    let (connection, buckets) = tokio::select! {
        biased;
        _ = shutdown.drain_requested() => return Ok(()),
        connected = connecting => connected?,
    };
    let client = connection.client();
    let tokens = TokenSource::new(&config.tokens, client).map_err(other)?;
    let budgets = Budgets::new(Budget {
        resource_units_per_minute: Some(config.budget.resource_units_per_minute),
        endpoint_calls_per_second: Some(config.budget.endpoint_calls_per_second),
        requests_per_user_in_five_minutes: Some(config.budget.requests_per_user_in_five_minutes),
    });
    let control: Arc<dyn Control> = Arc::new(NatsControl::new(
        connection.jetstream().clone(),
        buckets.control.clone(),
    ));
    let pauses = Pauses::new(Arc::clone(&control));
    tokio::spawn(follow_control(control, budgets.clone(), pauses.clone()));

    let roster = Arc::new(Roster::new(config.partitions, budgets.clone()));
    let (list, mut events) = DriveList::watch(client.clone(), buckets.drives.clone());
    // Out of few drives, each would look like a large part of the budget.
    roster::fill(&roster, &mut events).await;
    tracing::info!(drives = list.len(), "the drives of the fleet are known");

    let store: Arc<dyn CheckpointStore> = Arc::new(NatsStore::new(&connection, &buckets));
    let (keeper, leases) =
        LeaseKeeper::start(Arc::clone(&store), &config.worker, &lease_options(&config));
    let keeper = Arc::new(keeper);
    tracing::info!(worker = keeper.id(), "the worker takes part");
    let outbox = Outbox::new(&connection, &buckets, keeper.id());
    let clients = Clients::new(Arc::clone(&config), tokens.clone(), budgets.clone(), pauses);
    let host = Arc::new(FleetHost::new(list, Arc::clone(&roster), clients, outbox));
    // Owns the streams of all users; it asks nothing of Graph itself.
    let owner = owner(&config).map_err(other)?;
    let set = owner
        .changes_all([], &config.graph.changes)
        .map_err(other)?;
    let follower = Arc::new(Follower::start(
        Arc::clone(&host),
        store,
        set,
        Arc::clone(&keeper),
        with_budgets(leases, budgets.clone()),
        FollowerOptions::default(),
    ));
    keeper.set_partitions(roster.weights());
    tokio::spawn(roster::follow(
        Arc::clone(&roster),
        events,
        Arc::clone(&keeper),
        Arc::clone(&follower),
    ));

    let observed = Arc::new(Observed {
        config: Arc::clone(&config),
        connection: connection.clone(),
        host,
        roster,
        budgets,
        tokens,
        keeper: Arc::clone(&keeper),
        follower: Arc::clone(&follower),
        shutdown: shutdown.clone(),
        started,
        full: Mutex::new((0, None)),
    });
    let views = views(&observed);
    let _status = respond(client, &config.name, views.clone())
        .await
        .map_err(other)?;
    let drain = DrainResponder::listen(client, &config.name, views.clone(), shutdown.clone())
        .await
        .map_err(other)?;
    let _http = match config.http {
        Some(address) => Some(serve(address, views).await?),
        None => None,
    };
    tokio::spawn(look_after(observed));

    shutdown.drain_requested().await;
    tracing::info!("handing everything over");
    if timeout(LONGEST_DRAIN, keeper.leave()).await.is_err() {
        tracing::warn!("not everything could be handed over: the others wait for the lease time");
    }
    follower.start_close();
    drain.finish().await;
    owner.close().await;
    Ok(())
}

fn lease_options(config: &Config) -> LeaseOptions {
    let mut options = LeaseOptions::default();
    options.lease_time = config.lease_time;
    options.capacity = config.capacity;
    options
}

/// A client without a user.
fn owner(config: &Config) -> Result<Client, drivebell::Error> {
    let nobody = Credential::from_fn(|_: TokenRequest| async {
        Err::<String, BoxError>("this client has no user".into())
    });
    config.client_builder(nobody).build()
}

/// Tells the budgets which partitions are here, before anything else hears of it.
fn with_budgets(
    mut leases: mpsc::UnboundedReceiver<LeaseChange>,
    budgets: Budgets,
) -> mpsc::UnboundedReceiver<LeaseChange> {
    let (send, receive) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(change) = leases.recv().await {
            let (LeaseChange::Gained(lease)
            | LeaseChange::Lost(lease)
            | LeaseChange::Release(lease)) = &change;
            if let Some(number) = number_of_partition(&lease.partition) {
                match &change {
                    LeaseChange::Gained(_) => budgets.partition_gained(number),
                    _ => budgets.partition_lost(number),
                }
            }
            if send.send(change).is_err() {
                return;
            }
        }
    });
    receive
}

async fn serve(
    address: std::net::SocketAddr,
    views: crate::status::Views,
) -> Result<http::HttpServer, Failure> {
    let server = http::serve(address, views).await.map_err(|error| {
        let text = format!(
            "cannot listen on {address}: {error}. Set http.listen to another address, or to \"off\""
        );
        Failure::new(ExitCode::Other, text)
    })?;
    tracing::info!(address = %server.address(), "serving /healthz and /metrics");
    Ok(server)
}

async fn look_after(observed: Arc<Observed>) {
    let mut queries = BTreeMap::new();
    loop {
        sleep(LOOK_AFTER).await;
        observed.look_after(&mut queries);
    }
}

fn other(error: impl std::fmt::Display) -> Failure {
    Failure::new(ExitCode::Other, error.to_string())
}
