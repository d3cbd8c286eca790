use std::time::Duration;

use tokio::time::Instant;

use super::facts::{self, Facts, fact};
use super::finding::{DiagnosisStep, Finding};
use super::trace::Trace;
use crate::pacing::Permit;
use crate::socketio::Connection;
use crate::{Client, Error, ErrorKind, Resource};

/// A live connection at the end of a successful diagnosis, to wait for a notification on.
#[derive(Debug)]
pub struct Diagnosis {
    connection: Connection,
}

impl Client {
    /// Goes from a token to a live connection once, without retries, to find out why a subscription
    /// does not become live, or what a server is like.
    ///
    /// Calls `report` after each step, up to [`DiagnosisStep::Join`] or to the first step that
    /// fails. Returns the connection if it is live.
    pub async fn diagnose(
        &self,
        resource: &Resource,
        mut report: impl FnMut(Finding) + Send,
    ) -> Option<Diagnosis> {
        let graph = &self.graph;
        let (finding, token) =
            timed(DiagnosisStep::Token, graph.tokens.get(), facts::of_token).await;
        report(finding);
        token?;

        let (finding, response) = timed(
            DiagnosisStep::Endpoint,
            graph.endpoint(resource, Permit::default()),
            |(_, response)| facts::of_endpoint(response),
        )
        .await;
        report(finding);
        let (endpoint, response) = response?;
        report(Finding::new(
            DiagnosisStep::Expiry,
            Duration::ZERO,
            facts::of_expiry(&endpoint, &response),
            None,
        ));

        let url = endpoint.url();
        let mut trace = Trace::new(url);
        let opened = match graph.network.get() {
            Ok(network) => {
                let options = &self.family.socket;
                Connection::open_observed(&network, url, options, &mut trace).await
            }
            Err(error) => Err(error),
        };
        let (connection, failure) = match opened {
            Ok(connection) => (Some(connection), None),
            Err(error) => (None, Some(error)),
        };
        trace.into_findings(failure).into_iter().for_each(report);
        connection.map(|connection| Diagnosis { connection })
    }
}

impl Diagnosis {
    /// Waits until the service sends a notification, or until the connection ends.
    pub async fn notification(&mut self) -> Finding {
        let began = Instant::now();
        let mut facts = Facts::new();
        let error = loop {
            match self.connection.next_event().await {
                Ok(event) if event.name == "notification" => {
                    facts.extend(facts::of_event(&event));
                    break None;
                }
                Ok(event) => {
                    facts.push(fact("event", self.connection.redact(&event.name)));
                    facts.extend(facts::of_event(&event));
                }
                Err(reason) => {
                    let message = format!("the connection has ended: {reason}");
                    let error = Error::new(ErrorKind::ConnectionFailed, message);
                    break Some(error.with_reason(reason));
                }
            }
        };
        Finding::new(DiagnosisStep::Notification, began.elapsed(), facts, error)
    }

    /// Leaves the namespace and closes the connection.
    pub async fn close(self) {
        self.connection.close(|_| {}).await;
    }
}

/// Runs a step and measures its time. `facts` describes the result of a successful one.
async fn timed<T>(
    step: DiagnosisStep,
    run: impl Future<Output = Result<T, Error>>,
    facts: impl FnOnce(&T) -> Facts,
) -> (Finding, Option<T>) {
    let began = Instant::now();
    let result = run.await;
    let took = began.elapsed();
    match result {
        Ok(value) => (Finding::new(step, took, facts(&value), None), Some(value)),
        Err(error) => (Finding::new(step, took, Facts::new(), Some(error)), None),
    }
}
