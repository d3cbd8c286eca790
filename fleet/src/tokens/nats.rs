use std::time::Duration;

use async_nats::{Client, Request, RequestErrorKind};
use bytes::Bytes;
use drivebell::BoxError;

use super::reply::{self, Reply};
use super::request::user_token;
use crate::config::show_duration;

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
        let subject = format!("{}.{}", self.prefix, user_token(user));
        let request = Request::new().payload(body).timeout(Some(self.timeout));
        let answer = self.client.send_request(subject.clone(), request).await;
        let answer = answer.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => format!(
                "nothing answers on {subject} of NATS: start the token service, which subscribes to \
                 {}.*, or let it subscribe",
                self.prefix
            ),
            RequestErrorKind::TimedOut => format!(
                "the token service has not answered on {subject} of NATS within {}: see whether it \
                 works, or lengthen tokens.timeout",
                show_duration(self.timeout)
            ),
            _ => format!("NATS could not pass on a request for a token on {subject}: {error}"),
        })?;
        reply::parse(
            &format!("the token service on {}.* of NATS", self.prefix),
            &answer.payload,
        )
    }
}
