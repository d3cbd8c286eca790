//! A store that is written in JavaScript.

use std::sync::Arc;

use drivebell_store::{Checkpoint, CheckpointStore, Ownership, StoreError, StoreFuture};
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::store_call::{Answer, NativeStoreCall, Question, Records};

/// How many calls run at the same time. One that was given up counts until it ends: a store that hangs
/// must not fill the memory.
const MOST_CALLS: usize = 64;

/// Weak: a call of a store does not keep the process alive by itself. The loop over the changes does.
type StoreFunction = ThreadsafeFunction<Message, (), NativeStoreCall, Status, false, true>;

struct Message {
    question: Question,
    answer: oneshot::Sender<Answer>,
    permit: OwnedSemaphorePermit,
}

/// Calls a function of JavaScript on the thread that it belongs to.
pub(super) struct JsStore {
    function: StoreFunction,
    calls: Arc<Semaphore>,
}

impl JsStore {
    pub(super) fn new(function: &Function<'_, NativeStoreCall, ()>) -> Result<Self> {
        let function = function
            .build_threadsafe_function::<Message>()
            .weak::<true>()
            .build_callback(|context| {
                let Message {
                    question,
                    answer,
                    permit,
                } = context.value;
                Ok(NativeStoreCall::new(question, answer, permit))
            })?;
        Ok(Self {
            function,
            calls: Arc::new(Semaphore::new(MOST_CALLS)),
        })
    }

    async fn ask(&self, question: Question) -> std::result::Result<Records, StoreError> {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::new("the store is closed"))?;
        let (answer, answered) = oneshot::channel();
        let message = Message {
            question,
            answer,
            permit,
        };
        // If it fails, the environment shuts down, and the message is dropped.
        self.function
            .call(message, ThreadsafeFunctionCallMode::NonBlocking);
        match answered.await {
            Ok(answer) => answer.map_err(StoreError::new),
            Err(_) => Err(StoreError::new(
                "a promise of the store can never settle: nothing refers to it any more",
            )),
        }
    }

    async fn ownership(
        &self,
        question: Question,
    ) -> std::result::Result<Vec<Ownership>, StoreError> {
        match self.ask(question).await? {
            Records::Ownership(records) => Ok(records),
            Records::Checkpoints(_) => Err(misdirected()),
        }
    }

    async fn checkpoints(
        &self,
        question: Question,
    ) -> std::result::Result<Vec<Checkpoint>, StoreError> {
        match self.ask(question).await? {
            Records::Checkpoints(records) => Ok(records),
            Records::Ownership(_) => Err(misdirected()),
        }
    }
}

/// TypeScript settles each call with its own kind of records.
fn misdirected() -> StoreError {
    StoreError::new("the answer belongs to another call")
}

impl CheckpointStore for JsStore {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(self.ownership(Question::ListOwnership))
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        Box::pin(self.ownership(Question::ClaimOwnership(claims.to_vec())))
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        Box::pin(self.checkpoints(Question::ListCheckpoints(partitions.to_vec())))
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        let question = Question::UpdateCheckpoint(checkpoint.clone());
        Box::pin(async { Ok(self.checkpoints(question).await?.pop()) })
    }
}
