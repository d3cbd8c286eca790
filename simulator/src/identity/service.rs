//! The state of the identity service.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::access_token::AccessToken;
use super::account::{self, Account};
use super::device_codes::{DeviceCodeStatus, DeviceCodes};
use super::revocation::Revocation;
use super::signer::Signer;
use super::token_log::{TokenLog, TokenRequest, TokenRequestCount};
use crate::advance::Advance;
use crate::options::Options;

pub(crate) struct Identity {
    /// At least one.
    accounts: Vec<Account>,
    pub(super) access_token_lifetime: Duration,
    pub(super) token_refresh_in: Option<Duration>,
    pub(super) signer: Signer,
    pub(super) device_codes: DeviceCodes,
    pub(super) revocation: Revocation,
    pub(super) token_log: TokenLog,
    pub(super) advance: Arc<Advance>,
}

/// What the control API shows: no secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityStatus {
    /// How many device codes were issued.
    prompts: u64,
    /// The last 1000 device codes, the oldest first.
    device_codes: Vec<DeviceCodeStatus>,
    /// The last 1000 token requests, the oldest first.
    token_requests: Vec<TokenRequest>,
    token_request_counts: Vec<TokenRequestCount>,
}

impl Identity {
    pub(crate) fn new(options: &Options, advance: Arc<Advance>) -> Self {
        let accounts = accounts(options);
        Self {
            accounts: accounts
                .map(|(name, drive)| Account::new(name, drive))
                .collect(),
            access_token_lifetime: options.access_token_lifetime,
            token_refresh_in: options.token_refresh_in,
            signer: Signer::new(),
            device_codes: DeviceCodes::new(
                options.device_code_lifetime,
                options.device_code_interval,
                options.sign_in_takes,
            ),
            revocation: Revocation::default(),
            token_log: TokenLog::new(),
            advance,
        }
    }

    /// The claims of an access token that this run of the simulator issued, valid or not.
    pub(crate) fn read_access_token(&self, token: &str) -> Option<AccessToken> {
        self.signer.read_jwt(token)
    }

    /// The account that an access token is of.
    pub(crate) fn account_of(&self, token: &AccessToken) -> Option<&Account> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| account.id == token.oid)
    }

    /// When an access token of a user was revoked.
    pub(crate) fn revoked(&self, token: &AccessToken) -> Option<Timestamp> {
        self.revocation.of(token.generation)
    }

    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        let mut accounts = self.accounts.iter();
        accounts.find(|account| account.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn account_at(&self, index: usize) -> &Account {
        self.accounts.get(index).unwrap_or(self.first_account())
    }

    /// The account that signs in when nothing names one.
    pub(super) fn first_account(&self) -> &Account {
        &self.accounts[0]
    }

    /// Approves the pending device codes with this user code, or all, as an account, or as the
    /// first one. Returns how many; `None` if no account has this name.
    pub(crate) fn approve(&self, user_code: Option<&str>, account: Option<&str>) -> Option<usize> {
        let by = match account {
            Some(name) => {
                let mut accounts = self.accounts.iter();
                accounts.position(|account| account.name.eq_ignore_ascii_case(name))?
            }
            None => 0,
        };
        Some(self.device_codes.decide(user_code, Some(by)))
    }

    /// Declines the pending device codes with this user code, or all. Returns how many.
    pub(crate) fn decline(&self, user_code: Option<&str>) -> usize {
        self.device_codes.decide(user_code, None)
    }

    /// Makes the device codes older, which keep their own time.
    pub(crate) fn age_device_codes(&self, by: Duration) {
        self.device_codes.age(by);
    }

    /// Revokes what the accounts have signed in to so far.
    pub(crate) fn revoke(&self) {
        self.revocation.revoke();
    }

    pub(crate) fn status(&self) -> IdentityStatus {
        let (prompts, device_codes) = self.device_codes.list();
        IdentityStatus {
            prompts,
            device_codes,
            token_requests: self.token_log.recent(),
            token_request_counts: self.token_log.counts(),
        }
    }
}

/// The accounts that exist: names and ids of drives.
pub(crate) fn accounts(options: &Options) -> impl Iterator<Item = (&str, &str)> {
    let named = options.accounts.iter();
    let named = named.map(|(name, drive)| (name.as_str(), drive.as_str()));
    let default = options.accounts.is_empty().then_some(account::DEFAULT);
    named.chain(default)
}
