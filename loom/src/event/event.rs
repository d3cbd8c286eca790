use super::lifecycle::Lifecycle;
use super::notification::Notification;

#[derive(Debug, Clone)]
pub(crate) enum Event {
    Notification(Notification),
    Lifecycle { change: Lifecycle, coalesced: u64 },
}

impl Event {
    pub(crate) fn size(&self) -> usize {
        size_of_val(self)
    }

    /// A notification with this number.
    pub(crate) fn note(number: u32) -> Self {
        Self::Notification(Notification {
            numbers: vec![number],
        })
    }

    /// The numbers of a notification and of those that were merged into it.
    pub(crate) fn numbers(self) -> Vec<u32> {
        match self {
            Self::Notification(note) => note.numbers,
            Self::Lifecycle { .. } => Vec::new(),
        }
    }
}
