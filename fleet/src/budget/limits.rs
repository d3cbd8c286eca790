use drivebell::visible;
use serde::{Deserialize, Serialize};

/// What all workers together may ask of Graph for one tenant. What is left out has no limit here; of
/// a record in the bucket, the default holds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Graph's resource units: 1 for a delta query with a token and for an endpoint, 2 for a delta query
    /// without. Graph gives the smallest tenants 1,250 a minute for each app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_units_per_minute: Option<f64>,
    /// Requests for endpoints. It may be less than 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_calls_per_second: Option<f64>,
    /// Requests of each user. Graph allows 3,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_user_in_five_minutes: Option<f64>,
}

impl Budget {
    /// Reads the JSON of a record.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about the record.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let budget: Self = serde_json::from_slice(json).map_err(|error| {
            // It repeats names of the record.
            let error = error.to_string();
            format!("is not the JSON of a budget: {}", visible(&error))
        })?;
        budget.check()?;
        Ok(budget)
    }

    /// # Errors
    /// Which limit lets nothing through, as the end of a sentence.
    pub fn check(&self) -> Result<(), String> {
        let limits = [
            ("resource_units_per_minute", self.resource_units_per_minute),
            ("endpoint_calls_per_second", self.endpoint_calls_per_second),
            (
                "requests_per_user_in_five_minutes",
                self.requests_per_user_in_five_minutes,
            ),
        ];
        for (name, limit) in limits {
            if let Some(limit) = limit
                && !(limit.is_finite() && limit > 0.0)
            {
                return Err(format!("has {name} = {limit}, which must be more than 0"));
            }
        }
        Ok(())
    }

    /// A part of it, which is never zero: who follows a drive may ask for it.
    #[must_use]
    pub fn part(self, share: f64) -> Self {
        let part = |limit: f64| (limit * share).max(f64::MIN_POSITIVE);
        Self {
            resource_units_per_minute: self.resource_units_per_minute.map(part),
            endpoint_calls_per_second: self.endpoint_calls_per_second.map(part),
            requests_per_user_in_five_minutes: self.requests_per_user_in_five_minutes.map(part),
        }
    }

    /// This, with the limits of another one where this has none.
    #[must_use]
    pub fn or(self, default: Self) -> Self {
        Self {
            resource_units_per_minute: self
                .resource_units_per_minute
                .or(default.resource_units_per_minute),
            endpoint_calls_per_second: self
                .endpoint_calls_per_second
                .or(default.endpoint_calls_per_second),
            requests_per_user_in_five_minutes: self
                .requests_per_user_in_five_minutes
                .or(default.requests_per_user_in_five_minutes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_json_of_which_everything_may_be_left_out() {
        assert_eq!(Budget::parse(b"{}"), Ok(Budget::default()));
        let json = br#"{"resource_units_per_minute": 1250, "endpoint_calls_per_second": 0.2,
            "requests_per_user_in_five_minutes": 3000}"#;
        let all = Budget::parse(json).unwrap();
        assert_eq!(all.endpoint_calls_per_second, Some(0.2));
        let some = Budget {
            resource_units_per_minute: Some(6250.0),
            ..Budget::default()
        };
        let both = some.or(all);
        assert_eq!(both.resource_units_per_minute, Some(6250.0));
        assert_eq!(both.requests_per_user_in_five_minutes, Some(3000.0));
        let text = serde_json::to_string(&some).unwrap();
        assert_eq!(text, r#"{"resource_units_per_minute":6250.0}"#);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (json, says) in [
            ("", "not the JSON of a budget"),
            ("[]x", "not the JSON of a budget"),
            (r#"{"resource_units": 1}"#, "unknown field `resource_units`"),
            (r#"{"resource_units_per_minute": "many"}"#, "invalid type"),
            (
                r#"{"endpoint_calls_per_second": 0}"#,
                "endpoint_calls_per_second = 0, which must be more than 0",
            ),
            (r#"{"endpoint_calls_per_second": -1}"#, "more than 0"),
        ] {
            let problem = Budget::parse(json.as_bytes()).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        let hidden = Budget::parse(br#"{"\u001b[2J": 1}"#).unwrap_err();
        assert!(!hidden.contains('\u{1b}'), "{hidden:?}");
    }
}
