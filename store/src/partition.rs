/// The partition of a drive: the FNV-1a hash, with 32 bits, of its key's UTF-8 bytes, modulo `count`,
/// written as `p` and at least four digits.
///
/// It never changes, and any program can compute it. For a key without a dot it is the number that a
/// subject transform of NATS computes with `{{partition(1024,1)}}`.
///
/// # Panics
/// If `count` is 0.
///
/// ```
/// assert_eq!(drivebell_store::partition_of("kim@contoso.com", 1024), "p0476");
/// ```
pub fn partition_of(key: &str, count: u32) -> String {
    partition_name(partition_number(key, count))
}

/// The number in [`partition_of`].
///
/// # Panics
/// If `count` is 0.
pub fn partition_number(key: &str, count: u32) -> u32 {
    assert!(count > 0, "there must be at least one partition");
    fnv1a(key.as_bytes()) % count
}

/// The name of a partition: `p` and at least four digits.
pub fn partition_name(number: u32) -> String {
    format!("p{number:04}")
}

/// The number in the name of a partition. `None` for another text.
pub fn number_of_partition(name: &str) -> Option<u32> {
    name.strip_prefix('p')?.parse().ok()
}

/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-17>
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_draft() {
        // From its test vectors.
        for (text, hash) in [
            ("", 0x811c_9dc5),
            ("a", 0xe40c_292c),
            ("foobar", 0xbf9c_f968),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_name_has_its_number() {
        for number in [0, 7, 1023, 65_535] {
            assert_eq!(number_of_partition(&partition_name(number)), Some(number));
        }
        assert_eq!(number_of_partition("worker/a"), None);
    }

    /// Drives that are followed already would move to other partitions.
    #[test]
    fn a_key_never_moves_to_another_partition() {
        for (key, count, partition) in [
            ("", 1024, "p0453"),
            ("a", 1, "p0000"),
            ("a", 1024, "p0300"),
            ("foobar", 4096, "p2408"),
            ("foobar", 100_000, "p35720"),
            ("groß/ünicode", 1024, "p0559"),
        ] {
            assert_eq!(partition_of(key, count), partition, "{key}");
        }
    }

    #[test]
    #[should_panic(expected = "at least one partition")]
    fn no_partition_is_refused() {
        partition_of("a", 0);
    }

    #[test]
    fn keys_that_look_alike_are_spread() {
        for key in [
            |number| format!("drive-{number:06}"),
            |number| format!("user{number}@contoso.com"),
            |number| format!("sites.contoso.documents.{number}"),
        ] {
            let mut counts = vec![0_u32; 1024];
            for number in 0..102_400 {
                counts[(fnv1a(key(number).as_bytes()) % 1024) as usize] += 1;
            }
            let most = counts.iter().max().unwrap();
            // A fair lottery gives 100, and 135 seldom.
            assert!(*most < 150, "{}: {most}", key(0));
        }
    }
}
