pub(crate) mod credential;
pub(crate) mod thrown;
pub(crate) mod token_call;
