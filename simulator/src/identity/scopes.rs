//! The scopes that a client asks for.

use super::error::OAuthError;

const GRAPH: &str = "https://graph.microsoft.com";
/// What a user or an administrator has consented to, which `/.default` stands for.
const CONSENTED: [&str; 2] = ["Files.Read", "User.Read"];
const DEFAULT: &str = ".default";

#[derive(Debug, Default)]
pub(super) struct Scopes {
    pub(super) openid: bool,
    pub(super) offline_access: bool,
    /// The audience of the access token.
    pub(super) resource: String,
    /// The claim `scp`.
    pub(super) permissions: Vec<String>,
    /// The field `scope` of the response.
    pub(super) granted: Vec<String>,
}

impl Scopes {
    /// All scopes must be of one resource. Those without a resource are Graph's.
    pub(super) fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut scopes = Self::default();
        let mut of_openid = Vec::new();
        for word in text.split_ascii_whitespace() {
            match word {
                "openid" => scopes.openid = true,
                "offline_access" => scopes.offline_access = true,
                "profile" | "email" => {}
                _ => {
                    scopes.add(word)?;
                    continue;
                }
            }
            if word != "offline_access" {
                of_openid.push(word.to_owned());
            }
        }
        if scopes.permissions.is_empty() {
            GRAPH.clone_into(&mut scopes.resource);
            scopes.permissions.clone_from(&of_openid);
        }
        scopes.granted.extend(of_openid);
        Ok(scopes)
    }

    fn add(&mut self, word: &str) -> Result<(), OAuthError> {
        let (resource, permission) = word.rsplit_once('/').unwrap_or((GRAPH, word));
        let first = self.permissions.is_empty();
        if first {
            resource.clone_into(&mut self.resource);
        } else if self.resource.trim_end_matches('/') != resource.trim_end_matches('/') {
            return Err(OAuthError::two_resources(word));
        }
        self.granted.push(word.to_owned());
        if permission == DEFAULT {
            for permission in CONSENTED {
                self.permissions.push(permission.to_owned());
                self.granted.push(format!("{resource}/{permission}"));
            }
        } else {
            self.permissions.push(permission.to_owned());
        }
        Ok(())
    }

    /// Whether the client asks for what was consented to in advance, as an application must.
    pub(super) fn is_default(&self) -> bool {
        let mut granted = self.granted.iter();
        granted.any(|scope| scope.ends_with("/.default"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_is_the_audience() {
        let parsed = |text| Scopes::parse(text).expect("valid");
        let scopes = parsed("https://graph.microsoft.com/.default offline_access openid profile");
        assert_eq!(scopes.resource, GRAPH);
        assert_eq!(scopes.permissions, CONSENTED);
        assert!(scopes.openid && scopes.offline_access && scopes.is_default());
        assert_eq!(
            scopes.granted.join(" "),
            "https://graph.microsoft.com/.default https://graph.microsoft.com/Files.Read \
             https://graph.microsoft.com/User.Read openid profile"
        );
        let scopes = parsed("Files.ReadWrite Sites.Read.All");
        assert_eq!(scopes.resource, GRAPH);
        assert_eq!(scopes.permissions, ["Files.ReadWrite", "Sites.Read.All"]);
        assert!(!scopes.openid && !scopes.offline_access && !scopes.is_default());
        assert_eq!(parsed("api://other/read").resource, "api://other");
        assert_eq!(parsed("openid").permissions, ["openid"]);
        assert!(Scopes::parse("Files.Read api://other/read").is_err());
    }
}
