use http::{HeaderMap, StatusCode};

/// Is shown what a server says while a connection to it is opened.
///
/// All of it may hold secrets: a cookie, a session's id.
pub(crate) trait Witness: Send {
    /// The answer to the upgrade, whatever it is.
    fn answered(&mut self, status: StatusCode, headers: &HeaderMap);

    /// The open packet, without its type.
    fn opened(&mut self, packet: &str);

    /// The answer to a request to join, accepted or not, as a packet of Engine.IO.
    fn answered_join(&mut self, namespace: &str, accepted: bool, packet: &str);
}

/// Nobody looks.
impl Witness for () {
    fn answered(&mut self, _: StatusCode, _: &HeaderMap) {}

    fn opened(&mut self, _: &str) {}

    fn answered_join(&mut self, _: &str, _: bool, _: &str) {}
}
