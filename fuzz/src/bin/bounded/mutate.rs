//! Random changes to inputs that mean something.

use drivebell_fuzz::SECRET;
use fastrand::Rng;

/// What parsers may stumble over.
const WORDS: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e400",
    b"-1",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"\xff\xff",
    b"\x00",
    b"\x7f\xff\xff\xff\xff",
    b"\n",
    b"%2F",
    b"&#x41;",
    b"://",
    b"?token=",
    SECRET.as_bytes(),
];

/// One input of the corpus, changed up to eight times.
pub(crate) fn mutated(corpus: &[Vec<u8>], random: &mut Rng, max_length: usize) -> Vec<u8> {
    let pick = |random: &mut Rng| corpus[random.usize(..corpus.len())].clone();
    let mut input = pick(random);
    for _ in 0..random.usize(1..=8) {
        let place = random.usize(..=input.len());
        let rest = input.len() - place;
        let length = random.usize(..=rest.min(32));
        let part = place..place + length;
        match random.u8(..8) {
            0 if rest > 0 => input[place] ^= 1 << random.u8(..8),
            1 if rest > 0 => input[place] = random.u8(..),
            2 => drop(input.drain(part)),
            3 => {
                let word = WORDS[random.usize(..WORDS.len())];
                input.splice(place..place, word.iter().copied());
            }
            4 => {
                let repeated = input[part].repeat(random.usize(1..20));
                input.splice(place..place, repeated);
            }
            5 => {
                let other = pick(random);
                let from = random.usize(..=other.len());
                input.truncate(place);
                input.extend_from_slice(&other[from..]);
            }
            6 => {
                let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
                input.splice(part, bytes);
            }
            _ => input.truncate(place),
        }
    }
    input.truncate(max_length);
    input
}
