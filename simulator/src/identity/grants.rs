//! The token request, for each type of grant.

use jiff::Timestamp;

use super::access_token::AccessToken;
use super::account::Account;
use super::error::OAuthError;
use super::form::Form;
use super::origin::Origin;
use super::scopes::Scopes;
use super::service::Identity;
use super::subject::Subject;
use super::token_response::TokenResponse;
use crate::clock;

const IETF: &str = "urn:ietf:params:oauth:grant-type:";
/// What a code without a request before it stands for.
const USUAL_SCOPE: &str = "https://graph.microsoft.com/.default openid profile offline_access";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GrantType {
    DeviceCode,
    RefreshToken,
    AuthorizationCode,
    ClientCredentials,
    Password,
    OnBehalfOf,
}

/// A token request.
pub(super) struct TokenRequest<'a> {
    pub(super) identity: &'a Identity,
    pub(super) tenant: &'a str,
    pub(super) form: &'a Form,
    pub(super) origin: &'a Origin,
}

impl GrantType {
    pub(super) fn of(form: &Form) -> Result<Self, OAuthError> {
        let name = form.require("grant_type")?;
        Ok(match name.strip_prefix(IETF).unwrap_or(name) {
            "device_code" => Self::DeviceCode,
            "refresh_token" => Self::RefreshToken,
            "authorization_code" => Self::AuthorizationCode,
            "client_credentials" => Self::ClientCredentials,
            "password" => Self::Password,
            "jwt-bearer" => Self::OnBehalfOf,
            _ => return Err(OAuthError::usual("unsupported_grant_type")),
        })
    }

    /// Without the prefix of the IETF.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DeviceCode => "device_code",
            Self::RefreshToken => "refresh_token",
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::OnBehalfOf => "jwt-bearer",
        }
    }
}

impl TokenRequest<'_> {
    pub(super) fn respond(&self) -> Result<TokenResponse, OAuthError> {
        let grant_type = GrantType::of(self.form)?;
        let client_id = self.form.require("client_id")?;
        match grant_type {
            GrantType::DeviceCode => self.device_code(client_id),
            GrantType::RefreshToken => self.refresh_token(client_id),
            GrantType::AuthorizationCode => {
                self.form.require("code")?;
                let scope = self.form.get("scope").unwrap_or(USUAL_SCOPE);
                self.sign_in(self.identity.first_account(), client_id, scope)
            }
            GrantType::ClientCredentials => self.client_credentials(client_id),
            GrantType::Password => {
                let name = self.form.require("username")?;
                self.form.require("password")?;
                let account = self.identity.account(name).ok_or_else(|| {
                    let message =
                        format!("The user account {name} does not exist in the directory.");
                    OAuthError::new("invalid_grant", 50034, message)
                })?;
                self.sign_in(account, client_id, self.form.require("scope")?)
            }
            GrantType::OnBehalfOf => self.on_behalf_of(client_id),
        }
    }

    fn device_code(&self, client_id: &str) -> Result<TokenResponse, OAuthError> {
        let device_code = self.form.require("device_code")?;
        let approval = self.identity.device_codes.poll(device_code, client_id)?;
        let account = self.identity.account_at(approval.account);
        self.sign_in(account, client_id, &approval.scope)
    }

    fn refresh_token(&self, client_id: &str) -> Result<TokenResponse, OAuthError> {
        let malformed = || {
            OAuthError::new(
                "invalid_grant",
                9_002_313,
                "Invalid request. Request is malformed or invalid.",
            )
        };
        let token = self.form.require("refresh_token")?;
        let token = self.identity.read_refresh_token(token);
        let token = token.ok_or_else(malformed)?;
        if token.client_id != client_id {
            let message =
                "Provided grant is invalid or malformed: it was issued to another client.";
            return Err(OAuthError::new("invalid_grant", 70000, message).suberror("bad_token"));
        }
        if let Some(revoked) = self.identity.revocation.of(token.generation) {
            let message = format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is \
                 needed. The user might have changed or reset their password. The grant was issued \
                 on '{}' and the TokensValidFrom date (before which tokens are not valid) for this \
                 user is '{}'.",
                clock::precise(Timestamp::from_second(token.issued).unwrap_or_default()),
                clock::precise(revoked),
            );
            return Err(OAuthError::new("invalid_grant", 50173, message).suberror("bad_token"));
        }
        let account = self.identity.account(&token.account);
        let account = account.ok_or_else(malformed)?;
        let scope = self.form.get("scope").unwrap_or(&token.scope);
        self.sign_in(account, client_id, scope)
    }

    /// Verifies neither a secret nor an assertion.
    fn client_credentials(&self, client_id: &str) -> Result<TokenResponse, OAuthError> {
        self.require_credential()?;
        let scope = self.form.require("scope")?;
        let scopes = Scopes::parse(scope)?;
        if !scopes.is_default() {
            let message = format!(
                "The provided value for scope {scope} is not valid. Client credential flows must \
                 have a scope value with /.default suffixed to the resource identifier (application \
                 ID URI)."
            );
            return Err(OAuthError::new("invalid_scope", 1_002_012, message));
        }
        let subject = Subject::new(None, client_id, self.tenant, self.origin);
        Ok(self.identity.issue(&subject, scope, &scopes, self.form))
    }

    /// For the user of the assertion, or the first account if the assertion is of another service.
    fn on_behalf_of(&self, client_id: &str) -> Result<TokenResponse, OAuthError> {
        self.require_credential()?;
        let assertion = self.form.require("assertion")?;
        let token: Option<AccessToken> = self.identity.read_access_token(assertion);
        let account = token
            .as_ref()
            .and_then(|token| self.identity.account_of(token));
        let account = account.unwrap_or_else(|| self.identity.first_account());
        self.sign_in(account, client_id, self.form.require("scope")?)
    }

    fn require_credential(&self) -> Result<(), OAuthError> {
        if ["client_secret", "client_assertion"]
            .iter()
            .any(|name| self.form.get(name).is_some())
        {
            return Ok(());
        }
        let message = "The request body must contain the following parameter: 'client_assertion' \
                       or 'client_secret'.";
        Err(OAuthError::new("invalid_client", 7_000_218, message).unauthorized())
    }

    fn sign_in(
        &self,
        account: &Account,
        client_id: &str,
        scope: &str,
    ) -> Result<TokenResponse, OAuthError> {
        let scopes = Scopes::parse(scope)?;
        let subject = Subject::new(Some(account), client_id, self.tenant, self.origin);
        Ok(self.identity.issue(&subject, scope, &scopes, self.form))
    }
}
