//! The command line: its help, and what is refused before any I/O.

use std::net::TcpListener;

use crate::support::run;

#[test]
fn help_and_version_are_no_failures() {
    let help = run("--help", &[]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for says in ["run", "import", "Exit codes:", "DRIVEBELL_FLEET_NATS"] {
        assert!(help.stdout.contains(says), "{}", help.stdout);
    }
    let version = run("--version", &[]);
    let expected = concat!("drivebell-fleet ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((version.code, version.stdout.as_str()), (0, expected));
}

#[test]
fn what_is_wrong_with_an_argument_is_told_by_its_name() {
    for (words, says) in [
        ("bogus", "bogus"),
        ("add", "--user"),
        ("add /nowhere --user kim", "RESOURCE"),
        ("add /me/drive --user kim --key a*b", "--key"),
        (
            "add /me/drive --user kim --since nowhere",
            "--since: nowhere cannot be read",
        ),
        (
            "add /me/drive --user kim --tenant a*b",
            "--tenant: contains '*'",
        ),
        ("remove", "KEY"),
        ("budget contoso.com --units 0", "--units"),
        ("budget contoso.com --units 1 --reset", "--reset"),
        ("status --wait 5", "--wait"),
        ("drain a --wait 0s", "--wait"),
        ("import nowhere", "nowhere: cannot be read"),
        ("--log loud", "--log"),
    ] {
        let ended = run(words, &[]);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (2, ""),
            "{words}: {ended:?}"
        );
        assert!(ended.stderr.contains(says), "{words}: {}", ended.stderr);
    }
    for (words, says) in [
        ("--name a.b", "--name: may contain"),
        ("--worker a.b", "--worker: may contain"),
        (
            "--nats nats://kim:s3cr3t@host",
            "--nats: holds a user or a password",
        ),
    ] {
        let ended = run(words, &[]);
        assert_eq!(ended.code, 3, "{words}: {ended:?}");
        assert!(ended.stderr.contains(says), "{words}: {}", ended.stderr);
        assert!(!ended.stderr.contains("s3cr3t"), "{}", ended.stderr);
    }
}

#[test]
fn a_nats_that_cannot_be_reached_is_told() {
    // A port that nothing listens at any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    drop(listener);
    for words in [
        "list",
        "status",
        "remove a",
        "drain a",
        "budget t",
        "add /me/drive --user k",
    ] {
        let ended = run(words, &[("DRIVEBELL_FLEET_NATS", &url)]);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (4, ""),
            "{words}: {ended:?}"
        );
        assert!(ended.stderr.contains("NATS"), "{}", ended.stderr);
    }
}
