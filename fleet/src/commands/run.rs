//! `drivebell-fleet run`.

use crate::config::Config;
use crate::exit::End;
use crate::worker;

pub(crate) async fn run(config: Config) -> Result<(), End> {
    Box::pin(worker::run(config)).await
}
