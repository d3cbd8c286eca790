use serde::{Deserialize, Serialize};

use super::{NatsError, NatsErrorKind};

/// The format of everything that a fleet keeps on NATS.
const VERSION: u32 = 1;

/// How drives are spread over partitions: `partition_of` of drivebell-store.
const HASH: &str = "fnv1a32";

/// What all workers of a fleet must agree on. Kept with their leases and their checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    version: u32,
    partitions: u32,
    hash: String,
}

/// What a record of any version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Settings {
    /// The key of the record.
    pub(super) const KEY: &str = "settings";

    /// The settings of a fleet with this many partitions.
    pub fn new(partitions: u32) -> Self {
        Self {
            version: VERSION,
            partitions,
            hash: HASH.to_owned(),
        }
    }

    /// How many partitions the drives are spread over.
    pub fn partitions(&self) -> u32 {
        self.partitions
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and a text serialize")
    }

    /// Compares the record of a bucket with these settings.
    pub(super) fn check(&self, bucket: &str, record: &[u8]) -> Result<(), NatsError> {
        let refuse = |text: String| Err(NatsError::new(NatsErrorKind::Mismatch, text));
        let version = match serde_json::from_slice::<Version>(record) {
            Ok(record) => record.version,
            Err(_) => {
                return refuse(format!(
                    "the key {} of the bucket {bucket} is no record of drivebell-fleet: another \
                     program has written it; choose another name for the fleet",
                    Self::KEY,
                ));
            }
        };
        if version != self.version {
            return refuse(format!(
                "the bucket {bucket} has format {version}, and this version of drivebell-fleet needs \
                 format {}: run the same version on all workers, or choose another name for the fleet",
                self.version,
            ));
        }
        match serde_json::from_slice::<Self>(record) {
            Ok(record) if record == *self => Ok(()),
            Ok(record) if record.partitions != self.partitions => refuse(format!(
                "the fleet of the bucket {bucket} has {} partitions, and this configuration says {}: \
                 set `partitions` to {}, or choose another name for the fleet; the number cannot \
                 change while the fleet exists",
                record.partitions, self.partitions, record.partitions,
            )),
            Ok(record) => refuse(format!(
                "the fleet of the bucket {bucket} spreads its drives by the hash {:?}, and this \
                 version of drivebell-fleet by {:?}: run the same version on all workers",
                record.hash, self.hash,
            )),
            Err(_) => refuse(format!(
                "the key {} of the bucket {bucket} cannot be read: restore it, or choose another name \
                 for the fleet",
                Self::KEY,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_the_same_settings_is_accepted() {
        let settings = Settings::new(1024);
        assert!(settings.check("b", &settings.to_json()).is_ok());
    }

    #[test]
    fn other_settings_are_refused_by_name() {
        let settings = Settings::new(1024);
        for (record, says) in [
            (r#"{"version":2}"#, "format 2"),
            (
                r#"{"version":1,"partitions":512,"hash":"fnv1a32"}"#,
                "512 partitions",
            ),
            (r#"{"version":1,"partitions":1024,"hash":"md5"}"#, "\"md5\""),
            (r#"{"version":1}"#, "cannot be read"),
            ("hello", "another program"),
        ] {
            let error = settings.check("b", record.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), NatsErrorKind::Mismatch);
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
