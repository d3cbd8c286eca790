"""Keeps a vector index of the text files in a drive, with LangChain, and searches it.

    pip install drivebell httpx langchain-core langchain-text-splitters
    GRAPH_TOKEN=… python langchain_index.py index.json            follow the drive, until stopped
    python langchain_index.py index.json a few words              search

The drive's tree is kept beside the index, in `index.json.db`. Replace the embedding by your
model's, and the store by yours.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import drivebell
import httpx
from drivebell import Resource, sync
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter

GRAPH = os.environ.get("GRAPH_URL", "https://graph.microsoft.com")
EMBEDDING = DeterministicFakeEmbedding(size=256)
SPLITTER = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100)


class DriveFileLoader(BaseLoader):
    """Loads the content of a file that changed: one document, or none if it is not there."""

    def __init__(self, graph: httpx.Client, change: drivebell.Change) -> None:
        self._graph = graph
        self._change = change

    def lazy_load(self) -> Iterator[Document]:
        item = self._change.item.id
        while (answer := self._graph.get(f"/v1.0/me/drive/items/{item}/content")).is_error:
            if answer.status_code in (403, 404):
                # Blocked, as malware is, or deleted meanwhile: then a change will say so.
                return
            if answer.status_code not in (429, 503):
                answer.raise_for_status()
            time.sleep(float(answer.headers.get("Retry-After", 10)))
        yield Document(answer.text, metadata={"source": self._change.path})


class Index:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._store = (
            InMemoryVectorStore.load(str(file), EMBEDDING)
            if file.exists()
            else InMemoryVectorStore(EMBEDDING)
        )

    def apply(self, change: drivebell.Change, graph: httpx.Client) -> None:
        """Brings a change into the index. To do so twice is harmless."""
        chunks = self._chunks(change.item.id)
        ids = [str(chunk.id) for chunk in chunks]
        if change.kind != "deleted":
            if change.content_changed or not chunks:
                chunks = SPLITTER.split_documents(DriveFileLoader(graph, change).load())
            for chunk in chunks:
                chunk.metadata["source"] = change.path
        self._store.delete(ids)
        if change.kind != "deleted":
            ids = [f"{change.item.id}:{number}" for number in range(len(chunks))]
            self._store.add_documents(chunks, ids=ids)

    def _chunks(self, item: str) -> list[Document]:
        """The chunks of a file. Most stores find them by a filter on the metadata."""
        found = (self._store.get_by_ids([f"{item}:{number}"]) for number in itertools.count())
        return [chunks[0] for chunks in itertools.takewhile(bool, found)]

    def save(self) -> None:
        """Replaces the file in one step, so that a crash leaves the old index or the new one."""
        new = self._file.with_name(f"{self._file.name}.new")
        self._store.dump(str(new))
        with new.open("rb+") as written:
            os.fsync(written.fileno())
        new.replace(self._file)

    def search(self, words: str) -> list[Document]:
        found: list[Document] = self._store.similarity_search(words, k=10)
        return found


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
        # A batch is done when the next one is asked for. If the program ends before, however it
        # ends, the batch comes again.
        for batch in mirror.batches():
            for change in batch:
                index.apply(change, graph)
            index.save()
            print(f"indexed {len(batch)} changes up to {batch[-1].path}", flush=True)


if __name__ == "__main__":
    given, *words = sys.argv[1:]
    index = Index(Path(given))
    if words:
        for found in index.search(" ".join(words)):
            print(f"{found.metadata['source']}: {found.page_content[:60]}")
    else:
        try:
            follow(index, f"{given}.db")
        except KeyboardInterrupt:
            sys.exit(130)
