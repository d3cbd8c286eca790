//! Whether the environment of a thread still has its native objects.
//!
//! Deno finalizes all of them when a test or a program ends, and then runs JavaScript that is due. A method of
//! a finalized object reads memory that is not its own any more.

#![allow(
    dead_code,
    reason = "napi registers them, but not in Rust's own test build"
)]

use std::cell::Cell;

use napi::Env;
use napi::bindgen_prelude::{JavaScriptClassExt, Result};
use napi_derive::napi;

thread_local! {
    /// One for each time that JavaScript has loaded the addon.
    static WATCHES: Cell<usize> = const { Cell::new(0) };
}

/// Finalized with its environment.
#[napi]
pub struct NativeWatch(());

impl Drop for NativeWatch {
    fn drop(&mut self) {
        // Fails when the thread has ended, and nobody asks any more.
        let _ = WATCHES.try_with(|watches| watches.set(watches.get() - 1));
    }
}

/// Call it once, before [`is_environment_alive`].
#[napi(catch_unwind)]
pub fn watch_environment(env: Env) -> Result<()> {
    WATCHES.with(|watches| watches.set(watches.get() + 1));
    let watch = NativeWatch(()).into_instance(&env)?;
    let reference = watch.as_object(&env).create_ref::<false>()?;
    // As long as the environment lives.
    std::mem::forget(reference);
    Ok(())
}

/// Whether methods of native objects may be called.
#[napi(catch_unwind)]
pub fn is_environment_alive() -> bool {
    WATCHES.with(Cell::get) > 0
}
