//! `drivebell doctor`.

use futures_util::future::join_all;

use crate::support::{Ended, Setup, set_fault, start, until};

const STEPS: [&str; 7] = [
    "token",
    "endpoint",
    "expiry",
    "upgrade",
    "open",
    "join",
    "notification",
];

/// The steps that succeeded, and the one that failed.
fn steps(ended: &Ended) -> (Vec<&str>, Option<&str>) {
    let steps = |word| {
        let lines = ended
            .stdout
            .lines()
            .filter_map(move |line| line.strip_prefix(word));
        lines.filter_map(|line| line.split_whitespace().next())
    };
    (steps("ok ").collect(), steps("FAIL").next())
}

#[tokio::test]
async fn a_report_without_failure_shows_every_step() {
    let simulator = start().await;
    let run = Setup::new(&simulator).start("doctor /drives/b!team");
    until(|| simulator.connected() == 1).await;
    simulator.notify("b!team", 1).unwrap();
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("change something"), "{ended:?}");
    assert_eq!(steps(&ended), (STEPS.to_vec(), None));
    for expected in [
        "resource  /drives/{id}/root",
        "host: 127.0.0.1",
        "token=",
        "expires: in 3",
        "status: 101",
        "header upgrade: websocket",
        "open packet pingInterval: 25000",
        "open packet sid: ",
        "join answer sid: ",
        "argument: a text that holds JSON",
        "subscriptionId: a GUID",
        "Every step succeeded.",
        "facts that nobody has published",
        "/issues",
    ] {
        assert!(
            ended.stdout.contains(expected),
            "no {expected:?} in {}",
            ended.stdout
        );
    }
    assert!(!ended.stdout.contains("b!team"), "{}", ended.stdout);
}

#[tokio::test]
async fn json_has_one_line_for_each_step() {
    let simulator = start().await;
    let mut run = Setup::new(&simulator).start("doctor --json --wait 0");
    for step in &STEPS[..6] {
        let line = run.line().await;
        assert_eq!(
            (&line["type"], &line["step"]),
            (&"step".into(), &(*step).into())
        );
        assert_eq!(line["ok"], true);
        assert!(line["took"].is_number());
    }
    run.end().await.assert_quiet(0);
}

#[tokio::test]
async fn the_step_that_fails_is_shown_with_advice() {
    let drop_after_join = "cut,after=join,on=socket";
    let cases = [
        ("answer=401,on=endpoint", "endpoint", 3, "new token"),
        (
            "answer=403,on=endpoint",
            "endpoint",
            4,
            "Consent to Files.Read",
        ),
        ("answer=404,on=endpoint", "endpoint", 4, "Graph Explorer"),
        ("answer=400,on=endpoint", "endpoint", 6, "notSupported"),
        ("answer=503,on=endpoint", "endpoint", 6, "Try again later"),
        ("reset,on=endpoint", "endpoint", 6, "--ca-bundle"),
        ("answer=403,on=socket", "upgrade", 6, "status: 403"),
        ("reset,on=socket", "upgrade", 6, "*.svc.ms"),
        (
            "cut,on=socket,after=upgrade",
            "open",
            6,
            "the WebSocket is open but silent",
        ),
        (
            "hold=toClient,on=socket,after=upgrade",
            "open",
            6,
            "sent no Engine.IO open packet",
        ),
        (
            "refuseNamespace",
            "join",
            6,
            r#"body of 44: {"message":"Invalid namespace"}"#,
        ),
        ("refuseNamespace=null", "join", 6, "body of 44: nothing"),
        (
            drop_after_join,
            "notification",
            6,
            "the connection has ended",
        ),
    ];
    // Together, because a first refusal takes five seconds.
    let cases = cases.map(|(fault, step, code, expected)| async move {
        let simulator = start().await;
        set_fault(&simulator, fault);
        let ended = Setup::new(&simulator).run("doctor").await;
        assert_eq!(ended.status.code(), Some(code), "{fault}: {ended:?}");
        let (succeeded, failed) = steps(&ended);
        assert_eq!(failed, Some(step), "{fault}: {ended:?}");
        assert_eq!(succeeded, STEPS[..succeeded.len()], "{fault}");
        assert_eq!(STEPS[succeeded.len()], step, "{fault}");
        let stdout = ended.stdout.to_lowercase();
        assert!(
            stdout.contains(&expected.to_lowercase()),
            "{fault}: no {expected} in {stdout}"
        );
        let page = format!("      > https://drivebell.github.io/drivebell/findings/{step}/");
        assert!(stdout.contains(&page), "{fault}: {stdout}");
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_close_code_is_shown() {
    let simulator = start().await;
    let run = Setup::new(&simulator).start("doctor");
    until(|| simulator.connected() == 1).await;
    set_fault(&simulator, "close=4711,when=now");
    let ended = run.end().await;
    assert_eq!(ended.status.code(), Some(6));
    assert!(ended.stdout.contains("code 4711"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_missing_notification_has_an_exit_code_of_its_own() {
    let simulator = start().await;
    let ended = Setup::new(&simulator).run("doctor --wait 1").await;
    assert_eq!(ended.status.code(), Some(7), "{ended:?}");
    assert_eq!(steps(&ended), (STEPS[..6].to_vec(), Some("notification")));
    assert!(ended.stdout.contains("no notification came"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_command_that_fails_fails_the_first_step() {
    let simulator = start().await;
    let setup = Setup::without_token(&simulator)
        .arg("--token-command")
        .arg("exit 1");
    let ended = setup.run("doctor").await;
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    assert_eq!(steps(&ended), (vec![], Some("token")));
    assert!(ended.stdout.contains("--token-command failed"));
}
