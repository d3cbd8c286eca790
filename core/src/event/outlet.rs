use std::sync::Arc;

use super::mailbox::Mailbox;
use super::shared_mailbox::{Sender, SharedMailbox};
use crate::set::Source;
use crate::{Error, Event};

/// What the events of a session come out of.
#[derive(Debug, Clone)]
pub(crate) enum Outlet {
    /// The queue of a subscription.
    Own(Arc<Mailbox>),
    /// The queue of a set, and who this is in it.
    Shared {
        mailbox: Arc<SharedMailbox<Source>>,
        sender: Arc<Sender<Source>>,
    },
}

impl Outlet {
    pub(crate) fn push(&self, event: Event) {
        match self {
            Self::Own(mailbox) => mailbox.push(event),
            Self::Shared { mailbox, sender } => mailbox.push(sender, event),
        }
    }

    /// As `push`, but for the waking: of several events at once the consumer hears by one `ring`.
    pub(crate) fn add(&self, event: Event) {
        match self {
            Self::Own(mailbox) => mailbox.add(event),
            Self::Shared { mailbox, sender } => mailbox.add(sender, event),
        }
    }

    /// Wakes a consumer that waits although there is something.
    pub(crate) fn ring(&self) {
        match self {
            Self::Own(mailbox) => mailbox.ring(),
            Self::Shared { mailbox, .. } => mailbox.ring(),
        }
    }

    pub(crate) fn fail(&self, error: Error) {
        match self {
            Self::Own(mailbox) => mailbox.fail(error),
            Self::Shared { mailbox, sender } => mailbox.fail(sender, error),
        }
    }

    /// Nothing more is wanted.
    pub(crate) fn close(&self) {
        match self {
            Self::Own(mailbox) => mailbox.close(),
            Self::Shared { mailbox, sender } => mailbox.leave(sender),
        }
    }
}
