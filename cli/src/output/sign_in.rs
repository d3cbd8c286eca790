//! Logins, for people and for programs. Never a token.

use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use drivebell::Cloud;

use super::json_line::JsonLine;
use super::style::{Colour, Style, printable};
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
            Some(kind) => format!("{} ({kind} account)", printable(&name)),
            None => printable(&name).into_owned(),
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
        let _ = writeln!(lines, "{name:<11}{}", printable(value));
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
        line("expires", &format!("{expires_at} (the next use renews it)"));
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
