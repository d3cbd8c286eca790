//! `drivebell login`.

use std::time::Duration;

use crate::support::{
    ACCOUNT, CLIENT_ID, Person, Setup, TOKEN, builder, set_fault, slow_person, start,
};

#[tokio::test]
async fn a_slow_person_signs_in() {
    let simulator = slow_person().start().await.unwrap();
    let person = Person::new(&simulator);
    let mut login = person.login_setup().start("-vv");
    let code = login.line().await;
    assert_eq!(code["type"], "device_code");
    assert!(code["expires_at"].is_string(), "{code}");
    // People read stderr.
    login.logged(code["user_code"].as_str().unwrap()).await;
    while person.token_requests().await.len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!person.file().exists());
    person.approve().await;
    let line = login.line().await;
    assert_eq!(line["type"], "login");
    assert_eq!(line["account"], ACCOUNT);
    assert_eq!(line["account_kind"], "work or school");
    assert_eq!(line["client_id"], CLIENT_ID);
    assert_eq!(line["base_url"], simulator.base_url());
    assert_eq!(line["cloud"], serde_json::Value::Null);
    let scopes = line["scopes"].to_string();
    assert!(scopes.contains("Files.Read"), "{line}");
    let ended = login.end().await;
    assert_eq!(ended.status.code(), Some(0));
    for shown in [&ended.stdout, &ended.stderr] {
        assert!(!shown.contains(&person.refresh_token()), "{shown}");
    }
    let verification_uri = code["verification_uri"].as_str().unwrap();
    assert!(ended.stderr.contains(verification_uri), "{}", ended.stderr);
    let outcomes = outcomes(&person).await;
    assert_eq!(outcomes.last().unwrap(), "issued");
    let pending = outcomes[..outcomes.len() - 1].iter();
    assert!(
        pending
            .clone()
            .all(|outcome| outcome == "authorization_pending")
    );
    assert_private(&person);
}

async fn outcomes(person: &Person<'_>) -> Vec<String> {
    let requests = person.token_requests().await;
    let outcome =
        |request: &serde_json::Value| request["outcome"].as_str().expect("text").to_owned();
    requests.iter().map(outcome).collect()
}

#[cfg(unix)]
fn assert_private(person: &Person<'_>) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path| {
        std::fs::metadata(path)
            .expect("it exists")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(person.file()), 0o600);
    assert_eq!(mode(person.config()), 0o700);
}

#[cfg(not(unix))]
fn assert_private(_: &Person<'_>) {}

#[tokio::test]
async fn slow_down_makes_the_pause_longer_for_good() {
    let simulator = slow_person().start().await.unwrap();
    set_fault(&simulator, "answer=400,code=slow_down,on=token,times=1");
    let person = Person::new(&simulator);
    let mut login = person.login();
    login.line().await;
    person.approve().await;
    assert_eq!(login.line().await["type"], "login");
    let requests = person.token_requests().await;
    let times: Vec<i64> = requests
        .iter()
        .map(|request| request["atMicros"].as_i64().unwrap())
        .collect();
    assert_eq!(outcomes(&person).await, ["slow_down", "issued"]);
    assert!(times[1] - times[0] > 5_500_000, "{times:?}");
}

#[tokio::test]
async fn an_outage_while_waiting_is_survived() {
    for fault in [
        "reset",
        "answer=503",
        "answer=400,code=temporarily_unavailable",
    ] {
        let simulator = slow_person().start().await.unwrap();
        set_fault(&simulator, &format!("{fault},on=token,times=1"));
        let person = Person::new(&simulator);
        let mut login = person.login();
        login.line().await;
        login.logged("asking again").await;
        person.approve().await;
        assert_eq!(login.line().await["type"], "login", "{fault}");
        assert_eq!(login.end().await.status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_sign_in_without_success_is_explained_and_stores_nothing() {
    for (fault, expected) in [
        (
            "answer=400,code=authorization_declined,on=token",
            "declined",
        ),
        ("answer=400,code=access_denied,on=token", "declined"),
        ("answer=400,code=expired_token,on=token", "expired"),
        (
            "answer=400,code=bad_verification_code,on=token",
            "AADSTS70018",
        ),
        ("answer=400,code=consent_required,on=token", "must consent"),
        (
            "answer=400,code=unauthorized_client,on=devicecode",
            "--tenant",
        ),
    ] {
        let simulator = slow_person().start().await.unwrap();
        set_fault(&simulator, fault);
        let person = Person::new(&simulator);
        let ended = person.login().end().await;
        ended.assert_failed(3, &["drivebell: ", expected]);
        assert!(!person.file().exists(), "{fault}");
        let names = std::fs::read_dir(person.config()).unwrap().count();
        assert_eq!(names, 0, "{fault}");
    }
}

#[tokio::test]
async fn a_person_declines() {
    let simulator = slow_person().start().await.unwrap();
    let person = Person::new(&simulator);
    let mut login = person.login();
    login.line().await;
    person.decline().await;
    let ended = login.end().await;
    ended.assert_failed(3, &["declined", "run `drivebell login` again"]);
}

#[tokio::test]
async fn a_code_expires() {
    let lifetime = Duration::from_secs(2);
    let builder = slow_person().device_code_lifetime(lifetime);
    let simulator = builder.start().await.unwrap();
    let person = Person::new(&simulator);
    let ended = person.login().end().await;
    ended.assert_failed(3, &["expired", "run `drivebell login` again"]);
    // Also if the service cannot be reached when it expires.
    set_fault(&simulator, "reset,on=token");
    let ended = person.login().end().await;
    ended.assert_failed(3, &["expired"]);
}

#[tokio::test]
async fn a_service_that_does_not_answer_fails_the_start() {
    for fault in ["reset,on=devicecode", "answer=503,on=devicecode"] {
        let simulator = slow_person().start().await.unwrap();
        set_fault(&simulator, fault);
        let ended = Person::new(&simulator).login().end().await;
        ended.assert_failed(6, &["could not begin", "127.0.0.1"]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_the_wait() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let simulator = slow_person().start().await.unwrap();
        let person = Person::new(&simulator);
        let mut login = person.login();
        login.line().await;
        login.signal(signal).await;
        let ended = login.end().await;
        assert_eq!(ended.status.code(), Some(code), "{ended:?}");
        assert!(!person.file().exists());
    }
}

#[tokio::test]
async fn bad_input_is_refused_by_name_before_anything_is_sent() {
    let simulator = start().await;
    let url = simulator.base_url();
    let good = format!("--client-id {CLIENT_ID} --login-url {url} --base-url {url}");
    let id = format!("--client-id {CLIENT_ID}");
    for (words, expected) in [
        ("", "--client-id"),
        ("--client-id my-app", "--client-id"),
        (&*format!("{id}0"), "--client-id"),
        (&format!("{good} --tenant a/b"), "--tenant"),
        (&format!("{good} --tenant=../x"), "--tenant"),
        (&format!("{good} --scope="), "--scope"),
        (&format!("{good} --scope \"x"), "--scope"),
        (&format!("{good} --token-file x"), "--token-file"),
        (&format!("{good} --token-command x"), "--token-command"),
        (&format!("{good} --proxy nonsense"), "--proxy"),
        (
            &format!("{id} --login-url http://login.example"),
            "--login-url",
        ),
        (&format!("{id} --login-url {url}/common"), "--login-url"),
        (
            &format!("{id} --login-url {url} --base-url {url}/v1.0"),
            "--base-url",
        ),
        (&format!("{id} --login-url {url} --cloud moon"), "--cloud"),
    ] {
        let person = Person::new(&simulator);
        let ended = person.setup().run(&format!("login {words}")).await;
        ended.assert_failed(2, &[expected]);
        assert!(!person.config().exists(), "{words}");
    }
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn an_unwritable_folder_is_found_before_the_sign_in() {
    let simulator = builder().start().await.unwrap();
    let person = Person::new(&simulator);
    std::fs::write(person.config(), "a file").unwrap();
    let ended = person.login().end().await;
    ended.assert_failed(1, &["cannot be stored", "DRIVEBELL_CONFIG_DIR"]);
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn a_login_can_be_repeated_without_its_options() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let before = person.refresh_token();
    let ended = person.setup().run("login --tenant contoso.com").await;
    ended.assert_failed(2, &["--tenant", "--client-id", CLIENT_ID]);
    let ended = person.setup().run("login").await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_ne!(person.refresh_token(), before);
    person
        .setup()
        .run("endpoint /me/drive")
        .await
        .assert_quiet(0);
}

#[tokio::test]
async fn more_scopes_and_a_tenant_are_asked_for() {
    let simulator = builder().start().await.unwrap();
    let person = Person::new(&simulator);
    let setup = person.login_setup().arg("--scope").arg("Files.Read.All");
    let setup = setup.env("DRIVEBELL_TOKEN", TOKEN);
    let ended = setup.run("--tenant contoso.com").await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("DRIVEBELL_TOKEN is set"), "{ended:?}");
    let login = ended.stdout.lines().last().unwrap();
    let login: serde_json::Value = serde_json::from_str(login).unwrap();
    let all = format!("{}/Files.Read.All", simulator.base_url());
    let scopes = login["scopes"].as_array().unwrap();
    assert!(scopes.contains(&all.into()), "{login}");
    let paths: Vec<_> = simulator.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(paths[0], "/contoso.com/oauth2/v2.0/devicecode");
    assert_eq!(paths[1], "/contoso.com/oauth2/v2.0/token");
}

#[tokio::test]
async fn signing_out_deletes_the_login_and_may_be_repeated() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let ended = person.setup().run("logout").await;
    ended.assert_quiet(0);
    assert!(ended.stdout.contains("\"was_signed_in\":true"), "{ended:?}");
    assert!(!person.file().exists());
    let ended = person.setup().run("logout").await;
    ended.assert_quiet(0);
    assert!(
        ended.stdout.contains("\"was_signed_in\":false"),
        "{ended:?}"
    );
    for words in ["whoami", "whoami --offline", "watch /me/drive"] {
        let ended = person.setup().run(words).await;
        ended.assert_failed(3, &["run `drivebell login"]);
    }
    let ended = person.setup().run("logout --token-file x").await;
    ended.assert_failed(2, &["--token-file"]);
}

#[tokio::test]
async fn whoami_shows_the_account_and_no_token() {
    let simulator = builder().start().await.unwrap();
    let person = Person::signed_in(&simulator).await;
    let ended = person.setup().run("whoami").await;
    ended.assert_quiet(0);
    let line: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line["type"], "account");
    assert_eq!(line["account"], ACCOUNT);
    assert!(line["tenant"].is_string() && line["expires_at"].is_string());
    assert_eq!(line["login_url"], simulator.base_url());
    assert!(!ended.stdout.contains(&person.refresh_token()));

    let requests = simulator.requests().len();
    let setup = person.setup().env("DRIVEBELL_TOKEN", TOKEN);
    let ended = setup.run("whoami --offline").await;
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains("DRIVEBELL_TOKEN is set"), "{ended:?}");
    let line: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line["account"], ACCOUNT);
    assert_eq!(line["expires_at"], serde_json::Value::Null);
    assert_eq!(simulator.requests().len(), requests);

    set_fault(&simulator, "answer=503,on=token");
    let ended = person.setup().run("whoami").await;
    ended.assert_failed(6, &["503", "--offline"]);
}

#[tokio::test]
async fn help_says_how_to_register_an_app() {
    let simulator = start().await;
    for words in ["login --help", "logout --help", "whoami --help"] {
        let ended = Setup::bare(&simulator).run(words).await;
        ended.assert_quiet(0);
        assert!(ended.stdout.contains("docs/sign-in.md"), "{words}");
        assert!(ended.stdout.contains("Exit codes"), "{words}");
    }
}

/// The forms go through the same network stack as the calls to Graph.
#[tokio::test]
async fn the_options_of_the_network_apply_to_the_sign_in() {
    let simulator = builder().identity_tls_port(0).start().await.unwrap();
    let person = Person::new(&simulator);
    let login_for = |graph: String| {
        let setup = person
            .setup()
            .arg("login")
            .arg("--client-id")
            .arg(CLIENT_ID);
        let setup = setup.arg("--base-url").arg(graph);
        setup.arg("--login-url").arg(simulator.identity_url())
    };
    let login = || login_for(simulator.base_url());
    let ended = login().run("").await;
    ended.assert_failed(6, &["localhost", "its issuer is unknown", "ca_bundle"]);
    let ended = login().run("--ca-bundle /nowhere/ca.pem").await;
    ended.assert_failed(2, &["--ca-bundle"]);
    assert!(simulator.requests().is_empty());

    let authority = simulator.identity_ca_pem().unwrap();
    let authority = person.folder.with("ca.pem", authority);
    let trusting = || login().arg("--ca-bundle").arg(&authority);
    // A proxy could read what goes to plain http.
    let proxy = "--proxy http://127.0.0.1:1";
    trusting().run(proxy).await.assert_failed(2, &["--proxy"]);
    let secure = login_for(simulator.identity_url());
    let ended = secure.arg("--ca-bundle").arg(&authority).run(proxy).await;
    ended.assert_failed(6, &["could not be reached"]);
    assert!(simulator.requests().is_empty());
    let ended = trusting().run("").await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let setup = person.setup().arg("--ca-bundle").arg(&authority);
    setup.run("endpoint /me/drive").await.assert_quiet(0);
}
