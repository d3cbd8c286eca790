//! `drivebell-fleet check`.

use crate::config::Config;
use crate::exit::End;
use crate::output::{Format, Output, json_line};

/// The configuration was read, and is in order.
pub(crate) async fn run(config: &Config, output: Output) -> Result<(), End> {
    let summary = config.summary();
    let text = match output.format_of_report() {
        Format::Text => summary,
        Format::Json => {
            let value: serde_json::Value = toml::from_str(&summary).unwrap_or_default();
            json_line(&value)
        }
    };
    output.write(text).await
}
