use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::log_limit::limited;
use crate::redact;
use crate::same_json::same_json;
use crate::secret::Secret;
use crate::socketio::NotificationUrl;
use crate::{Error, ErrorKind, timestamp};

/// The assumed lifetime of an endpoint without a readable expiry: about what others were observed
/// to have.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The header `Date` counts whole seconds, and a response takes time to arrive.
const CLOCKS_AGREE_WITHIN: Duration = Duration::from_secs(60);

/// The endpoint to which Graph pushes the notifications of one resource: its response to "Get
/// websocket endpoint".
///
/// The notification URL is a secret: anyone who has it receives the notifications. `Debug` shows
/// only its host.
#[derive(Clone)]
pub struct Endpoint {
    id: Option<String>,
    notification_url: Secret,
    url: NotificationUrl,
    expires_at: SystemTime,
    client_state: Option<String>,
    /// Names and JSON texts: parsed, they could take a hundred times the memory.
    additional_data: Vec<(String, Box<RawValue>)>,
}

/// The response as names and JSON texts. A map, in which the last of a doubled key wins.
struct Body<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Body<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(Self)
    }

    fn take<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, serde_json::Error> {
        match self.0.remove(name) {
            Some(value) => serde_json::from_str(value.get()),
            None => Ok(None),
        }
    }
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other)
        .unwrap_or_else(|error| error.duration())
}

impl Endpoint {
    pub(crate) fn parse(body: &[u8], now: SystemTime) -> Result<Self, Error> {
        let mut body = Body::parse(body).map_err(|error| other_response(shape_problem(&error)))?;
        let mut text = |name| {
            let text: Result<Option<String>, _> = body.take(name);
            text.map_err(|error| other_response(shape_problem(&error)))
        };
        let (id, client_state) = (text("id")?, text("clientState")?);
        let notification_url =
            text("notificationUrl")?.ok_or_else(|| other_response(NO_NOTIFICATION_URL))?;
        let url = NotificationUrl::parse(&notification_url)?;
        // Any JSON: an endpoint with a malformed expiry is still usable.
        let expiry: Option<&RawValue> = body.take("expirationDateTime").unwrap_or_default();
        let expires_at = expiry
            .and_then(|json| serde_json::from_str::<String>(json.get()).ok())
            .and_then(|text| timestamp::parse(&text));
        if expires_at.is_none() && expiry.is_some() {
            limited!(
                WARN,
                "the endpoint's expiry is not readable; assuming one hour"
            );
        }
        Ok(Self {
            id,
            notification_url: Secret::new(&notification_url),
            url,
            expires_at: expires_at.unwrap_or(now + ASSUMED_LIFETIME),
            client_state,
            additional_data: body
                .0
                .into_iter()
                .map(|(name, json)| (name, json.to_owned()))
                .collect(),
        })
    }

    /// Reads Graph's response again, for the bindings: copies in other processes.
    ///
    /// # Errors
    /// `Protocol`, as for a response of Graph.
    #[doc(hidden)]
    pub fn from_json(json: &str) -> Result<Self, Error> {
        Self::parse(json.as_bytes(), SystemTime::now())
    }

    /// Graph's response without its secret, for [`from_json`](Self::from_json): of the URL, only the
    /// host is there.
    #[doc(hidden)]
    pub fn json_without_secret(&self) -> String {
        let text = |text: &str| Value::from(text).to_string();
        let url = text(&format!("https://{}/", self.host()));
        let expiry = jiff::Timestamp::try_from(self.expires_at).ok();
        let known = [
            ("id", self.id.as_deref().map(text)),
            ("notificationUrl", Some(url)),
            (
                "expirationDateTime",
                expiry.map(|expiry| text(&expiry.to_string())),
            ),
            ("clientState", self.client_state.as_deref().map(text)),
        ];
        let known = known
            .into_iter()
            .filter_map(|(name, json)| Some((name, RawValue::from_string(json?).ok()?)));
        let others = self.additional_data.iter();
        let others = others.map(|(name, json)| (name.as_str(), json.clone()));
        let fields: BTreeMap<&str, Box<RawValue>> = known.chain(others).collect();
        serde_json::to_string(&fields).unwrap_or_default()
    }

    /// The id of the subscription that Graph made.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The Socket.IO URL, for use with another client. **A secret**: do not log it.
    pub fn notification_url(&self) -> &str {
        self.notification_url.expose()
    }

    /// The host of the notification URL, which may be shown.
    pub fn host(&self) -> &str {
        self.url.host()
    }

    /// The notification URL as the Socket.IO client needs it.
    pub(crate) fn url(&self) -> &NotificationUrl {
        &self.url
    }

    /// When the URL stops working. One hour after the response if Graph gave no readable expiry.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// The time from `now`, by this machine's clock, until the expiry. `server_date` is the
    /// server's clock at the same moment. If the two clocks are far apart, the server's counts.
    pub(crate) fn lifetime(&self, now: SystemTime, server_date: Option<SystemTime>) -> Duration {
        let disagrees = |date: &SystemTime| distance(*date, now) > CLOCKS_AGREE_WITHIN;
        let now = server_date.filter(disagrees).unwrap_or(now);
        let lifetime = self.expires_at.duration_since(now).unwrap_or_default();
        if lifetime.is_zero() {
            limited!(
                WARN,
                "the endpoint had expired when it was given; assuming one hour"
            );
            return ASSUMED_LIFETIME;
        }
        lifetime
    }

    /// `clientState`: the same for every user, as far as we know.
    pub fn client_state(&self) -> Option<&str> {
        self.client_state.as_deref()
    }

    /// The fields of the response that have no accessor here, by their Graph names.
    pub fn additional_data(&self) -> Map<String, Value> {
        let parsed = |json: &RawValue| serde_json::from_str(json.get()).unwrap_or_default();
        let fields = self.additional_data.iter();
        fields
            .map(|(name, json)| (name.clone(), parsed(json)))
            .collect()
    }

    /// The same as a JSON object, for the bindings.
    #[doc(hidden)]
    pub fn additional_json(&self) -> String {
        let fields: BTreeMap<&str, &RawValue> = self
            .additional_data
            .iter()
            .map(|(name, json)| (name.as_str(), &**json))
            .collect();
        serde_json::to_string(&fields).unwrap_or_default()
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.notification_url == other.notification_url
            && self.expires_at == other.expires_at
            && self.client_state == other.client_state
            && same_json(&self.additional_json(), &other.additional_json())
    }
}

impl Eq for Endpoint {}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field(
                "notification_url",
                &format_args!("{}", redact::url(self.host())),
            )
            .field("expires_at", &self.expires_at)
            .field("client_state", &self.client_state)
            .finish_non_exhaustive()
    }
}

const NO_NOTIFICATION_URL: &str =
    "it has no text field notificationUrl, or a field of another type";

fn other_response(problem: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!(
            "the response is not a notification endpoint: {problem}; check that base_url is \
             Microsoft Graph"
        ),
    )
}

/// Replaces serde's own text, which may quote a value of the body, such as the URL.
fn shape_problem(error: &serde_json::Error) -> &'static str {
    use serde_json::error::Category;
    match error.classify() {
        Category::Data => NO_NOTIFICATION_URL,
        Category::Syntax | Category::Eof | Category::Io => "it is not JSON",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBSERVED: &str = r#"{
        "@odata.context":"https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
        "clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37",
        "expirationDateTime":"2025-12-24T03:32:50.8792357Z",
        "id":"f267729a-51a1-4e7b-a65d-fe76017a5b81",
        "notificationUrl":"https://southcentralus1-7.pushnp.svc.ms/notifications?token=s3cr3t&applicationId=a"
    }"#;

    fn parse(body: &str) -> Result<Endpoint, Error> {
        Endpoint::parse(body.as_bytes(), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn reads_the_observed_response() {
        let endpoint = parse(OBSERVED).unwrap();
        assert_eq!(endpoint.id(), Some("f267729a-51a1-4e7b-a65d-fe76017a5b81"));
        assert_eq!(
            endpoint.expires_at(),
            SystemTime::UNIX_EPOCH + Duration::new(1_766_547_170, 879_235_700)
        );
        assert_eq!(endpoint.host(), "southcentralus1-7.pushnp.svc.ms");
        assert!(
            endpoint
                .client_state()
                .unwrap()
                .starts_with("system-managed:")
        );
        assert!(endpoint.additional_data().contains_key("@odata.context"));
        assert!(
            endpoint
                .notification_url()
                .ends_with("?token=s3cr3t&applicationId=a")
        );
        assert!(!format!("{endpoint:?}").contains("s3cr3t"));
    }

    #[test]
    fn a_copy_without_the_secret_has_all_else() {
        let endpoint = parse(OBSERVED).unwrap();
        let json = endpoint.json_without_secret();
        assert!(!json.contains("s3cr3t"), "{json}");
        let copy = Endpoint::from_json(&json).unwrap();
        assert_ne!(copy, endpoint);
        let known = |it: &Endpoint| {
            let texts =
                [it.id(), it.client_state(), Some(it.host())].map(|it| it.map(str::to_owned));
            (texts, it.expires_at(), it.additional_data())
        };
        assert_eq!(known(&copy), known(&endpoint));
    }

    #[test]
    fn an_expiry_that_is_missing_or_malformed_is_one_hour() {
        let hour = SystemTime::UNIX_EPOCH + ASSUMED_LIFETIME;
        for expiry in [
            "",
            r#","expirationDateTime":"soon""#,
            r#","expirationDateTime":7"#,
        ] {
            let body = format!(
                r#"{{"notificationUrl":"https://f3hb0mpua.svc.ms/zbaehwg/callback?snthgk=s"{expiry}}}"#
            );
            assert_eq!(parse(&body).unwrap().expires_at(), hour, "{expiry}");
        }
    }

    #[test]
    fn the_servers_clock_counts_where_the_clocks_disagree() {
        let endpoint = parse(OBSERVED).unwrap();
        let seconds = Duration::from_secs;
        let expiry = endpoint.expires_at();
        let now = expiry - seconds(3000);
        for (date, lifetime) in [
            (None, 3000),
            // The header counts whole seconds, and arrives late.
            (Some(now - seconds(2)), 3000),
            (Some(now + seconds(59)), 3000),
            (Some(expiry - seconds(600)), 600),
            (Some(expiry - seconds(3600)), 3600),
            // It cannot have expired when it is given.
            (Some(expiry), 3600),
            (Some(expiry + seconds(600)), 3600),
        ] {
            assert_eq!(endpoint.lifetime(now, date), seconds(lifetime), "{date:?}");
        }
        let late = expiry + seconds(1);
        assert_eq!(endpoint.lifetime(late, None), seconds(3600));
    }

    #[test]
    fn the_last_of_a_doubled_field_wins() {
        let body = r#"{"id":"a","id":"b","notificationUrl":"https://a.example/n?t=1",
            "notificationUrl":"https://b.example/n?t=2"}"#;
        let endpoint = parse(body).unwrap();
        assert_eq!((endpoint.id(), endpoint.host()), (Some("b"), "b.example"));
    }

    #[test]
    fn other_responses_are_protocol_errors_that_show_no_secret() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"notificationUrl":7}"#,
            r#"{"notificationUrl":""}"#,
            r#"{"notificationUrl":"s3cr3t"}"#,
            r#"{"notificationUrl":"ftp://host/s3cr3t"}"#,
            r#"{"notificationUrl":"http://elsewhere.example/n?token=s3cr3t"}"#,
            r#"{"notificationUrl":"https://user:s3cr3t@host/n"}"#,
            r#"{"notificationUrl":"https:///n?s3cr3t"}"#,
            r#"{"id":7,"notificationUrl":"https://host/n?s3cr3t"}"#,
        ] {
            let error = parse(body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
            assert!(!format!("{error}{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
}
