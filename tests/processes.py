"""What every test of real processes needs: a free port, and patience with an end."""

import shutil
import socket
import time
from collections.abc import Callable
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
    """Path of a program that a test drives; skips the test where it is not installed.

    Under CI=true a skipped test is a failed one (`tests/conftest.py`).
    """
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"no {program} on the PATH: apt-get install {package}")
    return found
