use super::declare::{option, options};
use super::spec::{FromValue, IsZero, OptionDefault, OptionKind, OptionSpec, OptionValue, unit};

options! {
    /// How a process takes part in following drives with others.
    #[derive(Debug, Clone)]
    #[non_exhaustive]
    pub struct SharedOptions;

    /// The name of this process, in logs and in the store: up to 48 letters, digits, `-` and `_`. Each start
    /// adds something random to it.
    worker: Text { default: "`worker`" }

    /// How long a process may be silent before the others take its drives. At least a tenth of a second.
    lease_time: Duration { default: 8 seconds }

    /// How much this process takes compared with the others.
    capacity: Count { default: 100 }

    /// After what time a drive that Graph or its credential has refused is tried again.
    refused_retry: Duration { default: 300 seconds }
}
