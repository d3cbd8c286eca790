//! The scripts with which shells complete the command line.

use clap::Args;
use clap_complete::Shell;

/// Print the script with which a shell completes commands and options
///
///   bash         eval "$(drivebell completions bash)"
///   zsh          eval "$(drivebell completions zsh)"
///   fish         drivebell completions fish | source
///   PowerShell   drivebell completions powershell | Out-String | Invoke-Expression
///
/// Add the line to ~/.bashrc, to ~/.zshrc after compinit, to ~/.config/fish/config.fish or to
/// $PROFILE.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Completions {
    /// Your shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}
