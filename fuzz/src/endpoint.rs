use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use drivebell::{ErrorKind, fuzzing};
use serde_json::value::RawValue;

/// The body of Graph's response.
pub fn run(data: &[u8]) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    match fuzzing::endpoint(data, now) {
        Ok(endpoint) => {
            let url = endpoint.notification_url();
            if let Some((_, query)) = url.split_once('?')
                && query.len() >= 8
                && !endpoint.host().contains(query)
                && endpoint.id().is_none_or(|id| !id.contains(query))
                && endpoint
                    .client_state()
                    .is_none_or(|state| !state.contains(query))
            {
                assert!(!format!("{endpoint:?}").contains(query), "{endpoint:?}");
            }
            // As texts: JSON may hold numbers and depths that no value of serde_json can.
            let json = endpoint.additional_json();
            let json: BTreeMap<String, &RawValue> = serde_json::from_str(&json).expect("an object");
            assert_eq!(json.len(), endpoint.additional_data().len());
            let _ = endpoint.expires_at();
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Protocol);
            let shown = format!("{error}{error:?}");
            crate::assert_hidden(&shown);
            crate::assert_presentable(&error.to_string());
        }
    }
}
