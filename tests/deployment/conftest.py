"""The package of a stage, made once in a test run."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.deployment.packages import package


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ZIP of stage `files`, unpacked: by whichever xdist worker wants it first, while others wait for it."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent / "packaged" if "PYTEST_XDIST_WORKER" in os.environ else own / "packaged"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = folder / "whole"
        if not whole.exists():
            package("files", folder)
            whole.touch()
    return folder / "files"
