use std::path::PathBuf;

use clap::{Args, ValueHint};
use drivebell::Resource;

use crate::drives::check_key;
use crate::exit::ExitCode;

const RESOURCES: &str = "\
A RESOURCE is a path, as in Graph's documentation:
  /me/drive                     the user's own drive
  /drives/ID                    a drive; prefer this if you know the id
  /drives/ID/list               the SharePoint list behind a drive
  /users/ID/drive               a user's drive, by id or name@example.com
  /groups/ID/drive              the drive of a Microsoft 365 group
  /sites/ID/drive               the default document library of a site
  /sites/ID/lists/ID/drive      another document library
  /sites/ID/lists/ID            a list of any kind";

fn after_help() -> String {
    format!("{RESOURCES}\n\n{}", ExitCode::help())
}

/// Add a drive, which a running fleet follows within moments
///
/// A drive with the same key gets these values instead of its own.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Add {
    /// The drive to follow; see below
    #[arg(value_name = "RESOURCE", value_hint = ValueHint::Other, value_parser = parse_resource)]
    pub(crate) resource: Resource,
    /// Whose token is used: what the token service knows as a user
    #[arg(long, value_name = "USER", value_hint = ValueHint::Other)]
    pub(crate) user: String,
    /// The name of the drive in the fleet, and in the subjects of its changes; it follows from the user
    /// and the resource by default
    #[arg(long, value_name = "KEY", value_hint = ValueHint::Other, value_parser = parse_key)]
    pub(crate) key: Option<String>,
    /// Where to begin: `start` publishes all items and then the changes, `now` only the changes, and
    /// anything else is a FILE with a checkpoint of drivebell
    #[arg(long, value_name = "start|now|FILE", default_value = "start")]
    pub(crate) since: PathBuf,
    /// A name for logs and events, of up to 64 characters
    #[arg(long, value_name = "LABEL", value_hint = ValueHint::Other)]
    pub(crate) label: Option<String>,
    /// Whose limits count, if that is not what follows the @ of the user
    #[arg(long, value_name = "TENANT", value_hint = ValueHint::Other)]
    pub(crate) tenant: Option<String>,
}

/// Remove drives, which a running fleet stops to follow within moments
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct Remove {
    /// The keys of the drives, as `list` shows them
    #[arg(required = true, value_name = "KEY", value_hint = ValueHint::Other)]
    pub(crate) keys: Vec<String>,
}

/// List the drives of the fleet
#[derive(Debug, Args)]
#[command(after_help = ExitCode::help())]
pub(crate) struct List {
    /// Only drives of this tenant
    #[arg(long, value_name = "TENANT", value_hint = ValueHint::Other)]
    pub(crate) tenant: Option<String>,
    /// Only drives of this user
    #[arg(long, value_name = "USER", value_hint = ValueHint::Other)]
    pub(crate) user: Option<String>,
}

const FORMATS: &str = "\
FILE has one drive in a line, as JSON:
  {\"resource\": \"/me/drive\", \"user\": \"kim@contoso.com\"}
or is CSV, whose first line names the columns:
  resource,user,since,label
  /me/drive,kim@contoso.com,now,Kim
The fields are resource and user, and if they are wanted key, since, label and tenant, as for `add`.
`list` prints what `import` reads.";

fn after_help_of_import() -> String {
    format!("{FORMATS}\n\n{}", ExitCode::help())
}

/// Add many drives from a file
///
/// A line that is wrong is reported with its number; the others are imported.
#[derive(Debug, Args)]
#[command(after_help = after_help_of_import())]
pub(crate) struct Import {
    /// The file, or - for stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// clap names the argument itself.
fn parse_resource(text: &str) -> Result<Resource, String> {
    let resource: Result<Resource, drivebell::Error> = text.parse();
    resource.map_err(|error| match (error.argument(), error.problem()) {
        (Some("resource"), Some(problem)) => problem.to_owned(),
        _ => error.to_string(),
    })
}

fn parse_key(text: &str) -> Result<String, String> {
    check_key(text)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_of_the_help_is_read() {
        let words = RESOURCES
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        let forms: Vec<_> = words.filter(|word| word.starts_with('/')).collect();
        assert_eq!(forms.len(), 8);
        for form in forms {
            assert!(parse_resource(form).is_ok(), "{form}");
        }
    }
}
