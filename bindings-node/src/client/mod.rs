pub(crate) mod endpoint;

use drivebell::declarations::CLIENT_OPTIONS;
use drivebell::{Client, Credential};
use napi::Result;
use napi::bindgen_prelude::{Either, Function, Object};
use napi_derive::napi;

use crate::auth::credential::{self, NativeTokenCall};
use crate::client::endpoint::NativeEndpoint;
use crate::error::NativeError;
use crate::options;
use crate::outcome::outcome;
use crate::resource::NativeResource;
use crate::runtime::operation::{self, CloseOutcome, NativeOperation};
use crate::session::subscription::NativeSubscription;

#[napi]
pub struct NativeClient(Client);

outcome!(ClientOutcome(NativeClient));
outcome!(EndpointOutcome(NativeEndpoint));
outcome!(SubscriptionOutcome(NativeSubscription));

impl From<Client> for NativeClient {
    fn from(client: Client) -> Self {
        Self(client)
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

#[expect(clippy::result_large_err, reason = "once for each call that fails")]
fn build(
    credential: std::result::Result<Credential, drivebell::Error>,
    given: options::Given,
) -> std::result::Result<Client, NativeError> {
    let mut builder = Client::builder(credential?);
    for (spec, value) in given? {
        builder.set(spec, value)?;
    }
    Ok(builder.build()?)
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
        options: Object<'_>,
    ) -> Result<ClientOutcome> {
        let given = options::read(CLIENT_OPTIONS, &options)?;
        Ok(build(take_credential(credential)?, given).into())
    }

    /// Makes a client for another user.
    #[napi(catch_unwind)]
    pub fn with_credential(
        &self,
        credential: Either<String, Function<'_, NativeTokenCall, ()>>,
    ) -> Result<ClientOutcome> {
        let credential = take_credential(credential)?;
        Ok(self
            .0
            .check_open()
            .and(credential)
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
                client.check_open()?;
                Ok(client.subscribe_without_waiting(&resource))
            }
        })
    }

    /// Starts to close at once. Settles when everything that the client has opened has ended.
    #[napi(catch_unwind)]
    pub fn close(&self, settle: Function<'_, CloseOutcome, ()>) -> Result<NativeOperation> {
        self.0.start_close();
        let client = self.0.clone();
        operation::start(&settle, async move {
            client.close().await;
            Ok(())
        })
    }

    /// Returns an error if the client is closed.
    #[napi(catch_unwind)]
    pub fn check_open(&self) -> Option<NativeError> {
        self.0.check_open().err().map(Into::into)
    }
}
