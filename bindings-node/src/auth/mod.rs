pub(crate) mod credential;
