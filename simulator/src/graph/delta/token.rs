//! Delta tokens, which are opaque to the client.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde::{Deserialize, Serialize};

use super::delta_path::Collection;
use super::options::Options;
use crate::drive::{Item, fnv};

/// How far a client has followed the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cursor {
    /// It has no items yet.
    #[serde(rename = "n")]
    Start,
    /// It has every change up to this position.
    #[serde(rename = "u")]
    UpTo(u64),
    /// It is in the middle of a round.
    #[serde(rename = "r")]
    Round(Round),
}

/// A round returns the items that last changed after one position and up to another. An item that
/// changes again during the round moves to the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    /// A full enumeration: the root first, and no deleted items.
    #[serde(rename = "f")]
    pub(super) full: bool,
    #[serde(rename = "a")]
    pub(super) after: u64,
    #[serde(rename = "u")]
    pub(super) until: u64,
    /// The position of the last item that was returned.
    #[serde(rename = "d")]
    pub(super) done: u64,
    /// Whether the previous page was an inserted empty one.
    #[serde(rename = "e")]
    pub(super) empty: bool,
}

/// The deletions that the holder of a token never gets, by their positions: those during its
/// enumeration, or those that an empty round has skipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Blind {
    /// Exclusive.
    #[serde(rename = "a")]
    pub(super) after: u64,
    /// Inclusive.
    #[serde(rename = "u")]
    pub(super) until: u64,
}

impl From<u64> for Blind {
    /// Of an enumeration that begins at this position; nothing yet.
    fn from(position: u64) -> Self {
        Self {
            after: position,
            until: position,
        }
    }
}

impl Blind {
    pub(super) fn hides(self, item: &Item) -> bool {
        item.deleted && item.position > self.after && item.position <= self.until
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    /// The positions of another run of the simulator mean nothing to this one.
    #[serde(rename = "v")]
    run: u64,
    #[serde(rename = "w")]
    drive: String,
    #[serde(rename = "l")]
    list: bool,
    /// By the simulator's own time, in microseconds since the Unix epoch.
    #[serde(rename = "i")]
    pub(super) issued: i64,
    /// How many links the client has followed, this one included.
    #[serde(rename = "c")]
    pub(super) links: u32,
    #[serde(rename = "p")]
    pub(super) cursor: Cursor,
    #[serde(rename = "b")]
    pub(super) blind: Blind,
    #[serde(rename = "o")]
    pub(super) options: Options,
}

/// What a token is issued for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issuer<'a> {
    pub(super) run: u64,
    pub(super) drive: &'a str,
    pub(super) collection: Collection,
    /// The simulator's own time, in microseconds since the Unix epoch.
    pub(super) now: i64,
}

impl Issuer<'_> {
    pub(super) fn issue(self, cursor: Cursor, blind: Blind, options: Options, links: u32) -> Token {
        Token {
            run: self.run,
            drive: self.drive.to_owned(),
            list: self.collection == Collection::ListItems,
            issued: self.now,
            links,
            cursor,
            blind,
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

    /// Whether it was issued for the same drive and collection.
    pub(super) fn is_for(&self, issuer: Issuer<'_>) -> bool {
        self.drive == issuer.drive && self.list == (issuer.collection == Collection::ListItems)
    }

    pub(super) fn is_of_run(&self, issuer: Issuer<'_>) -> bool {
        self.run == issuer.run
    }
}

/// Keeps clients from relying on the content of a token.
fn scramble(bytes: &mut [u8]) {
    for (byte, number) in bytes.iter_mut().zip((0u8..=255).cycle()) {
        *byte ^= number.wrapping_mul(0x9D) ^ 0x5A;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_intact_token_is_read() {
        let issuer = Issuer {
            run: 7,
            drive: "b!me",
            collection: Collection::DriveItems,
            now: 1,
        };
        let round = Round {
            full: true,
            after: 0,
            until: 9,
            done: 3,
            empty: false,
        };
        let token = issuer.issue(
            Cursor::Round(round),
            Blind { after: 3, until: 9 },
            Options::default(),
            2,
        );
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
