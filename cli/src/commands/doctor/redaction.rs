//! Ids and accounts are not secret but private: a report shows `{id}` or `{account}` instead.

use drivebell::Resource;
use percent_encoding::percent_decode_str;

use crate::login::Account;
use crate::token::Source;

/// The segments of Graph's paths that are not ids.
const KEYWORDS: [&str; 12] = [
    "me",
    "drive",
    "drives",
    "users",
    "groups",
    "sites",
    "list",
    "lists",
    "root",
    "items",
    "special",
    "documents",
];

/// Shorter ids would match parts of ordinary words.
const MIN_ID_LENGTH: usize = 3;

#[derive(Debug)]
pub(super) struct Redaction {
    path: String,
    /// Each as it is in the path, percent-encoded, and decoded.
    ids: Vec<String>,
    /// The name and the tenant of the account.
    account: Vec<String>,
}

impl Redaction {
    pub(super) fn new(resource: &Resource, source: &Source) -> Self {
        let path = resource.to_string();
        let mut ids = Vec::new();
        let mut redacted = String::new();
        for segment in path.split('/').skip(1) {
            redacted.push('/');
            if KEYWORDS.contains(&segment) {
                redacted.push_str(segment);
                continue;
            }
            redacted.push_str("{id}");
            if segment.len() >= MIN_ID_LENGTH {
                ids.push(segment.to_owned());
                ids.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
            }
        }
        let account = match source {
            Source::Login(Account { name, tenant }) => name.iter().chain(tenant).cloned().collect(),
            _ => Vec::new(),
        };
        Self {
            path: redacted,
            ids,
            account,
        }
    }

    /// The resource's path without ids.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Replaces the resource's ids and the account's names in `text`.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in &self.account {
            text = text.replace(name, "{account}");
        }
        for id in &self.ids {
            text = text.replace(id, "{id}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_in_paths_and_texts() {
        let resource = Resource::site_list("contoso,a b,c", "l").unwrap();
        let redaction = Redaction::new(&resource, &Source::Variable);
        assert_eq!(redaction.path(), "/sites/{id}/lists/{id}");
        assert_eq!(
            redaction.redact("no contoso,a%20b,c and no contoso,a b,c"),
            "no {id} and no {id}"
        );
        assert_eq!(
            Redaction::new(&Resource::my_drive(), &Source::File).path(),
            "/me/drive/root"
        );
    }

    #[test]
    fn the_account_is_replaced() {
        let source = Source::Login(Account {
            name: Some("alex@contoso.com".to_owned()),
            tenant: Some("4d2e".to_owned()),
        });
        let redaction = Redaction::new(&Resource::my_drive(), &source);
        assert_eq!(
            redaction.redact(&source.to_string()),
            "the login of {account} (work or school account)"
        );
        assert_eq!(redaction.redact("in 4d2e"), "in {account}");
    }
}
