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

/// A machine with the time at which it is.
struct Run {
    machine: Machine,
    now: Instant,
}

impl Run {
    fn new(waits: bool) -> Self {
        let now = Instant::now();
        Self {
            machine: Machine::new(&SessionOptions::default(), waits, now),
            now,
        }
    }

    /// One that has come to this state by a way that there is.
    fn at(state: &str) -> Self {
        let mut run = Self::new(true);
        let way: &[fn(&mut Run)] = match state {
            "acquiring" => &[],
            "opening" => &[Run::acquire],
            "waiting" => &[Run::acquire, Run::open, Run::reset],
            "live" => &[Run::acquire, Run::open],
            "renewing/acquiring" => &[Run::acquire, Run::open, Run::renew],
            "renewing/opening" => &[Run::acquire, Run::open, Run::renew, Run::acquire],
            "renewing/waiting" => &[Run::acquire, Run::open, Run::renew, Run::fail],
            "closed" => &[Run::close],
            other => panic!("{other} is no state"),
        };
        for step in way {
            step(&mut run);
        }
        assert_eq!(name(run.machine.state()), state);
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
        self.handle(Input::RenewalDue);
    }

    fn fail(&mut self) {
        self.handle(Input::AcquireFailed(unreachable()));
    }

    fn close(&mut self) {
        self.handle(Input::CloseRequested);
    }

    /// Goes to where the next thing is due, and lets it happen.
    fn wait(&mut self) -> String {
        let (at, input) = self.machine.next_due().expect("something is due");
        self.now = self.now.max(at);
        self.actions(input)
    }

    /// How long until then.
    fn until_due(&self) -> Duration {
        let (at, _) = self.machine.next_due().expect("something is due");
        at.saturating_duration_since(self.now)
    }
}

/// Named in a match, so that a new state cannot be forgotten here.
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

const INPUTS: [Make; 13] = [
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
    || Input::StartTimedOut,
    || Input::SystemSlept { asleep: HOUR },
    || Input::CloseRequested,
];

/// Matched without a rest, so that a new input cannot be forgotten in `INPUTS`.
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
        Input::StartTimedOut => "start timed out",
        Input::SystemSlept { .. } => "system slept",
        Input::CloseRequested => "close requested",
    }
}

/// What changes anything. Every other pair of a state and an input is to change nothing.
const TRANSITIONS: &str = "
acquiring, acquired -> opening: open
acquiring, acquire failed -> waiting: unavailable
acquiring, system slept -> acquiring: acquire
acquiring, close requested -> closed: finish
opening, opened -> live: adopt connected
opening, open failed -> waiting: unavailable
opening, system slept -> acquiring: acquire
opening, close requested -> closed: finish
waiting, retry due -> opening: open
waiting, close requested -> closed: finish
live, ended -> waiting: cancel disconnected
live, ended for 7 s -> waiting: cancel disconnected
live, renewal due -> renewing/acquiring: acquire
live, expired -> acquiring: retire disconnected acquire
live, close requested -> closed: finish
renewing/acquiring, acquired -> renewing/opening: open
renewing/acquiring, acquire failed -> renewing/waiting: unavailable
renewing/acquiring, ended -> acquiring: disconnected
renewing/acquiring, ended for 7 s -> waiting: cancel disconnected
renewing/acquiring, expired -> acquiring: retire disconnected
renewing/acquiring, system slept -> renewing/acquiring: acquire
renewing/acquiring, close requested -> closed: finish
renewing/opening, opened -> live: adopt renewed
renewing/opening, open failed -> renewing/waiting: unavailable
renewing/opening, ended -> opening: disconnected
renewing/opening, ended for 7 s -> waiting: cancel disconnected
renewing/opening, expired -> opening: retire disconnected
renewing/opening, system slept -> renewing/acquiring: acquire
renewing/opening, close requested -> closed: finish
renewing/waiting, ended -> waiting: cancel disconnected
renewing/waiting, ended for 7 s -> waiting: cancel disconnected
renewing/waiting, retry due -> renewing/acquiring: acquire
renewing/waiting, expired -> waiting: retire disconnected
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
            let after = name(run.machine.state());
            if after != state || !actions.is_empty() {
                let _ = writeln!(transitions, "{state}, {label} -> {after}: {actions}");
            }
        }
    }
    assert_eq!(transitions, TRANSITIONS);
}

/// Whatever comes in whatever order: a consumer hears of gaps and connections in turn.
#[test]
fn any_sequence_of_inputs_keeps_the_promises() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..5_000 {
        let waits = random.bool();
        let mut run = Run::new(waits);
        // Whether there is a connection, and what the consumer was told about it.
        let (mut connected, mut owes_resync) = (false, !waits);
        // A renewal may turn out to have left something untold.
        let mut in_doubt = false;
        for _ in 0..60 {
            run.now += Duration::from_secs(random.u64(0..100));
            let state = run.machine.state();
            for action in run.handle(INPUTS[random.usize(0..INPUTS.len())]()) {
                match action {
                    Action::Adopt => connected = true,
                    Action::Emit(Lifecycle::Disconnected { .. }) => {
                        assert!(connected, "told of an end without a connection");
                        (connected, owes_resync) = (false, true);
                        in_doubt = false;
                    }
                    Action::Emit(Lifecycle::Renewed) => in_doubt = true,
                    Action::EmitGap => {
                        let needed = owes_resync || in_doubt;
                        assert!(connected && needed, "a resync that nobody needs");
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
            let after = run.machine.state();
            let live = matches!(after, State::Live | State::Renewing(_));
            assert!(
                after == State::Closed || live == connected,
                "{state:?} -> {after:?}"
            );
            assert!(!(live && owes_resync), "a gap that nobody was told of");
            let idle = matches!(after, State::Waiting { .. } | State::Live);
            assert!(
                !idle || run.machine.next_due().is_some(),
                "it waits for nothing"
            );
        }
    }
}

#[test]
fn a_gap_is_told_once_and_a_renewal_has_none() {
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
fn a_replaced_connection_that_leaves_it_open_whether_it_told_all_is_a_gap() {
    let renewed = || {
        let mut run = Run::at("renewing/opening");
        assert_eq!(run.actions(Input::Opened), "adopt renewed");
        run
    };
    let mut run = renewed();
    assert_eq!(run.actions(Input::CatchUpFailed), "resync");
    assert_eq!(run.actions(Input::CatchUpFailed), "");

    // What was in doubt is in the gap that follows.
    let mut run = renewed();
    run.reset();
    assert_eq!(run.actions(Input::CatchUpFailed), "");
    assert_eq!(run.wait(), "open");
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");
    assert_eq!(run.actions(Input::CatchUpFailed), "");
}

#[test]
fn the_first_connection_closes_a_gap_only_for_a_consumer_that_is_there_already() {
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

    // A server that accepts and hangs up wants to see another endpoint.
    let mut run = Run::at("waiting");
    run.wait();
    run.open();
    run.reset();
    assert_eq!(run.wait(), "acquire");

    // Unless that connection has lasted.
    let mut run = Run::at("waiting");
    run.wait();
    run.open();
    run.now += 2 * MINUTE;
    run.reset();
    assert_eq!(run.wait(), "open");

    // An endpoint that has expired meanwhile is not tried.
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
fn a_pause_that_was_asked_for_is_kept_up_to_an_hour() {
    for (asked, kept) in [(15 * SECOND, 15 * SECOND), (24 * HOUR, HOUR)] {
        let mut run = Run::at("live");
        run.handle(Input::Ended(announced(Some(asked))));
        assert_eq!(run.until_due(), kept);
        run.machine.state = State::Acquiring;
        run.handle(Input::AcquireFailed(throttled(asked)));
        assert_eq!(run.until_due(), kept);
    }
}

#[test]
fn a_pause_of_nothing_is_no_busy_loop() {
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
    // The next attempt would come too late.
    let mut run = Run::at("acquiring");
    assert_eq!(
        run.actions(Input::AcquireFailed(throttled(31 * SECOND))),
        "fail"
    );

    // A later attempt is cut short.
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
    assert_eq!(error.to_string(), "unreachable");

    // The first one has limits of its own.
    assert!(Run::at("acquiring").machine.next_due().is_none());
}

#[test]
fn a_start_without_a_limit_goes_on() {
    let options = SessionOptions {
        start_timeout: None,
        ..SessionOptions::default()
    };
    for waits in [true, false] {
        let mut run = Run::new(waits);
        run.machine = Machine::new(&options, waits, run.now);
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
fn a_final_refusal_ends_a_session_that_never_was_live() {
    for kind in [
        ErrorKind::Authentication,
        ErrorKind::AccessDenied,
        ErrorKind::NotFound,
    ] {
        for waits in [true, false] {
            let mut run = Run::new(waits);
            assert_eq!(run.actions(Input::AcquireFailed(refused(kind))), "fail");
            assert_eq!(run.machine.state(), State::Closed);
        }
    }
}

#[test]
fn other_refusals_are_not_final() {
    for kind in [ErrorKind::Graph, ErrorKind::Protocol, ErrorKind::Timeout] {
        let mut run = Run::at("acquiring");
        assert_eq!(
            run.actions(Input::AcquireFailed(refused(kind))),
            "unavailable"
        );
    }
}

#[test]
fn a_session_that_was_live_outlasts_final_refusals_for_ten_minutes() {
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
        let told = run.actions(denied());
        if told == "fail" {
            break;
        }
        assert_eq!(told, "unavailable");
        run.wait();
    }
    let lasted = run.now - since;
    assert!(lasted >= 10 * MINUTE && lasted <= 11 * MINUTE, "{lasted:?}");

    // Any other answer in between, and it has not persisted.
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
fn a_connection_outlasts_refused_renewals_until_its_endpoint_expires() {
    let mut run = Run::at("renewing/acquiring");
    let mut told = Vec::new();
    while !matches!(run.machine.state(), State::Closed) {
        let actions = match run.machine.state() {
            State::Renewing(Renewal::Acquiring) | State::Acquiring => {
                run.actions(Input::AcquireFailed(refused(ErrorKind::AccessDenied)))
            }
            _ => run.wait(),
        };
        if !matches!(actions.as_str(), "unavailable" | "acquire") {
            told.push(actions);
        }
    }
    assert_eq!(told, ["retire disconnected", "fail"]);
}

#[test]
fn an_end_while_a_renewal_is_under_way_lets_it_go_on() {
    let mut run = Run::at("renewing/opening");
    run.reset();
    assert_eq!(run.actions(Input::Opened), "adopt connected resync");
}

#[test]
fn a_machine_that_slept_does_not_wait_for_timers_that_stood_still() {
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
