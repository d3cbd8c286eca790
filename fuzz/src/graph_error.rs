use drivebell::fuzzing;

use crate::SECRET;

/// The status, the values of two headers up to a line feed each, and the body of a response.
pub fn run(data: &[u8]) {
    let ([high, low], rest) = crate::choices(data);
    let mut parts = rest.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let headers = [part(), part()];
    let status = 100 + u16::from_be_bytes([high, low]) % 900;
    let Some(error) = fuzzing::graph_error(status, headers, part(), SECRET) else {
        return;
    };
    assert_eq!(error.status(), Some(status));
    let shown = error.to_string();
    for text in [Some(&*shown), error.code(), error.request_id()] {
        crate::assert_hidden(text.unwrap_or_default());
        crate::assert_presentable(text.unwrap_or_default());
    }
    crate::assert_hidden(&format!("{error:?}"));
    let _ = (error.retryable(), error.retry_after(), error.kind());
}
