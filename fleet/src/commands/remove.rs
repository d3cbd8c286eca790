//! `drivebell-fleet remove`.

use std::io::{self, Write as _};

use drivebell::visible;
use serde_json::json;

use super::nats;
use crate::arguments::Remove;
use crate::config::Config;
use crate::drives::check_key;
use crate::exit::{End, ExitCode};
use crate::output::{Format, Output, json_line};

pub(crate) async fn run(config: &Config, options: &Remove, output: Output) -> Result<(), End> {
    let drives = nats::drives(config).await?;
    let mut missing = 0;
    for key in &options.keys {
        // Another key cannot be one of the bucket.
        let before = match check_key(key) {
            Ok(()) => drives.get(&**key).await,
            Err(_) => Ok(None),
        };
        if before.map_err(|error| nats::failed(&error))?.is_none() {
            missing += 1;
            let _ = writeln!(
                io::stderr(),
                "drivebell-fleet: there is no drive {:?}; `drivebell-fleet list` shows all",
                visible(key)
            );
            continue;
        }
        let deleted = drives.delete(&**key).await;
        deleted.map_err(|error| nats::failed(&error))?;
        let text = match output.format() {
            Format::Text => format!("removed {key}\n"),
            Format::Json => json_line(&json!({"type": "removed", "key": key})),
        };
        output.write(text).await?;
    }
    match missing {
        0 => Ok(()),
        all if all == options.keys.len() => Err(End::Reported(ExitCode::Missing)),
        _ => Err(End::Reported(ExitCode::Partly)),
    }
}
