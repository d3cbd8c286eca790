"""Keeps a vector index of the text files in a drive, with LlamaIndex, and searches it.

    pip install drivebell httpx llama-index-core
    GRAPH_TOKEN=… python llamaindex_index.py index.json           follow the drive, until stopped
    python llamaindex_index.py index.json a few words             search

The drive's tree is kept beside the index, in `index.json.db`. Replace the embedding by your
model's, and the store by yours.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import drivebell
import httpx
from drivebell import Resource, sync
from llama_index.core import (
    Document,
    MockEmbedding,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.readers.base import BaseReader

GRAPH = os.environ.get("GRAPH_URL", "https://graph.microsoft.com")
EMBEDDING = MockEmbedding(embed_dim=8)


class DriveFileReader(BaseReader):
    """Reads the content of a file that changed: one document, or none if it is not there."""

    def __init__(self, graph: httpx.Client) -> None:
        self._graph = graph

    def lazy_load_data(self, change: drivebell.Change) -> Iterator[Document]:
        item = change.item.id
        while (answer := self._graph.get(f"/v1.0/me/drive/items/{item}/content")).is_error:
            if answer.status_code in (403, 404):
                # Blocked, as malware is, or deleted meanwhile: then a change will say so.
                return
            if answer.status_code not in (429, 503):
                answer.raise_for_status()
            time.sleep(float(answer.headers.get("Retry-After", 10)))
        yield Document(doc_id=item, text=answer.text, metadata={"path": change.path})


class Index:
    def __init__(self, file: Path) -> None:
        self._file = file
        options: dict[str, Any] = {"embed_model": EMBEDDING}
        if file.exists():
            self._storage = StorageContext.from_dict(json.loads(file.read_text()))
            self._index = load_index_from_storage(self._storage, **options)
        else:
            self._storage = StorageContext.from_defaults()
            self._index = VectorStoreIndex([], storage_context=self._storage, **options)

    def apply(self, change: drivebell.Change, reader: DriveFileReader) -> None:
        """Brings a change into the index. To do so twice is harmless."""
        if change.kind == "modified" and not change.content_changed:
            return
        # The path belongs to what is embedded, so a file at a new place is read again.
        documents = [] if change.kind == "deleted" else reader.load_data(change)
        self._index.delete_ref_doc(change.item.id, delete_from_docstore=True)
        for document in documents:
            self._index.insert(document)

    def save(self) -> None:
        """Replaces the file in one step, so that a crash leaves the old index or the new one."""
        new = self._file.with_name(f"{self._file.name}.new")
        with new.open("w") as written:
            json.dump(self._storage.to_dict(), written)
            written.flush()
            os.fsync(written.fileno())
        new.replace(self._file)

    def search(self, words: str) -> Iterator[tuple[str, str]]:
        for found in self._index.as_retriever(similarity_top_k=10).retrieve(words):
            yield found.node.metadata["path"], found.node.get_content()


def follow(index: Index, tree: str) -> None:
    credential = os.environ["GRAPH_TOKEN"]
    # httpx does not send the token along where Graph redirects to the content.
    bearer = {"Authorization": f"Bearer {credential}"}
    with (
        httpx.Client(base_url=GRAPH, headers=bearer, follow_redirects=True, timeout=60) as graph,
        sync.Client(credential, base_url=GRAPH) as client,
        client.mirror(
            Resource.my_drive(), tree, files_only=True, include=["*.txt", "*.md"]
        ) as mirror,
    ):
        reader = DriveFileReader(graph)
        # A batch is done when the next one is asked for. If the program ends before, however it
        # ends, the batch comes again.
        for batch in mirror.batches():
            for change in batch:
                index.apply(change, reader)
            index.save()
            print(f"indexed {len(batch)} changes up to {batch[-1].path}", flush=True)


if __name__ == "__main__":
    given, *words = sys.argv[1:]
    index = Index(Path(given))
    if words:
        for path, text in index.search(" ".join(words)):
            print(f"{path}: {text[:60]}")
    else:
        try:
            follow(index, f"{given}.db")
        except KeyboardInterrupt:
            sys.exit(130)
