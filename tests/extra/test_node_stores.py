"""The store for Node in docs/stores.md keeps the contract of stores, as it is written there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from npm_programs import node

from simulator import REPOSITORY

CHECK = """
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TableStore } from './store.mts'

const require = createRequire(import.meta.url)
const internal = (file) => require(join(dirname(require.resolve('drivebell')), file))
const { nativeStoreOf } = internal('shared/store.js')
const { run } = internal('runtime/operation.js')
const store = nativeStoreOf(new TableStore('drives.db'))
const { error } = await run((settle) => store.checkContractForTests(settle))
console.log(error?.message ?? 'kept')
"""


def test_the_store_in_the_guide_keeps_the_contract(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/stores.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```ts\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "store.mts").write_text(code, encoding="utf-8")
    (tmp_path / "check.mjs").write_text(CHECK, encoding="utf-8")
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    checked = subprocess.run(
        [node(24), "--disable-warning=ExperimentalWarning", "check.mjs"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=280,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "kept\n", "")
