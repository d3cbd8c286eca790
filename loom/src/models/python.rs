//! The way from a mailbox to an event loop of asyncio, rebuilt step by step: pyo3 does not run in
//! loom. `wake` is `LoopWaker` of `bindings-python/src/runtime/wake.rs`, the bridge is the thread of
//! `runtime/mod.rs`, and the loop's thread does what `_waiting.py` and `session/subscription.rs` do.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use loom::sync::atomic::{AtomicBool, Ordering::SeqCst};
use loom::sync::{Mutex, mpsc};
use loom::thread;

use crate::consumer::Bell;
use crate::event::event::Event;
use crate::event::mailbox::{Item, Mailbox};
use crate::lock::lock;

/// What the bridge gets, as in `runtime/mod.rs`.
enum Message {
    /// `call_soon_threadsafe` with the `wake` of this future.
    Run(Arc<Bell>),
    Stop,
}

struct LoopWaker {
    messages: Mutex<mpsc::Sender<Message>>,
    future: Arc<Bell>,
}

impl Wake for LoopWaker {
    fn wake(self: Arc<Self>) {
        let _ = lock(&self.messages).send(Message::Run(Arc::clone(&self.future)));
    }
}

/// The object of Python.
struct Subscription {
    mailbox: Arc<Mailbox>,
    drained: Mutex<VecDeque<Item>>,
    messages: mpsc::Sender<Message>,
}

impl Subscription {
    fn try_next(&self) -> Option<Event> {
        let mut drained = lock(&self.drained);
        if drained.is_empty() {
            self.mailbox.drain(&mut drained);
        }
        drained.pop_front()?.ok()
    }

    /// True if an event is there already; otherwise the future will be woken.
    fn arm(&self, future: &Arc<Bell>) -> bool {
        let waker = Waker::from(Arc::new(LoopWaker {
            messages: Mutex::new(self.messages.clone()),
            future: Arc::clone(future),
        }));
        let cx = Context::from_waker(&waker);
        self.mailbox.poll_waiting(&cx).is_ready()
    }

    /// `next_of` of `_waiting.py`.
    fn next(&self) -> Event {
        loop {
            if let Some(event) = self.try_next() {
                return event;
            }
            let woken = Bell::new();
            if !self.arm(&woken) {
                woken.wait();
            }
        }
    }
}

pub(super) fn an_event_reaches_the_loop() {
    let mailbox = Arc::new(Mailbox::new(10));
    let (messages, received) = mpsc::channel();
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        session.push(Event::note(1));
        session.push(Event::note(2));
    });
    let bridge = thread::spawn(move || {
        while let Ok(Message::Run(future)) = received.recv() {
            future.wake();
        }
    });
    let drained = Mutex::default();
    let subscription = Subscription {
        mailbox,
        drained,
        messages,
    };
    // A wait that was cancelled, as by `asyncio.wait_for`, has taken nothing.
    subscription.arm(&Bell::new());
    assert_eq!(subscription.next().numbers(), [1]);
    assert_eq!(subscription.next().numbers(), [2]);
    pushing.join().unwrap();
    subscription.messages.send(Message::Stop).unwrap();
    bridge.join().unwrap();
}

pub(super) fn a_closed_loop_closes() {
    let mailbox = Arc::new(Mailbox::new(10));
    let (messages, received) = mpsc::channel();
    let is_closing = Arc::new(AtomicBool::new(false));
    let (session, closing) = (Arc::clone(&mailbox), Arc::clone(&is_closing));
    let pushing = thread::spawn(move || {
        session.push(Event::note(1));
        // The session's task closes its mailbox once it is asked to.
        if closing.load(SeqCst) {
            session.close();
        }
    });
    let closing = Arc::clone(&is_closing);
    let bridge = thread::spawn(move || {
        let mut calls = 0;
        while let Ok(Message::Run(_)) = received.recv() {
            // `call_soon_threadsafe` raises: the loop is closed. So `Source::start_close` is called.
            closing.store(true, SeqCst);
            calls += 1;
        }
        calls
    });
    let drained = Mutex::default();
    let subscription = Subscription {
        mailbox,
        drained,
        messages,
    };
    // The loop is closed while it waits.
    let is_armed = !subscription.arm(&Bell::new());
    pushing.join().unwrap();
    subscription.messages.send(Message::Stop).unwrap();
    let calls = bridge.join().unwrap();
    assert_eq!(
        calls,
        u32::from(is_armed),
        "one call for each wait that is armed"
    );
    assert_eq!(is_closing.load(SeqCst), is_armed);
}
