use crate::names::names;

names! {
    /// Whether a stream of changes uses a subscription.
    pub enum PushMode {
        /// Subscribe. Where Graph refuses subscriptions alone, as it does to application permissions,
        /// poll, and try again now and then.
        Auto = "auto",
        /// Subscribe. A refusal ends the stream.
        Required = "required",
        /// Only poll, and follow the hints that the program passes on.
        Off = "off",
    }
    default Auto;
    argument "push";
}
