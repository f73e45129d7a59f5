"""Streams: so many per process, so many per key, and no more."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.platform import Platform
from tests.processes import until
from tests.security.conftest import BOOTSTRAP, bearer
from workers.keys import READ, Key, Keys


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(
        tmp_path_factory.mktemp("streams"), roles=("api",), API_KEYS="always", API_WORKERS="1",
        BOOTSTRAP_API_KEY=BOOTSTRAP, STREAMS_PER_KEY="3", STREAM_MAX_CLIENTS="5",
    ) as running:  # fmt: skip
        yield running


def test_streams_are_bounded_per_key_and_in_all(api: Platform) -> None:
    keys = Keys(api.jobs.redis)
    one, two, three = (bearer(keys.create(Key(name, frozenset({READ})))) for name in "abc")
    with ExitStack() as stack:

        def opened(key: dict[str, str]) -> int:
            stream = httpx.stream("GET", f"{api.url}/jobs/stream", headers=key, timeout=20)
            return stack.enter_context(stream).status_code

        assert [opened(one) for _ in range(4)] == [200, 200, 200, 503]
        assert [opened(two) for _ in range(2)] == [200, 200]
        assert opened(three) == 503, "the process is full"
        refused = httpx.get(f"{api.url}/jobs/stream", headers=three)
        assert refused.json()["code"] == "too_many_streams"
        assert refused.headers["Retry-After"]

    def free_again() -> bool:
        with httpx.stream("GET", f"{api.url}/jobs/stream", headers=one) as stream:
            return stream.status_code == 200

    until(free_again, "the closed streams count no more", seconds=30)
    assert "Traceback" not in api.output("api")
