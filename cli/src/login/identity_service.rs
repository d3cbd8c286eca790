use drivebell::FormClient;

use super::answer::{self, NoTokens, Tokens};
use super::device_flow::DeviceCode;
use super::record::Login;
use super::secret::Secret;

/// RFC 8628, section 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The identity service, for one app in one tenant.
#[derive(Debug)]
pub(crate) struct IdentityService {
    forms: FormClient,
    client_id: String,
    tenant: String,
}

impl IdentityService {
    pub(crate) fn new(forms: FormClient, client_id: &str, tenant: &str) -> Self {
        Self {
            forms,
            client_id: client_id.to_owned(),
            tenant: tenant.to_owned(),
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.forms.host()
    }

    /// Asks for a code with which a user can sign in elsewhere.
    pub(crate) async fn device_code(&self, scopes: &[String]) -> Result<DeviceCode, NoTokens> {
        let form = [
            ("client_id", &*self.client_id),
            ("scope", &scopes.join(" ")),
        ];
        let response = self.forms.post(&self.path("devicecode"), &form).await?;
        answer::device_code(self.host(), &response)
    }

    /// Asks once whether the user has signed in.
    pub(crate) async fn redeem(&self, code: &Secret) -> Result<Tokens, NoTokens> {
        let form = [
            ("grant_type", DEVICE_CODE_GRANT),
            ("client_id", &self.client_id),
            ("device_code", code.expose()),
        ];
        self.tokens(&form, code).await
    }

    /// Asks for new tokens. `claims` is the challenge that the last one did not meet.
    pub(crate) async fn renew(
        &self,
        login: &Login,
        claims: Option<&str>,
    ) -> Result<Tokens, NoTokens> {
        let scopes = login.scopes.join(" ");
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", &*self.client_id),
            ("refresh_token", login.refresh_token.expose()),
            ("scope", &scopes),
        ];
        form.extend(claims.map(|claims| ("claims", claims)));
        self.tokens(&form, &login.refresh_token).await
    }

    async fn tokens(&self, form: &[(&str, &str)], secret: &Secret) -> Result<Tokens, NoTokens> {
        let response = self.forms.post(&self.path("token"), form).await?;
        answer::tokens(self.host(), &response, &[secret.expose()])
    }

    fn path(&self, endpoint: &str) -> String {
        format!("/{}/oauth2/v2.0/{endpoint}", self.tenant)
    }
}
