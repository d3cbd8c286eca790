//! What a connection carries since its last request.

/// The request that a connection carries, as far as faults choose by it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) request: RequestKind,
    /// The id of the drive that it addresses.
    pub(crate) drive: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Graph's endpoint request.
    Endpoint,
    /// A delta query.
    Delta,
    /// Another request to Graph.
    OtherGraph,
    /// An upgrade, and the socket that results from it.
    Socket,
    /// A device authorization request.
    DeviceCode,
    /// A token request.
    Token,
    /// Another request to the identity service.
    OtherIdentity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Graph,
    Socket,
    Identity,
}

impl Exchange {
    pub(crate) fn protocol(&self) -> Protocol {
        match self.request {
            RequestKind::Endpoint | RequestKind::Delta | RequestKind::OtherGraph => Protocol::Graph,
            RequestKind::Socket => Protocol::Socket,
            RequestKind::DeviceCode | RequestKind::Token | RequestKind::OtherIdentity => {
                Protocol::Identity
            }
        }
    }
}
