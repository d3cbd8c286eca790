use std::sync::Arc;

use loom::thread;

use crate::Error;
use crate::consumer::wait_for;
use crate::event::event::Event;
use crate::event::lifecycle::Lifecycle;
use crate::event::shared_mailbox::{Sender, SharedMailbox};

type Mailbox = SharedMailbox<&'static str>;

/// Takes the next event, and returns the name of its sender.
fn next(mailbox: &Mailbox) -> (&'static str, Event) {
    loop {
        if let Some((sender, event)) = mailbox.take() {
            return (sender.source, event);
        }
        wait_for(|cx| mailbox.poll_waiting(cx));
    }
}

pub(super) fn two_senders() {
    let mailbox = Arc::new(Mailbox::new(1));
    let pushing = ["a", "b"].map(|name| {
        let mailbox = Arc::clone(&mailbox);
        thread::spawn(move || {
            let sender = Arc::new(Sender::new(name));
            mailbox.push(&sender, Event::note(1));
            if name == "a" {
                mailbox.fail(&sender, Error);
                mailbox.push(&sender, Event::note(9));
            } else {
                mailbox.push(&sender, Event::note(2));
            }
        })
    });
    let (mut a, mut b, mut ended) = (vec![], vec![], 0);
    while a.is_empty() || b.len() < 2 || ended < 1 {
        match next(&mailbox) {
            (
                _,
                Event::Lifecycle {
                    change: Lifecycle::Ended { .. },
                    ..
                },
            ) => {
                assert_eq!(a, [1], "the end comes last");
                ended += 1;
            }
            ("a", event) => a.extend(event.numbers()),
            (_, event) => b.extend(event.numbers()),
        }
    }
    for pushing in pushing {
        pushing.join().unwrap();
    }
    assert_eq!((a, b, ended, mailbox.len()), (vec![1], vec![1, 2], 1, 0));
}

pub(super) fn a_removed_sender() {
    let mailbox = Arc::new(Mailbox::new(10));
    let removed = Arc::new(Sender::new("removed"));
    let pushing = {
        let (mailbox, sender) = (Arc::clone(&mailbox), Arc::clone(&removed));
        thread::spawn(move || {
            mailbox.push(&sender, Event::note(1));
            mailbox.push(&sender, Event::note(2));
        })
    };
    let other = {
        let mailbox = Arc::clone(&mailbox);
        thread::spawn(move || mailbox.push(&Arc::new(Sender::new("other")), Event::note(7)))
    };
    mailbox.remove(&removed);
    // From now on only the other one is heard.
    let (name, event) = next(&mailbox);
    assert_eq!((name, event.numbers()), ("other", vec![7]));
    pushing.join().unwrap();
    other.join().unwrap();
    assert_eq!((mailbox.len(), removed.counts().1), (0, 0));
}
