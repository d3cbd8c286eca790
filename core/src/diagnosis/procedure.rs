//! The way from a token to a notification, step by step, for whoever wants to know where it ends.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

use super::{facts as form, trace::Sight};
use crate::auth::{AccessToken, app_only};
use crate::graph::{Answer, Endpoint};
use crate::socketio::{Argument, Connection, NotificationUrl, SocketEvent};
use crate::{Client, Error, ErrorKind, Resource, redact};

/// What was seen at a step: names and values, none of them a secret. They are for people: their
/// wording is not stable.
pub(super) type Seen = Vec<(String, String)>;

/// A step on the way from a token to the first notification, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagnosisStep {
    /// The credential gives a token.
    Token,
    /// Graph gives an endpoint.
    Endpoint,
    /// The endpoint is good for a while.
    Expiry,
    /// The notification server agrees to speak WebSocket.
    Upgrade,
    /// It opens an Engine.IO session.
    Open,
    /// It accepts the URL's namespace.
    Join,
    /// It tells of a change.
    Notification,
}

impl DiagnosisStep {
    /// A stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Endpoint => "endpoint",
            Self::Expiry => "expiry",
            Self::Upgrade => "upgrade",
            Self::Open => "open",
            Self::Join => "join",
            Self::Notification => "notification",
        }
    }
}

impl fmt::Display for DiagnosisStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came of a step. It can be shown to anybody: tokens, URLs and ids are told by their form.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// Which step.
    pub step: DiagnosisStep,
    /// How long it took.
    pub took: Duration,
    /// What was seen: names and values, for people; their wording is not stable.
    pub seen: Vec<(String, String)>,
    /// Why it failed, if it did. The error's own text may hold what Graph says, ids for instance.
    pub error: Option<Error>,
}

/// A connection at the end of the way, on which notifications arrive.
#[derive(Debug)]
pub struct Diagnosis {
    connection: Connection,
}

impl Client {
    /// Goes the way from a token to a live connection once, without repeating anything, and tells
    /// of each step when it is over: up to [`DiagnosisStep::Join`], or to the first that fails.
    ///
    /// For finding out why a subscription does not become live, and what a server is like.
    pub async fn diagnose(
        &self,
        resource: &Resource,
        mut found: impl FnMut(Finding) + Send,
    ) -> Option<Diagnosis> {
        let graph = &self.graph;
        let token = timed(
            DiagnosisStep::Token,
            graph.tokens.get(graph.tokens.request()),
            token_seen,
        );
        told(token.await, &mut found)?;

        let asked = timed(DiagnosisStep::Endpoint, self.ask(resource), |asked| {
            endpoint_seen(&asked.answer)
        });
        let asked = told(asked.await, &mut found)?;
        found(Finding {
            step: DiagnosisStep::Expiry,
            took: Duration::ZERO,
            seen: expiry_seen(&asked, SystemTime::now()),
            error: None,
        });

        let url = asked.url;
        let mut sight = Sight::new(&url);
        let (network, options) = (&graph.network, &self.family.socket);
        let opened = Connection::open_observed(network, &url, options, &mut sight).await;
        let (connection, failure) = match opened {
            Ok(connection) => (Some(connection), None),
            Err(error) => (None, Some(error)),
        };
        sight.findings(failure).into_iter().for_each(found);
        connection.map(|connection| Diagnosis { connection })
    }

    async fn ask(&self, resource: &Resource) -> Result<Asked, Error> {
        let path = resource.subscription_path();
        let answer = self.graph.get(&path).await?;
        let endpoint = Endpoint::parse(&answer.body, SystemTime::now()).map_err(|error| {
            let id = answer.client_request_id.clone();
            error.with_request_ids(answer.request_id.clone(), Some(id))
        })?;
        Ok(Asked {
            url: NotificationUrl::parse(endpoint.notification_url())?,
            endpoint,
            answer,
        })
    }
}

/// What Graph was asked for, with the answer as it came.
struct Asked {
    answer: Answer,
    endpoint: Endpoint,
    url: NotificationUrl,
}

impl Diagnosis {
    /// Waits until the service tells of a change, or ends the connection.
    pub async fn notification(&mut self) -> Finding {
        let began = Instant::now();
        let mut seen = Seen::new();
        let error = loop {
            match self.connection.next_event().await {
                Ok(event) if event.name == "notification" => {
                    seen.extend(event_seen(&event));
                    break None;
                }
                Ok(event) => {
                    seen.push(("event".to_owned(), self.connection.redact(&event.name)));
                    seen.extend(event_seen(&event));
                }
                Err(reason) => {
                    let message = format!("the connection has ended: {reason}");
                    let error = Error::new(ErrorKind::ConnectionFailed, message);
                    break Some(error.with_reason(reason));
                }
            }
        };
        Finding {
            step: DiagnosisStep::Notification,
            took: began.elapsed(),
            seen,
            error,
        }
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        self.connection.close(|_| {}).await;
    }
}

/// Takes a step, and its time.
async fn timed<T>(
    step: DiagnosisStep,
    taking: impl Future<Output = Result<T, Error>>,
    seen: impl FnOnce(&T) -> Seen,
) -> (Finding, Option<T>) {
    let began = Instant::now();
    let result = taking.await;
    let took = began.elapsed();
    let (seen, error, value) = match result {
        Ok(value) => (seen(&value), None, Some(value)),
        Err(error) => (Seen::new(), Some(error), None),
    };
    let finding = Finding {
        step,
        took,
        seen,
        error,
    };
    (finding, value)
}

fn told<T>((finding, value): (Finding, Option<T>), found: &mut impl FnMut(Finding)) -> Option<T> {
    found(finding);
    value
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// What a token says of itself is for whoever gave it; here it explains an error to come.
fn token_seen(token: &AccessToken) -> Seen {
    let Some(claims) = app_only::claims(token.expose()) else {
        return vec![fact("form", "opaque, as personal accounts have it")];
    };
    let user = if app_only::are_app_only(&claims) {
        "an application alone, which this API does not support"
    } else {
        "a user who has signed in"
    };
    let mut seen = vec![fact("form", "JWT"), fact("stands for", user)];
    for (name, claim) in [("scopes", "scp"), ("audience", "aud")] {
        if let Some(value) = claims[claim].as_str() {
            seen.push(fact(name, value));
        }
    }
    let expiry = claims["exp"].as_u64().map(Duration::from_secs);
    if let Some(expiry) = expiry.and_then(|expiry| SystemTime::UNIX_EPOCH.checked_add(expiry)) {
        seen.push(fact("expires", rest(expiry, SystemTime::now())));
    }
    seen
}

fn endpoint_seen(answer: &Answer) -> Seen {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let mut seen = vec![fact("bytes", answer.body.len().to_string())];
    if let Some(fields) = body.as_object() {
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        seen.push(fact("fields", names.join(", ")));
        for name in ["id", "clientState"] {
            seen.push(fact(name, redact::json(&body[name])));
        }
    }
    if let Some(url) = body["notificationUrl"].as_str() {
        seen.extend(url_seen(url));
    }
    seen
}

/// Host and path, and of the query, which is the secret, the names.
fn url_seen(text: &str) -> Seen {
    let Ok(url) = NotificationUrl::parse(text) else {
        return vec![fact("notificationUrl", "of no use")];
    };
    let query = text.split_once('?').map_or("", |(_, query)| query);
    vec![
        fact("host", url.host()),
        fact("path", url.namespace()),
        fact("query", redact::query(query)),
    ]
}

fn expiry_seen(asked: &Asked, now: SystemTime) -> Seen {
    let Asked {
        answer, endpoint, ..
    } = asked;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let given = match &body["expirationDateTime"] {
        Value::String(text) if text.len() < 40 => text.clone(),
        Value::Null => "not given, taken as one hour".to_owned(),
        _ => "not readable, taken as one hour".to_owned(),
    };
    let mut seen = vec![
        fact("expirationDateTime", given),
        fact("expires", rest(endpoint.expires_at(), now)),
    ];
    if let Some(date) = answer.date {
        let (ahead, behind) = (date.duration_since(now), now.duration_since(date));
        let clock = match (ahead, behind) {
            (Ok(ahead), _) if ahead > CLOCKS_AGREE => {
                format!("{} s behind Graph's", ahead.as_secs())
            }
            (_, Ok(behind)) if behind > CLOCKS_AGREE => {
                format!("{} s ahead of Graph's", behind.as_secs())
            }
            _ => "agrees with Graph's".to_owned(),
        };
        seen.push(fact("this machine's clock", clock));
    }
    seen
}

/// The header `Date` counts whole seconds, and an answer takes its time.
const CLOCKS_AGREE: Duration = Duration::from_secs(5);

fn rest(expiry: SystemTime, now: SystemTime) -> String {
    match expiry.duration_since(now) {
        Ok(rest) => format!("in {} s", rest.as_secs()),
        Err(late) => format!("{} s ago", late.duration().as_secs()),
    }
}

fn event_seen(event: &SocketEvent) -> Seen {
    match &event.argument {
        None => vec![fact("argument", "none")],
        Some(Argument::Text(argument)) => {
            let mut seen = vec![fact("argument", "a text that holds JSON")];
            seen.extend(form::fields("argument", &argument.text));
            seen
        }
        Some(Argument::Json(json)) => {
            let mut seen = vec![fact("argument", "JSON itself")];
            seen.extend(form::fields("argument", json));
            seen
        }
    }
}
