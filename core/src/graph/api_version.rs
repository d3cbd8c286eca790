use std::str::FromStr;

use crate::Error;

/// A version of Graph's REST API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `v1.0`, the default.
    #[default]
    V1,
    /// `beta`, which may change at any time.
    Beta,
}

impl ApiVersion {
    /// The path segment: `v1.0` or `beta`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "v1.0" => Ok(Self::V1),
            "beta" => Ok(Self::Beta),
            other => Err(Error::invalid_argument(
                "api_version",
                format!("{other:?} is neither v1.0 nor beta"),
            )),
        }
    }
}
