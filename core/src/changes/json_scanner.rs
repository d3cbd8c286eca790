//! Reads a JSON text once, from front to back, and says where its values are.
//!
//! It accepts what `serde_json` accepts where it skips a value, down to [`MAX_DEPTH`] levels: an
//! escape `\u` needs four hexadecimal digits, whatever they mean together with others.

use crate::json_block::{Block, string_stops};

/// An item's JSON has some five levels. What is nested deeper is made to exhaust somebody's stack.
pub(super) const MAX_DEPTH: u32 = 64;

/// The longest text whose places a [`Span`] can hold.
pub(super) const MAX_LENGTH: usize = i32::MAX as usize;

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Malformed,
    TooDeep,
}

/// Where a value is in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    /// The highest bit tells that the value is a string with escapes.
    end: u32,
}

const HAS_ESCAPES: u32 = 1 << 31;

impl Span {
    /// The place of an absent value: no JSON value is empty.
    pub(super) const NONE: Self = Self { start: 0, end: 0 };

    #[expect(clippy::cast_possible_truncation, reason = "longer texts are refused")]
    #[inline]
    fn new(start: usize, end: usize, has_escapes: bool) -> Self {
        let flag = if has_escapes { HAS_ESCAPES } else { 0 };
        Self {
            start: start as u32,
            end: end as u32 | flag,
        }
    }

    #[inline]
    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(super) fn end(self) -> usize {
        (self.end & !HAS_ESCAPES) as usize
    }

    #[inline]
    pub(super) fn is_none(self) -> bool {
        self.end == 0
    }

    #[inline]
    pub(super) fn has_escapes(self) -> bool {
        self.end & HAS_ESCAPES != 0
    }

    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start()..self.end()]
    }
}

pub(super) struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
    depth: u32,
    blocks: &'a [Block],
    /// What follows the last whole block, and spaces.
    rest: Block,
    /// The number of the block that `stops` describes.
    block: usize,
    stops: u64,
}

impl<'a> Scanner<'a> {
    /// # Errors
    /// A text of more than [`MAX_LENGTH`] bytes.
    pub(super) fn new(json: &'a str) -> Result<Self, Refusal> {
        if json.len() > MAX_LENGTH {
            return Err(Refusal::Malformed);
        }
        let json = json.as_bytes();
        let (blocks, behind) = json.as_chunks();
        let mut rest = [b' '; size_of::<Block>()];
        rest[..behind.len()].copy_from_slice(behind);
        let mut scanner = Self {
            json,
            at: 0,
            depth: 0,
            blocks,
            rest,
            block: usize::MAX,
            stops: 0,
        };
        scanner.skip_space();
        Ok(scanner)
    }

    /// The first byte of the next token; 0 at the end, which begins no token.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.json.get(self.at).copied().unwrap_or_default()
    }

    /// Of the whole text.
    pub(super) fn length(&self) -> usize {
        self.json.len()
    }

    #[inline]
    pub(super) fn bytes(&self, span: Span) -> &'a [u8] {
        &self.json[span.start()..span.end()]
    }

    /// Whether the text ends here.
    pub(super) fn end(&self) -> Result<(), Refusal> {
        if self.at == self.json.len() {
            Ok(())
        } else {
            Err(Refusal::Malformed)
        }
    }

    /// Reads a value of any type, and the white space behind it.
    #[inline]
    pub(super) fn value(&mut self) -> Result<Span, Refusal> {
        let start = self.at;
        let mut has_escapes = false;
        match self.peek() {
            b'"' => has_escapes = self.string()?,
            b'{' => return self.object(|scanner, _| scanner.value().map(drop)),
            b'[' => return self.array(|scanner| scanner.value().map(drop)),
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => self.number()?,
        }
        let span = Span::new(start, self.at, has_escapes);
        self.skip_space();
        Ok(span)
    }

    /// Reads an object. `member` gets the place of each key with its quotes, and reads the value.
    #[inline]
    pub(super) fn object<E: From<Refusal>>(
        &mut self,
        mut member: impl FnMut(&mut Self, Span) -> Result<(), E>,
    ) -> Result<Span, E> {
        let start = self.at;
        self.open(b'{')?;
        if self.peek() != b'}' {
            loop {
                let key = self.at;
                if self.peek() != b'"' {
                    return Err(Refusal::Malformed.into());
                }
                let has_escapes = self.string()?;
                let key = Span::new(key, self.at, has_escapes);
                self.skip_space();
                if !self.take(b':') {
                    return Err(Refusal::Malformed.into());
                }
                member(self, key)?;
                if !self.take(b',') {
                    break;
                }
            }
        }
        Ok(self.close(b'}', start)?)
    }

    /// Reads an array. `element` reads each value.
    #[inline]
    pub(super) fn array<E: From<Refusal>>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<Span, E> {
        let start = self.at;
        self.open(b'[')?;
        if self.peek() != b']' {
            loop {
                element(self)?;
                if !self.take(b',') {
                    break;
                }
            }
        }
        Ok(self.close(b']', start)?)
    }

    #[inline]
    fn open(&mut self, bracket: u8) -> Result<(), Refusal> {
        if !self.take(bracket) {
            return Err(Refusal::Malformed);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, bracket: u8, start: usize) -> Result<Span, Refusal> {
        let end = self.at + 1;
        if !self.take(bracket) {
            return Err(Refusal::Malformed);
        }
        self.depth -= 1;
        Ok(Span::new(start, end, false))
    }

    /// Takes a token of one byte, and the white space behind it, if it is the next.
    #[inline]
    fn take(&mut self, token: u8) -> bool {
        let is_next = self.peek() == token;
        if is_next {
            self.at += 1;
            self.skip_space();
        }
        is_next
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Reads a string up to and with its closing quote, and returns whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Refusal> {
        self.at += 1;
        // Most strings are short, and end in the block in which they begin.
        if let Some(end) = self.stop_in_block(self.at)
            && self.json.get(end) == Some(&b'"')
        {
            self.at = end + 1;
            return Ok(false);
        }
        self.any_string()
    }

    #[inline(never)]
    fn any_string(&mut self) -> Result<bool, Refusal> {
        let mut has_escapes = false;
        loop {
            self.at = self.next_stop(self.at).ok_or(Refusal::Malformed)?;
            match self.json[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => return Err(Refusal::Malformed),
            }
        }
    }

    /// The place of the next byte, from here on, that ends the plain part of a string.
    #[inline]
    fn next_stop(&mut self, mut at: usize) -> Option<usize> {
        loop {
            let block = at / size_of::<Block>();
            if block != self.block {
                self.load(block)?;
            }
            if let Some(stop) = self.stop_in_block(at) {
                return Some(stop);
            }
            at = (block + 1) * size_of::<Block>();
        }
    }

    /// The same, if it is in the block whose stops are known.
    #[inline]
    fn stop_in_block(&self, at: usize) -> Option<usize> {
        let (block, bit) = (at / size_of::<Block>(), at % size_of::<Block>());
        let stops = self.stops & (u64::MAX << bit);
        let is_known = block == self.block && stops != 0;
        is_known.then(|| block * size_of::<Block>() + stops.trailing_zeros() as usize)
    }

    #[inline]
    fn load(&mut self, block: usize) -> Option<()> {
        let bytes = match self.blocks.get(block) {
            Some(bytes) => bytes,
            None if block == self.blocks.len() => &self.rest,
            None => return None,
        };
        self.stops = string_stops(bytes);
        self.block = block;
        Some(())
    }

    fn escape(&mut self) -> Result<(), Refusal> {
        let length = match self.json.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.json.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(Refusal::Malformed);
                }
                6
            }
            _ => return Err(Refusal::Malformed),
        };
        self.at += length;
        Ok(())
    }

    fn literal(&mut self, literal: &[u8]) -> Result<(), Refusal> {
        if !self.json[self.at..].starts_with(literal) {
            return Err(Refusal::Malformed);
        }
        self.at += literal.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Refusal> {
        self.at += usize::from(self.peek() == b'-');
        match self.peek() {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            return Err(Refusal::Malformed);
        }
        Ok(())
    }
}
