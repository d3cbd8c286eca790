"""What the programs print: one JSON line for each thing that they are told."""

import json
import os
import threading


def tell(what: str, detail: object = "") -> None:
    """Says that the program was told of `what`. `detail` is for the reader of the raw results."""
    print(json.dumps({"told": what, "detail": str(detail)}), flush=True)


def end_with_stdin() -> None:
    """Ends the program with its stdin, so that it never outlives whoever started it."""

    def watch() -> None:
        # Not sys.stdin: its lock would be held when the interpreter exits.
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
