//! The device codes that were issued, and what a person has decided about them: RFC 8628.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Serialize;
use uuid::Uuid;

use super::error::OAuthError;
use crate::behaviour::SignInTime;
use crate::lock::lock;

/// The oldest code makes room for another.
const MAX_CODES: usize = 1000;
/// Letters and digits that a person cannot confuse.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// A timer may fire a little early, and the previous poll may have arrived late.
const TOLERANCE: f64 = 0.8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CodeState {
    Pending,
    Approved,
    Declined,
    Expired,
    Redeemed,
}

/// A device code without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DeviceCodeStatus {
    /// As in RFC 8628.
    user_code: String,
    state: CodeState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    None,
    /// By the account with this index.
    Approved(usize),
    Declined,
    Redeemed,
}

struct DeviceCode {
    secret: String,
    user_code: String,
    client_id: String,
    scope: String,
    issued: Instant,
    /// How much older a test has made it.
    aged: Duration,
    polled: Option<Instant>,
    decision: Decision,
}

impl DeviceCode {
    fn age(&self) -> Duration {
        self.issued.elapsed().saturating_add(self.aged)
    }
}

/// What a client gets for its request.
pub(super) struct IssuedCode {
    pub(super) device_code: String,
    pub(super) user_code: String,
}

/// What a client gets once a person has approved.
pub(super) struct Approval {
    /// The index of the account that signed in.
    pub(super) account: usize,
    pub(super) scope: String,
}

pub(super) struct DeviceCodes {
    pub(super) lifetime: Duration,
    pub(super) interval: Duration,
    sign_in: SignInTime,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    count: u64,
    codes: VecDeque<DeviceCode>,
}

impl DeviceCodes {
    pub(super) fn new(lifetime: Duration, interval: Duration, sign_in: SignInTime) -> Self {
        Self {
            lifetime,
            interval,
            sign_in,
            issued: Mutex::default(),
        }
    }

    pub(super) fn issue(&self, client_id: &str, scope: &str) -> IssuedCode {
        let [device, user] = [Uuid::new_v4(), Uuid::new_v4()];
        let letters = user.as_bytes()[..9].iter();
        let user_code: String = letters
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
            .collect();
        let code = DeviceCode {
            secret: format!("D{}", device.simple()),
            user_code,
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            issued: Instant::now(),
            aged: Duration::ZERO,
            polled: None,
            decision: Decision::None,
        };
        let issued = IssuedCode {
            device_code: code.secret.clone(),
            user_code: code.user_code.clone(),
        };
        let mut known = lock(&self.issued);
        known.count += 1;
        if known.codes.len() == MAX_CODES {
            known.codes.pop_front();
        }
        known.codes.push_back(code);
        issued
    }

    /// Responds to a client that asks whether a person has signed in.
    pub(super) fn poll(&self, secret: &str, client_id: &str) -> Result<Approval, OAuthError> {
        let mut issued = lock(&self.issued);
        let mut codes = issued.codes.iter_mut();
        let code = codes
            .find(|code| code.secret == secret && code.client_id == client_id)
            .ok_or_else(|| OAuthError::usual("bad_verification_code"))?;
        self.sign_in(code);
        let previous = code.polled.replace(Instant::now());
        match (self.state(code), code.decision) {
            (CodeState::Approved, Decision::Approved(account)) => {
                code.decision = Decision::Redeemed;
                Ok(Approval {
                    account,
                    scope: code.scope.clone(),
                })
            }
            (CodeState::Expired, _) => Err(OAuthError::usual("expired_token")),
            (CodeState::Declined, _) => Err(OAuthError::usual("authorization_declined")),
            (CodeState::Redeemed, _) => Err(OAuthError::usual("bad_verification_code")),
            _ => {
                let least = self.interval.mul_f64(TOLERANCE);
                let too_fast = previous.is_some_and(|previous| previous.elapsed() < least);
                Err(OAuthError::usual(if too_fast {
                    "slow_down"
                } else {
                    "authorization_pending"
                }))
            }
        }
    }

    /// Approves or declines the pending codes with this user code, or all. Returns how many.
    pub(super) fn decide(&self, user_code: Option<&str>, approved_by: Option<usize>) -> usize {
        let decision = approved_by.map_or(Decision::Declined, Decision::Approved);
        let mut issued = lock(&self.issued);
        let mut decided = 0;
        for code in &mut issued.codes {
            self.sign_in(code);
            let is_chosen = user_code.is_none_or(|user_code| user_code == code.user_code);
            if is_chosen && self.state(code) == CodeState::Pending {
                code.decision = decision;
                decided += 1;
            }
        }
        decided
    }

    /// Makes every code older.
    pub(super) fn age(&self, by: Duration) {
        for code in &mut lock(&self.issued).codes {
            // A person whose time has come signs in before the code expires.
            self.sign_in(code);
            code.aged = code.aged.saturating_add(by);
        }
    }

    /// How many were issued, and the last ones.
    pub(super) fn list(&self) -> (u64, Vec<DeviceCodeStatus>) {
        let mut issued = lock(&self.issued);
        let codes = issued.codes.iter_mut().map(|code| {
            self.sign_in(code);
            DeviceCodeStatus {
                user_code: code.user_code.clone(),
                state: self.state(code),
            }
        });
        let codes = codes.collect();
        (issued.count, codes)
    }

    /// Lets the person sign in if that is due.
    fn sign_in(&self, code: &mut DeviceCode) {
        let SignInTime::After(time) = self.sign_in else {
            return;
        };
        let due = code.age() >= time && time < self.lifetime;
        if due && code.decision == Decision::None {
            code.decision = Decision::Approved(0);
        }
    }

    fn state(&self, code: &DeviceCode) -> CodeState {
        let expired = code.age() >= self.lifetime;
        match code.decision {
            Decision::Redeemed => CodeState::Redeemed,
            Decision::Declined => CodeState::Declined,
            _ if expired => CodeState::Expired,
            Decision::Approved(_) => CodeState::Approved,
            Decision::None => CodeState::Pending,
        }
    }
}
