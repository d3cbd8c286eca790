//! The simulator as a process: `drivebell-simulator --token secret`.

use std::io::{self, Read, Write};
use std::num::{NonZeroU32, NonZeroU64};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use drivebell_simulator::{
    Argument, AtExpiry, Builder, DeltaLinks, DriveType, EndpointShape, Fault, Latency, Payload,
    Simulator,
};
use tokio::sync::oneshot;

/// Microsoft Graph's drives and their Socket.IO notifications, on a loopback port.
///
/// The first line on stdout is `listening on http://127.0.0.1:PORT`.
#[derive(Parser)]
#[command(name = "drivebell-simulator", version)]
struct Options {
    /// Port of 127.0.0.1 to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// A bearer token to accept; repeatable
    #[arg(long = "token", value_name = "TOKEN", required = true, value_parser = non_empty)]
    tokens: Vec<String>,
    /// A bearer token of a user whose /me/drive is this drive, which is added, and who reaches no
    /// drive of another user; repeatable
    #[arg(long = "user", value_name = "TOKEN=DRIVE", value_parser = user)]
    users: Vec<(String, String)>,
    /// A further drive; repeatable
    #[arg(long = "drive", value_name = "ID")]
    drives: Vec<String>,
    /// Fills a drive with N generated items in a tree of folders; repeatable
    #[arg(long = "seed", value_name = "DRIVE=N", value_parser = seed)]
    seeds: Vec<(String, u32)>,
    /// What sort of drives they are: personal ones know no timestamps as delta tokens, and show
    /// deleted items in another way
    #[arg(long, value_enum, default_value_t)]
    drive_type: DriveTypeOption,
    /// A further path to a drive, for example /groups/g1/drive=b!team; repeatable
    #[arg(long = "alias", value_name = "PREFIX=DRIVE", value_parser = alias)]
    aliases: Vec<(String, String)>,
    /// How long after a change its event is sent: none, real (5 to 36 s), or milliseconds
    #[arg(long, default_value = "none", value_name = "none|real|MS", value_parser = latency)]
    latency: Latency,
    /// Send each event twice
    #[arg(long)]
    duplicate: bool,
    /// The fields of an event
    #[arg(long, value_enum, default_value_t)]
    payload: PayloadOption,
    /// Whether an event's argument is a string that contains JSON, or an object
    #[arg(long, value_enum, default_value_t)]
    argument: ArgumentOption,
    /// What the endpoint request answers
    #[arg(long, value_enum, default_value_t)]
    endpoint: EndpointOption,
    /// How long a notification URL works
    #[arg(long, value_name = "SECONDS", default_value = "3600")]
    lifetime: NonZeroU64,
    /// What becomes of the sockets on a notification URL when it expires
    #[arg(long, value_enum, default_value_t)]
    at_expiry: AtExpiryOption,
    /// What goes wrong from the start, as JSON or in short, for example delay=200,on=graph;
    /// repeatable; see README.md
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Heartbeat of the sockets
    #[arg(long, value_name = "MS", default_value = "25000")]
    ping_interval: NonZeroU64,
    /// How long the answer to a heartbeat may take
    #[arg(long, value_name = "MS", default_value = "20000")]
    ping_timeout: NonZeroU64,
    /// Exit when stdin is closed, so that no simulator outlives who started it
    #[arg(long)]
    exit_with_stdin: bool,
    // Last, because the heading applies to whatever follows.
    #[command(flatten)]
    delta: DeltaOptions,
}

#[derive(Args)]
#[command(next_help_heading = "Delta queries")]
struct DeltaOptions {
    /// Items on a page unless the request says otherwise
    #[arg(long, value_name = "N", default_value = "200")]
    page_size: NonZeroU32,
    /// The form of nextLink and deltaLink: delta?token=.., delta(token='..'), or both in turn
    #[arg(long, value_enum, default_value_t)]
    delta_links: DeltaLinksOption,
    /// Send an empty page with a nextLink before each page
    #[arg(long)]
    delta_empty_pages: bool,
    /// Show items twice in a round, an earlier state first
    #[arg(long)]
    delta_duplicates: bool,
    /// How long after a change delta queries show it; its event does not wait for that
    #[arg(long, value_name = "MS", default_value = "0")]
    delta_lag: u64,
    /// How long tokens are good for, after which the answer is 410; for ever if absent
    #[arg(long, value_name = "SECONDS")]
    delta_token_lifetime: Option<NonZeroU64>,
}

impl DeltaOptions {
    fn apply(&self, builder: Builder) -> Builder {
        let builder = builder
            .page_size(self.page_size.get())
            .delta_links(match self.delta_links {
                DeltaLinksOption::Query => DeltaLinks::Query,
                DeltaLinksOption::Parentheses => DeltaLinks::Parentheses,
                DeltaLinksOption::Mixed => DeltaLinks::Mixed,
            })
            .delta_empty_pages(self.delta_empty_pages)
            .delta_duplicates(self.delta_duplicates)
            .delta_lag(Duration::from_millis(self.delta_lag));
        match self.delta_token_lifetime {
            Some(seconds) => builder.delta_token_lifetime(Duration::from_secs(seconds.get())),
            None => builder,
        }
    }
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum DriveTypeOption {
    #[default]
    Business,
    Personal,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum DeltaLinksOption {
    #[default]
    Query,
    Parentheses,
    Mixed,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum PayloadOption {
    #[default]
    Observed,
    Flat,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ArgumentOption {
    #[default]
    String,
    Object,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum EndpointOption {
    #[default]
    Observed,
    Documented,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum AtExpiryOption {
    #[default]
    Quiet,
    Drop,
    GoOn,
}

fn non_empty(value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(value.to_owned())
}

fn alias(value: &str) -> Result<(String, String), String> {
    match value.split_once('=') {
        Some((prefix, drive)) => Ok((prefix.to_owned(), drive.to_owned())),
        None => Err("expected PREFIX=DRIVE, for example /groups/g1/drive=b!team".to_owned()),
    }
}

fn user(value: &str) -> Result<(String, String), String> {
    match value.rsplit_once('=') {
        Some((token, drive)) if !token.is_empty() => Ok((token.to_owned(), drive.to_owned())),
        _ => Err("expected TOKEN=DRIVE, for example secret-of-alex=b!alex".to_owned()),
    }
}

fn seed(value: &str) -> Result<(String, u32), String> {
    let parts = value.rsplit_once('=');
    let seed = parts.and_then(|(drive, count)| Some((drive.to_owned(), count.parse().ok()?)));
    seed.ok_or_else(|| "expected DRIVE=N, for example b!me=1000".to_owned())
}

fn latency(value: &str) -> Result<Latency, String> {
    match value {
        "none" | "0" => Ok(Latency::None),
        "real" => Ok(Latency::Real),
        number => match number.parse() {
            Ok(milliseconds) => Ok(Latency::Fixed(Duration::from_millis(milliseconds))),
            Err(_) => Err("expected none, real, or a number of milliseconds".to_owned()),
        },
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a stderr that is gone.
            let _ = writeln!(io::stderr(), "drivebell-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let mut builder = Simulator::builder()
        .port(options.port)
        .latency(options.latency)
        .duplicate(options.duplicate)
        .payload(match options.payload {
            PayloadOption::Observed => Payload::Observed,
            PayloadOption::Flat => Payload::Flat,
        })
        .argument(match options.argument {
            ArgumentOption::String => Argument::String,
            ArgumentOption::Object => Argument::Object,
        })
        .endpoint_shape(match options.endpoint {
            EndpointOption::Observed => EndpointShape::Observed,
            EndpointOption::Documented => EndpointShape::Documented,
        })
        .lifetime(Duration::from_secs(options.lifetime.get()))
        .at_expiry(match options.at_expiry {
            AtExpiryOption::Quiet => AtExpiry::Quiet,
            AtExpiryOption::Drop => AtExpiry::Drop,
            AtExpiryOption::GoOn => AtExpiry::GoOn,
        })
        .ping_interval(Duration::from_millis(options.ping_interval.get()))
        .ping_timeout(Duration::from_millis(options.ping_timeout.get()));
    builder = options.delta.apply(builder);
    builder = builder.drive_type(match options.drive_type {
        DriveTypeOption::Business => DriveType::Business,
        DriveTypeOption::Personal => DriveType::Personal,
    });
    for (drive, items) in options.seeds {
        builder = builder.seed(drive, items);
    }
    for token in options.tokens {
        builder = builder.token(token);
    }
    for (token, drive) in options.users {
        builder = builder.user(token, drive);
    }
    for drive in options.drives {
        builder = builder.drive(drive);
    }
    for (prefix, drive) in options.aliases {
        builder = builder.alias(prefix, drive);
    }
    for fault in options.faults {
        builder = builder.fault(fault);
    }
    // Before the line below: whoever reads it may end us at once.
    let stopped = stop_signal()?;
    let simulator = builder.start().await?;
    {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "listening on {}", simulator.base_url())?;
        stdout.flush()?;
    }
    tokio::select! {
        () = stopped => {}
        () = stdin_closed(options.exit_with_stdin) => {}
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

/// Completes at the end of stdin if that is watched, else never.
async fn stdin_closed(watched: bool) {
    if !watched {
        return std::future::pending().await;
    }
    let (closed, at_end) = oneshot::channel::<()>();
    // A thread of its own, which may block for ever: tokio's would keep the runtime from ending.
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
