//! The ids of messages, by which JetStream and consumers drop what comes again.
//!
//! An item's id is `<hash>-<item>-<turn>`: the hash covers the drive, the mark of the snapshot, the
//! item's id and its JSON. The turn tells apart what looks the same and is not: an item that is deleted,
//! restored and deleted again. A memo can be made again from the ids alone.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

const STARTED: &str = "started";
const COMPLETED: &str = "completed";

/// After the id of an item whose JSON was left out: the event is another one than with it.
const TRUNCATED: &str = "-truncated";

/// One state of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ItemState {
    /// A hash of drive, mark, item and JSON.
    hash: [u8; 16],
    /// A hash of the item's id: 48 bits.
    pub(super) item: u64,
}

impl ItemState {
    pub(super) fn of(drive: &str, mark: &str, item: &str, raw: &str) -> Self {
        let hash = digest(&["state", drive, mark, item, raw]);
        let item = digest(&["item", item]);
        Self {
            hash: hash[..16].try_into().expect("a digest has 32 bytes"),
            item: first_48_bits(&item),
        }
    }

    /// Tells the states of an item apart: 48 bits.
    pub(super) fn state(&self) -> u64 {
        first_48_bits(&self.hash)
    }

    pub(super) fn id(&self, turn: u64, truncated: bool) -> String {
        let hash = HEXLOWER.encode(&self.hash);
        let suffix = if truncated { TRUNCATED } else { "" };
        format!("{hash}-{:012x}-{turn:x}{suffix}", self.item)
    }
}

/// The id of the event that a snapshot has started.
pub(super) fn started(drive: &str, mark: &str) -> String {
    snapshot(STARTED, drive, mark)
}

/// The id of the event that a snapshot is complete.
pub(super) fn completed(drive: &str, mark: &str) -> String {
    snapshot(COMPLETED, drive, mark)
}

fn snapshot(kind: &str, drive: &str, mark: &str) -> String {
    let hash = digest(&[kind, drive, mark]);
    format!("{}-{kind}-{mark}", HEXLOWER.encode(&hash[..16]))
}

/// What the id of a message tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    Item { item: u64, state: u64, turn: u64 },
    Started { mark: &'a str },
    Completed { mark: &'a str },
}

impl<'a> Identity<'a> {
    /// `None` for a message of another program.
    pub(super) fn of(id: &'a str) -> Option<Self> {
        let (hash, rest) = id.split_once('-')?;
        let (kind, rest) = rest.split_once('-')?;
        match kind {
            STARTED => return Some(Self::Started { mark: rest }),
            COMPLETED => return Some(Self::Completed { mark: rest }),
            _ => {}
        }
        let hash = HEXLOWER.decode(hash.as_bytes()).ok()?;
        let turn = rest.strip_suffix(TRUNCATED).unwrap_or(rest);
        Some(Self::Item {
            item: u64::from_str_radix(kind, 16)
                .ok()
                .filter(|it| it >> 48 == 0)?,
            state: first_48_bits(hash.get(..6)?),
            turn: u64::from_str_radix(turn, 16).ok()?,
        })
    }
}

fn first_48_bits(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(6)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Of texts, each with its length before it, so that none runs into the next.
fn digest(texts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_what_it_was_made_of() {
        let state = ItemState::of("d", "m", "i", "{}");
        for truncated in [false, true] {
            let id = state.id(0x2a, truncated);
            let expected = Identity::Item {
                item: state.item,
                state: state.state(),
                turn: 0x2a,
            };
            assert_eq!(Identity::of(&id), Some(expected), "{id}");
        }
        let id = started("d", "0000-1");
        assert_eq!(
            Identity::of(&id),
            Some(Identity::Started { mark: "0000-1" })
        );
        let id = completed("d", "01");
        assert_eq!(Identity::of(&id), Some(Identity::Completed { mark: "01" }));
        for id in [
            "",
            "a",
            "a-b",
            "zz-000000000001-1",
            "00-1-1",
            "00112233445566-x-1",
        ] {
            assert_eq!(Identity::of(id), None, "{id}");
        }
    }

    /// Consumers have stored them.
    #[test]
    fn an_id_never_changes() {
        let state = ItemState::of("kim", "01", "42", r#"{"id":"42"}"#);
        assert_eq!(
            state.id(0, false),
            "aa3221a2d1928e50f70171986ab09150-fb648b4a5ab7-0"
        );
        assert_eq!(
            started("kim", "01"),
            "1c9765e4614c93394514c5bd1697514e-started-01"
        );
    }

    #[test]
    fn what_differs_has_another_id() {
        let id = |drive, mark, item, raw| ItemState::of(drive, mark, item, raw).id(0, false);
        let ids = [
            id("d", "m", "i", "{}"),
            id("dm", "", "i", "{}"),
            id("d", "mi", "", "{}"),
            id("d", "m", "i{", "}"),
            id("d", "m", "i", "{ }"),
            id("e", "m", "i", "{}"),
            ItemState::of("d", "m", "i", "{}").id(1, false),
            ItemState::of("d", "m", "i", "{}").id(0, true),
            started("d", "m"),
            completed("d", "m"),
        ];
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "{id}");
        }
    }
}
