use crate::names::names;

names! {
    /// A version of Graph's REST API.
    pub enum ApiVersion {
        /// The stable version, the default.
        V1 = "v1.0",
        /// Everything of `beta` may change at any time.
        Beta = "beta",
    }
    default V1;
    argument "api_version";
}
