//! Delta tokens: opaque to the client, and proof against guessing at what is in them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Form;
use super::options::Options;
use crate::drive::fnv;

/// How far a client has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// It knows nothing.
    #[serde(rename = "n")]
    Nothing,
    /// It knows everything up to this position.
    #[serde(rename = "u")]
    UpTo(u64),
    /// It is in the middle of a round.
    #[serde(rename = "r")]
    Round(Round),
}

/// A round shows what changed behind one position up to another, each item where it changed last.
/// An item that changes while the round is under way leaves it, and is in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    /// From the beginning: without tombstones, with the root first.
    #[serde(rename = "f")]
    pub(super) full: bool,
    #[serde(rename = "a")]
    pub(super) after: u64,
    #[serde(rename = "u")]
    pub(super) until: u64,
    /// Everything up to here was shown.
    #[serde(rename = "d")]
    pub(super) done: u64,
    /// An empty page was just sent.
    #[serde(rename = "e")]
    pub(super) empty: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    /// Another run of the simulator knows nothing of this one's positions.
    #[serde(rename = "v")]
    run: u64,
    #[serde(rename = "w")]
    drive: String,
    #[serde(rename = "l")]
    list: bool,
    /// In microseconds since the Unix epoch.
    #[serde(rename = "i")]
    pub(super) issued: i64,
    /// How many links one after the other led to this one, itself included.
    #[serde(rename = "c")]
    pub(super) links: u32,
    #[serde(rename = "p")]
    pub(super) progress: Progress,
    #[serde(rename = "o")]
    pub(super) options: Options,
}

/// Whose tokens they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issuer<'a> {
    pub(super) run: u64,
    pub(super) drive: &'a str,
    pub(super) form: Form,
}

impl Issuer<'_> {
    pub(super) fn issue(self, progress: Progress, options: Options, links: u32) -> Token {
        Token {
            run: self.run,
            drive: self.drive.to_owned(),
            list: self.form == Form::ListItems,
            issued: Timestamp::now().as_microsecond(),
            links,
            progress,
            options,
        }
    }
}

impl Token {
    pub(super) fn write(&self) -> String {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let seal = fnv(&bytes).to_be_bytes();
        bytes.extend(seal);
        scramble(&mut bytes);
        URL_SAFE.encode(bytes)
    }

    /// `None` unless it was written by [`Self::write`].
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut bytes = URL_SAFE.decode(text).ok()?;
        scramble(&mut bytes);
        let (payload, seal) = bytes.split_last_chunk::<16>()?;
        if fnv(payload).to_be_bytes() != *seal {
            return None;
        }
        serde_json::from_slice(payload).ok()
    }

    /// For the same items in the same form.
    pub(super) fn is_for(&self, issuer: Issuer<'_>) -> bool {
        self.drive == issuer.drive && self.list == (issuer.form == Form::ListItems)
    }

    pub(super) fn is_of_run(&self, issuer: Issuer<'_>) -> bool {
        self.run == issuer.run
    }
}

/// So that no client comes to rely on what it sees.
fn scramble(bytes: &mut [u8]) {
    for (byte, number) in bytes.iter_mut().zip((0u8..=255).cycle()) {
        *byte ^= number.wrapping_mul(0x9D) ^ 0x5A;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_whole_or_not_at_all() {
        let issuer = Issuer {
            run: 7,
            drive: "b!me",
            form: Form::DriveItems,
        };
        let round = Round {
            full: true,
            after: 0,
            until: 9,
            done: 3,
            empty: false,
        };
        let token = issuer.issue(Progress::Round(round), Options::default(), 2);
        let text = token.write();
        assert_eq!(Token::read(&text), Some(token));
        let mut other = text.clone().into_bytes();
        other[5] = if other[5] == b'A' { b'B' } else { b'A' };
        for bad in [
            "",
            "x",
            "latest",
            &text[1..],
            &text[..text.len() - 4],
            &format!("{text}AAAA"),
            std::str::from_utf8(&other).expect("ASCII"),
        ] {
            assert_eq!(Token::read(bad), None, "{bad}");
        }
    }
}
