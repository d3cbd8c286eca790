//! The client, built from the options.

use std::time::Duration;

use drivebell::{Client, ClientBuilder, Resource};

use crate::arguments::{Common, Target};
use crate::exit::{End, Failure, Stop};
use crate::graph::Graph;
use crate::network;
use crate::token::{self, Source};

/// How much longer than `--token-timeout` the library waits for a token. The command's own timeout
/// must come first, because its message says more.
const CREDENTIAL_TIMEOUT_MARGIN: Duration = Duration::from_secs(60);

/// A client, and what it was built from.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) source: Source,
    pub(crate) graph: Graph,
}

pub(crate) fn build(common: &Common) -> Result<Client, Failure> {
    Ok(connection(common)?.client)
}

pub(crate) fn connection(common: &Common) -> Result<Connection, Failure> {
    let token = token::find(common)?;
    let builder = network::builder(common, token.credential)
        .credential_timeout(common.token_timeout + CREDENTIAL_TIMEOUT_MARGIN);
    Ok(Connection {
        client: with_graph(builder, &token.graph).build()?,
        source: token.source,
        graph: token.graph,
    })
}

/// The resource that an argument means, of which Graph may have to be asked.
pub(crate) async fn find(client: &Client, target: &Target, stop: &Stop) -> Result<Resource, End> {
    match target {
        Target::Resource(resource) => Ok(resource.clone()),
        Target::Address(address) => tokio::select! {
            biased;
            reason = stop.requested() => Err(End::Stopped(reason)),
            found = client.find_resource(address) => Ok(found?),
        },
    }
}

pub(crate) fn with_graph(builder: ClientBuilder, graph: &Graph) -> ClientBuilder {
    match graph {
        Graph::Cloud(cloud) => builder.cloud(*cloud),
        Graph::BaseUrl(url) => builder.base_url(url),
    }
}
