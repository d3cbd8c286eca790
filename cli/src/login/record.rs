use serde::{Deserialize, Serialize};

use super::account::Account;
use super::secret::Secret;
use crate::graph::Graph;

/// A login as the file keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) client_id: String,
    /// As in `--tenant`: where users of the app sign in.
    pub(crate) tenant: String,
    /// The only Graph that may get the tokens.
    pub(crate) graph: Graph,
    /// The identity service. It gets the refresh token.
    pub(crate) identity_url: String,
    /// What was asked for.
    pub(crate) scopes: Vec<String>,
    /// What the last answer granted.
    pub(crate) granted: Vec<String>,
    pub(crate) account: Account,
    pub(crate) signed_in_at: String,
    pub(crate) refresh_token: Secret,
}

impl Login {
    /// Whether both come from the same sign-in, and differ at most in what a renewal changes.
    pub(crate) fn is_same_sign_in(&self, other: &Self) -> bool {
        self.signed_in_at == other.signed_in_at && self.is_for_same_user(other)
    }

    /// Whether the tokens of `other` may be used in place of this login's: another sign-in of the
    /// same user, for the same purpose.
    pub(crate) fn is_replaced_by(&self, other: &Self) -> bool {
        self.is_same_sign_in(other) || (self.account.name.is_some() && self.is_for_same_user(other))
    }

    fn is_for_same_user(&self, other: &Self) -> bool {
        self.account == other.account
            && self.client_id == other.client_id
            && self.tenant == other.tenant
            && self.graph == other.graph
            && self.identity_url == other.identity_url
            && self.scopes == other.scopes
    }

    /// What the identity service is asked for: to read files, a refresh token and the account.
    pub(crate) fn requested_scopes(graph: &Graph, more: &[String]) -> Vec<String> {
        let mut scopes: Vec<String> = ["offline_access", "openid", "profile"]
            .map(str::to_owned)
            .into();
        let of_graph = |scope: &str| format!("{}/{scope}", graph.base_url());
        scopes.insert(0, of_graph("Files.Read"));
        for scope in more {
            let scope = if scope.contains("://") || scopes.contains(scope) {
                scope.clone()
            } else {
                of_graph(scope)
            };
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }
}

/// For tests.
#[cfg(test)]
pub(crate) fn a_login() -> Login {
    Login {
        client_id: "2f4a1ee1-0000-4000-8000-000000000001".to_owned(),
        tenant: "common".to_owned(),
        graph: Graph::default(),
        identity_url: "https://login.microsoftonline.com".to_owned(),
        scopes: vec!["openid".to_owned()],
        granted: vec!["Files.Read".to_owned(), "openid".to_owned()],
        account: Account {
            name: Some("alex@contoso.com".to_owned()),
            tenant: Some("4d2ecc11-0000-4000-8000-000000000000".to_owned()),
        },
        signed_in_at: "2026-01-01T00:00:00.000Z".to_owned(),
        refresh_token: Secret::new("s3cr3t"),
    }
}

#[cfg(test)]
mod tests {
    use drivebell::Cloud;

    use super::*;

    #[test]
    fn scopes_belong_to_the_graph_of_the_login() {
        let more = [
            "Files.Read.All",
            "https://x.example/y",
            "openid",
            "Files.Read",
        ];
        let scopes = Login::requested_scopes(&Graph::Cloud(Cloud::China), &more.map(str::to_owned));
        assert_eq!(
            scopes,
            [
                "https://microsoftgraph.chinacloudapi.cn/Files.Read",
                "offline_access",
                "openid",
                "profile",
                "https://microsoftgraph.chinacloudapi.cn/Files.Read.All",
                "https://x.example/y",
            ]
        );
    }

    #[test]
    fn only_a_login_of_the_same_user_takes_the_place_of_another() {
        let old = a_login();
        let mut renewed = a_login();
        renewed.refresh_token = Secret::new("other");
        renewed.granted.clear();
        assert!(old.is_same_sign_in(&renewed) && old.is_replaced_by(&renewed));
        let mut again = a_login();
        again.signed_in_at = "2026-02-02T00:00:00.000Z".to_owned();
        assert!(!old.is_same_sign_in(&again) && old.is_replaced_by(&again));
        let mut kim = again.clone();
        kim.account.name = Some("kim@contoso.com".to_owned());
        let mut elsewhere = again.clone();
        elsewhere.graph = Graph::Cloud(Cloud::China);
        // Two users without names cannot be told apart.
        let [mut nameless, mut other] = [old.clone(), again.clone()];
        nameless.account.name = None;
        other.account.name = None;
        assert!(!old.is_replaced_by(&kim) && !old.is_replaced_by(&elsewhere));
        assert!(!nameless.is_replaced_by(&other));
    }
}
