//! What the clients of a scripted server sent.

use std::collections::VecDeque;

use crate::recorder::RecordedRequest;

/// Entries and bytes of payload that are remembered.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Something that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Counts the connections from 1.
    pub connection: usize,
    /// What it was.
    pub what: What,
}

/// What a client sent.
///
/// The `Debug` output of a request contains secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The head of a request.
    Request(RecordedRequest),
    /// A frame, without its mask.
    Frame {
        /// FIN, the reserved bits, and the opcode.
        first: u8,
        /// Whether it was masked, as a client must.
        masked: bool,
        /// What it carried.
        payload: Vec<u8>,
    },
    /// The end of the stream.
    End {
        /// By a reset, or another error.
        reset: bool,
    },
}

impl Sent {
    /// The text, if it is a text frame.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Frame {
                first: 0x81,
                payload,
                ..
            } => std::str::from_utf8(payload).ok(),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        match &self.what {
            What::Frame { payload, .. } => payload.len(),
            _ => 0,
        }
    }
}

#[derive(Default)]
pub(super) struct Record {
    entries: VecDeque<Sent>,
    bytes: usize,
}

impl Record {
    pub(super) fn all(&self) -> Vec<Sent> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn push(&mut self, sent: Sent) {
        self.bytes += sent.size();
        self.entries.push_back(sent);
        while self.entries.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= oldest.size();
        }
    }
}
