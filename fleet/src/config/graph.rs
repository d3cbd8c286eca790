use std::fmt;
use std::time::Duration;

use drivebell::declarations::{
    CHANGES_OPTIONS, CLIENT_OPTIONS, OptionKind, OptionSpec, OptionValue,
};
use drivebell::{ChangesOptions, Client, ClientBuilder, Credential};
use toml::de::DeValue;

use super::document::Section;
use super::source::Source;
use super::{files, names, values};

const USER_AGENT: &str = concat!(
    "NONISV|drivebell|drivebell-fleet/",
    env!("CARGO_PKG_VERSION")
);

const TOKEN_MARGIN: Duration = Duration::from_secs(5);

/// A drive has its own label, and so has each client.
const NOT_OF_A_CLIENT: &[&str] = &["label"];

/// A fleet tries for ever.
const NOT_OF_CHANGES: &[&str] = &["start_timeout"];

/// How to use Microsoft Graph.
#[derive(Clone)]
pub struct Graph {
    /// The client id of the app whose tokens are used, as a name for the pauses that Graph asks of it.
    /// `default` unless given.
    pub app: String,
    /// How drives are followed.
    pub changes: ChangesOptions,
    options: Vec<(&'static OptionSpec, OptionValue)>,
    changes_options: Vec<(&'static OptionSpec, OptionValue)>,
}

impl Graph {
    /// A client with these settings. It waits a little longer than `token_timeout` for a token, because
    /// what the token service says then tells more.
    pub(super) fn builder(&self, credential: Credential, token_timeout: Duration) -> ClientBuilder {
        let mut builder = Client::builder(credential)
            .user_agent(USER_AGENT)
            .credential_timeout(token_timeout + TOKEN_MARGIN);
        for (spec, value) in &self.options {
            // It was set before, when the configuration was read.
            let _ = builder.set(spec, value.clone());
        }
        builder
    }

    /// The settings that were given, with their sections and without secrets.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        let shown = |section, given: &[(&'static OptionSpec, OptionValue)]| {
            let shown = given.iter().map(move |(spec, value)| {
                let value = if spec.name == "proxy" {
                    "\"[redacted]\"".to_owned()
                } else {
                    shown(value)
                };
                (section, spec.name, value)
            });
            shown.collect::<Vec<_>>()
        };
        shown("graph", &self.options)
            .into_iter()
            .chain(shown("changes", &self.changes_options))
    }

    pub(super) fn of(graph: Section<'_>, changes: Section<'_>, source: &Source<'_>) -> Self {
        let app = graph.get("app", names::name);
        let options = given(&graph, CLIENT_OPTIONS, NOT_OF_A_CLIENT, source);
        let changes_options = given(&changes, CHANGES_OPTIONS, NOT_OF_CHANGES, source);
        let mut read = Self {
            app: app.unwrap_or_else(|| "default".to_owned()),
            changes: ChangesOptions::default(),
            options: Vec::new(),
            changes_options: Vec::new(),
        };
        let mut builder = Client::builder(nobody()).user_agent(USER_AGENT);
        for (spec, value) in options {
            match builder.set(spec, value.clone()) {
                Ok(()) => read.options.push((spec, value)),
                Err(error) => refuse(&graph, spec.name, &error),
            }
        }
        if let Err(error) = builder.build() {
            refuse(&graph, error.argument().unwrap_or("cloud"), &error);
        }
        for (spec, value) in changes_options {
            match read.changes.set(spec, value.clone()) {
                Ok(()) => read.changes_options.push((spec, value)),
                Err(error) => refuse(&changes, spec.name, &error),
            }
        }
        graph.finish();
        changes.finish();
        read
    }
}

/// Only the names of the settings: the address of a proxy may hold a password.
impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |given: &[(&'static OptionSpec, OptionValue)]| {
            given.iter().map(|(spec, _)| spec.name).collect::<Vec<_>>()
        };
        f.debug_struct("Graph")
            .field("app", &self.app)
            .field("options", &names(&self.options))
            .field("changes", &names(&self.changes_options))
            .finish()
    }
}

/// Nothing is sent while a configuration is read.
fn nobody() -> Credential {
    Credential::from_fn(|_| std::future::ready(Err::<String, _>("nothing is sent yet")))
}

fn refuse(section: &Section<'_>, name: &str, error: &drivebell::Error) {
    let problem = error.problem().map(str::to_owned);
    section.refuse(name, &problem.unwrap_or_else(|| error.message()));
}

fn given(
    section: &Section<'_>,
    specs: &'static [OptionSpec],
    without: &[&str],
    source: &Source<'_>,
) -> Vec<(&'static OptionSpec, OptionValue)> {
    let specs = specs.iter().filter(|spec| !without.contains(&spec.name));
    specs
        .filter_map(|spec| {
            let value = section.get(spec.name, |value| option(spec, value, source))?;
            Some((spec, value))
        })
        .collect()
}

fn option(
    spec: &OptionSpec,
    value: &DeValue<'_>,
    source: &Source<'_>,
) -> Result<OptionValue, String> {
    let checked = |duration: Duration| match (duration, spec.zero) {
        (Duration::ZERO, None) => Err("must be longer than zero".to_owned()),
        _ => Ok(OptionValue::Duration(duration)),
    };
    match spec.kind {
        OptionKind::OptionalDuration if value.as_str() == Some("never") && spec.none.is_some() => {
            Ok(OptionValue::None)
        }
        OptionKind::Duration | OptionKind::OptionalDuration => checked(values::duration(value)?),
        OptionKind::Durations => {
            let problem = "must be a list of durations, like [\"3s\", \"10s\"]";
            let list = value.as_array().ok_or(problem)?;
            let durations = list.iter().map(|value| values::duration(value.get_ref()));
            durations
                .collect::<Result<_, _>>()
                .map(OptionValue::Durations)
        }
        OptionKind::Count => values::count(value).map(OptionValue::Count),
        OptionKind::Text | OptionKind::Choice(_) => values::text(value).map(OptionValue::Text),
        OptionKind::Texts => values::texts(value).map(OptionValue::Texts),
        OptionKind::Path => {
            let path = files::resolved(&values::text(value)?, source);
            Ok(OptionValue::Path(path))
        }
        OptionKind::Flag => values::flag(value).map(OptionValue::Flag),
    }
}

/// As it can be written.
fn shown(value: &OptionValue) -> String {
    match value {
        OptionValue::Duration(duration) => format!("{:?}", values::show_duration(*duration)),
        OptionValue::None => "\"never\"".to_owned(),
        OptionValue::Durations(durations) => {
            let texts: Vec<_> = durations
                .iter()
                .map(|it| values::show_duration(*it))
                .collect();
            format!("{texts:?}")
        }
        OptionValue::Count(count) => count.to_string(),
        OptionValue::Text(text) => format!("{text:?}"),
        OptionValue::Texts(texts) => format!("{texts:?}"),
        OptionValue::Path(path) => format!("{:?}", path.display().to_string()),
        OptionValue::Flag(flag) => flag.to_string(),
    }
}
