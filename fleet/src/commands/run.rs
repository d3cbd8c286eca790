//! `drivebell-fleet run`.

use crate::config::Config;
use crate::exit::End;
use crate::signals::Shutdown;

pub(crate) async fn run(config: Config) -> Result<(), End> {
    let shutdown = Shutdown::listen();
    drop(config);
    Err(End::Reported(shutdown.end_requested().await))
}
