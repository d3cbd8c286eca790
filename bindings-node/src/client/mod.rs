pub(crate) mod endpoint;

use std::path::Path;

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

/// Node trusts the certificates in the file that it names, in addition to the others.
const EXTRA_CERTIFICATES: &str = "NODE_EXTRA_CA_CERTS";

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
    extra_certificates: Option<String>,
) -> std::result::Result<Client, NativeError> {
    let mut builder = Client::builder(credential?);
    if let Some(path) = extra_certificates {
        builder = builder.trust(EXTRA_CERTIFICATES, Path::new(&path))?;
    }
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
    /// `extra_certificates` is the path that `NODE_EXTRA_CA_CERTS` names, which
    /// `unreadable_certificates` has found to be readable.
    ///
    /// `credential` is a token, or a function that settles each call it gets; without a call, it is
    /// to give up the one under way. `class_names` are those of the object behind the function.
    #[napi(catch_unwind)]
    pub fn create(
        #[napi(ts_arg_type = "string | ((call: NativeTokenCall | null) => void)")]
        credential: FromJs<'_>,
        class_names: Vec<String>,
        options: Object<'_>,
        extra_certificates: Option<String>,
    ) -> Result<ClientOutcome> {
        let given = options::read(CLIENT_OPTIONS, &options)?;
        let credential = credential::take(credential, &class_names)?;
        Ok(build(credential, given, extra_certificates).into())
    }

    /// Says why the file that `NODE_EXTRA_CA_CERTS` names cannot be used; null if it can.
    #[napi(catch_unwind)]
    pub fn unreadable_certificates(path: String) -> Option<String> {
        // Any credential will do: nothing is sent.
        let builder = Client::builder(Credential::token("none").ok()?);
        let trusted = builder.trust(EXTRA_CERTIFICATES, Path::new(&path));
        trusted.err().map(|error| error.to_string())
    }

    /// Makes a client for another user. Without a label, it has the same.
    #[napi(catch_unwind)]
    pub fn with_credential(
        &self,
        #[napi(ts_arg_type = "string | ((call: NativeTokenCall | null) => void)")]
        credential: FromJs<'_>,
        class_names: Vec<String>,
        label: Option<String>,
    ) -> Result<ClientOutcome> {
        let credential = credential::take(credential, &class_names)?;
        let credential = self.0.check_open().and(credential);
        let client = credential.and_then(|credential| match label {
            None => Ok(self.0.with_credential(credential)),
            Some(label) => self.0.with_credential_and_label(credential, &label),
        });
        Ok(client.into())
    }

    #[napi(getter, catch_unwind)]
    pub fn label(&self) -> Option<String> {
        self.0.label().map(str::to_owned)
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
