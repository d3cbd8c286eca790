pub(crate) mod endpoint;

use drivebell::declarations::CLIENT_OPTIONS;
use drivebell::{Client, Credential};
use napi::Result;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;

use crate::auth::credential::{self, FromJs};
use crate::client::endpoint::NativeEndpoint;
use crate::error::NativeError;
use crate::options;
use crate::outcome::outcome;
use crate::resource::{NativeResource, ResourceOutcome};
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};
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
    /// `credential` is a token, or a function that settles each call it gets; without a call, it is
    /// to give up the one under way. `class_names` are those of the object behind the function.
    #[napi(catch_unwind)]
    pub fn create(
        #[napi(ts_arg_type = "string | ((call: NativeTokenCall | null) => void)")]
        credential: FromJs<'_>,
        class_names: Vec<String>,
        options: Object<'_>,
    ) -> Result<ClientOutcome> {
        let given = options::read(CLIENT_OPTIONS, &options)?;
        Ok(build(credential::take(credential, &class_names)?, given).into())
    }

    /// Makes a client for another user.
    #[napi(catch_unwind)]
    pub fn with_credential(
        &self,
        #[napi(ts_arg_type = "string | ((call: NativeTokenCall | null) => void)")]
        credential: FromJs<'_>,
        class_names: Vec<String>,
    ) -> Result<ClientOutcome> {
        let credential = credential::take(credential, &class_names)?;
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

    #[napi(catch_unwind)]
    pub fn find_resource(
        &self,
        text: String,
        settle: Function<'_, ResourceOutcome, ()>,
    ) -> Result<NativeOperation> {
        let client = self.0.clone();
        operation::start(&settle, async move { client.find_resource(&text).await })
    }

    #[napi(catch_unwind)]
    pub fn sign_in(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
        let client = self.0.clone();
        operation::start(&settle, async move { client.sign_in().await })
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
    pub fn close(&self, settle: Function<'_, DoneOutcome, ()>) -> Result<NativeOperation> {
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
