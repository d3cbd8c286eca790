//! Writes the parts of the bindings and the documentation that follow from the core's declarations.
//! `make generate` runs it and formats the result. `make lint` fails if the result is not committed.

mod command_line;
mod command_line_page;
mod items;
mod lifecycle;
mod names;
mod node;
mod options_page;
mod pages;
mod python;
mod text;

use std::path::Path;
use std::{fs, io};

use python::Face;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, content) in [
        ("docs/command-line.md", command_line_page::page()),
        ("docs/options.md", options_page::page()),
        (
            "bindings-python/python/drivebell/_names.py",
            names::python(),
        ),
        (
            "bindings-python/python/drivebell/_client_options.py",
            python::client_options(),
        ),
        (
            "bindings-python/python/drivebell/_changes_options.py",
            python::changes_options(Face::Async),
        ),
        (
            "bindings-python/python/drivebell/sync/_changes_options.py",
            python::changes_options(Face::Blocking),
        ),
        (
            "bindings-python/python/drivebell/_mirror_options.py",
            python::mirror_options(Face::Async),
        ),
        (
            "bindings-python/python/drivebell/sync/_mirror_options.py",
            python::mirror_options(Face::Blocking),
        ),
        (
            "bindings-python/python/drivebell/_shared_options.py",
            python::shared_options(Face::Async),
        ),
        (
            "bindings-python/python/drivebell/sync/_shared_options.py",
            python::shared_options(Face::Blocking),
        ),
        ("tests/pages.json", pages::json()),
        ("bindings-node/lib/names.ts", names::typescript()),
        ("bindings-node/lib/changes/item.ts", items::typescript()),
        (
            "bindings-node/lib/event/lifecycle-kinds.ts",
            lifecycle::typescript(),
        ),
        (
            "bindings-node/lib/client/options.ts",
            node::client_options(),
        ),
        (
            "bindings-node/lib/changes/options.ts",
            node::changes_options(),
        ),
        (
            "bindings-node/lib/mirror/options.ts",
            node::mirror_options(),
        ),
        (
            "bindings-node/lib/shared/options.ts",
            node::shared_options(),
        ),
    ] {
        fs::write(root.join(path), content)?;
    }
    command_line::write(&root.join("cli"), &drivebell_cli::command())?;
    command_line::write(&root.join("fleet"), &drivebell_fleet::command())?;
    let stubs = root.join("bindings-python/python/drivebell/_native.pyi");
    let text = fs::read_to_string(&stubs)?;
    fs::write(&stubs, with_section(&text, &items::stubs()))
}

/// Replaces the text between the two marks of the generated section.
fn with_section(text: &str, content: &str) -> String {
    const BEGIN: &str =
        "# Written by `make generate` from core/src/changes/fields.rs, up to its end mark:\n";
    const END: &str = "# End of what `make generate` writes.\n";
    let (before, rest) = text.split_once(BEGIN).expect("the mark at the beginning");
    let (_, after) = rest.split_once(END).expect("the mark at the end");
    format!("{before}{BEGIN}{content}{END}{after}")
}
