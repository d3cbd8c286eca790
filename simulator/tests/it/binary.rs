//! The simulator as a process.

use std::process::Stdio;

use crate::support::{DEADLINE, TOKEN, http, send};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drivebell-simulator"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = command(arguments).spawn().expect("starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    timeout(DEADLINE, stdout.read_line(&mut line))
        .await
        .expect("in time")
        .expect("a line");
    let base = line.strip_prefix("listening on ").expect("the first line");
    (child, base.trim_end().to_owned())
}

async fn exit(child: &mut Child) -> Option<i32> {
    let status = timeout(DEADLINE, child.wait())
        .await
        .expect("exits in time");
    status.expect("a status").code()
}

#[tokio::test]
async fn it_serves_and_ends_with_its_stdin() {
    let (mut child, base) = start(&["--token", TOKEN, "--exit-with-stdin", "--drive", "x"]).await;
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    let url = format!("{base}/v1.0/drives/x/root");
    assert_eq!(send(http().get(url).bearer_auth(TOKEN)).await.status, 200);
    drop(child.stdin.take());
    assert_eq!(exit(&mut child).await, Some(0));
}

#[tokio::test]
async fn it_starts_with_its_faults() {
    let (_child, base) = start(&[
        "--token",
        TOKEN,
        "--exit-with-stdin",
        "--at-expiry",
        "go-on",
        "--fault",
        "answer=503,retryAfter=7,on=graph,times=1",
        "--fault",
        r#"{"action":{"answer":{"status":404,"body":""}},"on":"graph","times":1}"#,
    ])
    .await;
    let url = format!("{base}/v1.0/me/drive/root");
    for status in [503, 404, 200] {
        let response = send(http().get(&url).bearer_auth(TOKEN)).await;
        assert_eq!(response.status, status);
    }
}

#[tokio::test]
async fn it_has_the_options_of_delta_queries() {
    let (_child, base) = start(&[
        "--token",
        TOKEN,
        "--exit-with-stdin",
        "--seed",
        "b!me=9",
        "--drive-type",
        "personal",
        "--page-size",
        "4",
        "--delta-links",
        "parentheses",
        "--delta-empty-pages",
        "--delta-duplicates",
        "--delta-lag",
        "5",
        "--delta-token-lifetime",
        "3600",
    ])
    .await;
    let url = format!("{base}/v1.0/me/drive/root/delta");
    let empty = send(http().get(&url).bearer_auth(TOKEN)).await.json();
    assert_eq!(empty["value"], serde_json::json!([]));
    let link = empty["@odata.nextLink"].as_str().expect("a link");
    assert!(link.starts_with(&format!("{url}(token='")), "{link}");
    let page = send(http().get(link).bearer_auth(TOKEN)).await.json();
    let items = page["value"].as_array().expect("an array");
    assert_eq!(
        items.len(),
        7,
        "two of four twice, and one of the next page"
    );
    assert_eq!(items[6]["parentReference"]["driveType"], "personal");
    let state = send(http().get(format!("{base}/_simulator/state"))).await;
    assert_eq!(state.json()["drives"][0]["items"], 9);
}

#[tokio::test]
async fn it_has_the_options_of_unkind_delta_queries() {
    let (_child, base) = start(&[
        "--token",
        TOKEN,
        "--exit-with-stdin",
        "--random-seed",
        "7",
        "--app-only",
        "--delta-lag",
        "2",
        "--delta-empty-rounds-skip",
        "--delta-empty-rounds-skip-deletions",
        "--delta-tombstone-lag",
        "3",
        "--delta-tombstone-loss",
        "0.1",
        "--delta-lose-tombstones",
        "4",
        "--delta-enumerations-lose-tombstones",
        "--delta-tombstone-hashes",
        "--delta-unchanged",
        "0.2",
        "--delta-unchanged-rounds",
        "5",
    ])
    .await;
    let url = format!("{base}/_simulator/delta?drive=b!team");
    let expected = serde_json::json!({
        "lag": 2, "emptyRoundsSkip": true, "emptyRoundsSkipDeletions": true, "tombstoneLag": 3, "tombstoneLoss": 0.1,
        "loseTombstones": 4, "enumerationsLoseTombstones": true, "tombstoneHashes": true,
        "unchanged": 0.2, "unchangedRounds": 5,
    });
    assert_eq!(send(http().get(url)).await.json(), expected);
    let url = format!("{base}/v1.0/me/drive/root/subscriptions/socketIo");
    let request = http().get(url).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/json");
    assert_eq!(send(request).await.status, 403);
}

#[tokio::test]
async fn it_has_the_options_of_the_identity_service() {
    let file = std::env::temp_dir().join(format!("drivebell-binary-{}.pem", std::process::id()));
    let arguments = [
        "--token",
        TOKEN,
        "--exit-with-stdin",
        "--identity-tls-port",
        "0",
        "--identity-ca",
        file.to_str().expect("text"),
        "--account",
        "kim@x.com=b!kim",
        "--sign-in-takes",
        "never",
        "--device-code-interval",
        "0",
        "--device-code-lifetime",
        "60",
        "--access-token-lifetime",
        "90",
        "--token-refresh-in",
        "45",
    ];
    let mut child = command(&arguments).spawn().expect("starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut lines = stdout.lines();
    let mut line = async || {
        let line = timeout(DEADLINE, lines.next_line()).await;
        line.expect("in time").expect("text").expect("a line")
    };
    let first = line().await;
    let base = first.strip_prefix("listening on ").expect("a URL");
    let second = line().await;
    let url = second.strip_prefix("identity on ").expect("a URL");
    let pem = std::fs::read(&file).expect("a file");
    std::fs::remove_file(&file).expect("removed");
    let authority = reqwest::Certificate::from_pem(&pem).expect("PEM");
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority]);
    let client = client.build().expect("a client");
    let form = [("client_id", "app"), ("scope", "Files.Read")];
    let device_code = format!("{url}/common/oauth2/v2.0/devicecode");
    let authorization = send(client.post(device_code).form(&form)).await.json();
    assert_eq!(authorization["expires_in"], 60);
    assert_eq!(authorization["interval"], 0);
    let approve = format!("{base}/_simulator/identity/approve");
    assert_eq!(send(http().post(approve)).await.json()["approved"], 1);
    let device_code = authorization["device_code"].as_str().expect("text");
    let form = [
        ("client_id", "app"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code),
    ];
    let token = format!("{base}/common/oauth2/v2.0/token");
    let tokens = send(http().post(token).form(&form)).await.json();
    assert_eq!([&tokens["expires_in"], &tokens["refresh_in"]], [90, 45]);
    let token = tokens["access_token"].as_str().expect("a token");
    let drive = http()
        .get(format!("{base}/v1.0/me/drive"))
        .bearer_auth(token);
    assert_eq!(send(drive).await.json()["id"], "b!kim");
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_with_a_signal() {
    for signal in ["INT", "TERM"] {
        let (mut child, _) = start(&["--token", TOKEN, "--exit-with-stdin"]).await;
        let id = child.id().expect("running").to_string();
        let kill = Command::new("kill")
            .args(["-s", signal, &id])
            .status()
            .await;
        assert!(kill.expect("kill runs").success());
        assert_eq!(exit(&mut child).await, Some(0), "{signal}");
    }
}

#[tokio::test]
async fn it_ignores_its_stdin_by_default() {
    let (mut child, base) = start(&["--token", TOKEN]).await;
    drop(child.stdin.take());
    let url = format!("{base}/_simulator/state");
    assert_eq!(send(http().get(url)).await.status, 200);
    child.kill().await.expect("killed");
}

#[tokio::test]
async fn invalid_values_are_refused_with_their_option() {
    for (arguments, name) in [
        (&["--latency", "soon"][..], "--latency"),
        (&["--payload", "round"], "--payload"),
        (&["--argument", "number"], "--argument"),
        (&["--endpoint", "other"], "--endpoint"),
        (&["--lifetime", "0"], "--lifetime"),
        (&["--port", "70000"], "--port"),
        (&["--at-expiry", "explode"], "--at-expiry"),
        (&["--fault", "delay=soon"], "action.delay.ms"),
        (&["--fault", "cut,drive=none"], "none"),
        (&["--ping-interval", "0"], "--ping-interval"),
        (&["--ping-timeout", "18446744073709551615"], "ping timeout"),
        (&["--alias", "/groups/x/drive"], "--alias"),
        (&["--alias", "/groups/x/drive=none"], "none"),
        (&["--token", ""], "--token"),
        (&["--seed", "b!me"], "--seed"),
        (&["--seed", "none=1"], "none"),
        (&["--drive-type", "group"], "--drive-type"),
        (&["--page-size", "0"], "--page-size"),
        (&["--delta-links", "both"], "--delta-links"),
        (&["--delta-lag", "soon"], "--delta-lag"),
        (&["--delta-lag", "86400001"], "delta lag"),
        (&["--delta-token-lifetime", "0"], "--delta-token-lifetime"),
        (&["--account", "=b!me"], "--account"),
        (&["--account", "a=b/c"], "b/c"),
        (&["--sign-in-takes", "ever"], "--sign-in-takes"),
        (&["--access-token-lifetime", "0"], "--access-token-lifetime"),
        (&["--identity-ca", "ca.pem"], "--identity-tls-port"),
        (
            &["--identity-tls-port", "0", "--identity-ca", "/"],
            "cannot write",
        ),
    ] {
        let mut command = command(&["--token", TOKEN]);
        let mut child = command.args(arguments).spawn().expect("starts");
        assert_ne!(exit(&mut child).await, Some(0), "{arguments:?}");
        let mut message = String::new();
        let mut stderr = child.stderr.take().expect("piped");
        stderr.read_to_string(&mut message).await.expect("text");
        assert!(message.contains(name), "{arguments:?}: {message}");
    }
    let mut child = command(&[]).spawn().expect("starts");
    assert_ne!(exit(&mut child).await, Some(0), "without a token");
}

#[tokio::test]
async fn a_person_needs_no_token_for_the_page() {
    let mut child = command(&["--ui", "--exit-with-stdin"])
        .spawn()
        .expect("starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut lines = stdout.lines();
    let mut line = async || timeout(DEADLINE, lines.next_line()).await.expect("in time");
    let first = line().await.expect("a line").expect("a line");
    let base = first.strip_prefix("listening on ").expect("the address");
    let second = line().await.expect("a line").expect("a line");
    assert_eq!(second, format!("page on {base}/"));
    assert_eq!(send(http().get(base)).await.status, 200);
    let root = format!("{base}/v1.0/me/drive/root");
    assert_eq!(
        send(http().get(root).bearer_auth("secret")).await.status,
        200
    );
}
