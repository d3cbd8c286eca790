//! `--post`: `CloudEvents` over HTTP for each batch.

use std::time::Duration;

use drivebell::{Resource, WebhookClient};
use drivebell_mirror::Change;

use super::cloud_event;
use super::retry::{Failed, until_done};
use crate::arguments::{Common, Mirror};
use crate::exit::{End, Failure, Stop};
use crate::graph::Graph;
use crate::network;

/// "Batched content mode" of the HTTP binding:
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>
const CONTENT_TYPE: &str = "application/cloudevents-batch+json";

/// In bytes, unless one event alone is longer. Receivers limit what they accept, often to 1 MB.
const MAX_BODY: usize = 900_000;

#[derive(Debug)]
pub(super) struct Post {
    client: WebhookClient,
    source: String,
    first_wait: Duration,
}

impl Post {
    pub(super) fn new(
        common: &Common,
        url: &str,
        resource: &Resource,
        graph: &Graph,
        options: &Mirror,
    ) -> Result<Self, Failure> {
        Ok(Self {
            client: network::webhook_client(common, url)?,
            source: format!("{}/v1.0{}", graph.base_url(), resource),
            first_wait: options.first_wait,
        })
    }

    pub(super) async fn deliver(&self, changes: &[Change], stop: &Stop) -> Result<(), End> {
        for body in bodies(changes, |change| cloud_event::json(&self.source, change)) {
            until_done(stop, self.first_wait, async || self.send(&body).await).await?;
        }
        Ok(())
    }

    async fn send(&self, body: &str) -> Result<(), Failed> {
        let host = self.client.host();
        let response = self.client.post(CONTENT_TYPE, body.to_owned()).await;
        let response = response.map_err(|error| Failed {
            problem: format!("--post: {}", error.message()),
            retry_after: None,
        })?;
        match response.status {
            200..=299 => Ok(()),
            status => Err(Failed {
                problem: format!("--post: {host} answered {status}"),
                retry_after: response.retry_after,
            }),
        }
    }
}

/// Arrays of events. Most batches fit into one.
fn bodies<T>(changes: &[T], event: impl Fn(&T) -> String) -> Vec<String> {
    let mut bodies: Vec<String> = Vec::new();
    for change in changes {
        let event = event(change);
        match bodies.last_mut() {
            Some(body) if body.len() + event.len() < MAX_BODY => body.push(','),
            _ => bodies.push("[".to_owned()),
        }
        if let Some(body) = bodies.last_mut() {
            body.push_str(&event);
        }
    }
    for body in &mut bodies {
        body.push(']');
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_batch_is_sent_in_several_bodies() {
        let long = format!("\"{}\"", "x".repeat(MAX_BODY / 3));
        let bodies = bodies(&[0; 7], |_| long.clone());
        let counts: Vec<usize> = bodies
            .iter()
            .map(|body| serde_json::from_str::<Vec<String>>(body).unwrap().len())
            .collect();
        assert_eq!(counts, [2, 2, 2, 1]);
        let huge = "1".repeat(2 * MAX_BODY);
        assert_eq!(super::bodies(&[0; 2], |_| huge.clone()).len(), 2);
        assert!(super::bodies(&[0; 0], |_| String::new()).is_empty());
    }
}
