//! `fleet.toml`, and what the command line and the environment say instead.

use std::path::Path;

use drivebell_fleet::config::{Config, Overrides, Problems, Source, TokenService};
use drivebell_fleet::nats::{Discard, Login};

use crate::support::{Folder, run};

fn read(file: &Path) -> Result<Config, Problems> {
    Config::read(&Source {
        file: Some(file),
        overrides: &Overrides::default(),
        environment: &|_| None,
    })
}

fn parse(text: &str) -> Result<Config, String> {
    let folder = Folder::new();
    let file = folder.with("fleet.toml", text);
    read(&file).map_err(|problems| problems.to_string())
}

/// The problems with a text, without the name of the file.
fn problems(text: &str) -> Vec<String> {
    let problems = parse(text).expect_err(text);
    let lines = problems.lines().map(|line| {
        let (_, rest) = line
            .split_once("fleet.toml:")
            .expect("the name of the file");
        rest.trim_start().to_owned()
    });
    lines.collect()
}

#[test]
fn every_setting_can_be_given() {
    let folder = Folder::new();
    folder.with("password", "s3cr3t\n");
    folder.with("ca.pem", "");
    folder.with("headers", "");
    let file = folder.with(
        "fleet.toml",
        r#"
        name = "eu"
        worker = "w1"
        partitions = 2_048
        lease_time = "1m"
        capacity = 200
        nats.servers = ["tls://a.example:4222", "nats://b.example"]
        nats.user = "fleet"
        nats.password_file = "password"
        nats.tls = true
        nats.tls_ca_file = "ca.pem"
        nats.replicas = 3
        graph.app = "00000000-0000-4000-8000-000000000001"
        graph.cloud = "us-gov-l4"
        graph.scopes = ["Files.Read"]
        graph.proxy = "http://kim:s3cr3t@proxy.example:1"
        changes.live_timeout = "0s"
        changes.safety_interval = "never"
        changes.lag_delays = ["1s", "500ms"]
        changes.push = "required"
        tokens.http = "https://tokens.example/s3cr3t?x=1"
        tokens.header_file = "headers"
        tokens.tls_ca_file = "ca.pem"
        budget.endpoint_calls_per_second = 0.5
        stream = { max_bytes = "1GiB", max_age = "30d", discard = "old" }
        http.listen = "off"
        log = { format = "json", level = "warn,drivebell=debug" }
        "#,
    );
    let config = read(&file).unwrap();
    assert_eq!(config.partitions, 2048);
    assert_eq!(config.nats.servers.len(), 2);
    assert!(
        matches!(&config.nats.login, Login::User { password, .. } if password.expose() == "s3cr3t")
    );
    assert_eq!(config.stream.max_bytes, Some(1 << 30));
    assert_eq!(config.stream.discard, Discard::Old);
    assert_eq!(config.graph.changes.safety_interval, None);
    assert_eq!(config.http, None);
    assert!(matches!(config.tokens.service, TokenService::Http { .. }));
    let summary = config.summary();
    for line in [
        "name = \"eu\"",
        "lease_time = \"1m\"",
        "user = \"fleet\"",
        "password_file = \"[redacted]\"",
        "proxy = \"[redacted]\"",
        "cloud = \"us-gov-l4\"",
        "lag_delays = [\"1s\", \"500ms\"]",
        "safety_interval = \"never\"",
        "http = \"https://tokens.example/…\"",
        "endpoint_calls_per_second = 0.5",
        "replicas = 3",
        "listen = \"off\"",
    ] {
        assert!(summary.lines().any(|it| it == line), "{line} in\n{summary}");
    }
    for shown in [summary, format!("{config:?}")] {
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

/// A file, and the beginning of what is told of it.
const WRONG: &[(&str, &str)] = &[
    ("name = \"a b\"", "1: name: may contain letters"),
    (
        "\n\nname = 5",
        "3: name: must be a text in quotes, and is the number 5",
    ),
    ("lease_time = \"1s\"", "1: lease_time: must be at least 2s"),
    (
        "lease_time = 8",
        "1: lease_time: must be a duration in quotes",
    ),
    ("partitions = 0", "1: partitions: must be from 1 to 65536"),
    ("capacity = -1", "1: capacity: must be a whole number"),
    ("nats = 5", "1: nats: must be a table: write [nats]"),
    (
        "[nats]\nserver = []",
        "2: nats.server: is no setting; did you mean servers?",
    ),
    (
        "nats.servers = []",
        "1: nats.servers: must name at least one server",
    ),
    (
        "nats.servers = [\"ws://host\"]",
        "1: nats.servers: has the scheme ws",
    ),
    (
        "nats.servers = [\"nats://u:s3cr3t@host\"]",
        "1: nats.servers: holds a user or a password",
    ),
    (
        "nats.credentials_file = \"nowhere\"",
        "1: nats.credentials_file: ",
    ),
    (
        "nats.user = \"kim\"",
        "1: nats.user: needs nats.password_file",
    ),
    (
        "nats.tls_cert_file = \"fleet.toml\"",
        "1: nats.tls_cert_file: needs nats.tls_key_file",
    ),
    (
        "nats.nkey_file = \"fleet.toml\"\nnats.token_file = \"fleet.toml\"",
        "2: nats.token_file: cannot be given beside nats.nkey_file",
    ),
    ("graph.label = \"x\"", "1: graph.label: is no setting"),
    (
        "graph.max_handshakes = 0",
        "1: graph.max_handshakes: must be at least 1",
    ),
    (
        "graph.request_timeout = \"0s\"",
        "1: graph.request_timeout: must be longer than zero",
    ),
    (
        "graph.base_url = \"http://graph.microsoft.com\"",
        "1: graph.base_url: is not https",
    ),
    (
        "graph.cloud = \"mars\"",
        "1: graph.cloud: \"mars\" is not one of",
    ),
    (
        "graph.user_agent = \"a\\nb\"",
        "1: graph.user_agent: is not a valid header value",
    ),
    ("graph.ca_bundle = \"nowhere\"", "1: graph.ca_bundle: "),
    (
        "changes.start_timeout = \"1s\"",
        "1: changes.start_timeout: is no setting",
    ),
    (
        "changes.poll_interval = \"0s\"",
        "1: changes.poll_interval: must be longer than zero",
    ),
    (
        "changes.overlap = \"never\"",
        "1: changes.overlap: must be a duration",
    ),
    (
        "tokens.http = \"http://tokens.example\"",
        "1: tokens.http: is of plain http",
    ),
    (
        "tokens.http = \"https://u:s3cr3t@x\"",
        "1: tokens.http: holds a user or a password",
    ),
    ("tokens.nats = \"a.*\"", "1: tokens.nats: must be a subject"),
    (
        "tokens.header_file = \"fleet.toml\"",
        "1: tokens.header_file: needs tokens.http",
    ),
    (
        "tokens.tls_ca_file = \"fleet.toml\"",
        "1: tokens.tls_ca_file: needs tokens.http",
    ),
    (
        "tokens.nats = \"a\"\ntokens.http = \"https://x\"",
        "2: tokens.http: cannot be given beside tokens.nats",
    ),
    (
        "budget.resource_units_per_minute = 0",
        "1: budget.resource_units_per_minute: must be more",
    ),
    (
        "budget.endpoint_calls_per_second = inf",
        "1: budget.endpoint_calls_per_second: must be a",
    ),
    (
        "stream.max_bytes = \"10 Gb\"",
        "1: stream.max_bytes: must be a number of bytes",
    ),
    (
        "stream.discard = \"none\"",
        "1: stream.discard: must be \"new\"",
    ),
    (
        "stream.replicas = 6",
        "1: stream.replicas: must be from 1 to 5",
    ),
    (
        "stream.max_age = \"1m\"\nstream.duplicate_window = \"2m\"",
        "2: stream.duplicate_window: must not be longer than stream.max_age",
    ),
    (
        "http.listen = \"localhost\"",
        "1: http.listen: must be \"off\", or an address",
    ),
    ("log.level = \"loud\"", "1: log.level: must be error, warn"),
    (
        "log.format = \"xml\"",
        "1: log.format: must be \"text\" or \"json\"",
    ),
    ("name = ", "1: "),
];

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    for (text, expected) in WRONG {
        let told = problems(text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(expected), "{expected}\n{}", told[0]);
        assert!(!told[0].contains("s3cr3t"), "{}", told[0]);
    }
    let all = problems("bogus = 1\nname = \"\"\n[http]\nlisten = 5\n[nats]\nreplicas = 9");
    let lines: Vec<_> = all
        .iter()
        .map(|line| line.split_once(": ").unwrap().0)
        .collect();
    assert_eq!(lines, ["1", "2", "4", "6"]);
}

/// `packaging/fleet.toml` says what every setting is, and its default.
#[test]
fn the_documented_defaults_are_those_in_force() {
    let documented = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/fleet.toml");
    let text = std::fs::read_to_string(documented).unwrap();
    let defaults = parse("").unwrap();
    assert_eq!(parse(&text).unwrap().summary(), defaults.summary());
    // What has no default, or one that differs between machines.
    let examples = [
        "worker",
        "credentials_file",
        "nkey_file",
        "user",
        "password_file",
        "token_file",
        "tls_ca_file",
        "tls_cert_file",
        "tls_key_file",
        "cloud",
        "base_url",
        "scopes",
        "user_agent",
        "proxy",
        "http",
        "header_file",
        "max_bytes",
        "max_age",
    ];
    let mut settings = String::new();
    let mut count = 0;
    for line in text.lines() {
        let setting = line
            .strip_prefix('#')
            .filter(|rest| rest.starts_with(|c: char| c.is_lowercase()));
        let name = setting.and_then(|setting| setting.split_once(" = "));
        match (setting, name) {
            (Some(setting), Some((name, _))) => {
                count += 1;
                if !examples.contains(&name) {
                    settings.push_str(setting);
                }
            }
            _ => settings.push_str(line),
        }
        settings.push('\n');
    }
    assert_eq!(count, 49);
    let given = parse(&settings).unwrap();
    let options = |config: &Config| format!("{:?}", config.graph.changes);
    assert_eq!(options(&given), options(&defaults));
    let given = given.summary();
    for line in defaults.summary().lines() {
        assert!(given.lines().any(|it| it == line), "{line} in\n{given}");
    }
}

#[test]
fn every_setting_is_documented() {
    let documented = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/fleet.toml");
    let text = std::fs::read_to_string(documented).unwrap();
    for section in ["", "nats", "tokens", "budget", "stream", "http", "log"] {
        let told = match section {
            "" => problems("bogus = 1"),
            section => problems(&format!("[{section}]\nbogus = 1")),
        };
        let (_, names) = told[0].split_once("there are: ").unwrap();
        let head = format!("\n[{section}]\n");
        let (_, part) = match section {
            "" => ("", text.as_str()),
            _ => text.split_once(&head).unwrap(),
        };
        let part = part.split("\n[").next().unwrap();
        for name in names.split(", ") {
            let is_there =
                part.contains(&format!("\n#{name} = ")) || text.contains(&format!("\n[{name}]\n"));
            assert!(is_there, "[{section}] {name}");
        }
    }
}

#[test]
fn the_command_line_comes_before_the_environment_and_the_file() {
    let folder = Folder::new();
    let file = folder.with(
        "fleet.toml",
        "name = \"file\"\nnats.servers = [\"nats://file:1\"]",
    );
    let file = file.to_str().unwrap();
    let check = format!("check --config {file}");
    let environment = [
        ("DRIVEBELL_FLEET_NAME", "environment"),
        ("DRIVEBELL_FLEET_NATS", "nats://a:1,nats://b:2"),
        ("DRIVEBELL_FLEET_LOG", "debug"),
    ];
    let ended = run(&check, &environment);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    for line in [
        "name = \"environment\"",
        "servers = [\"nats://a:1\", \"nats://b:2\"]",
        "level = \"debug\"",
    ] {
        assert!(ended.stdout.contains(line), "{}", ended.stdout);
    }
    let ended = run(
        &format!("{check} --name flag --nats nats://c:3"),
        &environment,
    );
    for line in ["name = \"flag\"", "servers = [\"nats://c:3\"]"] {
        assert!(ended.stdout.contains(line), "{}", ended.stdout);
    }
    let ended = run("check", &[("DRIVEBELL_FLEET_CONFIG", file)]);
    assert!(ended.stdout.contains("name = \"file\""), "{}", ended.stdout);
}

#[test]
fn a_configuration_is_checked_by_the_command() {
    let folder = Folder::new();
    let good = folder.with("good.toml", "name = \"eu\"");
    let ended = run(&format!("check --json --config {}", good.display()), &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let config: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&config["name"], &config["stream"]["discard"]),
        (&"eu".into(), &"new".into())
    );
    let again = folder.with(
        "again.toml",
        &run(&format!("check --config {}", good.display()), &[]).stdout,
    );
    assert!(read(&again).is_ok());

    let bad = folder.with("bad.toml", "name = \"a.b\"\nlease_tme = \"5s\"");
    let ended = run(&format!("check --config {}", bad.display()), &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""));
    assert!(
        ended.stderr.starts_with("drivebell-fleet: "),
        "{}",
        ended.stderr
    );
    for says in [
        "bad.toml:1: name: may contain",
        "bad.toml:2: lease_tme: is no setting; did you mean",
    ] {
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let missing = run("check --config nowhere.toml", &[]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.stderr.contains("nowhere.toml: cannot be read"),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_password_may_come_from_the_environment() {
    let read = |text: &str, variables: &'static [(&str, &str)]| {
        let folder = Folder::new();
        let file = folder.with("fleet.toml", text);
        Config::read(&Source {
            file: Some(&file),
            overrides: &Overrides::default(),
            environment: &move |name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            },
        })
    };
    let password = read(
        "nats.user = \"kim\"",
        &[("DRIVEBELL_FLEET_NATS_PASSWORD", "s3cr3t")],
    );
    assert!(matches!(password.unwrap().nats.login, Login::User { .. }));
    let token = read("", &[("DRIVEBELL_FLEET_NATS_TOKEN", "s3cr3t")]);
    assert!(matches!(token.unwrap().nats.login, Login::Token(_)));
    assert!(matches!(
        read("", &[]).unwrap().nats.login,
        Login::Anonymous
    ));
}
