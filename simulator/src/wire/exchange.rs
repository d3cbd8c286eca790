//! What a connection carries since its last request.

/// The request that a connection carries, as far as faults choose by it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) protocol: Protocol,
    /// Whether it is Graph's endpoint request.
    pub(crate) endpoint: bool,
    /// Whether it is a delta query.
    pub(crate) delta: bool,
    /// The id of the drive that it addresses.
    pub(crate) drive: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Graph,
    Socket,
}
