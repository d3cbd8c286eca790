//! `drivebell._native`: converts types and awaits, nothing else. The rules are in the core crate.
//! Users see the package in `python/drivebell`, and the classes here that it exports: their doc
//! comments are what Python's `help()` shows.

mod auth;
mod changes;
mod changes_set;
mod client;
mod command_line;
mod datetime;
mod error;
mod event;
mod json;
mod mirror;
mod options;
mod resource;
mod runtime;
mod session;
mod set;
mod shared;
mod value;

/// The native half of the package `drivebell`.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::auth::access_token::AccessToken;
    #[pymodule_export]
    use crate::auth::token_reply::{TokenReply, asks_a_person, is_refusal};
    #[pymodule_export]
    use crate::auth::token_request::TokenRequest;
    #[pymodule_export]
    use crate::changes::{
        ChangeBatch, Changes, ChangesEvents, DriveItem, Hashes, Identity, ListItem, RemoteItem,
    };
    #[pymodule_export]
    use crate::changes_set::{ChangesSet, MemberBatch, MemberEnd};
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::client::endpoint::Endpoint;
    #[pymodule_export]
    use crate::command_line::run_command_line;
    #[pymodule_export]
    use crate::event::notification::{Notification, Payload};
    #[pymodule_export]
    use crate::mirror::{Change, Mirror, MirrorSet, Tree, Walk};
    #[pymodule_export]
    use crate::resource::Resource;
    #[pymodule_export]
    use crate::runtime::call::{Call, panic_on_purpose};
    #[pymodule_export]
    use crate::session::subscription::Subscription;
    #[pymodule_export]
    use crate::set::subscription_set::SubscriptionSet;
    #[pymodule_export]
    use crate::shared::{
        MemoryStore, SharedBatch, SharedChanges, SharedRefusal, SqliteStore, StoreReply,
        check_store,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::error::prepare(module.py())?;
        let shutdown = pyo3::wrap_pyfunction!(crate::runtime::shutdown, module)?;
        module
            .py()
            .import("atexit")?
            .call_method1("register", (shutdown,))?;
        Ok(())
    }
}
