use std::sync::Mutex;

use drivebell::visible;
use drivebell_store::{Checkpoint, Ownership};
use napi_derive::napi;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::records::{NativeCheckpoint, NativeOwnership, all};
use crate::runtime::lock;

/// What a store is asked.
pub(super) enum Question {
    ListOwnership,
    ClaimOwnership(Vec<Ownership>),
    ListCheckpoints(Vec<String>),
    UpdateCheckpoint(Checkpoint),
}

/// What it answers. Its own text says what is wrong.
pub(super) type Answer = std::result::Result<Records, String>;

pub(super) enum Records {
    Ownership(Vec<Ownership>),
    Checkpoints(Vec<Checkpoint>),
}

/// One call of a store, to be settled once. If it is garbage-collected before that, nothing can settle
/// it any more: the call then fails.
#[napi]
pub struct NativeStoreCall {
    question: Mutex<Option<Question>>,
    pending: Mutex<Option<Pending>>,
}

struct Pending {
    answer: oneshot::Sender<Answer>,
    /// The call counts as long as it runs, whether somebody waits for it or not.
    _permit: OwnedSemaphorePermit,
}

/// The arguments of the call of this name: one of them, or none.
#[napi(object, object_from_js = false)]
pub struct NativeQuestion {
    pub name: &'static str,
    pub claims: Option<Vec<NativeOwnership>>,
    pub partitions: Option<Vec<String>>,
    pub checkpoint: Option<NativeCheckpoint>,
}

impl NativeQuestion {
    fn named(name: &'static str) -> Self {
        Self {
            name,
            claims: None,
            partitions: None,
            checkpoint: None,
        }
    }
}

impl From<Question> for NativeQuestion {
    fn from(question: Question) -> Self {
        match question {
            Question::ListOwnership => Self::named("listOwnership"),
            Question::ClaimOwnership(claims) => Self {
                claims: Some(all(claims)),
                ..Self::named("claimOwnership")
            },
            Question::ListCheckpoints(partitions) => Self {
                partitions: Some(partitions),
                ..Self::named("listCheckpoints")
            },
            Question::UpdateCheckpoint(checkpoint) => Self {
                checkpoint: Some(checkpoint.into()),
                ..Self::named("updateCheckpoint")
            },
        }
    }
}

impl NativeStoreCall {
    pub(super) fn new(
        question: Question,
        answer: oneshot::Sender<Answer>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            question: Mutex::new(Some(question)),
            pending: Mutex::new(Some(Pending {
                answer,
                _permit: permit,
            })),
        }
    }

    fn settle(&self, answer: Answer) {
        if let Some(pending) = lock(&self.pending).take() {
            // Nobody may wait any more.
            let _ = pending.answer.send(answer);
        }
    }
}

#[napi]
impl NativeStoreCall {
    /// What to ask, once.
    #[napi(catch_unwind)]
    pub fn take(&self) -> Option<NativeQuestion> {
        let question = lock(&self.question).take();
        question.map(Into::into)
    }

    #[napi(catch_unwind)]
    pub fn resolve_ownership(&self, records: Vec<NativeOwnership>) {
        self.settle(Ok(Records::Ownership(all(records))));
    }

    /// An update returns one, or none.
    #[napi(catch_unwind)]
    pub fn resolve_checkpoints(&self, records: Vec<NativeCheckpoint>) {
        self.settle(Ok(Records::Checkpoints(all(records))));
    }

    /// The problem must contain no checkpoint.
    #[napi(catch_unwind)]
    pub fn reject(&self, problem: String) {
        self.settle(Err(visible(&problem).into_owned()));
    }
}
