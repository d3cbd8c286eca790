//! The completions and the manual pages of the command lines, which their archives contain. They are
//! committed, so that an archive for another platform needs no program of this one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

const SHELLS: [Shell; 4] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell];

/// Writes `completions/` and `man/` of this folder anew, for the command of this folder.
pub(crate) fn write(folder: &Path, command: &clap::Command) -> io::Result<()> {
    let name = command.get_name();
    let completions = empty(folder.join("completions"))?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut command.clone(), name, &completions)?;
    }
    let pages = empty(folder.join("man"))?;
    // The pages of `help` would say nothing.
    let mut command = command.clone().disable_help_subcommand(true);
    command.build();
    fs::write(pages.join(format!("{name}.1")), page(&command, name)?)?;
    for sub in command.get_subcommands() {
        fs::write(
            pages.join(format!("{name}-{}.1", sub.get_name())),
            page(sub, name)?,
        )?;
    }
    Ok(())
}

/// A page of a command that is gone would stay otherwise.
fn empty(folder: PathBuf) -> io::Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn page(command: &clap::Command, program: &str) -> io::Result<Vec<u8>> {
    let version = env!("CARGO_PKG_VERSION");
    let man = Man::new(command.clone())
        .source(format!("{program} {version}"))
        .manual("drivebell's manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = command.get_after_help() {
        page.extend(notes_section(&notes.to_string()).bytes());
    }
    Ok(page)
}

/// With the columns of the help, which `man` would fill otherwise.
fn notes_section(text: &str) -> String {
    let mut section = Roff::new();
    section
        .control("SH", ["NOTES"])
        .control("nf", [])
        .text([roman(text)])
        .control("fi", []);
    section.to_roff()
}
