pub(crate) mod endpoint;
pub(crate) mod options;

use drivebell::{Client, Credential, Endpoint, Subscription};
use napi::Result;
use napi::bindgen_prelude::{Either, Function};
use napi_derive::napi;

use crate::auth::credential::{self, NativeTokenCall};
use crate::client::endpoint::NativeEndpoint;
use crate::client::options::NativeClientOptions;
use crate::error::NativeError;
use crate::resource::NativeResource;
use crate::runtime::operation::{self, NativeOperation};
use crate::session::subscription::NativeSubscription;

#[napi]
pub struct NativeClient(Client);

#[napi(object, object_from_js = false)]
pub struct ClientOutcome {
    pub value: Option<NativeClient>,
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct EndpointOutcome {
    pub value: Option<NativeEndpoint>,
    pub error: Option<NativeError>,
}

#[napi(object, object_from_js = false)]
pub struct SubscriptionOutcome {
    pub value: Option<NativeSubscription>,
    pub error: Option<NativeError>,
}

impl From<std::result::Result<Endpoint, NativeError>> for EndpointOutcome {
    fn from(result: std::result::Result<Endpoint, NativeError>) -> Self {
        let (value, error) = match result {
            Ok(endpoint) => (Some(endpoint.into()), None),
            Err(error) => (None, Some(error)),
        };
        Self { value, error }
    }
}

impl From<std::result::Result<Subscription, NativeError>> for SubscriptionOutcome {
    fn from(result: std::result::Result<Subscription, NativeError>) -> Self {
        let (value, error) = match result {
            Ok(subscription) => (Some(NativeSubscription::new(subscription)), None),
            Err(error) => (None, Some(error)),
        };
        Self { value, error }
    }
}

impl From<std::result::Result<Client, drivebell::Error>> for ClientOutcome {
    fn from(result: std::result::Result<Client, drivebell::Error>) -> Self {
        let (value, error) = match result {
            Ok(client) => (Some(NativeClient(client)), None),
            Err(error) => (None, Some(error.into())),
        };
        Self { value, error }
    }
}

fn take_credential(
    credential: Either<String, Function<'_, NativeTokenCall, ()>>,
) -> Result<std::result::Result<Credential, drivebell::Error>> {
    Ok(match credential {
        Either::A(token) => Credential::token(token),
        Either::B(function) => Ok(credential::from_function(&function)?),
    })
}

impl NativeClient {
    pub(crate) fn core(&self) -> &Client {
        &self.0
    }
}

#[napi]
impl NativeClient {
    /// `credential` is a token, or a function that settles each call it gets.
    #[napi(catch_unwind)]
    pub fn create(
        credential: Either<String, Function<'_, NativeTokenCall, ()>>,
        options: NativeClientOptions,
    ) -> Result<ClientOutcome> {
        let credential = take_credential(credential)?;
        let client = credential.and_then(|credential| options.build(credential));
        Ok(client.into())
    }

    /// Makes a client for another user.
    #[napi(catch_unwind)]
    pub fn with_credential(
        &self,
        credential: Either<String, Function<'_, NativeTokenCall, ()>>,
    ) -> Result<ClientOutcome> {
        let credential = take_credential(credential)?;
        Ok(credential
            .map(|credential| self.0.with_credential(credential))
            .into())
    }

    #[napi(catch_unwind)]
    pub fn endpoint(
        &self,
        resource: &NativeResource,
        settle: Function<'_, EndpointOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (client, resource) = (self.0.clone(), resource.0.clone());
        operation::start(&settle, async move { client.endpoint(&resource).await })
    }

    /// Settles at once unless `wait_live` is set.
    #[napi(catch_unwind)]
    pub fn subscribe(
        &self,
        resource: &NativeResource,
        wait_live: bool,
        settle: Function<'_, SubscriptionOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (client, resource) = (self.0.clone(), resource.0.clone());
        operation::start(&settle, async move {
            if wait_live {
                client.subscribe(&resource).await
            } else {
                Ok(client.subscribe_without_waiting(&resource))
            }
        })
    }
}
