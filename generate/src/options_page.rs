//! `docs/options.md`.

use std::fmt::Write;
use std::time::Duration;

use drivebell::declarations::{
    CHANGES_OPTIONS, CLIENT_OPTIONS, MIRROR_OPTIONS, OptionDefault, OptionKind, OptionSpec,
    SHARED_OPTIONS, camel_case,
};

use crate::text::joined;

const HEAD: &str = "<!-- Written by `make generate` from core/src/options; do not edit. -->

# Options

Python and Rust use the name in `snake_case`, Node the same name in `camelCase`. Durations are seconds \
in Python, milliseconds in Node and `std::time::Duration` in Rust. An option that is not given has its \
default. A bad value fails at once, before any traffic, with an error that names the option. Zero is \
a bad value unless the table says what it means. A client's family is the client itself and \
the clients made from it by `with_credential` (Node: `withCredential`).
";

pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, place, options) in [
        (
            "Options of a client",
            "`Client(credential, …)` in Python, `new Client({ credential, … })` in Node, \
             `Client::builder(credential)` in Rust.",
            CLIENT_OPTIONS,
        ),
        (
            "Options of `changes`",
            "`client.changes(resource, since=…, …)` in Python, \
             `client.changes(resource, { since, … })` in Node, `client.changes_with(&resource, \
             &since, &options)` in Rust.",
            CHANGES_OPTIONS,
        ),
        (
            "Options of `mirror`",
            "`client.mirror(resource, file, …)` in Python, `client.mirror(resource, file, { … })` in \
             Node, `client.mirror_with(&resource, file, &options, &changes)` in Rust with the crate \
             `drivebell-mirror`. `mirror` and `mirror_all` also take the options of `changes`.",
            MIRROR_OPTIONS,
        ),
        (
            "Options of `changes_shared`",
            "`client.changes_shared(drives, store, …)` in Python, `client.changesShared(drives, store, \
             { … })` in Node, `client.changes_shared(drives, store, &options, &changes)` in Rust with \
             the crate `drivebell-store`. It also takes the options of `changes`.",
            SHARED_OPTIONS,
        ),
    ] {
        let _ = write!(
            page,
            "\n## {title}\n\n{place}\n\n| option, and in Node | value | default | meaning |\n\
             |---|---|---|---|\n"
        );
        for option in options {
            page.push_str(&row(option));
        }
    }
    page
}

fn row(option: &OptionSpec) -> String {
    let mut meaning = joined(option.docs);
    if let Some(zero) = option.zero {
        let _ = write!(meaning, " Zero: {zero}.");
    }
    if let Some(none) = option.none {
        let _ = write!(meaning, " `None` (in Node `Infinity`): {none}.");
    }
    format!(
        "| {} | {} | {} | {} |\n",
        names(option.name),
        kind(option.kind),
        default(option.default).replace('|', "\\|"),
        meaning.replace('|', "\\|"),
    )
}

/// One below the other, because a table of five columns is too wide.
fn names(name: &str) -> String {
    let in_node = camel_case(name);
    if in_node == name {
        format!("`{name}`")
    } else {
        format!("`{name}`<br>`{in_node}`")
    }
}

fn kind(kind: OptionKind) -> String {
    match kind {
        OptionKind::Duration => "duration".to_owned(),
        OptionKind::OptionalDuration => "duration or none".to_owned(),
        OptionKind::Durations => "list of durations".to_owned(),
        OptionKind::Count => "whole number from 1".to_owned(),
        OptionKind::Text => "text".to_owned(),
        OptionKind::Texts => "list of texts".to_owned(),
        OptionKind::Path => "path".to_owned(),
        OptionKind::Flag => "yes or no".to_owned(),
        OptionKind::Choice(names) => {
            let names: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            names.join(", ")
        }
    }
}

fn default(default: OptionDefault) -> String {
    match default {
        OptionDefault::Duration(duration) => with_unit(duration),
        OptionDefault::Durations(durations) => {
            let all: Vec<String> = durations.iter().map(|each| with_unit(*each)).collect();
            all.join(", ")
        }
        OptionDefault::Count(count) => count.to_string(),
        OptionDefault::Flag(true) => "yes".to_owned(),
        OptionDefault::Flag(false) => "no".to_owned(),
        OptionDefault::Described(text) => text.to_owned(),
    }
}

fn with_unit(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (0, milliseconds) => format!("{milliseconds} ms"),
        (seconds, _) if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        (seconds, _) if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        (seconds, _) if seconds > 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        (seconds, _) => format!("{seconds} s"),
    }
}
