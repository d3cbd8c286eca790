//! `docs/command-line.md`, from the help of the command line.

use std::fmt::Write;

use clap::{Arg, ArgAction, Command};

const HEAD: &str = "<!-- Written by `make generate` from cli/src/arguments; do not edit. -->

# Command line

`drivebell` is a command in each package: `pip install drivebell`, `npx drivebell`, or the crate \
`drivebell-cli`. It writes text for people to a terminal, and lines of JSON to a pipe or a file. \
`drivebell --help` and `drivebell COMMAND --help` say the same as this page.
";

const ENVIRONMENT: &str = "
## Environment

| variable | meaning |
|---|---|
| `DRIVEBELL_TOKEN` | The access token, if there is neither `--token-command` nor `--token-file`. |
| `DRIVEBELL_CONFIG_DIR` | The folder of `login.json`, where `drivebell login` keeps the login. Default: \
`drivebell` in the user's folder for configuration. |
| `HTTPS_PROXY`, `NO_PROXY` | The proxy, and the hosts that need none, unless `--proxy` is given. |
| `SSL_CERT_FILE`, `SSL_CERT_DIR` | Certificates in place of the system's: \
[which certificates are trusted](observability.md#which-certificates-are-trusted). |
| `NO_COLOR`, or `TERM=dumb` | No colours on a terminal. |
";

pub(crate) fn page() -> String {
    let mut root = drivebell_cli::command().disable_help_subcommand(true);
    root.build();
    let notes = root.get_after_help().map(ToString::to_string);
    let notes = notes.unwrap_or_default();
    // They stand at the end.
    let mut said = notes.clone();
    let mut page = HEAD.to_owned();
    page.push_str("\n| command | |\n|---|---|\n");
    for command in root.get_subcommands() {
        let name = command.get_name();
        let about = command.get_about().map(ToString::to_string);
        let about = prose(&about.unwrap_or_default());
        let _ = writeln!(
            page,
            "| [`drivebell {name}`](#drivebell-{name}) | {about} |"
        );
    }
    for command in root.get_subcommands() {
        page.push_str(&section(command, &mut said));
    }
    page.push_str("\n## Options of all commands\n\n");
    page.push_str(&table(
        "option",
        root.get_arguments().filter(|arg| !arg.is_positional()),
    ));
    page.push_str("\n## Resources and tokens\n");
    for block in notes.split("\n\n") {
        if let Some(codes) = block.strip_prefix("Exit codes:\n") {
            page.push_str(ENVIRONMENT);
            page.push_str("\n## Exit codes\n\n| code | meaning |\n|---:|---|\n");
            for line in codes.lines() {
                let (code, meaning) = line
                    .trim()
                    .split_once("  ")
                    .expect("a code and its meaning");
                let _ = writeln!(page, "| {code} | {} |", prose(meaning));
            }
        } else {
            page.push_str(&paragraph(block));
        }
    }
    page
}

/// With the notes that were not yet said.
fn section(command: &Command, said: &mut String) -> String {
    let name = command.get_name();
    let mut section = format!("\n## drivebell {name}\n");
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    for (index, block) in about.split("\n\n").enumerate() {
        // The first is a sentence without its period.
        let end = if index == 0 { "." } else { "" };
        section.push_str(&paragraph(&format!("{block}{end}")));
    }
    let usage = command.clone().render_usage().to_string();
    let _ = write!(
        section,
        "\n```text\n{}\n```\n",
        usage.trim_start_matches("Usage: ")
    );
    let own = || {
        command
            .get_arguments()
            .filter(|arg| !arg.is_global_set() && arg.get_id() != "help")
    };
    for arguments in [
        table("argument", own().filter(|arg| arg.is_positional())),
        table("option", own().filter(|arg| !arg.is_positional())),
    ] {
        if arguments.lines().count() > 2 {
            let _ = write!(section, "\n{arguments}");
        }
    }
    let notes = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    for block in notes.split("\n\n").filter(|block| !said.contains(block)) {
        section.push_str(&paragraph(block));
    }
    said.push_str(&notes);
    section
}

/// Its indented lines as they are.
fn paragraph(block: &str) -> String {
    let mut text = String::from("\n");
    let mut is_code = false;
    for line in block.lines() {
        if line.starts_with("  ") != is_code {
            text.push_str(if is_code { "```\n\n" } else { "\n```text\n" });
            is_code = !is_code;
        }
        let line = if is_code {
            line.strip_prefix("  ").unwrap_or(line).to_owned()
        } else {
            prose(line)
        };
        let _ = writeln!(text, "{line}");
    }
    if is_code {
        text.push_str("```\n");
    }
    text
}

fn table<'a>(title: &str, arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut table = format!("| {title} | meaning |\n|---|---|\n");
    for argument in arguments.filter(|argument| !argument.is_hide_set()) {
        let help = argument.get_long_help().or_else(|| argument.get_help());
        let mut meaning = prose(&help.map(ToString::to_string).unwrap_or_default())
            .replace("see below", "[see below](#resources-and-tokens)");
        let defaults: Vec<_> = argument
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        if takes_value(argument) && !defaults.is_empty() {
            let _ = write!(meaning, ". Default: `{}`", defaults.join(" "));
        }
        let _ = writeln!(
            table,
            "| `{}` | {meaning} |",
            spelling(argument).replace('|', "\\|")
        );
    }
    table
}

fn spelling(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let values: Vec<_> = names.iter().map(ToString::to_string).collect();
    let value = values.join(" ");
    let Some(long) = argument.get_long() else {
        return value;
    };
    let short = argument
        .get_short()
        .map(|short| format!("-{short}, "))
        .unwrap_or_default();
    let value = if takes_value(argument) {
        format!(" {value}")
    } else {
        String::new()
    };
    format!("{short}--{long}{value}")
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// A sentence of the help, as Markdown in a line.
fn prose(text: &str) -> String {
    let words = text.split_whitespace().map(word);
    words.collect::<Vec<_>>().join(" ")
}

/// Options, paths, globs and JSON are code.
fn word(word: &str) -> String {
    let end = word.trim_end_matches([',', '.', ';', ':', ')', '?']).len();
    let (code, rest) = word.split_at(end);
    let is_code = code.starts_with("--")
        || code.starts_with('{')
        || code.contains(['*', '<', '_'])
        || (code.starts_with("https://") && code.ends_with(".example"));
    if is_code && !code.contains('`') {
        format!("`{}`{rest}", code.trim_matches('\'').replace('|', "\\|"))
    } else {
        word.replace('|', "\\|")
    }
}
