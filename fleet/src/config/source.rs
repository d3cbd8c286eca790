use std::fs::File;
use std::path::Path;

use toml::de::DeTable;

use super::Config;
use super::document::Document;
use super::files;
use super::names::{check_fleet, check_name};
use super::nats;
use super::problems::Problems;

/// Longer files are something else.
const MAX_FILE: u64 = 1024 * 1024;

/// Where a configuration comes from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// `fleet.toml`. Without it, all settings have their defaults.
    pub file: Option<&'a Path>,
    /// What the command line says instead of the file.
    pub overrides: &'a Overrides,
    /// The variables of the environment, which may hold secrets.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("file", &self.file)
            .field("overrides", &self.overrides)
            .finish_non_exhaustive()
    }
}

/// What the command line says instead of the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--nats`: the servers.
    pub servers: Vec<String>,
    /// `--name`: the name of the fleet.
    pub name: Option<String>,
    /// `--worker`: the name of this worker.
    pub worker: Option<String>,
}

pub(super) fn read(source: &Source<'_>) -> Result<Config, Problems> {
    let (name, text) = match source.file {
        None => ("settings".to_owned(), String::new()),
        Some(path) => {
            let name = path.display().to_string();
            let text = File::open(path).and_then(|file| files::read_bounded(file, MAX_FILE));
            match text {
                Ok(text) => (name, text),
                Err(error) => {
                    return Err(Problems::of(
                        &name,
                        format!("cannot be read: {error}; name the configuration with --config"),
                    ));
                }
            }
        }
    };
    let config = parse(&name, &text, source)?;
    overridden(config, source.overrides)
}

fn parse(name: &str, text: &str, source: &Source<'_>) -> Result<Config, Problems> {
    let document = Document::new(name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        document.refuse_syntax(error);
    }
    // What else there is to say about a file that is cut short is mostly a consequence.
    let config = errors
        .is_empty()
        .then(|| Config::of(document.root(table.get_ref()), source));
    let problems = document.into_problems();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems.sorted()),
    }
}

fn overridden(mut config: Config, overrides: &Overrides) -> Result<Config, Problems> {
    let refuse = |option: &str, problem: String| Problems::of(option, problem);
    if !overrides.servers.is_empty() {
        config.nats.servers =
            nats::servers(&overrides.servers).map_err(|problem| refuse("--nats", problem))?;
    }
    if let Some(name) = &overrides.name {
        check_fleet(name).map_err(|problem| refuse("--name", problem))?;
        config.name.clone_from(name);
    }
    if let Some(name) = &overrides.worker {
        check_name(name).map_err(|problem| refuse("--worker", problem))?;
        config.worker.clone_from(name);
    }
    Ok(config)
}
