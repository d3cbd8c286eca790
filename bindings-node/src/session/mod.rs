pub(crate) mod subscription;
