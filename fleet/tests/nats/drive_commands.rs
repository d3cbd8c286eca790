//! `add`, `remove`, `list` and `import`.

use std::fmt::Write as _;

use serde_json::json;

use crate::command::{run, run_with};
use crate::server::Server;

#[tokio::test]
async fn a_drive_is_added_changed_listed_and_removed() {
    let server = Server::start();
    let add = ["add", "/me/drive", "--user", "kim@contoso.com"];
    let key = "kim=40contoso=2Ecom/me/drive";
    let added = run(&server, &add).await.ok();
    assert_eq!(added.lines(), [json!({"type": "added", "key": key})]);
    let again = run(&server, &add).await.ok();
    assert_eq!(again.lines()[0]["type"], "unchanged");
    let label = [&add[..], &["--label", "Kim", "--since", "now"]].concat();
    assert_eq!(
        run(&server, &label).await.ok().lines()[0]["type"],
        "changed"
    );
    let other = [
        "add",
        "/drives/b!x",
        "--user",
        "alex",
        "--key",
        "a/b",
        "--tenant",
        "t",
    ];
    run(&server, &other).await.ok();

    let listed = run(&server, &["list"]).await.ok();
    assert_eq!(
        listed.lines(),
        [
            json!({
                "key": "a/b", "resource": "/drives/b!x", "user": "alex", "since": "start",
                "tenant": "t",
            }),
            json!({
                "key": key, "resource": "/me/drive", "user": "kim@contoso.com", "since": "now",
                "label": "Kim",
            }),
        ]
    );
    for (filter, value, count) in [
        ("--tenant", "contoso.com", 1),
        ("--tenant", "t", 1),
        ("--user", "alex", 1),
        ("--user", "nobody", 0),
    ] {
        let some = run(&server, &["list", filter, value]).await.ok();
        assert_eq!(some.lines().len(), count, "{filter} {value}");
    }

    let removed = run(&server, &["remove", "a/b", "nowhere"]).await;
    assert_eq!(removed.code, 6);
    assert_eq!(removed.lines(), [json!({"type": "removed", "key": "a/b"})]);
    assert!(
        removed.stderr.contains("there is no drive \"nowhere\""),
        "{}",
        removed.stderr
    );
    let missing = run(&server, &["remove", "a/b"]).await;
    assert_eq!((missing.code, missing.stdout.as_str()), (9, ""));
    assert_eq!(run(&server, &["list"]).await.ok().lines().len(), 1);
}

#[tokio::test]
async fn what_is_listed_can_be_imported_into_another_fleet() {
    let server = Server::start();
    let mut file = String::from("resource,user,since,label,tenant\n");
    for number in 0..5000 {
        writeln!(
            file,
            "/drives/b!{number},user{number}@contoso.com,now,\"No. {number}\","
        )
        .unwrap();
    }
    let imported = run_with(&server, &["import", "-"], &file).await.ok();
    let expected = json!({"type": "imported", "drives": 5000, "failed": 0});
    assert_eq!(imported.lines(), [expected]);
    let listed = run(&server, &["list"]).await.ok();
    assert_eq!(listed.lines().len(), 5000);
    let other = ["import", "-", "--name", "other"];
    run_with(&server, &other, &listed.stdout).await.ok();
    let there = run(&server, &["list", "--name", "other"]).await.ok();
    assert_eq!(there.stdout, listed.stdout);
}

#[tokio::test]
async fn a_bad_line_is_reported_and_the_others_are_imported() {
    let server = Server::start();
    let file = concat!(
        "{\"resource\":\"/me/drive\",\"user\":\"a\"}\n",
        "{\"resource\":\"/me/drives\",\"user\":\"b\"}\n",
        "nonsense\n",
        "{\"resource\":\"/me/drive\",\"user\":\"c\",\"key\":\"c\"}\n",
    );
    let imported = run_with(&server, &["import", "-"], file).await;
    assert_eq!(imported.code, 6);
    let expected = json!({"type": "imported", "drives": 2, "failed": 2});
    assert_eq!(imported.lines(), [expected]);
    for says in ["-:2: resource: is not a path", "-:3: is not JSON"] {
        assert!(imported.stderr.contains(says), "{}", imported.stderr);
    }
    let listed = run(&server, &["list"]).await.ok();
    let keys: Vec<_> = listed.lines().iter().map(|it| it["key"].clone()).collect();
    assert_eq!(keys, ["a/me/drive", "c"]);
}

#[tokio::test]
async fn an_entry_of_another_program_is_listed_with_its_problem() {
    let server = Server::start();
    run(&server, &["add", "/me/drive", "--user", "a"])
        .await
        .ok();
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let drives = jetstream.get_key_value("drivebell-drives").await.unwrap();
    drives
        .put("b", "{\"resource\":\"/me/drive\"}".into())
        .await
        .unwrap();
    let listed = run(&server, &["list"]).await.ok();
    assert_eq!(listed.lines()[1]["key"], "b");
    let problem = listed.lines()[1]["problem"].as_str().unwrap().to_owned();
    assert!(problem.contains("user: is missing"), "{problem}");
}
