//! The claims of an access token.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::revocation::Generation;
use super::scopes::Scopes;
use super::subject::Subject;

/// What an application may do without a user.
const ROLES: [&str; 2] = ["Files.Read.All", "Sites.Read.All"];

/// The claims of an access token, as far as Microsoft documents them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) aud: String,
    iss: String,
    iat: i64,
    nbf: i64,
    pub(crate) exp: i64,
    appid: String,
    /// `app` or `user`.
    idtyp: String,
    pub(super) oid: String,
    sub: String,
    tid: String,
    ver: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upn: Option<String>,
    /// The delegated permissions, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scp: Option<String>,
    /// The application permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    /// The capabilities of the client. Microsoft's tokens have an opaque `xms_cc` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    xms_cc: Option<Vec<String>>,
    /// A unique id, so that two tokens differ also if they are issued in the same second.
    uti: String,
    /// Not one of Microsoft's claims.
    #[serde(rename = "simulator_generation")]
    pub(super) generation: Generation,
    /// How far the simulator's time had been moved at the issue, in microseconds. Not one of
    /// Microsoft's claims either.
    #[serde(rename = "simulator_advance")]
    advance: i64,
}

impl AccessToken {
    pub(super) fn new(
        subject: &Subject<'_>,
        scopes: &Scopes,
        cae: bool,
        lifetime: Duration,
        generation: Generation,
        advance: i64,
    ) -> Self {
        let now = Timestamp::now().as_second();
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let account = subject.account;
        let name = account.map(|account| account.name.clone());
        let id = account.map_or(subject.client_id, |account| &account.id);
        Self {
            aud: scopes.resource.clone(),
            iss: subject.issuer.clone(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(lifetime),
            appid: subject.client_id.to_owned(),
            idtyp: if account.is_some() { "user" } else { "app" }.to_owned(),
            oid: id.to_owned(),
            sub: id.to_owned(),
            tid: subject.tenant_id.clone(),
            ver: "2.0".to_owned(),
            preferred_username: name.clone(),
            upn: name.clone(),
            name,
            scp: account.map(|_| scopes.permissions.join(" ")),
            roles: account
                .is_none()
                .then(|| ROLES.map(ToOwned::to_owned).to_vec()),
            xms_cc: cae.then(|| vec!["cp1".to_owned()]),
            uti: Uuid::new_v4().to_string(),
            generation,
            advance,
        }
    }

    pub(crate) fn is_of_application(&self) -> bool {
        self.scp.is_none()
    }

    /// Whether the client handles claims challenges.
    pub(crate) fn has_cae(&self) -> bool {
        self.xms_cc.is_some()
    }

    /// `advance` is how far the simulator's time has been moved by now, in microseconds.
    pub(crate) fn is_expired(&self, advance: i64) -> bool {
        let moved = advance.saturating_sub(self.advance) / 1_000_000;
        Timestamp::now().as_second().saturating_add(moved) >= self.exp
    }
}
