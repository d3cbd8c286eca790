//! The login of `drivebell login`: how a user signs in, the file that keeps it, and the tokens that
//! it gives.

mod account;
mod answer;
mod config_folder;
mod credential;
mod device_flow;
mod file;
mod file_check;
mod identity_service;
mod record;
mod renewal;
mod secret;

pub(crate) use self::account::Account;
pub(crate) use self::answer::{NoTokens, Tokens};
pub(crate) use self::credential::credential;
pub(crate) use self::device_flow::{DeviceCode, Pace, Poll};
pub(crate) use self::file::LoginFile;
pub(crate) use self::identity_service::IdentityService;
pub(crate) use self::record::Login;
#[cfg(test)]
pub(crate) use self::record::a_login;
pub(crate) use self::renewal::{NotRenewed, Renewal};
pub(crate) use self::secret::Secret;
