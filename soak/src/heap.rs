//! The number of allocated bytes. Resident memory does not show leaks: the allocator keeps as much as
//! the largest burst needed, which varies by chance.

#![expect(unsafe_code, reason = "an allocator's trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

/// Counts the bytes of the system's allocator.
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
