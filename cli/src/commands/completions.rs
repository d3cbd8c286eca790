//! `drivebell completions`.

use crate::arguments::Completions;
use crate::command;
use crate::exit::End;
use crate::output::Output;

pub(crate) async fn run(options: &Completions, output: &Output) -> Result<(), End> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command(), "drivebell", &mut script);
    let script = String::from_utf8(script).expect("the script is made of UTF-8");
    output.write(script).await
}
