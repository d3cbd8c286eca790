//! The command line, and its help.

#![expect(clippy::doc_markdown, reason = "a terminal shows it as it stands")]

mod resource;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use drivebell::{Cloud, Resource};

use crate::exit;

const RESOURCES: &str = "\
A RESOURCE is written as Graph's documentation does:
  /me/drive                     your own drive
  /drives/ID                    a drive; the one to prefer where you know the id
  /drives/ID/list               the SharePoint list behind a drive
  /users/ID/drive               the drive of a user, by id or name@example.com
  /groups/ID/drive              the drive of a Microsoft 365 group
  /sites/ID/drive               the default document library of a site
  /sites/ID/lists/ID/drive      another document library
  /sites/ID/lists/ID            a list, which need not be a library
  /.../subscriptions/socketIo   any other path that Graph answers with an endpoint

The token is a delegated one: a user has signed in, and Files.Read is the least that serves. It
is never an argument, because other users of the machine can read those. It comes from
--token-command, --token-file or the environment variable DRIVEBELL_TOKEN.";

/// Know what happens in a OneDrive or SharePoint drive, by Microsoft Graph's push notifications
#[derive(Debug, Parser)]
#[command(name = "drivebell", version, after_help = after_help(), subcommand_help_heading = "Commands")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn after_help() -> String {
    format!("{RESOURCES}\n\n{}", exit::HELP)
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Common {
    /// Read the token from this file, again whenever one is needed
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "token_command"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Run this in the shell for a token: what it prints, or accessToken and expires_on in JSON,
    /// as `az account get-access-token` does
    #[arg(long, global = true, value_name = "CMD")]
    pub(crate) token_command: Option<String>,
    /// How many seconds --token-command may take
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) token_timeout: Duration,
    /// The national cloud: global (the default), us-gov-l4, us-gov-l5 or china
    #[arg(long, global = true, value_name = "CLOUD", conflicts_with = "base_url")]
    pub(crate) cloud: Option<Cloud>,
    /// Another Graph, for tests and gateways: an origin like https://gateway.example
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// A proxy for everything; otherwise HTTPS_PROXY and NO_PROXY say
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// PEM certificates to trust besides the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// JSON, one object a line, on a terminal too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say on stderr what is going on; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Watch(Watch),
    Changes(Changes),
    Endpoint(Endpoint),
    Doctor(Doctor),
}

/// Tell when something changes, and how the connection fares
///
/// A notification says that something changed, never what. One of the kind `resync` says that
/// something may have changed while nobody could be told: one comes when a resource is live for
/// the first time, and one after each gap. A resource that Graph refuses is given up, and the
/// others go on.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Watch {
    /// What to watch; see below
    #[arg(required = true, value_name = "RESOURCE", value_parser = resource::parse)]
    pub(crate) resources: Vec<Resource>,
}

/// Tell what changes
///
/// Prints the items that changed, each in its latest state, and a checkpoint after each batch of
/// them. Lines of JSON are {"type":"item",...} and {"type":"checkpoint",...}.
///
/// With a FILE, the checkpoint is read from it, and it is replaced whenever a batch has been
/// written out. After a restart, however the end came about, items may come twice, and none is
/// left out.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Changes {
    /// What to look at; see below
    #[arg(value_name = "RESOURCE", value_parser = resource::parse)]
    pub(crate) resource: Resource,
    /// Where to begin: `start` is everything there is and then what changes, `now` is what changes
    /// from now on, and anything else is the FILE that keeps the checkpoint
    #[arg(long, value_name = "start|now|FILE")]
    pub(crate) since: PathBuf,
    /// Where to begin if FILE is not there yet; without it, that is an error
    #[arg(long, value_enum, value_name = "start|now")]
    pub(crate) from: Option<From>,
    /// How many items to ask Graph for at a time; otherwise Graph chooses
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    Start,
    Now,
}

/// Ask Graph for a notification endpoint, and print its id, host and expiry
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Endpoint {
    /// The resource whose endpoint it is; see below
    #[arg(value_name = "RESOURCE", value_parser = resource::parse)]
    pub(crate) resource: Resource,
    /// Print the URL too: whoever has it receives the notifications
    #[arg(long)]
    pub(crate) show_secret: bool,
}

/// Go the way from the token to the first notification, and tell what is seen at each step
///
/// The report can be pasted into an issue: tokens, URLs and ids are told by their form alone. It is
/// text unless --json is given, where nobody watches too.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Doctor {
    /// What to try it with; see below
    #[arg(value_name = "RESOURCE", default_value = "/me/drive", value_parser = resource::parse)]
    pub(crate) resource: Resource,
    /// For how many seconds to wait for a notification; 0 leaves it out
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) wait: u32,
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
        Err(_) => Err("is not a whole number of seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
