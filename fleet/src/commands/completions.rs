//! `drivebell-fleet completions`.

use crate::arguments::Completions;
use crate::command;
use crate::exit::End;
use crate::output::Output;

pub(crate) async fn run(options: &Completions, output: Output) -> Result<(), End> {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut command(),
        "drivebell-fleet",
        &mut script,
    );
    // The script is made of UTF-8.
    output
        .write(String::from_utf8_lossy(&script).into_owned())
        .await
}
