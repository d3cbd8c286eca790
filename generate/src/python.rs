//! The options in Python: signatures with their docstrings.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use drivebell::declarations::{
    CHANGES_OPTIONS, CLIENT_OPTIONS, MIRROR_OPTIONS, OptionDefault, OptionKind, OptionSpec,
    SHARED_OPTIONS,
};

use crate::names::type_of_choice;
use crate::text::{Language, wrap};

/// The two clients: their signatures differ in what they return.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Async,
    Blocking,
}

impl Face {
    /// The documentation is written for the async client.
    fn adapt(self, text: &str) -> String {
        match self {
            Self::Async => text.to_owned(),
            Self::Blocking => text
                .replace("`async for ", "`for ")
                .replace("`async with ", "`with ")
                .replace("; the async client needs a running event loop.", ".")
                .replace("an `asyncio.Event`", "a `threading.Event`"),
        }
    }

    /// What ends a loop.
    fn stop_event(self) -> &'static str {
        match self {
            Self::Async => "AsyncStopEvent",
            Self::Blocking => "StopEvent",
        }
    }

    /// Imports of its own modules, and of those that both share, in ruff's order.
    fn imports(self, own: &[&str], shared: &[&str]) -> String {
        let package = match self {
            Self::Async => ".",
            Self::Blocking => "..",
        };
        let stop_event = format!("_stop_event import {}", self.stop_event());
        let more = [
            "_native import Resource",
            "_options import given",
            &stop_event,
        ];
        let own = own.iter().map(|import| format!("from .{import}"));
        let shared = shared.iter().chain(&more);
        let shared = shared.map(|import| format!("from {package}{import}"));
        let all: Vec<String> = match self {
            Self::Async => own
                .chain(shared)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            Self::Blocking => shared.chain(own).collect(),
        };
        all.join("\n")
    }
}

const HEAD: &str = "# Written by `make generate` from core/src/options; do not edit.\n";

pub(crate) fn client_options() -> String {
    let documentation = format!(
        "Options are given by name. Durations are in seconds. Zero is refused unless the option\n\
        \x20       says what it means. A bad value raises `InvalidArgumentError` before any traffic.\n\n{}",
        list(CLIENT_OPTIONS)
    );
    format!(
        "{HEAD}from __future__ import annotations

import os
from collections.abc import Sequence

from ._credential import Credential, Hidden
from ._names import ApiVersion, Cloud
from ._options import given


class ClientOptions:
    \"\"\"The constructor of a client, with its options.\"\"\"

    def __init__(
        self,
        credential: Credential,
        *,
{}    ) -> None:
        \"\"\"{documentation}        \"\"\"
        hidden = Hidden(credential)
        del credential
        self._configure(hidden, given(ClientOptions.__init__, {}))

    def _configure(self, credential: Hidden, options: dict[str, object]) -> None:
        raise NotImplementedError
",
        parameters(CLIENT_OPTIONS),
        passed(CLIENT_OPTIONS),
    )
}

pub(crate) fn changes_options(face: Face) -> String {
    let stop_event = face.stop_event();
    let imports = face.imports(
        &["_changes import Changes", "_changes_set import ChangesSet"],
        &["_items import Item_co", "_names import PushMode"],
    );
    let text = format!(
        "{HEAD}from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

{imports}


class ChangesOptions:
    \"\"\"`Client.changes` and `Client.changes_all`, with their options.\"\"\"

    def changes(
        self,
        resource: Resource[Item_co],
        *,
        since: str,
        stop_event: {stop_event} | None = None,
{}    ) -> Changes[Item_co]:
        \"\"\"{CHANGES}
{}
        Raises `InvalidArgumentError` at once for a text that is not a checkpoint or belongs to
        another resource, for a resource without a delta query, and for a bad option. The iteration
        raises what `endpoint` raises when Graph refuses permanently, and `ProtocolError` when its
        links lead to another origin or in a circle. It survives everything else.
        \"\"\"
        return self._changes(resource, since, given(ChangesOptions.changes, {}), stop_event)

    def changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str] = (),
        *,
        since: str | None = None,
        stop_event: {stop_event} | None = None,
{}    ) -> ChangesSet[Item_co]:
        \"\"\"{CHANGES_ALL}        \"\"\"
        return self._changes_all(resources, since, given(ChangesOptions.changes_all, {}), stop_event)

    def _changes(
        self,
        resource: Resource[Item_co],
        since: str,
        options: dict[str, object],
        stop_event: {stop_event} | None,
    ) -> Changes[Item_co]:
        raise NotImplementedError

    def _changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        since: str | None,
        options: dict[str, object],
        stop_event: {stop_event} | None,
    ) -> ChangesSet[Item_co]:
        raise NotImplementedError
",
        parameters(CHANGES_OPTIONS),
        list(CHANGES_OPTIONS),
        passed(CHANGES_OPTIONS),
        parameters(CHANGES_OPTIONS),
        passed(CHANGES_OPTIONS),
    );
    face.adapt(&text)
}

const CHANGES: &str = "Streams the changes of a resource:
        `async for batch in client.changes(resource, since=\"start\"):`.

        `since` is `\"start\"` for all items and then every change, `\"now\"` for the changes from now
        on, or the `checkpoint` of a batch of this resource to continue after it.

        Each notification of a subscription causes a delta query, which finds the changes. While the
        subscription is not live, the stream polls. `ChangeBatch` explains how to handle batches.

        The stream starts at once; the async client needs a running event loop. When `stop_event` is
        set, an `asyncio.Event`, loops end as if the stream were closed.

        Options are given by name. Durations are in seconds, and zero is refused unless the option
        says what it means.
";

const CHANGES_ALL: &str = "Streams the changes of many resources as one stream:
        `async with client.changes_all(resources, since=\"start\") as changes:`.

        Each batch names its `resource`, and the `client` of its user. `resources` are followed from
        `since` on; or give a mapping, with a `since` for each of them. `changes.add` and
        `changes.remove` change the members at any time; `client=` names another user's client.

        The members become live one after the other, at `max_endpoint_calls_per_second`, and query
        in turns: `max_concurrent_queries` of them have a page at the same time. A permanent refusal
        ends one member, and a `MemberEnd` says why; the others continue.

        The stream starts at once; the async client needs a running event loop.

        The options are those of `changes`. Raises `InvalidArgumentError` at once, as `changes`
        does, and for a resource that is given twice with different beginnings.
";

pub(crate) fn mirror_options(face: Face) -> String {
    let stop_event = face.stop_event();
    let imports = face.imports(
        &["_mirror import Mirror", "_mirror_set import MirrorSet"],
        &["_names import ChangeKind, Initial, PushMode"],
    );
    let parameters = format!(
        "{}{}",
        parameters(MIRROR_OPTIONS),
        parameters(CHANGES_OPTIONS)
    );
    let passed = passed(MIRROR_OPTIONS.iter().chain(CHANGES_OPTIONS));
    let text = format!(
        "{HEAD}from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

{imports}


class MirrorOptions:
    \"\"\"`Client.mirror` and `Client.mirror_all`, with their options.\"\"\"

    def mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        *,
        stop_event: {stop_event} | None = None,
{parameters}    ) -> Mirror:
        \"\"\"{MIRROR}
{}
        The options of the stream of changes are those of `changes`. The fields that a mirror needs
        are requested whatever `select` says.

{}
{MIRROR_ERRORS}        \"\"\"
        return self._mirror(resource, file, given(MirrorOptions.mirror, {passed}), stop_event)

    def mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        *,
        stop_event: {stop_event} | None = None,
{parameters}    ) -> MirrorSet:
        \"\"\"{MIRROR_ALL}        \"\"\"
        return self._mirror_all(resources, file, given(MirrorOptions.mirror_all, {passed}), stop_event)

    def _mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: {stop_event} | None,
    ) -> Mirror:
        raise NotImplementedError

    def _mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: {stop_event} | None,
    ) -> MirrorSet:
        raise NotImplementedError
",
        list(MIRROR_OPTIONS),
        list(CHANGES_OPTIONS),
    );
    face.adapt(&text)
}

const MIRROR: &str = "Mirrors a drive in a SQLite file, and streams what happens in it:
        `async with client.mirror(resource, \"drive.db\") as mirror:`.

        The file is made if it does not exist; otherwise the mirror goes on where it ends. `Change`
        says what a change tells. It is done when the next one is asked for: until then the file
        keeps it, and a program that ends before, however it ends, gets it again. Opening the file
        blocks for milliseconds.

        The mirror starts at once; the async client needs a running event loop. When `stop_event` is
        set, an `asyncio.Event`, loops end as if the mirror were closed.

        Options are given by name. `under`, `include`, `exclude`, `kinds` and `files_only` choose
        the changes that are handed out; the mirror itself always holds the whole drive.
";

const MIRROR_ERRORS: &str = "        Raises at once: `InvalidArgumentError` for a bad option, by the name `file` for a directory
        or for the file of another mirror of this process, and by the name `resource` for one
        without drive items; `StorageError` for a file that cannot be used, which is untouched then.
        The iteration raises what that of `changes` does, and `StorageError` if the file cannot be
        written to any more. While another program holds the file, the mirror waits.
";

const MIRROR_ALL: &str = "Mirrors many drives in one SQLite file, and streams what happens in them:
        `async with client.mirror_all(resources, \"drives.db\") as mirrors:`.

        Each change names its `resource`, and the `client` of its user. `mirrors.add` and
        `mirrors.remove` change the members at any time; `client=` names another user's client.
        Sequences are those of each drive. A permanent refusal ends one member, and a `MemberEnd`
        says why; the others continue.

        The options are those of `mirror`. Raises what `mirror` raises.
";

pub(crate) fn shared_options(face: Face) -> String {
    let stop_event = face.stop_event();
    let imports = face
        .imports(
            &[
                "_checkpoint_store import CheckpointStore",
                "_shared_changes import SharedChanges",
            ],
            &["_items import Item_co", "_names import PushMode"],
        )
        .replace(
            "_native import Resource",
            "_native import MemoryStore, Resource, SqliteStore",
        );
    let parameters = format!(
        "{}{}",
        parameters(SHARED_OPTIONS),
        parameters(CHANGES_OPTIONS)
    );
    let passed = passed(SHARED_OPTIONS.iter().chain(CHANGES_OPTIONS));
    let text = format!(
        "{HEAD}from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

{imports}


class SharedOptions:
    \"\"\"`Client.changes_shared`, with its options.\"\"\"

    def changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        *,
        since: str | None = None,
        stop_event: {stop_event} | None = None,
{parameters}    ) -> SharedChanges[Item_co]:
        \"\"\"{SHARED}
{}
        The other options are those of `changes`, of each drive's stream.

        Raises `InvalidArgumentError` at once, as `changes_all` does, and by the name `store` for an
        object without one of the four calls. A store that is away is no error: it is tried again.
        \"\"\"
        return self._changes_shared(
            drives, store, since, given(SharedOptions.changes_shared, {passed}), stop_event
        )

    def _changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        since: str | None,
        options: dict[str, object],
        stop_event: {stop_event} | None,
    ) -> SharedChanges[Item_co]:
        raise NotImplementedError
",
        list(SHARED_OPTIONS),
    );
    face.adapt(&text)
}

const SHARED: &str = "Follows drives together with other processes that have the same store:
        `async with client.changes_shared(drives, store, since=\"start\") as changes:`.

        Each drive is followed by one of the processes, and all have about as many. When one ends
        or dies, the others take over its drives, each from its last checkpoint. `SharedChanges`
        explains how to handle the batches.

        `drives` are followed from `since` on; or give a mapping, with a `since` for each of them.
        It counts only if the store has no checkpoint of the drive. Give every process the same
        drives and the same options. Drives of other users are added by `changes.add`.

        `store` is a `SqliteStore` for the processes of one machine, a `MemoryStore` within one
        process, or any object with the four calls of `CheckpointStore`, over a database that all
        processes reach.

        The stream starts at once; the async client needs a running event loop. When `stop_event` is
        set, an `asyncio.Event`, loops end as if the stream were closed.
";

fn parameters(options: &[OptionSpec]) -> String {
    let mut text = String::new();
    for option in options {
        let (kind, default) = (python_type(option), python_default(option));
        let may_be_none = default == "None" || option.kind == OptionKind::OptionalDuration;
        let or_none = if may_be_none { " | None" } else { "" };
        let _ = writeln!(
            text,
            "        {}: {kind}{or_none} = {default},",
            option.name
        );
    }
    text
}

fn python_type(option: &OptionSpec) -> String {
    match option.kind {
        OptionKind::Duration | OptionKind::OptionalDuration => "float".to_owned(),
        OptionKind::Durations => "Sequence[float]".to_owned(),
        OptionKind::Count => "int".to_owned(),
        OptionKind::Text => "str".to_owned(),
        OptionKind::Texts if option.name == "kinds" => "Sequence[ChangeKind]".to_owned(),
        OptionKind::Texts => "Sequence[str]".to_owned(),
        OptionKind::Path => "str | os.PathLike[str]".to_owned(),
        OptionKind::Flag => "bool".to_owned(),
        OptionKind::Choice(names) => match type_of_choice(names) {
            // An enumeration, whose names may be written as texts.
            "Cloud" => "Cloud | str".to_owned(),
            name => name.to_owned(),
        },
    }
}

/// `None` stands for what no value expresses.
fn python_default(option: &OptionSpec) -> String {
    // It excludes another option, which is refused only beside one that was given.
    if option.name == "cloud" {
        return "None".to_owned();
    }
    let seconds = |duration: Duration| format!("{:?}", duration.as_secs_f64());
    match (option.default, option.kind) {
        (OptionDefault::Duration(duration), _) => seconds(duration),
        (OptionDefault::Durations(durations), _) => {
            let all = durations.iter().map(|duration| seconds(*duration) + ",");
            format!("({})", all.collect::<Vec<_>>().join(" "))
        }
        (OptionDefault::Count(count), _) => count.to_string(),
        (OptionDefault::Flag(true), _) => "True".to_owned(),
        (OptionDefault::Flag(false), _) => "False".to_owned(),
        (OptionDefault::Described(text), OptionKind::Choice(names)) => {
            let name = names.iter().map(|(name, _)| *name);
            let name = name
                .into_iter()
                .find(|name| text.trim_matches('`') == *name);
            name.map_or_else(|| "None".to_owned(), |name| format!("{name:?}"))
        }
        (OptionDefault::Described(_), _) => "None".to_owned(),
    }
}

fn passed<'a>(options: impl IntoIterator<Item = &'a OptionSpec>) -> String {
    let mut may_be_none = Vec::new();
    let mut others = Vec::new();
    for option in options {
        match option.kind {
            OptionKind::OptionalDuration => may_be_none.push(format!("\"{0}\": {0}", option.name)),
            _ => others.push(format!("{0}={0}", option.name)),
        }
    }
    format!(
        "may_be_none={{{}}}, {}",
        may_be_none.join(", "),
        others.join(", ")
    )
}

fn list(options: &[OptionSpec]) -> String {
    let mut text = String::new();
    for option in options {
        let line = format!("`{}`: {}", option.name, Language::Python.describe(option));
        text.push_str(&wrap(&line, 100, "        - ", "          "));
        text.push('\n');
    }
    text
}
