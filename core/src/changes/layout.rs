//! Where an object of the API has its fields in JSON, made from the tables in `fields.rs` when the
//! crate is compiled.

use super::field_spec::{FieldKind, FieldSpec, ObjectSpec};
use super::json_scanner::{Refusal, Scanner, Span};

/// The most members that a table may mention, and of objects inside them.
const MAX_MEMBERS: usize = 24;
const MAX_INNER: usize = 3;

/// Of the hash table. A power of two.
const SLOTS: usize = 128;
const FREE: u8 = u8::MAX;

pub(super) struct Layout {
    /// How many fields the object has. Each has a place, in the order of the table.
    pub(super) places: usize,
    /// The place of the id, of an object that has to have one.
    pub(super) id: Option<usize>,
    /// The place of the object itself.
    pub(super) whole: Option<usize>,
    members: [Member; MAX_MEMBERS],
    count: usize,
    slots: [u8; SLOTS],
    seed: usize,
}

#[derive(Clone, Copy)]
struct Member {
    key: &'static str,
    place: Option<u8>,
    /// Fields in the object that is the member's value.
    inner: [(&'static str, u8); MAX_INNER],
    inner_count: usize,
}

impl Layout {
    pub(super) const fn of(object: &ObjectSpec) -> Self {
        let mut layout = Self {
            places: object.head.len() + object.fields.len(),
            id: None,
            whole: None,
            members: [Member::new(""); MAX_MEMBERS],
            count: 0,
            slots: [FREE; SLOTS],
            seed: 0,
        };
        let mut place = 0;
        while place < layout.places {
            let field = if place < object.head.len() {
                &object.head[place]
            } else {
                &object.fields[place - object.head.len()]
            };
            layout.add(field, place);
            place += 1;
        }
        while !layout.fill_slots() {
            layout.seed += 1;
        }
        layout
    }

    const fn add(&mut self, field: &FieldSpec, place: usize) {
        match field.kind {
            FieldKind::Raw => self.whole = Some(place),
            FieldKind::Id => self.id = Some(place),
            _ => {}
        }
        if field.json.is_empty() {
            return;
        }
        let mut index = 0;
        while index < self.count && !is_equal(self.members[index].key, field.json[0]) {
            index += 1;
        }
        if index == self.count {
            self.members[index] = Member::new(field.json[0]);
            self.count += 1;
        }
        let member = &mut self.members[index];
        #[expect(clippy::cast_possible_truncation, reason = "there are few fields")]
        let place = place as u8;
        match field.json.len() {
            1 => member.place = Some(place),
            2 => {
                member.inner[member.inner_count] = (field.json[1], place);
                member.inner_count += 1;
            }
            _ => panic!("a path of three keys"),
        }
    }

    /// False if two keys have one slot.
    const fn fill_slots(&mut self) -> bool {
        self.slots = [FREE; SLOTS];
        let mut index = 0;
        while index < self.count {
            let slot = slot(self.members[index].key.as_bytes(), self.seed);
            if self.slots[slot] != FREE {
                return false;
            }
            #[expect(clippy::cast_possible_truncation, reason = "there are few members")]
            let member = index as u8;
            self.slots[slot] = member;
            index += 1;
        }
        true
    }

    #[inline]
    fn member(&self, key: &[u8]) -> Option<&Member> {
        let member = self
            .members
            .get(self.slots[slot(key, self.seed)] as usize)?;
        (member.key.as_bytes() == key).then_some(member)
    }

    /// Reads an object, and notes the places of its fields in `spans`. Of several equal keys the
    /// last one counts.
    #[inline]
    pub(super) fn read(
        &self,
        scanner: &mut Scanner<'_>,
        spans: &mut [Span],
    ) -> Result<Span, Refusal> {
        scanner.object(|scanner, key| {
            let member = with_key(scanner, key, |key| self.member(key));
            let Some(member) = member else {
                return scanner.value().map(drop);
            };
            let value = member.read(scanner, spans)?;
            if let Some(place) = member.place {
                spans[place as usize] = value;
            }
            Ok(())
        })
    }
}

impl Member {
    const fn new(key: &'static str) -> Self {
        Self {
            key,
            place: None,
            inner: [("", FREE); MAX_INNER],
            inner_count: 0,
        }
    }

    #[inline]
    fn read(&self, scanner: &mut Scanner<'_>, spans: &mut [Span]) -> Result<Span, Refusal> {
        let inner = &self.inner[..self.inner_count];
        for (_, place) in inner {
            spans[*place as usize] = Span::NONE;
        }
        if inner.is_empty() || scanner.peek() != b'{' {
            return scanner.value();
        }
        scanner.object(|scanner, key| {
            let found = with_key(scanner, key, |key| {
                inner.iter().find(|(name, _)| name.as_bytes() == key)
            });
            let value = scanner.value()?;
            if let Some((_, place)) = found {
                spans[*place as usize] = value;
            }
            Ok(())
        })
    }
}

/// Calls a function with the text of a key. One that is no text, for its escapes, is no known key.
#[inline]
pub(super) fn with_key<T>(
    scanner: &Scanner<'_>,
    key: Span,
    find: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    let json = scanner.bytes(key);
    if key.has_escapes() {
        let text: String = serde_json::from_slice(json).ok()?;
        return find(text.as_bytes());
    }
    find(&json[1..json.len() - 1])
}

/// No two keys of a table have the same length, first and last byte.
#[inline]
const fn slot(key: &[u8], seed: usize) -> usize {
    let (first, last) = match key {
        [] => (0, 0),
        [first, .., last] => (*first, *last),
        [only] => (*only, *only),
    };
    let hash =
        (first as usize) * (seed * 2 + 3) + (last as usize) * (seed * 4 + 7) + key.len() * 11;
    hash % SLOTS
}

const fn is_equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
