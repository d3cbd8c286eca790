use tracing_subscriber::filter::{LevelFilter, Targets};

use super::document::Section;

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct Log {
    /// Lines for people, or JSON: text unless given.
    pub format: LogFormat,
    /// Which records: those of level `info` and above unless given.
    pub filter: Targets,
}

/// How log records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// An object on a line.
    Json,
}

impl LogFormat {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl Log {
    pub(super) fn of(section: Section<'_>) -> Self {
        let format = section.get("format", |value| match value.as_str() {
            Some("text") => Ok(LogFormat::Text),
            Some("json") => Ok(LogFormat::Json),
            _ => Err("must be \"text\" or \"json\"".to_owned()),
        });
        let filter = section.get("level", |value| parse_filter(&super::values::text(value)?));
        section.finish();
        Self {
            format: format.unwrap_or(LogFormat::Text),
            filter: filter.unwrap_or_else(default_filter),
        }
    }
}

fn default_filter() -> Targets {
    Targets::new().with_default(tracing::Level::INFO)
}

/// A level, or levels of parts: `debug`, `warn,drivebell::changes=trace`.
pub(crate) fn parse_filter(text: &str) -> Result<Targets, String> {
    let problem = || {
        format!(
            "must be error, warn, info, debug, trace or off, or levels of parts like \
             \"info,drivebell::changes=debug\", and is {text:?}"
        )
    };
    // Targets would take a word that is no level for the name of a part.
    let mut parts = text.split(',');
    let has_levels = parts.all(|part| {
        let level = part.split_once('=').map_or(part, |(_, level)| level);
        !level.is_empty() && level.parse::<LevelFilter>().is_ok()
    });
    if !has_levels {
        return Err(problem());
    }
    text.parse().map_err(|_| problem())
}

/// Of a command that is no worker.
pub(crate) fn commands_filter() -> Targets {
    Targets::new().with_default(tracing::Level::ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_levels() {
        for text in [
            "info",
            "off",
            "WARN",
            "info,drivebell::changes=debug",
            "drivebell=trace",
        ] {
            assert!(parse_filter(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "loud",
            "info,",
            "drivebell",
            "drivebell=",
            "drivebell=loud",
            "a=b=info",
        ] {
            assert!(parse_filter(text).is_err(), "{text}");
        }
    }
}
