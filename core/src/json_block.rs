//! JSON, 64 bytes at a time.

use wide::u8x16;

pub(crate) type Block = [u8; 64];

/// One bit for each byte of a block.
pub(crate) struct Marks {
    pub(crate) backslashes: u64,
    pub(crate) quotes: u64,
    pub(crate) has_controls: bool,
}

impl Marks {
    #[inline]
    pub(crate) fn of(block: &Block) -> Self {
        let (sixteens, _) = block.as_chunks();
        let (mut backslashes, mut quotes, mut controls) = (0, 0, u8x16::ZERO);
        for (index, sixteen) in sixteens.iter().enumerate() {
            let bytes = u8x16::new(*sixteen);
            let bits = |byte| {
                let found = bytes.simd_eq(u8x16::splat(byte));
                u64::from(found.to_bitmask()) << (index * 16)
            };
            backslashes |= bits(b'\\');
            quotes |= bits(b'"');
            controls |= is_control(bytes);
        }
        Self {
            backslashes,
            quotes,
            has_controls: controls.to_bitmask() != 0,
        }
    }
}

/// One bit for each byte at which the plain part of a string ends: a quote, a backslash or a
/// control character.
#[inline]
pub(crate) fn string_stops(block: &Block) -> u64 {
    let (sixteens, _) = block.as_chunks();
    let mut stops = 0;
    for (index, sixteen) in sixteens.iter().enumerate() {
        let bytes = u8x16::new(*sixteen);
        let found = bytes.simd_eq(u8x16::splat(b'"'))
            | bytes.simd_eq(u8x16::splat(b'\\'))
            | is_control(bytes);
        stops |= u64::from(found.to_bitmask()) << (index * 16);
    }
    stops
}

#[inline]
fn is_control(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(b' ' - 1)).simd_eq(bytes)
}
