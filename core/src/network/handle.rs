use std::sync::{Arc, Mutex};

use super::network::Network;
use crate::Error;
use crate::lock::lock;

/// A client's share of the HTTP stack of its family, which it releases when it is closed. The stack
/// and its idle connections end with the last share.
#[derive(Debug)]
pub(crate) struct NetworkHandle(Mutex<Option<Arc<Network>>>);

impl NetworkHandle {
    pub(crate) fn new(network: Network) -> Self {
        Self(Mutex::new(Some(Arc::new(network))))
    }

    /// # Errors
    /// `State` if the client is closed.
    pub(crate) fn get(&self) -> Result<Arc<Network>, Error> {
        let network = lock(&self.0).clone();
        network.ok_or_else(Error::client_closed)
    }

    /// A share for another client.
    pub(crate) fn share(&self) -> Self {
        Self(Mutex::new(lock(&self.0).clone()))
    }

    pub(crate) fn release(&self) {
        let network = lock(&self.0).take();
        drop(network);
    }
}
