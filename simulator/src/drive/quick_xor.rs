//! `QuickXorHash`, the content hash of OneDrive.

const WIDTH: usize = 20;
const BITS: usize = WIDTH * 8;
const SHIFT: usize = 11;

pub(super) fn quick_xor_hash(content: &[u8]) -> [u8; WIDTH] {
    // Each byte is XORed 11 bits further than the previous one, around a ring of 160 bits. Bytes
    // that are 160 apart are therefore XORed at the same place.
    let mut places = [0; BITS];
    for chunk in content.chunks(BITS) {
        for (place, byte) in places.iter_mut().zip(chunk) {
            *place ^= byte;
        }
    }
    let mut hash = [0; WIDTH];
    for (number, byte) in places.into_iter().enumerate() {
        let bit = number * SHIFT % BITS;
        let [low, high] = (u16::from(byte) << (bit % 8)).to_le_bytes();
        hash[bit / 8] ^= low;
        hash[(bit / 8 + 1) % WIDTH] ^= high;
    }
    let length = (content.len() as u64).to_le_bytes();
    for (place, byte) in hash[WIDTH - 8..].iter_mut().zip(length) {
        *place ^= byte;
    }
    hash
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn published_values() {
        for (content, hash) in [
            (&[][..], "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            (&[0x4a], "SgAAAAAAAAAAAAAAAQAAAAAAAAA="),
            (&[0xb5, 0xb4], "taAFAAAAAAAAAAAAAgAAAAAAAAA="),
        ] {
            assert_eq!(STANDARD.encode(quick_xor_hash(content)), hash);
        }
    }

    #[test]
    fn bytes_a_ring_apart_meet() {
        let mut content = vec![0; 161];
        content[0] = 7;
        content[160] = 7;
        let mut same = vec![0; 161];
        assert_eq!(quick_xor_hash(&content), quick_xor_hash(&same));
        same[80] = 7;
        assert_ne!(quick_xor_hash(&content), quick_xor_hash(&same));
    }
}
