use std::future::ready;
use std::sync::Arc;

use drivebell::{Error, ErrorKind};
use drivebell_store::{CheckpointStore, MemoryStore, SqliteStore, StoreError, contract};
use napi::Result;
use napi::bindgen_prelude::Function;
use napi_derive::napi;

use super::js_store::JsStore;
use super::records::{NativeCheckpoint, NativeOwnership, all};
use super::store_call::NativeStoreCall;
use crate::outcome::outcome;
use crate::runtime::operation::{self, DoneOutcome, NativeOperation};

/// Where processes keep who follows which drive, and how far each has come.
#[napi]
pub struct NativeStore(Kind);

enum Kind {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Js(Arc<JsStore>),
}

outcome!(StoreOutcome(NativeStore));
outcome!(OwnershipOutcome(Vec<NativeOwnership>));
outcome!(CheckpointsOutcome(Vec<NativeCheckpoint>));
// Neither if another process was faster.
outcome!(CheckpointOutcome(Option<NativeCheckpoint>));

impl NativeStore {
    /// For one stream: a handle of its own learns of what the others change.
    pub(super) fn handle(&self) -> Arc<dyn CheckpointStore> {
        match &self.0 {
            Kind::Memory(store) => Arc::new(store.clone()),
            Kind::Sqlite(store) => Arc::new(store.clone()),
            Kind::Js(store) => Arc::clone(store) as Arc<dyn CheckpointStore>,
        }
    }
}

fn failed(error: StoreError) -> Error {
    Error::new(ErrorKind::Storage, error.to_string())
}

#[napi]
impl NativeStore {
    #[napi(catch_unwind)]
    pub fn memory() -> NativeStore {
        Self(Kind::Memory(MemoryStore::new()))
    }

    #[napi(catch_unwind)]
    pub fn sqlite(path: String) -> StoreOutcome {
        let store = SqliteStore::open(path);
        store.map(|store| Self(Kind::Sqlite(store))).into()
    }

    /// `call` settles each call that it gets, and never throws.
    #[napi(catch_unwind)]
    pub fn of_calls(call: Function<'_, NativeStoreCall, ()>) -> Result<NativeStore> {
        Ok(Self(Kind::Js(Arc::new(JsStore::new(&call)?))))
    }

    #[napi(catch_unwind)]
    pub fn list_ownership(
        &self,
        settle: Function<'_, OwnershipOutcome, ()>,
    ) -> Result<NativeOperation> {
        let store = self.handle();
        operation::start(&settle, async move {
            let records = store.list_ownership().await.map_err(failed)?;
            Ok(all::<_, NativeOwnership>(records))
        })
    }

    #[napi(catch_unwind)]
    pub fn claim_ownership(
        &self,
        claims: Vec<NativeOwnership>,
        settle: Function<'_, OwnershipOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (store, claims) = (self.handle(), all(claims));
        operation::start(&settle, async move {
            let records = store.claim_ownership(&claims).await.map_err(failed)?;
            Ok(all::<_, NativeOwnership>(records))
        })
    }

    #[napi(catch_unwind)]
    pub fn list_checkpoints(
        &self,
        partitions: Vec<String>,
        settle: Function<'_, CheckpointsOutcome, ()>,
    ) -> Result<NativeOperation> {
        let store = self.handle();
        operation::start(&settle, async move {
            let records = store.list_checkpoints(&partitions).await.map_err(failed)?;
            Ok(all::<_, NativeCheckpoint>(records))
        })
    }

    #[napi(catch_unwind)]
    pub fn update_checkpoint(
        &self,
        checkpoint: NativeCheckpoint,
        settle: Function<'_, CheckpointOutcome, ()>,
    ) -> Result<NativeOperation> {
        let (store, checkpoint) = (self.handle(), checkpoint.into());
        operation::start(&settle, async move {
            let written = store.update_checkpoint(&checkpoint).await.map_err(failed)?;
            Ok(written.map(NativeCheckpoint::from))
        })
    }

    /// Checks the store against its contract, for the tests.
    #[napi(skip_typescript, catch_unwind)]
    pub fn check_contract_for_tests(
        &self,
        settle: Function<'_, DoneOutcome, ()>,
    ) -> Result<NativeOperation> {
        let handles: Vec<_> = (0..4).map(|_| self.handle()).collect();
        operation::start(&settle, async move {
            let mut handles = handles.into_iter();
            let open = || {
                ready(
                    handles
                        .next()
                        .ok_or_else(|| StoreError::new("no more handles")),
                )
            };
            let checked = contract::check(open).await;
            checked.map_err(|problem| Error::new(ErrorKind::Storage, problem))
        })
    }
}
