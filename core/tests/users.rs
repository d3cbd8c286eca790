//! The memory of a further user, without sessions. It has its own binary, because its allocator
//! counts every byte and nothing else may run meanwhile.

#![allow(
    unsafe_code,
    clippy::print_stdout,
    reason = "an allocator's trait is unsafe, and the time is shown with --nocapture"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use drivebell::{Client, Credential};

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

struct Counted;

// SAFETY: each call is forwarded unchanged.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

const USERS: usize = 1_000;

/// As long as Microsoft's tokens.
const TOKEN: usize = 2_000;

#[test]
fn a_further_user_costs_less_than_five_kilobytes() {
    let credential = |user: usize| {
        let token = format!("{user:0TOKEN$}");
        Credential::token(token).expect("a usable token")
    };
    let first = Client::builder(credential(0)).build();
    let first = first.expect("usable options");
    let credentials: Vec<_> = (0..USERS).map(credential).collect();
    let mut clients = Vec::with_capacity(USERS);

    let (before, began) = (ALLOCATED.load(Relaxed), Instant::now());
    for credential in credentials {
        clients.push(first.with_credential(credential));
    }
    let (after, took) = (ALLOCATED.load(Relaxed), began.elapsed());
    let bytes = (after - before) / USERS + size_of::<Client>();
    println!(
        "a further user: {bytes} bytes beside their token, {} ns",
        took.as_nanos() / USERS as u128
    );
    assert!(bytes + TOKEN < 5_000, "{bytes} bytes, and the token");
    drop(clients);
    assert!(
        ALLOCATED.load(Relaxed) <= before,
        "they leave nothing behind"
    );
}
