use std::time::Duration;

use async_nats::{Client, Request, RequestErrorKind};
use bytes::Bytes;
use drivebell::BoxError;

use super::reply::{self, Reply};
use crate::config::show_duration;
use crate::key_text;

/// A token service that answers requests of NATS.
#[derive(Debug)]
pub(super) struct NatsService {
    client: Client,
    prefix: String,
    timeout: Duration,
}

impl NatsService {
    pub(super) fn new(client: Client, prefix: String, timeout: Duration) -> Self {
        Self {
            client,
            prefix,
            timeout,
        }
    }

    pub(super) async fn ask(&self, user: &str, body: Bytes) -> Result<Reply, BoxError> {
        let subject = format!("{}.{}", self.prefix, key_text::encode(user));
        let request = Request::new().payload(body).timeout(Some(self.timeout));
        let answer = self.client.send_request(subject, request).await;
        // Without the subject, whose user could read like an error of the identity service.
        let all = format!("{}.* of NATS", self.prefix);
        let answer = answer.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => format!(
                "nothing answers on {all}: start the token service, which subscribes there, or let it \
                 subscribe"
            ),
            RequestErrorKind::TimedOut => format!(
                "the token service has not answered on {all} within {}: see whether it works, or \
                 lengthen tokens.timeout",
                show_duration(self.timeout)
            ),
            _ => format!("NATS could not pass on a request on {all}: {error}"),
        })?;
        reply::parse(&format!("the token service on {all}"), &answer.payload)
    }
}
