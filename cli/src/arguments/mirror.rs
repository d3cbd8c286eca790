//! The commands about a mirror: its file, and what happens in its drive.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use drivebell::Resource;
use drivebell_mirror::{ChangeKind, Initial};

use super::{Target, after_help, parse_resource, parse_target};
use crate::exit::ExitCode;

const EXAMPLES: &str = "\
Examples:
  drivebell mirror /me/drive drive.db
  drivebell mirror /me/drive drive.db --under /Reports --include '*.pdf'
  drivebell mirror /me/drive drive.db --exec 'python3 index.py'
  drivebell mirror /me/drive drive.db --exec-format paths \\
      --exec 'rclone copy --no-traverse --files-from - remote:/ /backup'
  drivebell mirror /me/drive drive.db --post https://hooks.example/drive
  drivebell ls drive.db /Reports
  drivebell find drive.db '*.pdf'";

fn after_help_of_mirror() -> String {
    format!("{EXAMPLES}\n\n{}", after_help())
}

/// These commands send no request.
fn after_help_of_reading() -> String {
    format!("{EXAMPLES}\n\n{}", ExitCode::help())
}

/// Keep a drive's tree in a file, and print what happens to which file
///
/// FILE is a SQLite database, which is made if it does not exist. It holds the drive's tree and the
/// changes that are not done yet. A change is done when it is printed: after a restart or a crash,
/// some may come twice, with the same sequence, and none is missing.
///
/// People get a line for each change: + created, ~ modified, > renamed or moved, - deleted; a folder
/// ends with a slash. In a pipe, or with --json, the lines are {"type":"change",...}.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_mirror())]
pub(crate) struct Mirror {
    /// The drive; see below
    #[arg(value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_target)]
    pub(crate) resource: Target,
    /// The mirror's file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print only changes of this folder and of what is in it: a path from the drive's root
    #[arg(long, value_name = "PATH", value_hint = ValueHint::Other)]
    pub(crate) under: Option<String>,
    /// Print only changes of paths that match this glob; may be repeated. '*.pdf' matches a name in
    /// any folder, a glob with a slash the whole path: '/Reports/**/*.pdf'
    #[arg(long, value_name = "GLOB", value_hint = ValueHint::Other)]
    pub(crate) include: Vec<String>,
    /// Print no changes of paths that match this glob, nor of what is in them; may be repeated
    #[arg(long, value_name = "GLOB", value_hint = ValueHint::Other)]
    pub(crate) exclude: Vec<String>,
    /// Print only changes of these kinds, separated by commas: created, modified, renamed, moved,
    /// deleted
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(ChangeKind::ALL.iter().map(|kind| kind.as_str())),
        hide_possible_values = true
    )]
    pub(crate) kinds: Option<Vec<String>>,
    /// Print only changes of files. A folder that moves or goes comes as the changes of its files
    #[arg(long)]
    pub(crate) files_only: bool,
    /// Print a change for each item in a folder that was renamed, moved or deleted, too
    #[arg(long)]
    pub(crate) expand: bool,
    /// What a new mirror prints of the items that exist already: created (the default) prints each
    /// of them, silent none
    #[arg(
        long,
        value_name = "created|silent",
        value_parser = initial(),
        hide_possible_values = true
    )]
    pub(crate) initial: Option<Initial>,
    /// Keep the whole JSON of each item, so that items have all fields; about 1 KB each
    #[arg(long)]
    pub(crate) keep_raw: bool,
    /// How many items to request at a time; Graph chooses by default
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page_size: Option<u32>,
    /// Instead of printing, run this in the shell for each batch of changes, with the lines of JSON
    /// on its stdin. The batch is done when it exits with 0. If it fails, it is run again with the
    /// same batch, after 1 s, and later after up to 60 s: no batch is skipped
    #[arg(long, value_name = "CMD", value_hint = ValueHint::CommandString, conflicts_with = "post")]
    pub(crate) exec: Option<String>,
    /// What --exec reads: json, or paths. These are the paths of files that are new, changed or at a
    /// new place, one a line, for programs such as rclone. They imply --files-only, and leave out
    /// deletions
    #[arg(
        long,
        value_enum,
        value_name = "json|paths",
        requires = "exec",
        hide_possible_values = true
    )]
    pub(crate) exec_format: Option<ExecFormat>,
    /// Instead of printing, send each batch of changes to this URL, as CloudEvents 1.0 in the batched
    /// content mode of HTTP. The batch is done when the answer is 2xx. After another answer, or none,
    /// it is sent again, as with --exec, or after what Retry-After says. The token is not sent
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) post: Option<String>,
    /// The limit of the first wait before a batch is tried again, for tests
    #[arg(long, value_name = "MS", default_value = "1000", value_parser = milliseconds, hide = true)]
    pub(crate) first_wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ExecFormat {
    #[default]
    Json,
    Paths,
}

/// List a folder of a mirror, without network
///
/// Prints size, time of the last change and name; a folder ends with a slash. In a pipe, or with
/// --json, the lines are {"type":"item",...}. A mirror may be running meanwhile.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_reading())]
pub(crate) struct Ls {
    #[command(flatten)]
    pub(crate) mirror: MirrorArgs,
    /// The folder, or a file: a path from the drive's root
    #[arg(value_name = "PATH", value_hint = ValueHint::Other, default_value = "/")]
    pub(crate) path: String,
}

/// Find files and folders of a mirror by their path, without network
///
/// Prints size, time of the last change and path; a folder ends with a slash. In a pipe, or with
/// --json, the lines are {"type":"item",...}. A mirror may be running meanwhile.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_reading())]
pub(crate) struct Find {
    #[command(flatten)]
    pub(crate) mirror: MirrorArgs,
    /// '*.pdf' matches a name in any folder, a glob with a slash the whole path:
    /// '/Reports/**/*.pdf'. Case does not matter
    #[arg(value_name = "GLOB", value_hint = ValueHint::Other)]
    pub(crate) glob: String,
}

/// Which mirror is read.
#[derive(Debug, Clone, Args)]
pub(crate) struct MirrorArgs {
    /// The file of `drivebell mirror`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Which drive, if FILE mirrors several: its RESOURCE, as for `drivebell mirror`
    #[arg(long, value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_resource)]
    pub(crate) drive: Option<Resource>,
}

fn initial() -> impl TypedValueParser<Value = Initial> {
    PossibleValuesParser::new(Initial::ALL.iter().map(|initial| initial.as_str()))
        .try_map(|name| name.parse::<Initial>())
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let number = text.parse();
    number
        .map(Duration::from_millis)
        .map_err(|_| "is not a whole number of milliseconds".to_owned())
}
