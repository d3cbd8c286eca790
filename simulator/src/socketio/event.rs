//! The argument of the event `notification`.

use serde::Serialize;

use crate::behaviour::{Argument, Payload};
use crate::clock;
use crate::notifications::{CLIENT_STATE, Subscription};

/// The tenant of all personal accounts, as in the observed event.
const TENANT_ID: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const SITE_URL: &str = "/personal/5a0b9e159b3310ad";
const WEB_ID: &str = "be8f18aa-284c-4452-8e7d-3db9e0e4babd";
const USER_ID: &str = "5a0b9e159b3310ad";

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum EventArgument<'a> {
    Text(String),
    Object(Body<'a>),
}

/// The fields are in the observed order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Body<'a> {
    Observed(Observed<'a>),
    Flat(Flat<'a>),
}

#[derive(Debug, Serialize)]
pub(crate) struct Observed<'a> {
    value: [Notification<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    subscription_id: &'a str,
    client_state: &'static str,
    expiration_date_time: String,
    resource: &'a str,
    tenant_id: &'static str,
    site_url: &'static str,
    web_id: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flat<'a> {
    subscription_id: &'a str,
    client_state: &'static str,
    subscription_expiration_date_time: String,
    user_id: &'static str,
    resource: &'a str,
}

impl<'a> EventArgument<'a> {
    pub(crate) fn new(
        subscription: &'a Subscription,
        payload: Payload,
        argument: Argument,
    ) -> Result<Self, serde_json::Error> {
        let expires_at = clock::precise(subscription.announced_expiry);
        let body = match payload {
            Payload::Observed => Body::Observed(Observed {
                value: [Notification {
                    subscription_id: &subscription.id,
                    client_state: CLIENT_STATE,
                    expiration_date_time: expires_at,
                    resource: &subscription.list_id,
                    tenant_id: TENANT_ID,
                    site_url: SITE_URL,
                    web_id: WEB_ID,
                }],
            }),
            Payload::Flat => Body::Flat(Flat {
                subscription_id: &subscription.id,
                client_state: CLIENT_STATE,
                subscription_expiration_date_time: expires_at,
                user_id: USER_ID,
                resource: &subscription.list_id,
            }),
        };
        match argument {
            Argument::String => serde_json::to_string(&body).map(Self::Text),
            Argument::Object => Ok(Self::Object(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn field_for_field_as_observed() {
        let expires_at = Timestamp::new(1_778_536_347, 520_000_000).expect("in range");
        let mut subscription = Subscription::expiring("d", expires_at);
        subscription.id = "5554a2f6-1959-4b95-96f4-369b49212df9".into();
        subscription.list_id = "b8a61df7-e8b3-4e48-9cc2-73425b82160e".into();
        let argument = EventArgument::new(&subscription, Payload::Observed, Argument::String)
            .expect("serializes");
        let expected = r#"{"value":[{"subscriptionId":"5554a2f6-1959-4b95-96f4-369b49212df9","clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37","expirationDateTime":"2026-05-11T21:52:27.5200000Z","resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e","tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad","siteUrl":"/personal/5a0b9e159b3310ad","webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}]}"#;
        assert!(matches!(argument, EventArgument::Text(text) if text == expected));
    }
}
