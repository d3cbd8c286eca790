//! The commands that use a login.

use std::time::Duration;

use drivebell_simulator::Simulator;

use crate::support::{
    ACCOUNT, Person, Setup, TOKEN, builder, set_fault, start, until, upload, within,
};

#[tokio::test]
async fn every_command_uses_the_login() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;

    let ended = person.setup().run("endpoint /me/drive").await;
    ended.assert_quiet(0);

    let mut run = person.setup().start("watch /me/drive");
    run.line_where(|line| line["kind"] == "resync").await;
    simulator.notify("b!me", 1).unwrap();
    assert_eq!(run.line().await["kind"], "changed");
    run.kill().await;

    let mut run = person.setup().start("changes /me/drive --since start");
    run.caught_up().await;
    upload(&simulator, "new.txt").await;
    run.line_where(|line| line["item"]["name"] == "new.txt")
        .await;
    run.kill().await;
}

#[tokio::test]
async fn doctor_names_the_source_of_the_token_and_not_the_account() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let ended = person.setup().run("doctor --wait 0").await;
    ended.assert_quiet(0);
    let expected = "source: the login of {account} (work or school account)";
    assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    assert!(!ended.stdout.contains(ACCOUNT), "{}", ended.stdout);

    let mut run = person.setup().start("doctor --wait 0 --json");
    let step = run.line().await;
    assert_eq!(step["step"], "token");
    assert!(
        step["seen"]["source"]
            .as_str()
            .unwrap()
            .contains("{account}")
    );

    person.revoke().await;
    let ended = person.setup().run("doctor --wait 0").await;
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    for expected in ["FAIL  token", "{account} has ended", "drivebell login"] {
        assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    }
    assert!(!ended.stdout.contains(ACCOUNT), "{}", ended.stdout);

    let ended = Setup::new(&simulator).run("doctor --wait 0").await;
    assert!(
        ended.stdout.contains("source: DRIVEBELL_TOKEN"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn any_other_token_wins() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let before = person.token_requests().await.len();
    let url = simulator.base_url();
    let setup = || person.setup().arg("--base-url").arg(&url);
    let wrong = setup().env("DRIVEBELL_TOKEN", "wrong");
    wrong
        .run("endpoint /me/drive")
        .await
        .assert_failed(3, &["401"]);
    let right = setup().env("DRIVEBELL_TOKEN", TOKEN);
    right.run("endpoint /me/drive").await.assert_quiet(0);
    let missing = setup().arg("--token-file").arg("/nowhere/token");
    let ended = missing.run("endpoint /me/drive").await;
    ended.assert_failed(3, &["--token-file"]);
    assert_eq!(person.token_requests().await.len(), before);
}

#[tokio::test]
async fn the_token_goes_to_no_other_graph() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let other = start().await;
    let before = simulator.requests().len();
    let elsewhere = format!("--base-url {}", other.base_url());
    for (option, name) in [("--cloud china", "--cloud"), (&*elsewhere, "--base-url")] {
        for command in ["watch /me/drive", "endpoint /me/drive", "doctor", "whoami"] {
            let ended = person.setup().run(&format!("{command} {option}")).await;
            ended.assert_failed(2, &[&format!("drivebell: {name}: "), "another Graph"]);
        }
    }
    assert_eq!(simulator.requests().len(), before);
    assert!(other.requests().is_empty());
    let same = format!("endpoint /me/drive --base-url {}", simulator.base_url());
    person.setup().run(&same).await.assert_quiet(0);
}

#[tokio::test]
async fn the_new_refresh_token_is_stored() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let mut seen = vec![person.refresh_token()];
    for _ in 0..2 {
        let ended = person.setup().run("endpoint /me/drive").await;
        ended.assert_quiet(0);
        let new = person.refresh_token();
        assert!(!seen.contains(&new));
        seen.push(new);
    }
    assert_eq!(std::fs::read_dir(person.config()).unwrap().count(), 1);
}

#[tokio::test]
async fn many_processes_renew_one_login_at_once() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    for _ in 0..3 {
        let runs: Vec<_> = (0..8)
            .map(|_| person.setup().start("endpoint /me/drive"))
            .collect();
        for run in runs {
            run.end().await.assert_quiet(0);
        }
        person.setup().run("whoami").await.assert_quiet(0);
    }
    assert_eq!(std::fs::read_dir(person.config()).unwrap().count(), 1);
}

#[tokio::test]
async fn many_resources_share_one_renewal() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let before = person.token_requests().await.len();
    let mut run = person
        .setup()
        .start("watch /me/drive /drives/b!me /drives/b!team");
    for _ in 0..3 {
        run.line_where(|line| line["kind"] == "resync").await;
    }
    assert_eq!(person.token_requests().await.len(), before + 1);
}

#[tokio::test]
async fn a_login_that_the_service_refuses_ends_with_advice() {
    for fault in [
        "invalid_grant",
        "interaction_required",
        "consent_required",
        "unauthorized_client",
        "invalid_client",
    ] {
        let simulator = builder().start().await.unwrap();
        let person = Person::signed_in(&simulator).await;
        set_fault(&simulator, &format!("answer=400,code={fault},on=token"));
        for words in [
            "watch /me/drive",
            "changes /me/drive --since now",
            "endpoint /me/drive",
            "whoami",
        ] {
            let ended = person.setup().run(words).await;
            ended.assert_failed(3, &[fault, ACCOUNT, "run `drivebell login` again"]);
            assert!(!ended.stderr.contains(&person.refresh_token()));
        }
    }
}

#[tokio::test]
async fn an_outage_of_the_identity_service_is_waited_out() {
    for fault in [
        "reset",
        "answer=503",
        "answer=400,code=server_error",
        "answer=429,code=invalid_grant",
    ] {
        let simulator = builder().start().await.unwrap();
        let person = Person::signed_in(&simulator).await;
        set_fault(&simulator, &format!("{fault},on=token,times=2"));
        let mut run = person.setup().start("watch /me/drive");
        let line = run.line().await;
        assert_eq!(line["event"], "unavailable", "{fault}: {line}");
        assert_eq!(line["error"]["retryable"], true, "{line}");
        let line = run.line_where(|line| line["event"] != "unavailable").await;
        assert_eq!(line["event"], "connected", "{fault}");
    }
}

/// Its tokens are so short that each call needs a new one.
async fn with_short_tokens() -> Simulator {
    let builder = builder().access_token_lifetime(Duration::from_secs(60));
    builder.start().await.expect("starts")
}

#[tokio::test]
async fn a_login_is_not_used_after_it_was_deleted() {
    let simulator = with_short_tokens().await;
    let person = Person::signed_in(&simulator).await;
    let mut run = person.setup().start("-v changes /me/drive --since now");
    run.caught_up().await;
    until(|| simulator.connected() == 1).await;
    person.setup().run("logout").await.assert_quiet(0);
    let before = person.token_requests().await.len();
    upload(&simulator, "new.txt").await;
    run.logged("was deleted, as `drivebell logout` does").await;
    assert_eq!(person.token_requests().await.len(), before);
    assert!(!person.file().exists());
}

#[tokio::test]
async fn signing_in_again_revives_a_running_command() {
    let simulator = with_short_tokens().await;
    let person = Person::signed_in(&simulator).await;
    let mut run = person.setup().start("-v changes /me/drive --since now");
    run.caught_up().await;
    until(|| simulator.connected() == 1).await;
    person.revoke().await;
    upload(&simulator, "new.txt").await;
    run.logged("has ended; run `drivebell login` again").await;
    let ended = person.setup().run("login").await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    run.line_where(|line| line["item"]["name"] == "new.txt")
        .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_written_back_is_no_reason_to_end() {
    use std::os::unix::fs::PermissionsExt;
    let simulator = with_short_tokens().await;
    let person = Person::signed_in(&simulator).await;
    let mut run = person.setup().start("changes /me/drive --since now");
    run.caught_up().await;
    until(|| simulator.connected() == 1).await;
    // Also root cannot write to it now.
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(person.file(), open).unwrap();
    let before = person.text();
    for name in ["1.txt", "2.txt"] {
        upload(&simulator, name).await;
        run.line_where(|line| line["item"]["name"] == name).await;
    }
    run.logged("is not stored").await;
    run.signal("TERM").await;
    let ended = within(run.end()).await;
    assert_eq!(ended.status.code(), Some(143), "{ended:?}");
    assert_eq!(ended.stderr.matches("is not stored").count(), 1);
    assert_eq!(person.text(), before);
}
