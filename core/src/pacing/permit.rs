use super::limiter::Grant;

/// The right to send one request. What is dropped unused is given back. The default is that of a
/// request that does not wait.
///
/// Boxed, because thousands of streams have room for one in their tasks.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Permit(Option<Box<[Grant; 3]>>);

impl Permit {
    pub(crate) fn new(grants: [Grant; 3]) -> Self {
        Self(Some(Box::new(grants)))
    }

    /// Uses it. False if it was used already, or if nobody has waited for it.
    pub(crate) fn spend(&mut self) -> bool {
        let Some(grants) = self.0.take() else {
            return false;
        };
        grants.into_iter().for_each(Grant::spend);
        true
    }
}
