"""What every test of real processes needs: a free port, and patience with an end."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Any], what: str, *, seconds: float = 15) -> Any:
    """The first true value of `condition`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def needed(program: str, package: str) -> str:
    """Path of a program of the system that a test drives; skips where it is not installed.

    Those that came with our packages do not count: their Redis knows no TLS. Under CI=true a
    skipped test is a failed one (`tests/conftest.py`).
    """
    ours = Path(sys.executable).parent
    folders = [one for one in os.get_exec_path() if Path(one) != ours]
    found = shutil.which(program, path=os.pathsep.join(folders))
    if found is None:
        pytest.skip(f"no {program} on the PATH: apt-get install {package}")
    return found
