//! What must hold in every interleaving.

mod mailbox;
mod python;
mod shared_mailbox;

type Model = (&'static str, fn());

/// All models, with the rule that each of them checks.
pub(crate) const ALL: [Model; 10] = [
    ("each push wakes, nothing is lost", mailbox::each_push_wakes),
    ("a batch wakes once it is added", mailbox::a_batch_wakes),
    (
        "a full mailbox merges, and loses nothing",
        mailbox::merges_lose_nothing,
    ),
    ("a failure comes last, once", mailbox::a_failure_comes_last),
    (
        "closing ends the wait, whatever else happens",
        mailbox::closing_ends_the_wait,
    ),
    (
        "a cancelled wait does not take the wake-up",
        mailbox::a_cancelled_wait,
    ),
    ("two senders share a mailbox", shared_mailbox::two_senders),
    (
        "a removed sender leaves no event, the other keeps its",
        shared_mailbox::a_removed_sender,
    ),
    (
        "Python: arm, wake, try_next",
        python::an_event_reaches_the_loop,
    ),
    (
        "Python: a closed loop closes the session",
        python::a_closed_loop_closes,
    ),
];
