use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::pacing::Backoff;
use crate::retry_policy::{self, Refusals};

/// Repeats a call after transient failures, and after refusals that are to be doubted, until it
/// succeeds. Returns the last error once the next attempt would come later than `retry_timeout` after
/// the first.
pub(crate) async fn retry<T, F, Fut>(
    retry_timeout: Duration,
    mut backoff: Backoff,
    mut refusals: Refusals,
    mut attempt: F,
) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    loop {
        let error = match attempt().await {
            Err(error) => error,
            result => return result,
        };
        if retry_policy::endpoint_call_retries(&error) {
            refusals.end();
        } else if error.retryable() || refusals.are_final(&error, false, Instant::now()) {
            return Err(error);
        }
        let wait = backoff.wait_after(error.retry_after()).max(refusals.wait());
        if started.elapsed().saturating_add(wait) >= retry_timeout {
            return Err(error);
        }
        tracing::debug!(
            label = error.label(),
            error = error.message(),
            wait = wait.as_secs_f64(),
            "the call failed; trying again"
        );
        sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    const LIMIT: Duration = Duration::from_secs(30);

    fn graph(status: u16) -> Error {
        Error::new(ErrorKind::Graph, "no").with_status(status)
    }

    fn throttled(seconds: u64) -> Error {
        Error::new(ErrorKind::Throttled, "wait")
            .with_retry_after(Some(Duration::from_secs(seconds)))
    }

    /// The result after these failures, the number of attempts that failed, and the time it took.
    async fn run(failures: Vec<Error>) -> (Result<(), Error>, usize, Duration) {
        let total = failures.len();
        let failures = RefCell::new(VecDeque::from(failures));
        let started = Instant::now();
        let options = crate::options::ClientOptions::default();
        let refusals = Refusals::new(&options);
        let result = retry(LIMIT, options.backoff(), refusals, || async {
            failures.borrow_mut().pop_front().map_or(Ok(()), Err)
        })
        .await;
        let failed = total - failures.borrow().len();
        (result, failed, started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failures_are_retried() {
        let failures = vec![
            graph(500),
            graph(502),
            graph(504),
            Error::new(ErrorKind::ConnectionFailed, "refused"),
            Error::new(ErrorKind::Timeout, "late"),
        ];
        let (result, failed, took) = run(failures).await;
        assert!(result.is_ok() && failed == 5);
        assert!(took <= Duration::from_secs(1 + 2 + 4 + 8 + 16), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_is_respected() {
        let (result, _, took) = run(vec![throttled(15), throttled(10)]).await;
        assert!(result.is_ok());
        assert_eq!(took, Duration::from_secs(25));
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_of_zero_makes_no_busy_loop() {
        let (result, failed, _) = run((0..1000).map(|_| throttled(0)).collect()).await;
        assert!(result.is_err());
        assert!(failed < 50, "{failed}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_beyond_the_limit_is_returned_at_once() {
        let (result, failed, took) = run(vec![throttled(10), throttled(20), graph(500)]).await;
        let error = result.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
        assert_eq!((failed, took), (2, Duration::from_secs(10)));
    }

    #[tokio::test(start_paused = true)]
    async fn other_failures_are_returned_at_once() {
        let credential = Error::new(ErrorKind::Authentication, "no");
        let setup = Error::new(ErrorKind::ConnectionFailed, "no").permanent();
        for error in [graph(400), graph(501), credential, setup] {
            let (result, failed, took) = run(vec![error]).await;
            assert!(result.is_err());
            assert_eq!((failed, took), (1, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_returned_after_three_of_them() {
        let refused = |status| Error::new(ErrorKind::AccessDenied, "no").with_status(status);
        let (result, failed, took) = run(vec![refused(403), graph(500), refused(403)]).await;
        assert!(result.is_ok() && failed == 3);
        assert!(took >= Duration::from_secs(5), "{took:?}");
        let (result, failed, took) = run((0..9).map(|_| refused(403)).collect()).await;
        assert_eq!(result.unwrap_err().status(), Some(403));
        assert_eq!((failed, took), (3, Duration::from_secs(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_ends_the_attempts() {
        let (result, failed, took) = run((0..100).map(|_| graph(502)).collect()).await;
        assert_eq!(result.unwrap_err().status(), Some(502));
        assert!(failed < 100);
        assert!(took <= LIMIT, "{took:?}");
    }
}
