use std::time::Duration;

use drivebell::fuzzing;

/// The JSON of an open packet.
pub fn run(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else {
        return;
    };
    if let Some((interval, timeout)) = fuzzing::open_packet(json) {
        for limit in [interval, timeout] {
            assert!(
                limit > Duration::ZERO && limit <= Duration::from_mins(5),
                "{limit:?}"
            );
        }
        assert_eq!(
            fuzzing::open_packet(&format!(" {json}")),
            Some((interval, timeout))
        );
    }
}
