use std::fmt::Write as _;

use super::*;
use crate::ErrorKind;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

fn unreachable() -> Error {
    Error::new(ErrorKind::ConnectionFailed, "unreachable")
}

fn refused(kind: ErrorKind) -> Error {
    Error::new(kind, "no")
}

fn throttled(pause: Duration) -> Error {
    Error::new(ErrorKind::Throttled, "wait").with_retry_after(Some(pause))
}

fn announced(retry_after: Option<Duration>) -> DisconnectReason {
    DisconnectReason::ServerDisconnect {
        code: None,
        message: None,
        retry_after,
    }
}

/// A machine with its own clock.
struct Run {
    machine: Machine,
    now: Instant,
}

impl Run {
    fn new(waits: bool) -> Self {
        let now = Instant::now();
        Self {
            machine: Machine::new(Arc::default(), waits, now),
            now,
        }
    }

    /// A machine that has reached this state through valid inputs.
    fn at(state: &str) -> Self {
        let mut run = Self::new(true);
        let steps: &[fn(&mut Run)] = match state {
            "acquiring" => &[],
            "opening" => &[Run::acquire],
            "waiting" => &[Run::acquire, Run::open, Run::reset],
            "live" => &[Run::acquire, Run::open],
            "renewing/acquiring" => &[Run::acquire, Run::open, Run::renew],
            "renewing/opening" => &[Run::acquire, Run::open, Run::renew, Run::acquire],
            "renewing/waiting" => &[Run::acquire, Run::open, Run::renew, Run::fail],
            "closed" => &[Run::close],
            other => panic!("unknown state {other}"),
        };
        for step in steps {
            step(&mut run);
        }
        assert_eq!(name(run.machine.state), state);
        run
    }

    fn handle(&mut self, input: Input) -> Vec<Action> {
        self.machine.handle(input, self.now)
    }

    fn actions(&mut self, input: Input) -> String {
        shown(&self.handle(input))
    }

    fn acquire(&mut self) {
        self.handle(Input::Acquired { lifetime: HOUR });
    }

    fn open(&mut self) {
        self.handle(Input::Opened);
    }

    fn reset(&mut self) {
        self.handle(Input::Ended(DisconnectReason::ConnectionReset));
    }

    fn renew(&mut self) {
        self.now += MINUTE;
        self.handle(Input::RenewalDue);
    }

    fn fail(&mut self) {
        self.handle(Input::AcquireFailed(unreachable()));
    }

    fn close(&mut self) {
        self.handle(Input::CloseRequested);
    }

    /// Advances to the next input that is due, and handles it.
    fn wait(&mut self) -> String {
        let (at, input) = self.machine.next_due().expect("an input is due");
        self.now = self.now.max(at);
        self.actions(input)
    }

    /// The time until the next input is due.
    fn until_due(&self) -> Duration {
        let (at, _) = self.machine.next_due().expect("an input is due");
        at.saturating_duration_since(self.now)
    }
}

/// A match, so that the compiler asks for the name of each new state.
fn name(state: State) -> &'static str {
    match state {
        State::Acquiring => "acquiring",
        State::Opening => "opening",
        State::Waiting { .. } => "waiting",
        State::Live => "live",
        State::Renewing(Renewal::Acquiring) => "renewing/acquiring",
        State::Renewing(Renewal::Opening) => "renewing/opening",
        State::Renewing(Renewal::Waiting { .. }) => "renewing/waiting",
        State::Closed => "closed",
    }
}

fn shown(actions: &[Action]) -> String {
    let names = actions.iter().map(|action| match action {
        Action::Acquire => "acquire",
        Action::Open => "open",
        Action::Cancel => "cancel",
        Action::Adopt => "adopt",
        Action::Retire => "retire",
        Action::Emit(change) => change.as_str(),
        Action::EmitGap => "resync",
        Action::Fail(_) => "fail",
        Action::Finish => "finish",
    });
    names.collect::<Vec<_>>().join(" ")
}

const STATES: [&str; 8] = [
    "acquiring",
    "opening",
    "waiting",
    "live",
    "renewing/acquiring",
    "renewing/opening",
    "renewing/waiting",
    "closed",
];

type Make = fn() -> Input;

const INPUTS: [Make; 16] = [
    || Input::Acquired { lifetime: HOUR },
    || Input::AcquireFailed(unreachable()),
    || Input::Opened,
    || Input::OpenFailed(unreachable()),
    || Input::Ended(DisconnectReason::ConnectionReset),
    || Input::Ended(announced(Some(7 * SECOND))),
    || Input::CatchUpFailed,
    || Input::RetryDue,
    || Input::RenewalDue,
    || Input::Expired,
    || Input::FoundDeaf,
    || Input::StartTimedOut,
    || Input::SystemSlept { asleep: HOUR },
    || Input::SigningIn(true),
    || Input::SigningIn(false),
    || Input::CloseRequested,
];

/// A match without a catch-all, so that the compiler reminds of adding each new input to `INPUTS`.
fn input_name(input: &Input) -> &'static str {
    match input {
        Input::Acquired { .. } => "acquired",
        Input::AcquireFailed(_) => "acquire failed",
        Input::Opened => "opened",
        Input::OpenFailed(_) => "open failed",
        Input::Ended(reason) if reason.retry_after().is_some() => "ended for 7 s",
        Input::Ended(_) => "ended",
        Input::CatchUpFailed => "catch up failed",
        Input::RetryDue => "retry due",
        Input::RenewalDue => "renewal due",
        Input::Expired => "expired",
        Input::FoundDeaf => "found deaf",
        Input::StartTimedOut => "start timed out",
        Input::SystemSlept { .. } => "system slept",
        Input::SigningIn(true) => "sign-in begins",
        Input::SigningIn(false) => "sign-in ends",
        Input::CloseRequested => "close requested",
    }
}

/// Every transition. All other pairs of a state and an input change nothing.
const TRANSITIONS: &str = "
acquiring, acquired -> opening: open
acquiring, acquire failed -> waiting: unavailable
acquiring, system slept -> acquiring: acquire
acquiring, sign-in begins -> acquiring: signing_in
acquiring, close requested -> closed: finish
opening, opened -> live: adopt connected
opening, open failed -> waiting: unavailable
opening, system slept -> acquiring: acquire
opening, close requested -> closed: finish
waiting, retry due -> opening: open
waiting, close requested -> closed: finish
live, ended -> waiting: cancel disconnected
live, ended for 7 s -> waiting: cancel disconnected
live, renewal due -> renewing/waiting: 
live, expired -> waiting: retire disconnected
live, found deaf -> waiting: retire disconnected
live, close requested -> closed: finish
renewing/acquiring, acquired -> renewing/opening: open
renewing/acquiring, acquire failed -> renewing/waiting: unavailable
renewing/acquiring, ended -> acquiring: disconnected
renewing/acquiring, ended for 7 s -> waiting: cancel disconnected
renewing/acquiring, expired -> acquiring: retire disconnected
renewing/acquiring, found deaf -> acquiring: retire disconnected
renewing/acquiring, system slept -> renewing/acquiring: acquire
renewing/acquiring, sign-in begins -> renewing/acquiring: signing_in
renewing/acquiring, close requested -> closed: finish
renewing/opening, opened -> live: adopt renewed
renewing/opening, open failed -> renewing/waiting: unavailable
renewing/opening, ended -> opening: disconnected
renewing/opening, ended for 7 s -> waiting: cancel disconnected
renewing/opening, expired -> opening: retire disconnected
renewing/opening, found deaf -> opening: retire disconnected
renewing/opening, system slept -> renewing/acquiring: acquire
renewing/opening, close requested -> closed: finish
renewing/waiting, ended -> waiting: cancel disconnected
renewing/waiting, ended for 7 s -> waiting: cancel disconnected
renewing/waiting, retry due -> renewing/acquiring: acquire
renewing/waiting, expired -> waiting: retire disconnected
renewing/waiting, found deaf -> waiting: retire disconnected
renewing/waiting, close requested -> closed: finish
";

#[test]
fn every_pair_of_state_and_input_does_what_the_table_says() {
    let mut transitions = String::from("\n");
    for state in STATES {
        for make in INPUTS {
            let mut run = Run::at(state);
            let input = make();
            let label = input_name(&input);
            let actions = run.actions(input);
            let after = name(run.machine.state);
            if after != state || !actions.is_empty() {
                let _ = writeln!(transitions, "{state}, {label} -> {after}: {actions}");
            }
        }
    }
    assert_eq!(transitions, TRANSITIONS);
}

/// In any order of inputs, the events report connections and gaps correctly.
#[test]
fn any_sequence_of_inputs_reports_gaps_and_connections_in_turn() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..5_000 {
        let waits = random.bool();
        let mut run = Run::new(waits);
        // Whether there is a connection, and whether a gap was not reported yet.
        let (mut connected, mut owes_resync) = (false, !waits);
        // The connection that a renewal has replaced may have missed events.
        let mut in_doubt = false;
        for _ in 0..60 {
            run.now += Duration::from_secs(random.u64(0..100));
            let state = run.machine.state;
            for action in run.handle(INPUTS[random.usize(0..INPUTS.len())]()) {
                match action {
                    Action::Adopt => connected = true,
                    Action::Emit(Lifecycle::Disconnected { .. }) => {
                        assert!(connected, "an end was reported without a connection");
                        (connected, owes_resync) = (false, true);
                        in_doubt = false;
                    }
                    Action::Emit(Lifecycle::Renewed) => in_doubt = true,
                    Action::EmitGap => {
                        let needed = owes_resync || in_doubt;
                        assert!(connected && needed, "a resync without a gap");
                        (owes_resync, in_doubt) = (false, false);
                    }
                    Action::Acquire
                    | Action::Open
                    | Action::Cancel
                    | Action::Retire
                    | Action::Emit(_)
                    | Action::Fail(_)
                    | Action::Finish => {}
                }
            }
            let after = run.machine.state;
            let live = matches!(after, State::Live | State::Renewing(_));
            assert!(
                after == State::Closed || live == connected,
                "{state:?} -> {after:?}"
            );
            assert!(!(live && owes_resync), "a gap was not reported");
            let idle = matches!(after, State::Waiting { .. } | State::Live);
            assert!(!idle || run.machine.next_due().is_some(), "no input is due");
        }
    }
}

#[test]
fn only_the_endpoint_of_a_lasting_connection_is_renewed_at_once() {
    let mut run = Run::at("live");
    run.now += MINUTE;
    assert_eq!(run.actions(Input::RenewalDue), "acquire");

    let mut run = Run::at("live");
    run.now += MINUTE;
    assert_eq!(run.actions(Input::Expired), "retire disconnected acquire");

    // Endpoints that live for moments: the waits grow.
    let mut run = Run::new(false);
    let began = run.now;
    for _ in 0..20 {
        run.handle(Input::Acquired {
            lifetime: Duration::from_millis(1),
        });
        run.handle(Input::Opened);
        run.handle(Input::Expired);
        run.wait();
    }
    assert!(run.now - began > MINUTE, "{:?}", run.now - began);
}

#[test]
fn a_deaf_connection_is_left_for_a_new_endpoint() {
    let mut run = Run::at("live");
    run.now += MINUTE;
    let actions = run.handle(Input::FoundDeaf);
    assert_eq!(shown(&actions), "retire disconnected acquire");
    assert!(actions.iter().any(|action| matches!(
        action,
        Action::Emit(Lifecycle::Disconnected {
            reason: DisconnectReason::Deaf,
            ..
        })
    )));
    run.acquire();
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");

    // Its URL is not used again.
    for state in ["live", "renewing/waiting"] {
        let mut run = Run::at(state);
        assert_eq!(run.actions(Input::FoundDeaf), "retire disconnected");
        assert_eq!(run.wait(), "acquire", "{state}");
    }
}

#[test]
fn a_renewal_is_followed_by_a_resync_if_asked_for() {
    let mut run = Run::at("renewing/opening");
    let options = ClientOptions {
        resync_on_renewal: true,
        ..ClientOptions::default()
    };
    run.machine.options = Arc::new(options);
    assert_eq!(run.actions(Input::Opened), "adopt renewed resync");
    assert_eq!(run.actions(Input::CatchUpFailed), "");
}

#[test]
fn a_sign_in_is_reported_once_and_takes_no_time_from_the_start() {
    let mut run = Run::new(true);
    run.fail();
    run.wait();
    assert_eq!(run.actions(Input::SigningIn(true)), "signing_in");
    assert_eq!(run.machine.session_state(), SessionState::SigningIn);
    assert!(run.machine.next_due().is_none());
    assert_eq!(run.actions(Input::SystemSlept { asleep: HOUR }), "acquire");
    run.now += Duration::from_secs(600);
    assert_eq!(run.actions(Input::SigningIn(true)), "");
    assert_eq!(run.actions(Input::SigningIn(false)), "");
    assert_eq!(run.machine.session_state(), SessionState::Acquiring);
    assert_eq!(run.until_due(), Duration::from_secs(30));
    run.acquire();
    assert_eq!(run.actions(Input::Opened), "adopt connected");
}

#[test]
fn a_session_reports_a_sign_in_when_it_needs_the_token() {
    for state in ["opening", "waiting", "live", "renewing/waiting"] {
        let mut run = Run::at(state);
        assert_eq!(run.actions(Input::SigningIn(true)), "", "{state}");
        assert_ne!(run.machine.session_state(), SessionState::SigningIn);
    }
    let mut run = Run::at("live");
    run.now += MINUTE;
    run.handle(Input::SigningIn(true));
    assert_eq!(run.actions(Input::RenewalDue), "acquire signing_in");
    assert_eq!(run.machine.session_state(), SessionState::Renewing);
    assert_eq!(run.actions(Input::Expired), "retire disconnected");
    assert_eq!(run.machine.session_state(), SessionState::SigningIn);
}

#[test]
fn a_gap_is_reported_once_and_a_renewal_has_none() {
    let mut run = Run::at("live");
    assert_eq!(
        run.actions(Input::Ended(DisconnectReason::EngineClose)),
        "cancel disconnected"
    );
    assert_eq!(run.wait(), "open");
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");
    assert_eq!(run.wait(), "acquire");
    assert_eq!(run.actions(Input::Acquired { lifetime: HOUR }), "open");
    assert_eq!(run.actions(Input::Opened), "adopt renewed");
}

#[test]
fn a_replaced_connection_that_may_have_missed_events_is_a_gap() {
    let renewed = || {
        let mut run = Run::at("renewing/opening");
        assert_eq!(run.actions(Input::Opened), "adopt renewed");
        run
    };
    let mut run = renewed();
    assert_eq!(run.actions(Input::CatchUpFailed), "resync");
    assert_eq!(run.actions(Input::CatchUpFailed), "");

    // The gap that follows covers it.
    let mut run = renewed();
    run.reset();
    assert_eq!(run.actions(Input::CatchUpFailed), "");
    assert_eq!(run.wait(), "open");
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");
    assert_eq!(run.actions(Input::CatchUpFailed), "");
}

#[test]
fn the_first_connection_ends_a_gap_only_for_a_consumer_that_did_not_wait() {
    for (waits, expected) in [(true, "adopt connected"), (false, "adopt connected resync")] {
        let mut run = Run::new(waits);
        run.acquire();
        assert_eq!(run.actions(Input::Opened), expected);
    }
}

#[test]
fn a_live_endpoint_is_reused_once_and_a_failed_one_is_not() {
    let mut run = Run::at("waiting");
    assert_eq!(run.wait(), "open");
    run.handle(Input::OpenFailed(unreachable()));
    assert_eq!(run.wait(), "acquire");

    // After a short connection on a reused endpoint, a new endpoint is acquired.
    let mut run = Run::at("waiting");
    run.wait();
    run.open();
    run.reset();
    assert_eq!(run.wait(), "acquire");

    // After a lasting connection the endpoint is reused again.
    let mut run = Run::at("waiting");
    run.wait();
    run.open();
    run.now += 2 * MINUTE;
    run.reset();
    assert_eq!(run.wait(), "open");

    // An expired endpoint is not reused.
    let mut run = Run::at("live");
    run.now += HOUR;
    run.reset();
    assert_eq!(run.wait(), "acquire");
}

#[test]
fn waits_grow_and_are_short_again_after_a_lasting_connection() {
    let mut run = Run::at("acquiring");
    run.machine.start = None;
    let mut longest = Duration::ZERO;
    for _ in 0..200 {
        run.handle(Input::AcquireFailed(unreachable()));
        longest = longest.max(run.until_due());
        assert_eq!(run.wait(), "acquire");
    }
    assert!(longest > 30 * SECOND && longest <= MINUTE, "{longest:?}");
    run.acquire();
    run.open();
    run.now += MINUTE;
    run.reset();
    assert!(run.until_due() <= SECOND);
}

#[test]
fn a_requested_pause_is_kept_up_to_an_hour() {
    for (requested, kept) in [(15 * SECOND, 15 * SECOND), (24 * HOUR, HOUR)] {
        let mut run = Run::at("live");
        run.handle(Input::Ended(announced(Some(requested))));
        assert_eq!(run.until_due(), kept);
        run.machine.state = State::Acquiring;
        run.handle(Input::AcquireFailed(throttled(requested)));
        assert_eq!(run.until_due(), kept);
    }
}

#[test]
fn a_requested_pause_of_zero_is_no_busy_loop() {
    let mut run = Run::at("acquiring");
    run.machine.start = None;
    let before = run.now;
    for _ in 0..100 {
        run.handle(Input::AcquireFailed(throttled(Duration::ZERO)));
        run.wait();
    }
    assert!(run.now - before > 10 * MINUTE);
}

#[test]
fn a_start_gives_up_with_its_last_error() {
    // The next attempt would begin after the limit.
    let mut run = Run::at("acquiring");
    assert_eq!(
        run.actions(Input::AcquireFailed(throttled(31 * SECOND))),
        "fail"
    );

    // The limit cancels a later attempt.
    let mut run = Run::at("acquiring");
    let began = run.now;
    run.handle(Input::AcquireFailed(unreachable()));
    assert_eq!(run.wait(), "acquire");
    let (at, _) = run.machine.next_due().expect("the start has a limit");
    assert_eq!(at - began, 30 * SECOND);
    run.now = at;
    let (_, input) = run.machine.next_due().expect("the same");
    let actions = run.handle(input);
    let [Action::Fail(error)] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!(error.message(), "unreachable");

    // The first attempt has its own timeouts.
    assert!(Run::at("acquiring").machine.next_due().is_none());
}

#[test]
fn a_start_without_a_limit_continues() {
    let options = Arc::new(ClientOptions {
        start_timeout: None,
        ..ClientOptions::default()
    });
    for waits in [true, false] {
        let mut run = Run::new(waits);
        run.machine = Machine::new(Arc::clone(&options), waits, run.now);
        for _ in 0..1_000 {
            assert_eq!(
                run.actions(Input::AcquireFailed(unreachable())),
                "unavailable"
            );
            assert_eq!(run.wait(), "acquire");
        }
    }
}

#[test]
fn a_permanent_refusal_ends_a_session_that_was_never_live() {
    for kind in [
        ErrorKind::Authentication,
        ErrorKind::AccessDenied,
        ErrorKind::NotFound,
    ] {
        for waits in [true, false] {
            let mut run = Run::new(waits);
            assert_eq!(run.actions(Input::AcquireFailed(refused(kind))), "fail");
            assert_eq!(run.machine.state, State::Closed);
        }
    }
}

#[test]
fn other_refusals_are_not_permanent() {
    for kind in [ErrorKind::Graph, ErrorKind::Protocol, ErrorKind::Timeout] {
        let mut run = Run::at("acquiring");
        assert_eq!(
            run.actions(Input::AcquireFailed(refused(kind))),
            "unavailable"
        );
    }
}

#[test]
fn a_session_that_was_live_survives_permanent_refusals_for_ten_minutes() {
    let denied = || Input::AcquireFailed(refused(ErrorKind::AccessDenied));
    let acquiring = || {
        let mut run = Run::at("waiting");
        run.machine.reusable = false;
        run.wait();
        run
    };
    let mut run = acquiring();
    let since = run.now;
    loop {
        let actions = run.actions(denied());
        if actions == "fail" {
            break;
        }
        assert_eq!(actions, "unavailable");
        run.wait();
    }
    let lasted = run.now - since;
    assert!(lasted >= 10 * MINUTE && lasted <= 11 * MINUTE, "{lasted:?}");

    // Any other result in between starts the time anew.
    for other in [
        Input::AcquireFailed(unreachable()),
        Input::AcquireFailed(refused(ErrorKind::Graph)),
    ] {
        let mut run = acquiring();
        run.handle(denied());
        run.wait();
        run.now += 9 * MINUTE;
        run.handle(other);
        run.wait();
        run.now += 2 * MINUTE;
        assert_eq!(run.actions(denied()), "unavailable");
    }
}

#[test]
fn a_connection_survives_refused_renewals_until_its_endpoint_expires() {
    let mut run = Run::at("renewing/acquiring");
    let mut others = Vec::new();
    while !matches!(run.machine.state, State::Closed) {
        let actions = match run.machine.state {
            State::Renewing(Renewal::Acquiring) | State::Acquiring => {
                run.actions(Input::AcquireFailed(refused(ErrorKind::AccessDenied)))
            }
            _ => run.wait(),
        };
        if !matches!(actions.as_str(), "unavailable" | "acquire") {
            others.push(actions);
        }
    }
    assert_eq!(others, ["retire disconnected", "fail"]);
}

#[test]
fn an_end_during_a_renewal_lets_the_renewal_continue() {
    let mut run = Run::at("renewing/opening");
    run.reset();
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");
}

#[test]
fn timers_count_the_time_that_the_machine_was_asleep() {
    let mut run = Run::at("live");
    assert!(run.until_due() > 50 * MINUTE);
    assert_eq!(run.actions(Input::SystemSlept { asleep: 2 * HOUR }), "");
    assert_eq!(run.until_due(), Duration::ZERO);
    assert_eq!(run.wait(), "acquire");
    assert_eq!(run.until_due(), Duration::ZERO);
    assert_eq!(run.wait(), "retire disconnected");

    let mut run = Run::at("waiting");
    run.machine.reusable = false;
    run.handle(Input::SystemSlept { asleep: HOUR });
    assert_eq!(run.until_due(), Duration::ZERO);
    assert_eq!(run.wait(), "acquire");

    let mut run = Run::at("live");
    run.handle(Input::Ended(announced(Some(10 * MINUTE))));
    run.handle(Input::SystemSlept { asleep: MINUTE });
    assert_eq!(run.until_due(), 9 * MINUTE);
}
