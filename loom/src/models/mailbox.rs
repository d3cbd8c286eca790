use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Waker};

use loom::thread;

use crate::Error;
use crate::consumer::{Bell, wait_for};
use crate::event::event::Event;
use crate::event::mailbox::{Item, Mailbox};

/// Reads until the end or until this many numbers have come.
fn read(mailbox: &Mailbox, count: usize) -> (Vec<u32>, Vec<Error>) {
    let (mut numbers, mut errors) = (Vec::new(), Vec::new());
    while numbers.len() < count {
        wait_for(|cx| mailbox.poll_waiting(cx));
        let mut items: VecDeque<Item> = VecDeque::new();
        let is_open = mailbox.drain(&mut items);
        for item in items {
            assert!(errors.is_empty(), "an event after the failure");
            match item {
                Ok(event) => numbers.extend(event.numbers()),
                Err(error) => errors.push(error),
            }
        }
        if !is_open {
            break;
        }
    }
    (numbers, errors)
}

pub(super) fn each_push_wakes() {
    let mailbox = Arc::new(Mailbox::new(10));
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        for number in 1..=3 {
            session.push(Event::note(number));
        }
    });
    assert_eq!(read(&mailbox, 3), (vec![1, 2, 3], vec![]));
    pushing.join().unwrap();
}

pub(super) fn a_batch_wakes() {
    let mailbox = Arc::new(Mailbox::new(10));
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        for batch in [[1, 2], [3, 4]] {
            for number in batch {
                session.add(Event::note(number));
            }
            session.wake();
        }
    });
    assert_eq!(read(&mailbox, 4), (vec![1, 2, 3, 4], vec![]));
    pushing.join().unwrap();
}

pub(super) fn merges_lose_nothing() {
    let mailbox = Arc::new(Mailbox::new(1));
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        for number in 1..=3 {
            session.push(Event::note(number));
        }
    });
    assert_eq!(read(&mailbox, 3), (vec![1, 2, 3], vec![]));
    pushing.join().unwrap();
    assert_eq!(mailbox.counts().1, 0);
}

pub(super) fn a_failure_comes_last() {
    let mailbox = Arc::new(Mailbox::new(10));
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        session.push(Event::note(1));
        session.fail(Error);
        session.push(Event::note(2));
        session.fail(Error);
    });
    assert_eq!(read(&mailbox, usize::MAX), (vec![1], vec![Error]));
    pushing.join().unwrap();
    assert_eq!(mailbox.failure(), Some(Error));
}

pub(super) fn closing_ends_the_wait() {
    let mailbox = Arc::new(Mailbox::new(10));
    let (session, closer) = (Arc::clone(&mailbox), Arc::clone(&mailbox));
    let pushing = thread::spawn(move || {
        session.push(Event::note(1));
        session.fail(Error);
    });
    let closing = thread::spawn(move || closer.close());
    let (numbers, errors) = read(&mailbox, usize::MAX);
    assert!(numbers.len() <= 1 && errors.len() <= 1);
    pushing.join().unwrap();
    closing.join().unwrap();
    // Nothing is left once it is closed.
    let mut items = VecDeque::new();
    assert!(!mailbox.drain(&mut items) && items.is_empty());
}

pub(super) fn a_cancelled_wait() {
    let mailbox = Arc::new(Mailbox::new(10));
    let session = Arc::clone(&mailbox);
    let pushing = thread::spawn(move || {
        session.push(Event::note(1));
        session.push(Event::note(2));
    });
    // A wait that is given up, such as one with a timeout. Its waker may be woken, or not.
    let given_up = Waker::from(Bell::new());
    let _ = mailbox.poll_waiting(&Context::from_waker(&given_up));
    assert_eq!(read(&mailbox, 2), (vec![1, 2], vec![]));
    pushing.join().unwrap();
}
