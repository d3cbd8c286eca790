use std::future::ready;

use drivebell_store::{StoreError, contract};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::python_store::StoreArgument;
use crate::runtime::Runtime;
use crate::runtime::call::{self, Call};

/// For the tests of stores in Python: settles with what a store does wrong, or with `None`. `stores` are
/// four handles on one empty store.
#[pyfunction]
#[pyo3(name = "_check_store")]
pub(crate) fn check_store(
    py: Python<'_>,
    stores: Vec<StoreArgument>,
    event_loop: Py<PyAny>,
    settle: Py<PyAny>,
) -> PyResult<Call> {
    let runtime = Runtime::current(py)?;
    let stores = stores.into_iter().map(|store| store.prepare(py, &runtime));
    let mut stores = stores.collect::<PyResult<Vec<_>>>()?.into_iter();
    let open = move || {
        let store = stores.next();
        ready(store.ok_or_else(|| StoreError::new("there are too few handles")))
    };
    let future = async move { Ok(contract::check(open).await.err()) };
    Ok(call::start(
        &runtime,
        event_loop,
        settle,
        future,
        |py, problem| {
            Ok(match problem {
                Some(problem) => PyString::new(py, &problem).into_any().unbind(),
                None => py.None(),
            })
        },
    ))
}
