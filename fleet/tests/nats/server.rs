//! A nats-server that ends with the test, whatever happens to the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

/// Ends the server when this program ends, and then its input.
const GUARD: &str =
    r#""$@" >"$LOG" 2>&1 & server=$!; cat >/dev/null; kill -9 $server; wait $server 2>/dev/null"#;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Server {
    directory: PathBuf,
    config: String,
    jetstream: bool,
    /// The same after a restart.
    port: Option<u16>,
    guard: Option<Child>,
}

impl Server {
    /// With JetStream, and everyone is let in.
    pub(crate) fn start() -> Self {
        Self::start_with("", true)
    }

    /// With more lines of its configuration.
    pub(crate) fn start_with(config: &str, jetstream: bool) -> Self {
        let mut server = Self::prepare(config, jetstream);
        // The system chooses one that is free.
        server.port = None;
        server.restart();
        server
    }

    /// Not running yet. Its port is free at present.
    pub(crate) fn prepare(config: &str, jetstream: bool) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("drivebell-nats-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            directory,
            config: config.to_owned(),
            jetstream,
            port: Some(socket.local_addr().unwrap().port()),
            guard: None,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port.expect("it runs"))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
    }

    /// It runs no further, and keeps its connections.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// After a pause.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = fs::read_to_string(self.pid_file()).unwrap();
        let sent = Command::new("kill").args(["-s", name, pid.trim()]).status();
        assert!(sent.unwrap().success());
    }

    fn pid_file(&self) -> PathBuf {
        self.directory.join("pid")
    }

    /// Starts it, after killing it if it runs. Its data stays.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let program = std::env::var("NATS_SERVER")
            .expect("NATS_SERVER must name a nats-server: `make test-extra` sets it");
        let config = self.directory.join("nats.conf");
        let store = self.directory.join("data");
        let jetstream = if self.jetstream {
            format!(
                "jetstream {{ store_dir: {:?} }}\n",
                store.display().to_string()
            )
        } else {
            String::new()
        };
        let port = self.port.map_or("-1".to_owned(), |port| port.to_string());
        let pid_file = self.pid_file().display().to_string();
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\npid_file: {pid_file:?}\n{jetstream}{}",
            self.config
        );
        let ports = self.directory.join("ports");
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir(&ports).unwrap();
        fs::write(&config, text).unwrap();
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh", &program, "-c"])
            .arg(&config)
            .arg("--ports_file_dir")
            .arg(&ports)
            .env("LOG", self.directory.join("log"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.guard = Some(guard);
        let began = Instant::now();
        self.port = None;
        while self.port.is_none() {
            self.port = port_in(&ports);
            let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(
                began.elapsed() < DEADLINE,
                "{program} does not listen: {log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// From the file in which the server says where it listens.
fn port_in(folder: &Path) -> Option<u16> {
    let file = fs::read_dir(folder).unwrap().next()?.unwrap().path();
    let ports: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let (_, port) = ports["nats"][0].as_str()?.rsplit_once(':')?;
    port.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
