"""Does what a page of the documentation is about, and prints what one sees of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource as limits
import sys
import time
import traceback
from typing import Any

import drivebell
from drivebell import Client, Resource

PLAN: dict[str, Any] = json.loads(sys.argv[1])
RESOURCE = Resource.parse(PLAN.get("resource", "/me/drive"))


def credential() -> Any:
    match PLAN.get("credential"):
        case None:
            return PLAN["token"]
        case "sign_in":

            def nobody() -> str:
                raise drivebell.SignInRequired("alex@contoso.com has to sign in again")

            return nobody
        case "asks":

            def asks(request: drivebell.TokenRequest) -> str:
                request.signing_in()
                while not request.cancelled:
                    time.sleep(0.01)
                return ""

            return asks
        case "fails":

            def fails() -> str:
                raise OSError("the vault does not answer")

            return fails
        case "hangs":

            async def hangs() -> str:
                await asyncio.sleep(60)
                return ""

            return hangs
        case _:
            return lambda: None


def client() -> Client:
    return Client(credential(), base_url=PLAN["base_url"], **PLAN.get("options", {}))


async def run() -> None:
    match PLAN["action"]:
        case "construct":
            client()
        case "endpoint":
            async with client() as it:
                await prepare(it)
                await it.endpoint(RESOURCE)
        case "subscribe":
            async with client() as it, it.subscribe(RESOURCE):
                pass
        case "mirror":
            async with client() as it, it.mirror(RESOURCE, PLAN["file"]) as mirror:
                await mirror.ready()
        case "events":
            async with client() as it, it.subscribe(RESOURCE, wait_live=False) as sub:
                await show(sub.events())
        case "changes":
            async with client() as it, it.changes(RESOURCE, **PLAN.get("changes", {})) as changes:
                await asyncio.gather(show(changes.events()), drain(changes))
        case "batches":
            async with client() as it:
                async for batch in it.changes(RESOURCE, **PLAN.get("changes", {})):
                    print(len(batch.items))
        case "set":
            async with client() as it, it.subscribe_all([RESOURCE]) as subs:
                await show(subs.events())
        case other:
            raise AssertionError(other)


async def prepare(it: Client) -> None:
    if PLAN.get("close_first"):
        await it.aclose()
    if PLAN.get("few_files"):
        # The first call has opened what a client keeps open.
        with contextlib.suppress(drivebell.Error):
            await it.endpoint(RESOURCE)
        _, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
        limits.setrlimit(limits.RLIMIT_NOFILE, (3, hard))


async def drain(stream: Any) -> None:
    async for _ in stream:
        pass


async def show(events: Any) -> None:
    async for event in events:
        if event.kind == PLAN["event"] and PLAN.get("reason") in {
            None,
            getattr(event, "reason", None),
        }:
            if PLAN.get("coalesced") and not event.coalesced:
                continue
            print(event, flush=True)
            raise SystemExit(0)
        if PLAN.get("slow"):
            await asyncio.sleep(0.5)


try:
    asyncio.run(run())
except drivebell.Error as error:
    print(*traceback.format_exception_only(error), sep="", end="")
