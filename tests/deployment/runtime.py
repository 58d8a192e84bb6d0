"""Lambda's part, in a process of its own: `python -S -P runtime.py FOLDER HANDLER`.

Nothing is importable but the unpacked ZIP and the standard library. Each line on standard input is an event; each
line on standard output is what the handler answered ("answer") or raised ("error", "text").
"""

import importlib
import json
import os
import sys
from typing import Any


def main(folder: str, handler: str) -> None:
    answers = os.fdopen(os.dup(1), "w")
    # What the handler prints is a log line, not an answer.
    os.dup2(2, 1)
    os.chdir(folder)
    sys.path.insert(0, folder)
    module, _, function = handler.rpartition(".")
    handle = getattr(importlib.import_module(module), function)
    for line in sys.stdin:
        print(json.dumps(_outcome(handle, json.loads(line))), file=answers, flush=True)


def _outcome(handle: Any, event: Any) -> dict[str, Any]:
    try:
        return {"answer": handle(event, None)}
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error)}


if __name__ == "__main__":
    main(*sys.argv[1:])
