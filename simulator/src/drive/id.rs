//! Item ids, which are computed so that a drive of a million items does not store them.
//!
//! They are the same in every run, so that the logs of two runs can be compared.

/// Spreads neighbouring indices over all digits. It is odd, so that it has an inverse.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
const GATHER: u64 = inverse(SPREAD);

/// Computes the ids of one drive's items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    high: u64,
    low: u64,
}

impl Ids {
    pub(super) fn of(drive: &str) -> Self {
        let bytes = fnv(drive.as_bytes()).to_be_bytes();
        let half = |range: std::ops::Range<usize>| {
            bytes[range]
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte))
        };
        Self {
            high: half(0..8),
            low: half(8..16),
        }
    }

    pub(super) fn write(self, index: u32) -> String {
        let spread = u64::from(index).wrapping_mul(SPREAD) ^ self.low;
        format!("01{:016X}{spread:016X}", self.high)
    }

    /// The index of an id that [`Self::write`] returned.
    pub(super) fn read(self, id: &str) -> Option<u32> {
        let digits = id.strip_prefix("01").filter(|digits| {
            let upper = |digit: u8| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit);
            digits.len() == 32 && digits.bytes().all(upper)
        })?;
        let (high, low) = digits.split_at(16);
        if u64::from_str_radix(high, 16).ok()? != self.high {
            return None;
        }
        let spread = u64::from_str_radix(low, 16).ok()? ^ self.low;
        u32::try_from(spread.wrapping_mul(GATHER)).ok()
    }
}

/// The inverse modulo 2^64, by Newton's method: it starts with 3 correct bits and doubles them.
const fn inverse(of: u64) -> u64 {
    let mut found = of;
    let mut bits = 3;
    while bits < 64 {
        found = found.wrapping_mul(2u64.wrapping_sub(of.wrapping_mul(found)));
        bits *= 2;
    }
    found
}

/// A UUID that is the same for the same text in every run.
pub(crate) fn stable_uuid(of: &str) -> String {
    uuid::Builder::from_custom_bytes(fnv(of.as_bytes()).to_be_bytes())
        .into_uuid()
        .to_string()
}

/// FNV-1a, because nothing here needs a cryptographic hash.
pub(crate) fn fnv(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_013b)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_item() {
        let (mine, theirs) = (Ids::of("b!me"), Ids::of("b!team"));
        for index in [0, 1, 2, 1_000_000, u32::MAX] {
            let id = mine.write(index);
            assert_eq!(mine.read(&id), Some(index), "{id}");
            assert_eq!(theirs.read(&id), None, "{id}");
            assert_eq!(mine.read(&id.to_lowercase()), None, "{id}");
        }
        for id in ["", "root", "01", "01é", &"0".repeat(34)] {
            assert_eq!(mine.read(id), None, "{id}");
        }
    }

    #[test]
    fn the_list_of_a_drive_is_stable() {
        assert_eq!(stable_uuid("b!me"), stable_uuid("b!me"));
        assert_ne!(stable_uuid("b!me"), stable_uuid("b!team"));
    }
}
