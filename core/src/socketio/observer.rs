use http::{HeaderMap, StatusCode};

/// Observes what a server says while a connection is opened.
///
/// Everything that it sees may hold secrets, such as a cookie or a session id.
pub(crate) trait Observer: Send {
    /// The server responded to the upgrade, with any status.
    fn upgrade_answered(&mut self, status: StatusCode, headers: &HeaderMap);

    /// The server sent the open packet; `packet` lacks its type.
    fn opened(&mut self, packet: &str);

    /// The server accepted or refused a namespace; `packet` is its whole Engine.IO packet.
    fn join_answered(&mut self, namespace: &str, accepted: bool, packet: &str);
}

/// For a connection that is not observed.
impl Observer for () {
    fn upgrade_answered(&mut self, _: StatusCode, _: &HeaderMap) {}

    fn opened(&mut self, _: &str) {}

    fn join_answered(&mut self, _: &str, _: bool, _: &str) {}
}
