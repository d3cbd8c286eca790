//! Which Graph a command talks to, and where its users sign in.

use std::fmt;

use drivebell::Cloud;
use serde::{Deserialize, Serialize};

use crate::arguments::Common;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) enum Graph {
    Cloud(Cloud),
    /// A gateway or a simulator.
    BaseUrl(String),
}

impl Graph {
    /// The one that the options name, if they name one.
    pub(crate) fn given(common: &Common) -> Option<Self> {
        match (&common.base_url, common.cloud) {
            (Some(url), _) => Some(Self::BaseUrl(url.clone())),
            (None, cloud) => cloud.map(Self::Cloud),
        }
    }

    pub(crate) fn cloud(&self) -> Option<Cloud> {
        match self {
            Self::Cloud(cloud) => Some(*cloud),
            Self::BaseUrl(_) => None,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        match self {
            Self::Cloud(cloud) => cloud.base_url(),
            Self::BaseUrl(url) => url.trim_end_matches('/'),
        }
    }

    /// The identity service of its users, unless `--login-url` names another.
    pub(crate) fn login_url(&self) -> &'static str {
        match self {
            Self::Cloud(cloud) => cloud.login_url(),
            Self::BaseUrl(_) => Cloud::Global.login_url(),
        }
    }
}

impl Default for Graph {
    fn default() -> Self {
        Self::Cloud(Cloud::default())
    }
}

/// Two that get the same tokens are equal, however they are named.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.base_url().eq_ignore_ascii_case(other.base_url())
    }
}

/// As the options would be written.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cloud(cloud) => write!(f, "--cloud {cloud}"),
            Self::BaseUrl(url) => write!(f, "--base-url {url}"),
        }
    }
}

/// With the name of the cloud.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Cloud(String),
    BaseUrl(String),
}

impl From<Graph> for Stored {
    fn from(graph: Graph) -> Self {
        match graph {
            Graph::Cloud(cloud) => Self::Cloud(cloud.to_string()),
            Graph::BaseUrl(url) => Self::BaseUrl(url),
        }
    }
}

impl TryFrom<Stored> for Graph {
    type Error = drivebell::Error;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::Cloud(name) => name.parse().map(Self::Cloud),
            Stored::BaseUrl(url) => Ok(Self::BaseUrl(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_the_same_under_each_of_its_names() {
        let url = |url: &str| Graph::BaseUrl(url.to_owned());
        assert_eq!(Graph::default(), url("https://Graph.microsoft.com/"));
        assert_ne!(Graph::default(), Graph::Cloud(Cloud::China));
        assert_ne!(url("http://127.0.0.1:1"), url("http://127.0.0.1:2"));
    }

    #[test]
    fn a_graph_is_stored_by_its_name() {
        for (graph, json) in [
            (Graph::Cloud(Cloud::China), r#"{"cloud":"china"}"#),
            (
                Graph::BaseUrl("https://gateway.example".to_owned()),
                r#"{"base_url":"https://gateway.example"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&graph).unwrap(), json);
            assert_eq!(serde_json::from_str::<Graph>(json).unwrap(), graph);
        }
        assert!(serde_json::from_str::<Graph>(r#"{"cloud":"moon"}"#).is_err());
    }
}
