//! A nats-server with JetStream, on a loopback port and in a folder of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process};

use tokio::time::sleep;

use crate::within;

pub(crate) struct NatsServer {
    program: OsString,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl NatsServer {
    pub(crate) async fn start() -> Self {
        let program = env::var_os("NATS_SERVER");
        let mut server = Self {
            program: program.expect("NATS_SERVER must name the program nats-server"),
            folder: new_folder(),
            port: 0,
            process: None,
        };
        server.run().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends the process at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it, with what is in its folder, on the port that it had before.
    pub(crate) async fn run(&mut self) {
        let ports = self.folder.join("ports");
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir(&ports).unwrap();
        let port = match self.port {
            0 => "-1".to_owned(),
            port => port.to_string(),
        };
        let process = Command::new(&self.program)
            .args(["-js", "-a", "127.0.0.1", "-p", &port, "-sd"])
            .arg(self.folder.join("data"))
            .arg("--ports_file_dir")
            .arg(&ports)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.expect("NATS_SERVER names a program"));
        self.port = within(port_in(&ports)).await;
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("nats-{}-{count}", process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Waits for the file in which the server says where it listens.
async fn port_in(folder: &Path) -> u16 {
    loop {
        let files: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        let text = files.first().map(|file| fs::read_to_string(file).unwrap());
        let json: Option<serde_json::Value> =
            text.and_then(|text| serde_json::from_str(&text).ok());
        let url = json.and_then(|json| Some(json["nats"][0].as_str()?.to_owned()));
        if let Some(url) = url {
            let (_, port) = url.rsplit_once(':').expect("a port");
            return port.parse().unwrap();
        }
        sleep(Duration::from_millis(5)).await;
    }
}
