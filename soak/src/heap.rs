//! The number of allocated bytes. Resident memory is no measure for leaks: the allocator keeps what
//! the largest burst has needed, and that is chance.

#![expect(unsafe_code, reason = "an allocator's trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// Counts what the system's allocator hands out.
pub(crate) struct CountingAllocator;

// SAFETY: each call is forwarded unchanged.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// In KiB.
pub(crate) fn allocated() -> u64 {
    ALLOCATED.load(Relaxed) as u64 / 1024
}
