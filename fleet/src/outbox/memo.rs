//! What is remembered of a drive beside its checkpoint, so that nothing is published twice and nothing
//! is taken for a repetition that is none.
//!
//! A memo knows the states of the items that were published last. An item in the state that is known is
//! in the stream already. In any other state it gets a turn that is higher than every turn that it had
//! before:
//!
//! - The next turn after the one that is known for it.
//! - The salt, if nothing is known: when an item is forgotten the salt rises above its turn.
//!
//! So a message with the id of an earlier one is a repetition, and each repetition of what is remembered
//! is recognized. What was forgotten is published twice rather than lost.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;

use super::identity::{Identity, ItemState};

/// The version of the text.
const PREFIX: &str = "1.";

/// How many items are kept from one batch to the next: about 5 KB of text.
pub(super) const MOST_ITEMS: usize = 256;

/// No state has this hash.
const UNKNOWN: u64 = (1 << 48) - 1;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memo {
    /// The last message of the drive in the stream. 0: none.
    pub(super) sequence: u64,
    /// Where the turns of items begin of which nothing is known.
    salt: u64,
    marks: Marks,
    items: HashMap<u64, Known>,
    /// How often an item was noted: the order in which they are forgotten.
    noted: u64,
    /// The last mark that a replay has brought, and `noted` then.
    started: Option<(String, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    state: u64,
    turn: u64,
    noted: u64,
}

/// How the snapshots of a drive are called in the stream.
///
/// The worker that begins an enumeration names its snapshot by its clock. If it dies at once, and the
/// clock of the next one is behind, the name of the next snapshot sorts before one that consumers have
/// seen. So the stream has names of its own, which are the same as long as they sort.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Marks {
    /// The snapshot of the last batch.
    snapshot: Option<String>,
    /// How the stream calls it.
    mark: String,
    /// The mark that sorts last of those that consumers were told of.
    highest: String,
    /// The mark that sorts last of those that consumers were told are complete.
    completed: String,
    /// There was a memo, and nothing is known of it.
    is_lost: bool,
}

/// What a batch tells of the enumeration that its snapshot is called after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enumeration {
    /// It begins.
    Begins,
    /// It is the first of the drive, and has not ended.
    First,
    Unknown,
}

/// What a batch with a snapshot needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) name: String,
    /// Consumers have not heard of it yet.
    pub(super) is_new: bool,
    pub(super) is_complete: bool,
}

impl Memo {
    /// Of a drive of which nothing is known. `salt`: higher than any turn that was ever used.
    pub(super) fn beginning(salt: u64) -> Self {
        Self {
            salt,
            ..Self::default()
        }
    }

    /// Like [`beginning`](Self::beginning), of a drive that had a memo.
    pub(super) fn lost(salt: u64) -> Self {
        let mut memo = Self::beginning(salt);
        memo.marks.is_lost = true;
        memo
    }

    /// The same without items, because the stream has dropped what was published since.
    pub(super) fn without_items(&self, salt: u64) -> Self {
        let turns = self.items.values().map(|known| known.turn + 1);
        Self {
            sequence: self.sequence,
            salt: turns.max().unwrap_or_default().max(self.salt).max(salt),
            marks: self.marks.clone(),
            ..Self::default()
        }
    }

    /// The turn of an item in a state. `None` if it is in the stream already, in this state.
    pub(super) fn turn(&self, state: &ItemState) -> Option<u64> {
        match self.items.get(&state.item) {
            Some(known) if known.state == state.state() => None,
            Some(known) => Some(known.turn + 1),
            None => Some(self.salt),
        }
    }

    /// Notes a state that is published.
    pub(super) fn note(&mut self, state: &ItemState, turn: u64) {
        self.insert(state.item, state.state(), turn);
    }

    /// Notes a state that came again: it is forgotten later.
    pub(super) fn touch(&mut self, state: &ItemState) {
        if let Some(known) = self.items.get(&state.item) {
            let turn = known.turn;
            self.note(state, turn);
        }
    }

    fn insert(&mut self, item: u64, state: u64, turn: u64) {
        self.noted += 1;
        let noted = self.noted;
        self.items.insert(item, Known { state, turn, noted });
    }

    /// The mark of a snapshot.
    pub(super) fn mark(&self, snapshot: &str, enumeration: Enumeration) -> Mark {
        let marks = &self.marks;
        if marks.snapshot.as_deref() == Some(snapshot) {
            return Mark {
                name: marks.mark.clone(),
                is_new: false,
                is_complete: self.has_completed(&marks.mark),
            };
        }
        if snapshot > marks.highest.as_str() {
            return Mark {
                name: snapshot.to_owned(),
                is_new: true,
                is_complete: false,
            };
        }
        let goes_on = match enumeration {
            Enumeration::Begins => false,
            Enumeration::First => marks.is_lost,
            // Of a drive whose memo was lost, or that came with a checkpoint.
            Enumeration::Unknown => marks.is_lost || marks.snapshot.is_none(),
        };
        if goes_on {
            // It may have another mark, and nobody knows which. To call that complete could remove rows
            // that no enumeration will bring again: the next one does it.
            return Mark {
                name: marks.highest.clone(),
                is_new: false,
                is_complete: snapshot < marks.highest.as_str() || self.has_completed(snapshot),
            };
        }
        // Even if the name is the same: the worker that has announced it died before its first checkpoint.
        Mark {
            name: next_name(&marks.highest),
            is_new: true,
            is_complete: false,
        }
    }

    /// Whether consumers were told of a mark.
    pub(super) fn has_announced(&self, mark: &str) -> bool {
        self.marks.highest.as_str() >= mark
    }

    /// Whether consumers were told that a snapshot is complete, or need not be told.
    pub(super) fn has_completed(&self, mark: &str) -> bool {
        self.marks.completed.as_str() >= mark
    }

    /// Notes how the stream calls a snapshot.
    pub(super) fn note_mark(&mut self, snapshot: &str, mark: &str) {
        self.marks.snapshot = Some(snapshot.to_owned());
        mark.clone_into(&mut self.marks.mark);
        self.marks.is_lost = false;
        raise(&mut self.marks.highest, mark);
    }

    /// Notes that a snapshot is complete.
    pub(super) fn note_completed(&mut self, mark: &str) {
        raise(&mut self.marks.completed, mark);
    }

    /// Takes a message of the drive that is in the stream. They must come in their order.
    pub(super) fn replay(&mut self, sequence: u64, id: &str) {
        self.sequence = self.sequence.max(sequence);
        match Identity::of(id) {
            Some(Identity::Item { item, state, turn }) => self.insert(item, state, turn),
            Some(Identity::Started { mark }) => {
                raise(&mut self.marks.highest, mark);
                self.started = Some((mark.to_owned(), self.noted));
            }
            Some(Identity::Completed { mark }) => {
                raise(&mut self.marks.completed, mark);
                self.forget_swept(mark);
            }
            None => {}
        }
    }

    /// A worker has enumerated everything and died before its checkpoint: what it did not list was removed
    /// by consumers, although the snapshot of the checkpoint may bring it in the state that is known.
    fn forget_swept(&mut self, mark: &str) {
        let Some((_, began)) = self.started.take_if(|(started, _)| started == mark) else {
            return;
        };
        for known in self.items.values_mut() {
            if known.noted <= began {
                known.state = UNKNOWN;
            }
        }
    }

    /// Forgets the items that were noted first.
    pub(super) fn trim(&mut self, most_items: usize) {
        let Some(surplus) = self
            .items
            .len()
            .checked_sub(most_items)
            .filter(|it| *it > 0)
        else {
            return;
        };
        let mut order: Vec<u64> = self.items.values().map(|known| known.noted).collect();
        let (_, last, _) = order.select_nth_unstable(surplus - 1);
        let last = *last;
        let salt = &mut self.salt;
        self.items.retain(|_, known| {
            let stays = known.noted > last;
            if !stays {
                *salt = (*salt).max(known.turn + 1);
            }
            stays
        });
    }

    pub(super) fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(64 + self.items.len() * 14);
        put_number(&mut bytes, self.sequence);
        put_number(&mut bytes, self.salt);
        let marks = &self.marks;
        bytes.push(u8::from(marks.snapshot.is_some()) | u8::from(marks.is_lost) << 1);
        for text in [
            marks.snapshot.as_deref().unwrap_or_default(),
            &marks.mark,
            &marks.highest,
            &marks.completed,
        ] {
            put_number(&mut bytes, text.len() as u64);
            bytes.extend(text.bytes());
        }
        let mut items: Vec<_> = self.items.iter().collect();
        items.sort_unstable_by_key(|(_, known)| known.noted);
        for (item, known) in items {
            bytes.extend(&item.to_be_bytes()[2..]);
            bytes.extend(&known.state.to_be_bytes()[2..]);
            // Most turns are near the salt.
            let difference = known.turn.wrapping_sub(self.salt).cast_signed();
            put_number(
                &mut bytes,
                ((difference << 1) ^ (difference >> 63)).cast_unsigned(),
            );
        }
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }

    /// `None` for a text that is no memo of this version.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD
            .decode(text.strip_prefix(PREFIX)?.as_bytes())
            .ok()?;
        let mut rest = Bytes(&bytes);
        let mut memo = Self {
            sequence: rest.number()?,
            salt: rest.number()?,
            ..Self::default()
        };
        let [flags] = *rest.take(1)? else { return None };
        let snapshot = rest.text()?;
        memo.marks = Marks {
            snapshot: (flags & 1 != 0).then_some(snapshot),
            mark: rest.text()?,
            highest: rest.text()?,
            completed: rest.text()?,
            is_lost: flags & 2 != 0,
        };
        while !rest.0.is_empty() {
            let (item, state) = (rest.bits_48()?, rest.bits_48()?);
            let number = rest.number()?;
            let difference = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
            memo.insert(item, state, memo.salt.wrapping_add_signed(difference));
        }
        Some(memo)
    }
}

fn raise(highest: &mut String, mark: &str) {
    if mark > highest.as_str() {
        mark.clone_into(highest);
    }
}

/// A name that sorts after this one, and before what a later clock names.
fn next_name(name: &str) -> String {
    match u64::from_str_radix(name, 16) {
        Ok(number) if name.len() == 16 && number < u64::MAX => format!("{:016x}", number + 1),
        _ => format!("{name}0"),
    }
}

/// Seven bits a byte, the lowest first.
fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [seven, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(seven);
            return;
        }
        bytes.push(seven | 0x80);
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { return None };
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bits_48(&mut self) -> Option<u64> {
        let bytes = self.take(6)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }
}
