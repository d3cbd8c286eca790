//! A user who can sign in.

use sha1::{Digest, Sha1};
use uuid::Uuid;

/// The account that exists if no option names another.
pub(crate) const DEFAULT: (&str, &str) = ("alex@contoso.com", "b!me");

/// The tenant of accounts, unless a request names one by its id.
const TENANT_ID: &str = "5f0c4d7e-3b1a-4c55-9d2e-8a6f1b7c9e30";

#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The user principal name.
    pub(super) name: String,
    /// The object id, the same in every run.
    pub(super) id: String,
    /// The id of `/me/drive`.
    pub(crate) drive: String,
}

impl Account {
    pub(super) fn new(name: &str, drive: &str) -> Self {
        let digest: [u8; 20] = Sha1::digest(name.as_bytes()).into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self {
            name: name.to_owned(),
            id: uuid::Builder::from_sha1_bytes(id).into_uuid().to_string(),
            drive: drive.to_owned(),
        }
    }
}

/// The id of a tenant that a path names.
pub(super) fn tenant_id(named: &str) -> String {
    Uuid::parse_str(named).map_or_else(|_| TENANT_ID.to_owned(), |id| id.to_string())
}
