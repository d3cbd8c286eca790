//! Every option, declared once: its name, kind, default, unit, what zero means, and a sentence.
//!
//! The builder's setters and checks, the bridges of the bindings, their signatures, types and
//! documentation, and the table in `docs/options.md` follow from the declarations.

mod changes;
mod client;
mod declare;
mod mirror;
mod push_mode;
mod respell;
mod shared;
mod spec;

pub use changes::ChangesOptions;
pub(crate) use client::{ClientOptions, with_client_options};
pub(crate) use declare::{option, setters};
pub use mirror::MirrorOptions;
pub use push_mode::PushMode;
pub use respell::respell_options;
pub use shared::SharedOptions;
pub use spec::{OptionDefault, OptionKind, OptionSpec, OptionValue};
