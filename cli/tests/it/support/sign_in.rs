use std::fs;
use std::path::PathBuf;

use drivebell_simulator::{Builder, SignInTime, Simulator};
use serde_json::Value;

use super::{Folder, Run, Setup, builder, within};

pub(crate) const CLIENT_ID: &str = "2f4a1ee1-0000-4000-8000-000000000001";

/// The account that signs in.
pub(crate) const ACCOUNT: &str = "alex@contoso.com";

/// A simulator whose user signs in only when the test says so.
pub(crate) fn slow_person() -> Builder {
    builder().sign_in_takes(SignInTime::Never)
}

/// A person who signs in, and the folder for the login.
pub(crate) struct Person<'a> {
    simulator: &'a Simulator,
    pub(crate) folder: Folder,
}

impl<'a> Person<'a> {
    pub(crate) fn new(simulator: &'a Simulator) -> Self {
        let folder = Folder::new();
        Self { simulator, folder }
    }

    /// Has signed in already, where nobody is slow.
    pub(crate) async fn signed_in(simulator: &'a Simulator) -> Self {
        let person = Self::new(simulator);
        let ended = person.login().end().await;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        person
    }

    /// Has no other token than that of the login, and no address.
    pub(crate) fn setup(&self) -> Setup<'a> {
        self.with_config(Setup::bare(self.simulator))
    }

    fn with_config(&self, setup: Setup<'a>) -> Setup<'a> {
        let folder = self.config();
        setup.env("DRIVEBELL_CONFIG_DIR", folder.to_str().expect("text"))
    }

    /// The login signs in at the simulator, for the simulator.
    pub(crate) fn login_setup(&self) -> Setup<'a> {
        let url = self.simulator.base_url();
        let setup = self.setup().arg("login").arg("--client-id").arg(CLIENT_ID);
        let setup = setup.arg("--base-url").arg(&url);
        setup.arg("--login-url").arg(&url)
    }

    pub(crate) fn login(&self) -> Run<'a> {
        self.login_setup().start("")
    }

    pub(crate) async fn approve(&self) {
        self.control("identity/approve").await;
    }

    pub(crate) async fn decline(&self) {
        self.control("identity/decline").await;
    }

    /// Ends all logins.
    pub(crate) async fn revoke(&self) {
        self.control("identity/revoke").await;
    }

    async fn control(&self, action: &str) {
        let url = format!("{}/_simulator/{action}", self.simulator.base_url());
        let response = within(http().post(url).send()).await.expect("a response");
        assert!(response.status().is_success(), "{response:?}");
    }

    /// The token requests so far.
    pub(crate) async fn token_requests(&self) -> Vec<Value> {
        let url = format!("{}/_simulator/identity", self.simulator.base_url());
        let response = within(http().get(url).send()).await.expect("a response");
        let status = within(response.bytes()).await.expect("a body");
        let status: Value = serde_json::from_slice(&status).expect("JSON");
        status["tokenRequests"].as_array().expect("a list").clone()
    }

    /// The folder that the command creates.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.file("config")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.config().join("login.json")
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.file()).expect("a login")
    }

    pub(crate) fn refresh_token(&self) -> String {
        let login: Value = serde_json::from_str(&self.text()).expect("JSON");
        login["refresh_token"].as_str().expect("a token").to_owned()
    }
}

fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}
