/// A request to Graph, by what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Endpoint,
    /// Whether the delta query continues from a token.
    DeltaQuery {
        has_token: bool,
    },
    /// Looks something up.
    Lookup,
}

impl Call {
    /// What it costs in Graph's resource units. Of an endpoint, nobody has published the cost: it
    /// counts like any other query of a single thing.
    pub(crate) fn resource_units(self) -> u32 {
        match self {
            Self::DeltaQuery { has_token: false } => 2,
            Self::DeltaQuery { has_token: true } | Self::Endpoint | Self::Lookup => 1,
        }
    }
}
