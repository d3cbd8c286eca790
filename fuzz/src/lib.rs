//! Everything that reads foreign bytes, each with the properties that must hold for all of them.
//!
//! A target is a function that panics if a property does not hold. `fuzz_targets/` gives them to
//! libFuzzer, and the binary `bounded` runs them on stable Rust.

#![allow(clippy::missing_panics_doc, reason = "a target panics on purpose")]

pub mod checkpoint;
pub mod delta_page;
pub mod endpoint;
pub mod frames;
pub mod graph_error;
pub mod open_packet;
pub mod payload;
pub mod tls_stream;
pub mod url;

/// The secret of every target that has one. Nothing that is shown may contain it.
pub const SECRET: &str = "w1s3cr3t5f2c9aBcd7E0";

/// A function to fuzz.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// How many bytes of memory it may take for each byte of the input, beside a fixed amount.
    pub memory: usize,
}

/// All of them.
pub const TARGETS: [Target; 9] = [
    target("frames", frames::run, 64),
    target("open_packet", open_packet::run, 64),
    target("payload", payload::run, 400),
    target("url", url::run, 64),
    target("endpoint", endpoint::run, 64),
    target("graph_error", graph_error::run, 64),
    target("delta_page", delta_page::run, 400),
    target("checkpoint", checkpoint::run, 64),
    target("tls_stream", tls_stream::run, 64),
];

const fn target(name: &'static str, run: fn(&[u8]), memory: usize) -> Target {
    Target { name, run, memory }
}

/// Panics if the secret is in a text that is shown.
pub(crate) fn assert_hidden(shown: &str) {
    assert!(!shown.contains(SECRET), "a secret is shown: {shown}");
}

/// Panics if a text acts on a terminal or a log, or is too long for one.
pub(crate) fn assert_presentable(shown: &str) {
    assert!(shown.len() < 8 * 1024, "{} bytes are shown", shown.len());
    let control = shown.chars().find(|c| c.is_control());
    assert_eq!(control, None, "in {shown:?}");
}

/// The first bytes of an input, which choose how to read the others.
pub(crate) fn choices<const N: usize>(data: &[u8]) -> ([u8; N], &[u8]) {
    let (first, rest) = data.split_at(data.len().min(N));
    let mut choices = [0; N];
    choices[..first.len()].copy_from_slice(first);
    (choices, rest)
}
