use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::pacing::Backoff;
use crate::{Error, ErrorKind};

/// Repeats a call that failed in a way that passes, until it succeeds or the next attempt would
/// come later than `patience` after the first; then the last error stands.
pub(crate) async fn retry<T, F, Fut>(patience: Duration, mut attempt: F) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
    loop {
        let error = match attempt().await {
            Err(error) if is_transient(&error) => error,
            result => return result,
        };
        let wait = error.retry_after().unwrap_or_else(|| backoff.next_wait());
        if started.elapsed() + wait >= patience {
            return Err(error);
        }
        tracing::debug!(%error, ?wait, "trying again");
        sleep(wait).await;
    }
}

/// Failures that pass by themselves within seconds. Others that may pass, like 400 `notSupported`,
/// take longer than a caller should be kept waiting.
fn is_transient(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Throttled | ErrorKind::ConnectionFailed | ErrorKind::Timeout => {
            error.retryable()
        }
        ErrorKind::Graph => matches!(error.status(), Some(500 | 502 | 503 | 504)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn graph(status: u16) -> Error {
        Error::new(ErrorKind::Graph, "no").with_status(status)
    }

    fn throttled(seconds: u64) -> Error {
        Error::new(ErrorKind::Throttled, "wait")
            .with_retry_after(Some(Duration::from_secs(seconds)))
    }

    /// What comes of answers in this order, how many were asked for, and how long it took.
    async fn run(answers: Vec<Error>) -> (Result<(), Error>, usize, Duration) {
        let total = answers.len();
        let answers = RefCell::new(VecDeque::from(answers));
        let started = Instant::now();
        let result = retry(PATIENCE, || async {
            answers.borrow_mut().pop_front().map_or(Ok(()), Err)
        })
        .await;
        let asked = total - answers.borrow().len();
        (result, asked, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failures_are_outlived() {
        let failures = vec![
            graph(500),
            graph(502),
            graph(504),
            Error::new(ErrorKind::ConnectionFailed, "refused"),
            Error::new(ErrorKind::Timeout, "late"),
        ];
        let (result, asked, took) = run(failures).await;
        assert!(result.is_ok() && asked == 5);
        assert!(took <= Duration::from_secs(1 + 2 + 4 + 8 + 16), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_that_was_asked_for_is_kept() {
        let (result, _, took) = run(vec![throttled(15), throttled(10)]).await;
        assert!(result.is_ok());
        assert_eq!(took, Duration::from_secs(25));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_patience_is_told_at_once() {
        let (result, asked, took) = run(vec![throttled(10), throttled(20), graph(500)]).await;
        let error = result.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
        assert_eq!((asked, took), (2, Duration::from_secs(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn other_failures_are_told_at_once() {
        let credential = Error::new(ErrorKind::Authentication, "no");
        let setup = Error::new(ErrorKind::ConnectionFailed, "no").with_retryable(false);
        for error in [graph(400), graph(403), graph(501), credential, setup] {
            let (result, asked, took) = run(vec![error]).await;
            assert!(result.is_err());
            assert_eq!((asked, took), (1, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let (result, asked, took) = run((0..100).map(|_| graph(502)).collect()).await;
        assert_eq!(result.unwrap_err().status(), Some(502));
        assert!(asked < 100);
        assert!(took <= PATIENCE, "{took:?}");
    }
}
