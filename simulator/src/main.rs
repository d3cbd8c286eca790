//! The simulator as a process: `drivebell-simulator --token secret`.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use drivebell_simulator::{Builder, Options};
use tokio::sync::oneshot;

/// Microsoft Graph's drives and their Socket.IO notifications, on a loopback port.
///
/// The first line on stdout is `listening on http://127.0.0.1:PORT`. With --identity-tls-port, another
/// one is `identity on https://localhost:PORT`; with --ui, another one is `page on` and its address.
#[derive(Parser)]
#[command(
    name = "drivebell-simulator",
    bin_name = "drivebell-simulator",
    version
)]
struct CommandLine {
    /// Exit when stdin is closed, so that the simulator ends with the process that started it
    #[arg(long)]
    exit_with_stdin: bool,
    #[command(flatten)]
    options: Options,
}

/// What `--ui` accepts if there is no `--token`.
const TOKEN_OF_UI: &str = "secret";

impl CommandLine {
    fn read() -> Self {
        // Not required of the library, where a test may want a service that accepts no token.
        let command =
            Self::command().mut_arg("tokens", |tokens| tokens.required_unless_present("ui"));
        let matches = command.get_matches();
        let mut read = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        // A person who only wants to look needs none.
        if read.options.tokens.is_empty() && read.options.ui {
            read.options.tokens.push(TOKEN_OF_UI.to_owned());
        }
        read
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed stderr cannot be reported.
            let _ = writeln!(io::stderr(), "drivebell-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command_line: CommandLine) -> io::Result<()> {
    // Before the line below, because its reader may stop this process at once.
    let stopped = stop_signal()?;
    let has_identity_tls = command_line.options.identity_tls_port.is_some();
    let has_ui = command_line.options.ui;
    let simulator = Builder::from(command_line.options).start().await?;
    {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "listening on {}", simulator.base_url())?;
        if has_identity_tls {
            writeln!(stdout, "identity on {}", simulator.identity_url())?;
        }
        if has_ui {
            writeln!(stdout, "page on {}/", simulator.base_url())?;
        }
        stdout.flush()?;
    }
    tokio::select! {
        () = stopped => {}
        () = stdin_closed(command_line.exit_with_stdin) => {}
    }
    simulator.shutdown().await;
    Ok(())
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Completes when stdin is closed, or never if that is not watched.
async fn stdin_closed(watched: bool) {
    if !watched {
        return std::future::pending().await;
    }
    let (closed, at_end) = oneshot::channel::<()>();
    // A separate thread, because it may block for ever and tokio waits for its own threads.
    std::thread::spawn(move || {
        let mut ignored = [0; 1024];
        let mut stdin = io::stdin().lock();
        loop {
            match stdin.read(&mut ignored) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        drop(closed);
    });
    let _ = at_end.await;
}
