//! The names of states, reasons, kinds and triggers, as types of each language.

use std::fmt::Write;

use drivebell::declarations::{HelpFolder, NAMES, NameTable};

use crate::text::{indented, joined, without_links, wrap};

pub(crate) fn python() -> String {
    let mut file = String::from(
        "# Written by `make generate` from the core's declarations; do not edit.\n\
         \"\"\"The names of states, reasons, kinds and triggers.\"\"\"\n\n\
         from __future__ import annotations\n\nfrom enum import StrEnum\nfrom typing import Literal\n",
    );
    // Python has an exception class for each kind of error, and names a resource by the class of its
    // items.
    for table in
        tables_of_bindings().filter(|table| !["ErrorKind", "ResourceKind"].contains(&table.name))
    {
        let text = if is_written_by_users(table) {
            python_enum(table)
        } else {
            let (name, names) = (type_name(table), quoted(table, '"', ", "));
            format!(
                "\n{name} = Literal[{names}]\n{}\n",
                docstring(&documentation(table, str::to_owned), "")
            )
        };
        file.push_str(&text);
    }
    file.push_str("\n# The pages about the kinds of errors.\nHELP_URLS: dict[str, str] = {\n");
    for name in error_kinds() {
        let _ = writeln!(
            file,
            "    \"{name}\": \"{}\",",
            HelpFolder::Errors.url(name)
        );
    }
    file.push_str("}\n");
    file
}

/// The kinds of the core's errors, and that of a bug in drivebell.
fn error_kinds() -> impl Iterator<Item = &'static str> {
    let table = NAMES.iter().find(|table| table.name == "ErrorKind");
    let kinds = table.expect("errors have kinds").names;
    kinds.iter().map(|(name, _)| *name).chain(["internal"])
}

fn python_enum(table: &NameTable) -> String {
    let constant = |name: &str| name.replace('-', "_").to_uppercase();
    let mut text = format!(
        "\n\nclass {}(StrEnum):\n{}\n\n",
        table.name,
        docstring(&documentation(table, constant), "    "),
    );
    for (name, _) in table.names {
        let _ = writeln!(text, "    {} = \"{name}\"", constant(name));
    }
    text.push('\n');
    text
}

fn docstring(text: &str, indent: &str) -> String {
    let end = if text.contains('\n') { "\n" } else { "" };
    indented(&format!("\"\"\"{text}{end}\"\"\""), indent)
}

pub(crate) fn typescript() -> String {
    let mut file =
        String::from("// Written by `make generate` from the core's declarations; do not edit.\n");
    for table in tables_of_bindings() {
        let text = if is_written_by_users(table) {
            typescript_constants(table)
        } else {
            let (name, names) = (type_name(table), quoted(table, '\'', " | "));
            format!(
                "{}\nexport type {name} = {names}\n",
                comment(&documentation(table, str::to_owned))
            )
        };
        let _ = write!(file, "\n{text}");
    }
    file.push_str(
        "\n/** What values that are made by hand are checked against. @internal */\n\
         export const NAMES = {\n",
    );
    for table in tables_of_bindings().filter(|table| !is_written_by_users(table)) {
        let (name, names) = (type_name(table), quoted(table, '\'', ", "));
        let _ = writeln!(file, "  {name}: [{names}],");
    }
    file.push_str("} as const\n");
    file.push_str(
        "\n/** The pages about the kinds of errors, and about an addon that cannot be loaded. @internal */\nexport const HELP_URLS = {\n",
    );
    for name in error_kinds().chain(["addon"]) {
        let _ = writeln!(file, "  {name}: '{}',", HelpFolder::Errors.url(name));
    }
    file.push_str("} as const\n");
    file
}

fn typescript_constants(table: &NameTable) -> String {
    let enumeration = table.name;
    let mut text = format!(
        "{}\nexport const {enumeration} = {{\n",
        comment(&paragraphs(table.docs))
    );
    for (name, docs) in table.names {
        let key: String = name.split('-').map(capitalized).collect();
        let _ = writeln!(text, "  /** {} */\n  {key}: '{name}',", joined(docs));
    }
    let _ = write!(
        text,
        "}} as const\n\n/** A name of {enumeration}. */\n\
         export type {enumeration} = (typeof {enumeration})[keyof typeof {enumeration}]\n"
    );
    text
}

fn comment(text: &str) -> String {
    format!("/**\n{}\n */", indented(text, " * "))
}

/// The type of an option whose values are these names.
pub(crate) fn type_of_choice(names: &[(&str, &[&str])]) -> &'static str {
    let table = NAMES.iter().find(|table| table.names == names);
    type_name(table.expect("the names of a choice are declared"))
}

/// The type's name in the bindings.
fn type_name(table: &NameTable) -> &'static str {
    match table.name {
        "SessionState" => "SubscriptionState",
        "Lifecycle" => "LifecycleKind",
        name => name,
    }
}

/// Only the command line has the steps of a diagnosis.
fn tables_of_bindings() -> impl Iterator<Item = &'static NameTable> {
    NAMES.iter().filter(|table| table.name != "DiagnosisStep")
}

/// Users write the names of clouds; they only read the others.
fn is_written_by_users(table: &NameTable) -> bool {
    table.name == "Cloud"
}

fn quoted(table: &NameTable, quote: char, separator: &str) -> String {
    let names: Vec<String> = table
        .names
        .iter()
        .map(|(name, _)| format!("{quote}{name}{quote}"))
        .collect();
    names.join(separator)
}

/// The documentation of the enum and of each name.
fn documentation(table: &NameTable, spell: impl Fn(&str) -> String) -> String {
    let mut text = paragraphs(table.docs);
    for (index, (name, docs)) in table.names.iter().enumerate() {
        if docs.is_empty() {
            break;
        }
        let gap = if index == 0 { "\n\n" } else { "\n" };
        let line = format!("`{}`: {}", spell(name), joined(docs));
        let _ = write!(text, "{gap}{}", wrap(&line, 90, "- ", "  "));
    }
    text
}

fn paragraphs(docs: &[&str]) -> String {
    let lines: Vec<&str> = docs.iter().map(|line| line.trim()).collect();
    without_links(&lines.join("\n"))
}

pub(crate) fn capitalized(word: &str) -> String {
    let (initial, rest) = word.split_at(word.len().min(1));
    format!("{}{rest}", initial.to_uppercase())
}
