//! A batch on its way to the file, read as far as that is possible without the file.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64;
use drivebell::{ChangeBatch, DriveItem, Item};

use crate::node::{CTag, Columns, facets};
use crate::paths::{hash, name_key};

/// A batch, and what was read of its items. Reading takes as long as storing, so the task that brings the
/// batch does it, beside the thread that owns the file.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) batch: ChangeBatch,
    readings: Readings,
}

impl Arrival {
    pub(crate) fn of(batch: ChangeBatch) -> Self {
        let items = batch.items.iter().map_while(drive_item);
        Self {
            readings: Readings::of(items, batch.items.len()),
            batch,
        }
    }

    pub(crate) fn id_hashes(&self) -> impl Iterator<Item = u64> {
        self.readings.rows.iter().map(|reading| reading.id_hash)
    }

    /// The items; none in the place of the first that is not of a drive.
    pub(crate) fn items(&self) -> impl Iterator<Item = Option<ReadItem<'_>>> {
        let items = self.batch.items.iter().enumerate();
        items.map(|(index, item)| Some(self.readings.get(index, drive_item(item)?)))
    }
}

fn drive_item(item: &Item) -> Option<&DriveItem> {
    match item {
        Item::Drive(item) => Some(item),
        _ => None,
    }
}

/// What the mirror keeps of items. Texts are in one for all of them: those of their own would take as long
/// as the rest, and the page itself is cold for the thread that stores them.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    rows: Vec<Reading>,
    texts: String,
    hashes: Vec<u8>,
    /// Most items of a page have the same few.
    words: Vec<Box<str>>,
}

#[derive(Debug, Default)]
struct Reading {
    id: Part,
    id_hash: u64,
    name: Option<Part>,
    name_key: Option<i64>,
    parent: Option<Part>,
    is_deleted: bool,
    facets: i64,
    size: Option<i64>,
    created: Option<i64>,
    modified: Option<i64>,
    e_tag: Option<Part>,
    c_tag: CTag,
    hash: Option<Part>,
    words: [Option<usize>; 3],
    extra: Option<String>,
}

/// Where something is in a text for all items.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    start: usize,
    end: usize,
}

impl Part {
    fn of(self, texts: &str) -> &str {
        &texts[self.start..self.end]
    }
}

/// In how many of the last words to look for the next one.
const LAST_WORDS: usize = 8;

impl Readings {
    fn of<'a>(items: impl Iterator<Item = &'a DriveItem>, count: usize) -> Self {
        let mut readings = Self {
            rows: Vec::with_capacity(count),
            texts: String::with_capacity(count * 128),
            hashes: Vec::with_capacity(count * 20),
            words: Vec::new(),
        };
        for item in items {
            let reading = readings.read(item);
            readings.rows.push(reading);
        }
        readings
    }

    pub(crate) fn of_one(item: &DriveItem) -> Self {
        Self::of([item].into_iter(), 1)
    }

    pub(crate) fn get<'a>(&'a self, index: usize, item: &'a DriveItem) -> ReadItem<'a> {
        ReadItem {
            item,
            reading: &self.rows[index],
            readings: self,
        }
    }

    fn read(&mut self, item: &DriveItem) -> Reading {
        let reading = Reading {
            id: self.text(item.id()),
            id_hash: hash(item.id().bytes()),
            is_deleted: item.is_deleted(),
            ..Reading::default()
        };
        if reading.is_deleted {
            return reading;
        }
        let parts = item.facets();
        let hash = parts.hashes.and_then(|json| self.quick_xor(json));
        let has = |is: bool, facet: i64| if is { facet } else { 0 };
        let milliseconds = |time: Option<SystemTime>| {
            let since = time?.duration_since(UNIX_EPOCH).ok()?;
            i64::try_from(since.as_millis()).ok()
        };
        let (e_tag, c_tag) = self.tags(item);
        Reading {
            name: item.name().map(|name| self.text(name)),
            name_key: item.name().map(name_key),
            parent: item.parent_id().map(|id| self.parent(id)),
            facets: has(item.is_folder(), facets::FOLDER)
                + has(item.is_file(), facets::FILE)
                + has(parts.package.is_some(), facets::PACKAGE)
                + has(item.is_root(), facets::ROOT)
                + has(parts.shared.is_some(), facets::SHARED)
                + has(parts.remote_item.is_some(), facets::LINK),
            size: item.size().and_then(|size| i64::try_from(size).ok()),
            created: milliseconds(item.created_at()),
            modified: milliseconds(item.modified_at()),
            e_tag,
            c_tag,
            hash,
            words: [item.mime_type(), parts.created_by, parts.modified_by]
                .map(|word| word.map(|word| self.word(word))),
            extra: extra(&[
                ("shared", parts.shared),
                ("package", parts.package),
                ("remoteItem", parts.remote_item),
                ("hashes", parts.hashes.filter(|_| hash.is_none())),
            ]),
            ..reading
        }
    }

    fn text(&mut self, text: &str) -> Part {
        let start = self.texts.len();
        self.texts.push_str(text);
        let end = self.texts.len();
        Part { start, end }
    }

    /// The id of a folder. The items of a folder come together.
    fn parent(&mut self, id: &str) -> Part {
        let last = self.rows.last().and_then(|row| row.parent);
        last.filter(|last| last.of(&self.texts) == id)
            .unwrap_or_else(|| self.text(id))
    }

    fn word(&mut self, word: &str) -> usize {
        let last = self.words.len().saturating_sub(LAST_WORDS);
        let known = self.words[last..].iter().position(|known| **known == *word);
        known.map_or_else(
            || {
                self.words.push(word.into());
                self.words.len() - 1
            },
            |at| last + at,
        )
    }

    fn tags(&mut self, item: &DriveItem) -> (Option<Part>, CTag) {
        let start = self.texts.len();
        let e_tag = item.append_e_tag(&mut self.texts);
        let end = self.texts.len();
        let c_tag = item.append_c_tag(&mut self.texts);
        let (before, text) = self.texts.split_at(end);
        let short = CTag::new(c_tag.then_some(text), e_tag.then(|| &before[start..]));
        self.texts.truncate(end);
        (e_tag.then_some(Part { start, end }), short)
    }

    /// The hash, if it is the only one, and the usual form of it.
    fn quick_xor(&mut self, hashes: &str) -> Option<Part> {
        let text = hashes
            .strip_prefix("{\"quickXorHash\":\"")?
            .strip_suffix("\"}")?
            .as_bytes();
        let start = self.hashes.len();
        let room = BASE64.decode_len(text.len()).ok()?;
        self.hashes.resize(start + room, 0);
        let decoded = BASE64.decode_mut(text, &mut self.hashes[start..]);
        let end = start + decoded.as_ref().map_or(0, |length| *length);
        self.hashes.truncate(end);
        decoded.is_ok().then_some(Part { start, end })
    }
}

/// An item and what was read of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadItem<'a> {
    pub(crate) item: &'a DriveItem,
    reading: &'a Reading,
    readings: &'a Readings,
}

/// An id, and its hash, which costs as much as looking it up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id<'a> {
    pub(crate) text: &'a str,
    pub(crate) hash: u64,
}

impl<'a> Id<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let hash = hash(text.bytes());
        Self { text, hash }
    }
}

impl<'a> ReadItem<'a> {
    fn text(self, part: Part) -> &'a str {
        part.of(&self.readings.texts)
    }

    pub(crate) fn id(self) -> Id<'a> {
        Id {
            text: self.text(self.reading.id),
            hash: self.reading.id_hash,
        }
    }

    pub(crate) fn name_key(self) -> Option<i64> {
        self.reading.name_key
    }

    pub(crate) fn parent_id(self) -> Option<&'a str> {
        self.reading.parent.map(|id| self.text(id))
    }

    pub(crate) fn is_deleted(self) -> bool {
        self.reading.is_deleted
    }

    pub(crate) fn facets(self) -> i64 {
        self.reading.facets
    }

    /// The numbers in the file of the media type, and of who has created and modified it. `number` finds
    /// that of a text, which has a place among the batch's words.
    pub(crate) fn word_numbers(
        self,
        mut number: impl FnMut(usize, &str) -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<[Option<i64>; 3]> {
        let mut numbers = [None; 3];
        for (found, place) in numbers.iter_mut().zip(self.reading.words) {
            if let Some(place) = place {
                *found = Some(number(place, &self.readings.words[place])?);
            }
        }
        Ok(numbers)
    }

    /// For a row. `words` are their numbers in the file.
    pub(crate) fn columns(self, words: [Option<i64>; 3]) -> Columns<'a> {
        let reading = self.reading;
        Columns {
            name: reading.name.map(|name| self.text(name)),
            facets: reading.facets,
            size: reading.size,
            created: reading.created,
            modified: reading.modified,
            e_tag: reading.e_tag.map(|e_tag| self.text(e_tag)),
            c_tag: &reading.c_tag,
            hash: reading
                .hash
                .map(|hash| &self.readings.hashes[hash.start..hash.end]),
            words,
            extra: reading.extra.as_deref(),
        }
    }
}

/// JSON without line breaks, which stand only between its tokens.
pub(crate) fn one_line(json: &str) -> std::borrow::Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        json.replace(['\n', '\r'], " ").into()
    } else {
        json.into()
    }
}

fn extra(parts: &[(&str, Option<&str>)]) -> Option<String> {
    if parts.iter().all(|(_, value)| value.is_none()) {
        return None;
    }
    let mut json = String::from("{");
    for (key, value) in parts {
        if let Some(value) = value {
            let comma = if json.len() > 1 { "," } else { "" };
            let _ = write!(json, "{comma}\"{key}\":{}", one_line(value));
        }
    }
    json.push('}');
    Some(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Fields;

    fn fields(raw: &str) -> Fields {
        let item = DriveItem::from_raw(raw).unwrap();
        let readings = Readings::of_one(&item);
        readings.get(0, &item).columns([None; 3]).to_fields()
    }

    #[test]
    fn a_hash_is_short_only_if_it_comes_back_as_it_was() {
        for (hashes, is_short) in [
            (r#"{"quickXorHash":"AAEC"}"#, true),
            (r#"{"quickXorHash":"AA=="}"#, true),
            (r#"{"quickXorHash":"AB=="}"#, false),
            (r#"{"quickXorHash":"AA"}"#, false),
            (r#"{"quickXorHash":"A A="}"#, false),
            (r#"{"quickXorHash":"AAEC","sha1Hash":"x"}"#, false),
            (r#"{"quickXorHash":"\u0041AEC"}"#, false),
        ] {
            let fields = fields(&format!(r#"{{"id":"a","file":{{"hashes":{hashes}}}}}"#));
            let short = fields.hash.map(|hash| BASE64.encode(&hash));
            let kept = short.map(|hash| format!(r#"{{"quickXorHash":"{hash}"}}"#));
            assert_eq!(kept.is_some(), is_short, "{hashes}");
            let kept = kept.or_else(|| crate::node::part(&fields.extra?, "hashes"));
            assert_eq!(kept.as_deref(), Some(hashes));
        }
    }

    #[test]
    fn tags_with_and_without_escapes_are_those_of_the_item() {
        for (tags, e_tag, c_tag) in [
            (
                r#""eTag":"\"{1},2\"","cTag":"\"c:{1},3\"""#,
                Some("\"{1},2\""),
                CTag::Version(3),
            ),
            (
                r#""eTag":"\u0061","cTag":"\"c\"""#,
                Some("a"),
                CTag::Text("\"c\"".to_owned()),
            ),
            (r#""cTag":"c""#, None, CTag::Text("c".to_owned())),
            (r#""eTag":7"#, None, CTag::None),
        ] {
            let fields = fields(&format!(r#"{{"id":"a",{tags}}}"#));
            assert_eq!((fields.e_tag.as_deref(), fields.c_tag), (e_tag, c_tag));
        }
    }
}
