use toml::de::DeValue;

use super::document::Section;
use super::values;

/// What one tenant allows: Graph's limits for an app, over all workers together. `drivebell-fleet
/// budget` sets others for single tenants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Resource units a minute; a delta query costs one or two. 1250 unless given, which is what Graph
    /// allows for the smallest tenants.
    pub resource_units_per_minute: f64,
    /// Endpoints requested a second: 10 unless given. It may be less than 1.
    pub endpoint_calls_per_second: f64,
    /// Requests of one user in five minutes: 3000 unless given, which is Graph's limit.
    pub requests_per_user_in_five_minutes: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            resource_units_per_minute: 1250.0,
            endpoint_calls_per_second: 10.0,
            requests_per_user_in_five_minutes: 3000.0,
        }
    }
}

impl Budget {
    pub(super) fn of(section: Section<'_>) -> Self {
        let default = Self::default();
        let limit = |name, default| section.get(name, limit).unwrap_or(default);
        let budget = Self {
            resource_units_per_minute: limit(
                "resource_units_per_minute",
                default.resource_units_per_minute,
            ),
            endpoint_calls_per_second: limit(
                "endpoint_calls_per_second",
                default.endpoint_calls_per_second,
            ),
            requests_per_user_in_five_minutes: limit(
                "requests_per_user_in_five_minutes",
                default.requests_per_user_in_five_minutes,
            ),
        };
        section.finish();
        budget
    }
}

fn limit(value: &DeValue<'_>) -> Result<f64, String> {
    let number = values::number(value)?;
    if number > 0.0 {
        Ok(number)
    } else {
        Err(format!("must be more than 0, and is {number}"))
    }
}
