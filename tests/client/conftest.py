"""A server that says what a test wants it to."""

import threading
from collections.abc import Iterator

import pytest

from tests.client.scripted import Scripted


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()
