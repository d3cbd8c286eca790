//! The choice between text and JSON.

use drivebell::{ChangeBatch, Endpoint, Error, Event, Resource};
use drivebell_mirror::Change;

use super::mirror::{self, Row};
use super::sign_in::{self, Identity};
use super::style::Style;
use super::{json, text};
use crate::login::DeviceCode;

/// The format of the lines.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// For people.
    Text(Style),
    /// For programs: one object a line.
    Json,
}

impl Format {
    pub(crate) fn event(self, resource: &Resource, event: &Event) -> String {
        match self {
            Self::Text(style) => text::event(style, resource, event),
            Self::Json => json::event(resource, event),
        }
    }

    /// The end of one resource's subscription.
    pub(crate) fn subscription_error(self, resource: &Resource, error: &Error) -> String {
        match self {
            // People read it on stderr.
            Self::Text(_) => String::new(),
            Self::Json => json::subscription_error(resource, error),
        }
    }

    pub(crate) fn batch(self, resource: &Resource, batch: &ChangeBatch) -> String {
        match self {
            Self::Text(style) => text::batch(style, batch),
            Self::Json => json::batch(resource, batch),
        }
    }

    /// The changes of a mirror.
    pub(crate) fn changes(self, changes: &[Change]) -> String {
        let line = |change| match self {
            Self::Text(style) => mirror::change_text(style, change),
            Self::Json => mirror::change_json(change),
        };
        changes.iter().map(line).collect()
    }

    /// Items of a mirror.
    pub(crate) fn rows(self, rows: &[Row]) -> String {
        let line = |row| match self {
            Self::Text(style) => mirror::row_text(style, row),
            Self::Json => mirror::row_json(row),
        };
        rows.iter().map(line).collect()
    }

    pub(crate) fn endpoint(
        self,
        resource: &Resource,
        endpoint: &Endpoint,
        with_url: bool,
    ) -> String {
        match self {
            Self::Text(_) => text::endpoint(endpoint, with_url),
            Self::Json => json::endpoint(resource, endpoint, with_url),
        }
    }

    /// The code that the user must enter.
    pub(crate) fn device_code(self, code: &DeviceCode) -> String {
        match self {
            // People read it on stderr.
            Self::Text(_) => String::new(),
            Self::Json => sign_in::device_code_json(code),
        }
    }

    /// The user is signed in.
    pub(crate) fn login(self, identity: &Identity<'_>) -> String {
        match self {
            Self::Text(style) => sign_in::login_text(style, identity),
            Self::Json => sign_in::json("login", identity),
        }
    }

    pub(crate) fn account(self, identity: &Identity<'_>) -> String {
        match self {
            Self::Text(_) => sign_in::text(identity),
            Self::Json => sign_in::json("account", identity),
        }
    }

    pub(crate) fn logout(self, was_signed_in: bool) -> String {
        match self {
            Self::Text(_) => sign_in::logout_text(was_signed_in),
            Self::Json => sign_in::logout_json(was_signed_in),
        }
    }
}
