//! From the path of a request to its tenant and operation.

pub(crate) struct Route<'a> {
    /// As in the path: an id, a domain, or `common`, `organizations` and `consumers`.
    pub(super) tenant: &'a str,
    pub(crate) operation: Operation<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation<'a> {
    /// Issues a device code.
    DeviceCode,
    /// Issues tokens.
    Token,
    /// The page at which a person enters a user code.
    DeviceLogin,
    /// The configuration of a tenant.
    Configuration,
    /// The keys of the tokens' signatures.
    Keys,
    /// Which hosts belong to the service.
    Instance,
    /// How a user signs in with a password.
    UserRealm(&'a str),
}

impl<'a> Route<'a> {
    /// `None` if the path is not of the identity service.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if path == "devicelogin" {
            return Some(Self {
                tenant: "common",
                operation: Operation::DeviceLogin,
            });
        }
        let (tenant, rest) = path.split_once('/')?;
        // Graph's versions are no tenants.
        if matches!(tenant, "" | "v1.0" | "beta") {
            return None;
        }
        let operation = match rest {
            "oauth2/v2.0/devicecode" => Operation::DeviceCode,
            "oauth2/v2.0/token" => Operation::Token,
            "v2.0/.well-known/openid-configuration" => Operation::Configuration,
            "discovery/v2.0/keys" => Operation::Keys,
            "discovery/instance" => Operation::Instance,
            _ => Operation::UserRealm(rest.strip_prefix("userrealm/")?),
        };
        Some(Self { tenant, operation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_identity_service() {
        let operation = |path| Route::parse(path).map(|route| route.operation);
        assert_eq!(
            operation("/common/oauth2/v2.0/token"),
            Some(Operation::Token)
        );
        assert_eq!(
            operation("/t/userrealm/alex@contoso.com"),
            Some(Operation::UserRealm("alex@contoso.com"))
        );
        assert_eq!(operation("/v1.0/oauth2/v2.0/token"), None);
        assert_eq!(operation("/v1.0/me/drive"), None);
        assert_eq!(operation("/common/oauth2/token"), None);
        assert_eq!(operation("//oauth2/v2.0/token"), None);
        assert_eq!(operation("/"), None);
    }
}
