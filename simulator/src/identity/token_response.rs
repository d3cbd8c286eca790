//! The tokens of a successful request.

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::access_token::AccessToken;
use super::form::Form;
use super::revocation::Generation;
use super::scopes::Scopes;
use super::service::Identity;
use super::subject::Subject;

/// The start of Microsoft's refresh tokens.
const REFRESH_TOKEN: &str = "1";

#[derive(Serialize)]
pub(super) struct TokenResponse {
    token_type: &'static str,
    scope: String,
    expires_in: u64,
    ext_expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_in: Option<u64>,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
}

/// The content of a refresh token, which is opaque to clients.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshToken {
    pub(super) account: String,
    pub(super) client_id: String,
    /// What a refresh without `scope` asks for.
    pub(super) scope: String,
    /// In seconds since the Unix epoch.
    pub(super) issued: i64,
    pub(super) generation: Generation,
    unique: String,
}

impl Identity {
    /// Issues the tokens that the scopes ask for.
    pub(super) fn issue(
        &self,
        subject: &Subject<'_>,
        scope: &str,
        scopes: &Scopes,
        form: &Form,
    ) -> TokenResponse {
        let lifetime = self.access_token_lifetime;
        let generation = self.revocation.generation();
        let cae = form.asks_for_cae();
        let access_token = AccessToken::new(
            subject,
            scopes,
            cae,
            lifetime,
            generation,
            self.advance.total(),
        );
        let account = subject.account;
        let refresh_token = account.filter(|_| scopes.offline_access).map(|account| {
            let content = RefreshToken {
                account: account.name.clone(),
                client_id: subject.client_id.to_owned(),
                scope: scope.to_owned(),
                issued: Timestamp::now().as_second(),
                generation,
                unique: Uuid::new_v4().to_string(),
            };
            self.signer.seal(REFRESH_TOKEN, &content)
        });
        let id_token = account.filter(|_| scopes.openid).map(|account| {
            let now = Timestamp::now().as_second();
            self.signer.jwt(&json!({
                "ver": "2.0",
                "iss": subject.issuer,
                "aud": subject.client_id,
                "iat": now,
                "nbf": now,
                "exp": access_token.exp,
                "sub": account.id,
                "oid": account.id,
                "tid": subject.tenant_id,
                "name": account.name,
                "preferred_username": account.name,
            }))
        });
        let asks_for_client_info = form.get("client_info") == Some("1");
        let client_info = account.filter(|_| asks_for_client_info).map(|account| {
            let info = json!({"uid": account.id, "utid": subject.tenant_id});
            URL_SAFE_NO_PAD.encode(info.to_string())
        });
        TokenResponse {
            token_type: "Bearer",
            scope: scopes.granted.join(" "),
            expires_in: lifetime.as_secs(),
            ext_expires_in: lifetime.as_secs(),
            refresh_in: self.token_refresh_in.map(|duration| duration.as_secs()),
            access_token: self.signer.jwt(&access_token),
            refresh_token,
            id_token,
            client_info,
        }
    }

    /// The content of a refresh token that this run of the simulator issued.
    pub(super) fn read_refresh_token(&self, token: &str) -> Option<RefreshToken> {
        let (kind, content) = self.signer.open(token)?;
        (kind == REFRESH_TOKEN).then_some(content)
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
