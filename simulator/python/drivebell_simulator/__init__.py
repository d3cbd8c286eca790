"""The program `drivebell-simulator`: a simulator of OneDrive's and SharePoint's notification
service, for tests. `drivebell.testing` starts it.

`pip install drivebell[testing]` installs both.
"""

from __future__ import annotations

import os
import sysconfig
from importlib import metadata
from pathlib import Path

__all__ = ["program"]

_NAME = "drivebell-simulator" + (".exe" if os.name == "nt" else "")


def program() -> Path:
    """The path of the installed program.

    Raises `FileNotFoundError` if the installation has lost it.
    """
    candidates = [Path(sysconfig.get_path("scripts")) / _NAME]
    # `pip install --target` puts it beside the packages, and says that it is elsewhere.
    candidates.append(Path(__file__).resolve().parents[1] / "bin" / _NAME)
    # Also with `pip install --user`.
    for file in metadata.files("drivebell-simulator") or ():
        if file.name == _NAME:
            candidates.append(Path(str(file.locate())).resolve())
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"{_NAME} is not where it was installed ({candidates[-1]}): "
        "run `pip install --force-reinstall drivebell-simulator`"
    )
