use super::*;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::{BoxError, ErrorKind, SignInRequired};

const MARGIN: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);

fn source(credential: Credential) -> TokenSource {
    let options = TokenOptions {
        label: crate::label::Label::default(),
        scopes: vec![],
        credential_timeout: Duration::from_secs(30),
        sign_in_timeout: Duration::from_secs(900),
        refresh_margin: MARGIN,
    };
    TokenSource::new(credential, options)
}

/// A source whose credential gives `works` tokens, each valid for `life`, and then fails. The
/// count is of the requests to the credential.
fn counting(life: Option<Duration>, works: u64) -> (TokenSource, Arc<AtomicU64>) {
    let calls = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&calls);
    let credential = Credential::from_fn(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            let token = AccessToken::new(format!("token-{number}"));
            match life {
                _ if number > works => Err("no more"),
                Some(life) => Ok(token.with_expiry(SystemTime::now() + life)),
                None => Ok(token),
            }
        }
    });
    (source(credential), calls)
}

async fn get(source: &TokenSource) -> Result<String, Error> {
    Ok(source.get().await?.expose().to_owned())
}

async fn replace(source: &TokenSource, refused: &str) -> Result<String, Error> {
    let refused = Refused {
        token: AccessToken::new(refused),
        claims: None,
    };
    Ok(source.replace(refused).await?.expose().to_owned())
}

#[tokio::test]
async fn a_token_is_used_until_its_expiry_is_near() {
    for (life, expected) in [
        (Some(HOUR), "token-1"),
        (Some(Duration::from_secs(200)), "token-2"),
        (None, "token-2"),
    ] {
        let (source, _) = counting(life, 10);
        assert_eq!(get(&source).await.unwrap(), "token-1");
        assert_eq!(get(&source).await.unwrap(), expected, "{life:?}");
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_an_outage() {
    let (source, _) = counting(Some(Duration::ZERO), 10);
    let error = get(&source).await.unwrap_err();
    assert!(error.to_string().contains("expires_on"), "{error}");
    assert!(error.retryable());
}

#[tokio::test]
async fn the_identity_service_decides_when_a_token_is_replaced() {
    let calls = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&calls);
    let source = source(Credential::from_fn(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let now = SystemTime::now();
        let token = AccessToken::new(format!("token-{number}"))
            .with_expiry(now + HOUR)
            .with_refresh(now);
        let works = number == 1;
        async move { if works { Ok(token) } else { Err("down") } }
    }));
    for _ in 0..2 {
        assert_eq!(get(&source).await.unwrap(), "token-1");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_token_is_not_used_again() {
    let (source, calls) = counting(Some(HOUR), 10);
    assert_eq!(get(&source).await.unwrap(), "token-1");
    assert_eq!(replace(&source, "token-1").await.unwrap(), "token-2");
    assert_eq!(get(&source).await.unwrap(), "token-2");
    // Another session that was refused finds it already replaced.
    assert_eq!(replace(&source, "token-1").await.unwrap(), "token-2");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_last_token_is_used_while_the_credential_fails() {
    let (source, calls) = counting(Some(Duration::from_secs(200)), 1);
    assert_eq!(get(&source).await.unwrap(), "token-1");
    assert_eq!(get(&source).await.unwrap(), "token-1");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    // Graph has refused it, so its expiry does not matter.
    assert!(replace(&source, "token-1").await.is_err());
}

/// A credential that waits before it answers. Counts its calls, and those that are under way.
#[derive(Default)]
struct Slow {
    calls: AtomicUsize,
    running: AtomicUsize,
    go_on: Notify,
}

impl Slow {
    fn credential(self: &Arc<Self>) -> Credential {
        let slow = Arc::clone(self);
        Credential::from_fn(move |request: TokenRequest| {
            let slow = Arc::clone(&slow);
            async move {
                let number = slow.calls.fetch_add(1, Ordering::SeqCst) + 1;
                slow.running.fetch_add(1, Ordering::SeqCst);
                let guard = OnDrop(&slow.running);
                if number == 1 && request.refresh {
                    request.signing_in();
                }
                slow.go_on.notified().await;
                drop(guard);
                let token = AccessToken::new(format!("token-{number}"));
                Ok::<_, &str>(token.with_expiry(SystemTime::now() + HOUR))
            }
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}

struct OnDrop<'a>(&'a AtomicUsize);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn everything_that_needs_a_token_waits_for_one_call() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    let waiting = join_all((0..100).map(|_| get(&source)));
    let later = async {
        sleep(Duration::from_secs(10)).await;
        slow.go_on.notify_one();
    };
    let (tokens, ()) = tokio::join!(waiting, later);
    assert!(tokens.into_iter().all(|token| token.unwrap() == "token-1"));
    assert_eq!(slow.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_took_no_notice_of_a_refusal_is_not_trusted() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    // It returns the token that Graph refuses meanwhile.
    let (first, second, ()) = tokio::join!(get(&source), replace(&source, "token-1"), async {
        sleep(Duration::from_secs(1)).await;
        slow.go_on.notify_one();
        sleep(Duration::from_secs(1)).await;
        slow.go_on.notify_one();
    });
    assert_eq!(first.unwrap(), "token-1");
    assert_eq!(second.unwrap(), "token-2");
    assert_eq!(slow.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_hangs_times_out_and_is_dropped() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    for call in 1..=3 {
        let error = get(&source).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("credential_timeout"), "{error}");
        assert!(error.retryable());
        assert_eq!((slow.calls(), slow.running()), (call, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_outlives_its_drop_is_waited_for_and_never_doubled() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential().outliving_drop());
    for _ in 0..5 {
        let error = get(&source).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!((slow.calls(), slow.running()), (1, 1));
    }
    let (token, ()) = tokio::join!(get(&source), async {
        sleep(Duration::from_secs(20)).await;
        slow.go_on.notify_one();
    });
    assert_eq!(token.unwrap(), "token-1");
    assert_eq!(slow.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_that_ends_is_no_answer_to_the_next_attempt() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let credential = Credential::from_fn(move |request: TokenRequest| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            if number > 1 {
                return Ok("token");
            }
            request.cancelled().await;
            sleep(Duration::from_secs(1)).await;
            Err("it was cancelled")
        }
    });
    let source = source(credential.outliving_drop());
    // Two join before it is given up, and one between that and its end.
    let late = async {
        sleep(Duration::from_millis(30_500)).await;
        get(&source).await
    };
    let (first, second, third) = tokio::join!(get(&source), get(&source), late);
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(third.unwrap(), "token");
}

#[tokio::test(start_paused = true)]
async fn a_call_for_which_nobody_waits_is_given_up() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    assert!(timeout(Duration::from_secs(1), get(&source)).await.is_err());
    // An attempt that follows at once finds it.
    assert!(timeout(Duration::from_secs(1), get(&source)).await.is_err());
    assert_eq!((slow.calls(), slow.running()), (1, 1));
    sleep(Duration::from_secs(2)).await;
    assert_eq!((slow.calls(), slow.running()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_person_who_signs_in_has_time_and_is_asked_once() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    let mut signing_in = source.signing_in();
    let began = Instant::now();
    let (token, again, ()) = tokio::join!(
        replace(&source, "old"),
        async {
            sleep(Duration::from_secs(100)).await;
            get(&source).await
        },
        async {
            signing_in.wait_for(|asking| *asking).await.unwrap();
            sleep(Duration::from_secs(600)).await;
            slow.go_on.notify_one();
        }
    );
    assert_eq!(token.unwrap(), "token-1");
    assert_eq!(again.unwrap(), "token-1");
    assert_eq!(began.elapsed().as_secs(), 600);
    assert!(!*signing_in.borrow());
    assert_eq!(slow.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_does_not_come_is_not_asked_again_before_sign_in() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    let error = replace(&source, "old").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!error.retryable());
    assert!(error.to_string().contains("sign_in_timeout"), "{error}");
    for _ in 0..3 {
        let again = get(&source).await.unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
    }
    assert_eq!(slow.calls(), 1);
    slow.go_on.notify_one();
    source.sign_in().await.unwrap();
    assert_eq!(get(&source).await.unwrap(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn an_interactive_credential_that_is_slow_is_taken_to_ask() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential().interactive());
    let mut signing_in = source.signing_in();
    let (token, ()) = tokio::join!(get(&source), async {
        sleep(Duration::from_secs(1)).await;
        assert!(!*signing_in.borrow());
        signing_in.wait_for(|asking| *asking).await.unwrap();
        sleep(Duration::from_secs(890)).await;
        slow.go_on.notify_one();
    });
    assert_eq!(token.unwrap(), "token-1");
    // It may also hang without asking: that is an outage.
    let error = replace(&source, "token-1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.retryable());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_still_works_is_used_while_a_person_signs_in() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let source = source(Credential::from_fn(move |request: TokenRequest| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            let life = if number == 1 {
                Duration::from_secs(250)
            } else {
                request.signing_in();
                sleep(Duration::from_secs(60)).await;
                HOUR
            };
            let token = AccessToken::new(format!("token-{number}"));
            Ok::<_, &str>(token.with_expiry(SystemTime::now() + life))
        }
    }));
    assert_eq!(get(&source).await.unwrap(), "token-1");
    for _ in 0..3 {
        assert_eq!(get(&source).await.unwrap(), "token-1");
        sleep(Duration::from_secs(10)).await;
    }
    sleep(Duration::from_secs(60)).await;
    assert_eq!(get(&source).await.unwrap(), "token-2");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_somebody_who_was_asked_is_final_but_an_outage_is_not() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let source = source(Credential::from_fn(move |request: TokenRequest| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            request.signing_in();
            sleep(Duration::from_secs(1)).await;
            Err::<String, BoxError>(match number {
                1 => "connection reset".into(),
                _ => SignInRequired::new("declined").into(),
            })
        }
    }));
    assert!(get(&source).await.unwrap_err().retryable());
    assert!(!get(&source).await.unwrap_err().retryable());
    assert!(!get(&source).await.unwrap_err().retryable());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_person_who_refuses_at_once_is_not_asked_again_before_sign_in() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let source = source(Credential::from_fn(move |request: TokenRequest| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            request.signing_in();
            Err::<String, BoxError>(SignInRequired::new("declined").into())
        }
    }));
    assert!(!source.sign_in().await.unwrap_err().retryable());
    assert!(!get(&source).await.unwrap_err().retryable());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    source.sign_in().await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn closing_forgets_the_credential_and_stops_its_call() {
    let slow = Arc::new(Slow::default());
    let source = source(slow.credential());
    assert!(get(&source).now_or_never().is_none());
    tokio::task::yield_now().await;
    assert_eq!(slow.running(), 1);
    source.close();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(slow.running(), 0);
    assert_eq!(get(&source).await.unwrap_err().kind(), ErrorKind::State);
    assert_eq!(Arc::strong_count(&slow), 1);
}

#[tokio::test]
async fn a_credential_that_panics_is_an_outage() {
    let source = source(Credential::from_fn(|request: TokenRequest| async move {
        assert!(request.refresh, "with a secret");
        Ok::<_, &str>("token")
    }));
    let error = get(&source).await.unwrap_err();
    assert!(error.retryable());
    assert!(!error.to_string().contains("secret"), "{error}");
}
