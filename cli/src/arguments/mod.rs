//! The command line and its help.

#![expect(
    clippy::doc_markdown,
    reason = "clap prints these comments, and a terminal shows no Markdown"
)]

mod completions;
mod mirror;
mod sign_in;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use drivebell::{Cloud, Resource};

pub(crate) use self::completions::Completions;
pub(crate) use self::mirror::{ExecFormat, Find, Ls, Mirror, MirrorArgs};
pub(crate) use self::sign_in::{Login, Logout, Whoami};
use crate::exit::{ExitCode, Failure};
use crate::token::SIGN_IN_GUIDE;

const RESOURCES: &str = "\
A RESOURCE is a path, as in Graph's documentation:
  /me/drive                     your own drive
  /drives/ID                    a drive; prefer this if you know the id
  /drives/ID/list               the SharePoint list behind a drive
  /users/ID/drive               a user's drive, by id or name@example.com
  /groups/ID/drive              the drive of a Microsoft 365 group
  /sites/ID/drive               the default document library of a site
  /sites/ID/lists/ID/drive      another document library
  /sites/ID/lists/ID            a list of any kind
  /PATH/subscriptions/socketIo  any other path for which Graph issues an endpoint
or the address of a site, library, folder or list in a browser, which Graph is asked about:
  https://contoso.sharepoint.com/sites/Marketing/Shared%20Documents

The token is a delegated one: a user has signed in, with the permission Files.Read at least. It
comes from --token-command, --token-file, the environment variable DRIVEBELL_TOKEN or else from
`drivebell login`, and never from an argument, because other users of the machine can read those.";

/// Get notified when something changes in a OneDrive or SharePoint drive, without a public address
#[derive(Debug, Parser)]
#[command(name = "drivebell", version, after_help = after_help(), subcommand_help_heading = "Commands")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn after_help() -> String {
    format!("{RESOURCES}\n\n{}", ExitCode::help())
}

/// These commands take no resource.
fn after_help_of_sign_in() -> String {
    format!(
        "How to register an app: {SIGN_IN_GUIDE}\n\n{}",
        ExitCode::help()
    )
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Common {
    /// Read the token from this file, again for each use
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "token_command"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Run this in the shell to get a token. It prints the token, or JSON with accessToken and
    /// expires_on like `az account get-access-token`
    #[arg(long, global = true, value_name = "CMD", value_hint = ValueHint::CommandString)]
    pub(crate) token_command: Option<String>,
    /// How many seconds --token-command may take
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) token_timeout: Duration,
    /// The national cloud: global (the default), us-gov-l4, us-gov-l5 or china
    #[arg(
        long,
        global = true,
        value_name = "CLOUD",
        conflicts_with = "base_url",
        value_parser = cloud(),
        hide_possible_values = true
    )]
    pub(crate) cloud: Option<Cloud>,
    /// Use another Graph, for tests and gateways: an origin like https://gateway.example
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base_url: Option<String>,
    /// Use this proxy for REST and socket, instead of HTTPS_PROXY and NO_PROXY
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) proxy: Option<String>,
    /// Trust these PEM certificates in addition to the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// Print JSON, one object per line, also on a terminal
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log to stderr; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Common {
    /// For the commands that are about the login itself.
    pub(crate) fn refuse_token_options(&self, command: &str) -> Result<(), Failure> {
        let given = match (&self.token_file, &self.token_command) {
            (Some(_), _) => "--token-file",
            (_, Some(_)) => "--token-command",
            (None, None) => return Ok(()),
        };
        Err(Failure::new(
            ExitCode::Usage,
            format!("{given}: `drivebell {command}` uses no other token than that of the login"),
        ))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Watch(Watch),
    Changes(Changes),
    Mirror(Mirror),
    Ls(Ls),
    Find(Find),
    Endpoint(Endpoint),
    Doctor(Doctor),
    Login(Login),
    Logout(Logout),
    Whoami(Whoami),
    Completions(Completions),
}

/// Print a line for each notification, and for each change of the connection
///
/// A notification says that something changed, never what. The kind `resync` says that something
/// may have changed without a notification: it comes once when a resource connects for the first
/// time, and once after each gap. If Graph refuses a resource, the others continue.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Watch {
    /// The resources to watch; see below
    #[arg(required = true, value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_target)]
    pub(crate) resources: Vec<Target>,
}

/// Print the items that change
///
/// Prints the items that changed, each in its latest state, and a checkpoint after each batch. The
/// lines of JSON are {"type":"item",...} and {"type":"checkpoint",...}.
///
/// With a FILE, the checkpoint is stored in it after each printed batch. After a restart or a
/// crash, items may come twice, and none is missing.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Changes {
    /// The resource to follow; see below
    #[arg(value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_target)]
    pub(crate) resource: Target,
    /// Where to begin: `start` prints all items and then the changes, `now` only the changes, and
    /// anything else is the FILE that stores the checkpoint
    #[arg(long, value_name = "start|now|FILE")]
    pub(crate) since: PathBuf,
    /// Where to begin if FILE does not exist yet; without it, that is an error
    #[arg(long, value_enum, value_name = "start|now")]
    pub(crate) from: Option<From>,
    /// How many items to request at a time; Graph chooses by default
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    Start,
    Now,
}

/// Request a notification endpoint from Graph, and print its id, host and expiry
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Endpoint {
    /// The resource; see below
    #[arg(value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_target)]
    pub(crate) resource: Target,
    /// Print the notification URL too; it is a secret: anyone who has it receives the notifications
    #[arg(long)]
    pub(crate) show_secret: bool,
}

/// Check each step from the token to the first notification, and report where it fails
///
/// The report can be pasted into an issue: it shows only the form of tokens, URLs and ids. It is
/// text, also in a pipe, unless --json is given.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Doctor {
    /// The resource to check; see below
    #[arg(value_name = "RESOURCE", default_value = "/me/drive", value_hint = ValueHint::Other, value_parser = parse_target)]
    pub(crate) resource: Target,
    /// How many seconds to wait for a notification; 0 skips that step
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) wait: u32,
}

/// With its names, which a shell completes.
fn cloud() -> impl TypedValueParser<Value = Cloud> {
    PossibleValuesParser::new(Cloud::ALL.iter().map(|cloud| cloud.as_str()))
        .try_map(|name| name.parse::<Cloud>())
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(seconds) => Ok(Duration::from_secs(seconds.into())),
        Err(_) => Err("is not a whole number of seconds".to_owned()),
    }
}

/// A resource, or an address in a browser that Graph must be asked about.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Resource(Resource),
    Address(String),
}

fn parse_target(text: &str) -> Result<Target, String> {
    if text.trim_start().starts_with("https://") {
        return Ok(Target::Address(text.to_owned()));
    }
    parse_resource(text).map(Target::Resource)
}

/// clap names the argument itself.
fn parse_resource(text: &str) -> Result<Resource, String> {
    let resource: Result<Resource, drivebell::Error> = text.parse();
    resource.map_err(|error| match (error.argument(), error.problem()) {
        (Some("resource"), Some(problem)) => problem.to_owned(),
        _ => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_resource_of_the_help_is_read() {
        let words = RESOURCES
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        let forms: Vec<_> = words.filter(|word| word.starts_with('/')).collect();
        assert_eq!(forms.len(), 9);
        for form in forms {
            assert!(parse_resource(form).is_ok(), "{form}");
        }
    }
}
