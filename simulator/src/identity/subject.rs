//! Whom a token is for.

use super::account::{self, Account};
use super::origin::Origin;

/// A client, and who has signed in to it.
pub(super) struct Subject<'a> {
    /// `None` for an application on its own.
    pub(super) account: Option<&'a Account>,
    pub(super) client_id: &'a str,
    pub(super) tenant_id: String,
    /// The issuer in tokens.
    pub(super) issuer: String,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        account: Option<&'a Account>,
        client_id: &'a str,
        tenant: &str,
        origin: &Origin,
    ) -> Self {
        let tenant_id = account::tenant_id(tenant);
        Self {
            account,
            client_id,
            issuer: origin.url(&format!("/{tenant_id}/v2.0")),
            tenant_id,
        }
    }
}
