//! Logins, for people and for programs. Never a token.

use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use drivebell::{Cloud, visible};

use super::json_line::JsonLine;
use super::style::{Colour, Style};
use super::time::{to_milliseconds, to_seconds};
use crate::login::{DeviceCode, Login};

/// Who is signed in.
pub(crate) struct Identity<'a> {
    pub(crate) login: &'a Login,
    /// Of the access token, if one was requested.
    pub(crate) expires_at: Option<SystemTime>,
    /// Where the login is kept.
    pub(crate) file: &'a Path,
}

impl Identity<'_> {
    fn account(&self) -> String {
        let account = &self.login.account;
        let name = account.to_string();
        match account.kind() {
            Some(kind) => format!("{} ({kind} account)", visible(&name)),
            None => visible(&name).into_owned(),
        }
    }
}

pub(super) fn login_text(style: Style, identity: &Identity<'_>) -> String {
    format!(
        "{} as {}\nThe login is in {}, which only you can read. Next: drivebell watch /me/drive\n",
        style.paint(Colour::Green, "Signed in"),
        identity.account(),
        identity.file.display(),
    )
}

pub(super) fn text(identity: &Identity<'_>) -> String {
    let login = identity.login;
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(lines, "{name:<11}{}", visible(value));
    };
    line("account", &identity.account());
    line("tenant", login.account.tenant.as_deref().unwrap_or("-"));
    line("client id", &login.client_id);
    match login.graph.cloud() {
        Some(cloud) => line("cloud", cloud.as_str()),
        None => line("base url", login.graph.base_url()),
    }
    line("scopes", &login.granted.join(" "));
    line("signed in", &login.signed_in_at);
    if let Some(expires_at) = identity.expires_at {
        let expires_at = to_seconds(expires_at);
        line(
            "expires",
            &format!("{expires_at} (the access token; drivebell renews it)"),
        );
    }
    line("file", &identity.file.to_string_lossy());
    lines
}

pub(super) fn json(kind: &str, identity: &Identity<'_>) -> String {
    let login = identity.login;
    JsonLine::new(kind)
        .field("account", login.account.name.clone())
        .field("account_kind", login.account.kind())
        .field("tenant", login.account.tenant.clone())
        .field("client_id", &*login.client_id)
        .field("cloud", login.graph.cloud().map(Cloud::as_str))
        .field("base_url", login.graph.base_url())
        .field("login_url", &*login.identity_url)
        .field("scopes", login.granted.clone())
        .field("signed_in_at", &*login.signed_in_at)
        .field("expires_at", identity.expires_at.map(to_milliseconds))
        .field("file", identity.file.to_string_lossy())
        .end()
}

pub(super) fn device_code_json(code: &DeviceCode) -> String {
    let expires_at = SystemTime::now().checked_add(code.expires_in);
    JsonLine::new("device_code")
        .field("verification_uri", &*code.verification_uri)
        .field("user_code", &*code.user_code)
        .field("expires_at", expires_at.map(to_milliseconds))
        .end()
}

pub(super) fn logout_text(was_signed_in: bool) -> String {
    if was_signed_in {
        "Signed out: the login is deleted.\n".to_owned()
    } else {
        "Not signed in: there was no login to delete.\n".to_owned()
    }
}

pub(super) fn logout_json(was_signed_in: bool) -> String {
    JsonLine::new("logout")
        .field("was_signed_in", was_signed_in)
        .end()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::login::a_login;

    #[test]
    fn people_read_who_is_signed_in_and_no_token() {
        let login = a_login();
        let identity = Identity {
            login: &login,
            expires_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_766_547_170)),
            file: Path::new("/home/alex/login.json"),
        };
        assert_eq!(
            text(&identity),
            "account    alex@contoso.com (work or school account)\n\
             tenant     4d2ecc11-0000-4000-8000-000000000000\n\
             client id  2f4a1ee1-0000-4000-8000-000000000001\n\
             cloud      global\n\
             scopes     Files.Read openid\n\
             signed in  2026-01-01T00:00:00.000Z\n\
             expires    2025-12-24T03:32:50Z (the access token; drivebell renews it)\n\
             file       /home/alex/login.json\n"
        );
        let welcome = login_text(Style::PLAIN, &identity);
        assert!(welcome.starts_with("Signed in as alex@contoso.com (work"));
        for shown in [text(&identity), welcome, json("login", &identity)] {
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
    }

    #[test]
    fn names_of_the_service_cannot_move_the_cursor() {
        let mut login = a_login();
        login.account.name = Some("\x1b[2Jalex".to_owned());
        login.granted = vec!["\x1b[2J".to_owned()];
        let identity = Identity {
            login: &login,
            expires_at: None,
            file: Path::new("x"),
        };
        let shown = text(&identity) + &login_text(Style::PLAIN, &identity);
        assert!(!shown.contains('\x1b'), "{shown:?}");
    }
}
