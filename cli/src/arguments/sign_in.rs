//! The commands that sign a user in and out.

use clap::{Args, ValueHint};

use super::after_help_of_sign_in;

/// Sign in with a code, in any browser, and keep the login for the other commands
///
/// The other commands use the login if no other token is given. It is kept in login.json, in the
/// folder drivebell of your configuration folder, or in the folder DRIVEBELL_CONFIG_DIR, and only
/// you can read it. Each use renews it.
///
/// The code is shown on stderr. The lines of JSON are {"type":"device_code",...} and, once you have
/// signed in, {"type":"login",...}.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_sign_in())]
pub(crate) struct Login {
    /// The app that asks for permission: its "Application (client) ID", a GUID. Without it, the app,
    /// tenant, cloud and scopes of the last login
    #[arg(long, value_name = "GUID", value_hint = ValueHint::Other, value_parser = guid)]
    pub(crate) client_id: Option<String>,
    /// Who may sign in: a tenant's id or domain, or common (the default), organizations, consumers
    #[arg(long, value_name = "TENANT", value_hint = ValueHint::Other, value_parser = tenant)]
    pub(crate) tenant: Option<String>,
    /// Ask for this permission too, for instance Files.Read.All; may be repeated
    #[arg(long, value_name = "SCOPE", value_hint = ValueHint::Other, value_parser = scope)]
    pub(crate) scope: Vec<String>,
    /// Sign in elsewhere, for tests and gateways: an origin like https://login.example
    #[arg(long = "login-url", value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) identity_url: Option<String>,
}

/// Delete the login
///
/// The identity service is not told: it has no way to revoke one login of an app. The sign-in
/// guide says where you can revoke them all.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_sign_in())]
pub(crate) struct Logout {}

/// Print the account of the login, its tenant and scopes, and when its token expires
///
/// Requests a token, and so checks that the login works. Never prints it.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_sign_in())]
pub(crate) struct Whoami {
    /// Only read the login, and request nothing
    #[arg(long)]
    pub(crate) offline: bool,
}

fn guid(text: &str) -> Result<String, String> {
    let parts = text.split('-');
    let is_guid = parts.clone().map(str::len).eq([8, 4, 4, 4, 12])
        && parts
            .flat_map(str::bytes)
            .all(|byte| byte.is_ascii_hexdigit());
    if is_guid {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(
            "is not a GUID such as 11111111-2222-3333-4444-555555555555: copy the \"Application \
             (client) ID\" of your app"
                .to_owned(),
        )
    }
}

/// It becomes a part of a path, so it must not contain what separates those.
fn tenant(text: &str) -> Result<String, String> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.len() <= 253 && text.split('.').all(is_word) {
        Ok(text.to_owned())
    } else {
        Err(
            "is neither a GUID, nor a domain such as contoso.com, nor common, organizations or \
             consumers"
                .to_owned(),
        )
    }
}

/// RFC 6749, section 3.3.
fn scope(text: &str) -> Result<String, String> {
    let is_scope = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if !text.is_empty() && text.bytes().all(is_scope) {
        Ok(text.to_owned())
    } else {
        Err("is not one scope such as Files.Read.All; repeat --scope for more".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_a_guid() {
        let id = "2F4A1EE1-0000-4000-8000-00000000000a";
        assert_eq!(guid(id), Ok(id.to_ascii_lowercase()));
        for other in [
            "",
            "my-app",
            "2f4a1ee1000040008000000000000001",
            "{2f4a1ee1-0000-4000-8000-000000000001}",
            "2f4a1ee1-0000-4000-8000-00000000000g",
            "2f4a1ee1-0000-4000-8000-000000000001-",
        ] {
            assert!(guid(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_tenant_is_one_segment_of_a_path() {
        for good in [
            "common",
            "contoso.onmicrosoft.com",
            "9188040d-6c67-4c5b-b112-36a304b66dad",
        ] {
            assert!(tenant(good).is_ok(), "{good}");
        }
        for bad in ["", "a/b", "..", ".a", "a?b", "a b", "a%2Fb", "é"] {
            assert!(tenant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_scope_is_one_word() {
        assert!(scope("https://graph.microsoft.com/Files.Read.All").is_ok());
        for bad in ["", "Files.Read Files.Read.All", "a\"b", "a\\b"] {
            assert!(scope(bad).is_err(), "{bad}");
        }
    }
}
