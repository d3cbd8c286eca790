use crate::Error;

#[derive(Debug, Clone)]
pub(crate) enum Lifecycle {
    Ended { error: Error },
}
