"""Streams: so many per process, so many per key, and for as long as the key is good."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from app.streams.grants import NO_KEY_NEEDED, Grant, ended
from tests.platform import Platform
from tests.processes import until
from tests.security.conftest import BOOTSTRAP, bearer
from workers.api_keys import READ, Key, Keys

SIGN_IN_SECONDS = 4


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(
        tmp_path_factory.mktemp("streams"), roles=("api",), API_KEYS="always", API_WORKERS="1",
        BOOTSTRAP_API_KEY=BOOTSTRAP, STREAMS_PER_KEY="3", STREAM_MAX_CLIENTS="5",
        SIGN_IN_HOURS=str(SIGN_IN_SECONDS / 3600),
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


def test_streams_end_with_the_key_or_the_sign_in_that_opened_them(api: Platform) -> None:
    """A revoked key went on listening for as long as it kept its stream open."""
    keys = Keys(api.jobs.redis)
    spy, good = (keys.create(Key(name, frozenset({READ}))) for name in ("spy", "good"))
    with ExitStack() as stack:
        browser = stack.enter_context(httpx.Client(base_url=api.url))

        def opened(http: httpx.Client, **headers: str) -> Future[str]:
            stream = http.stream("GET", "/jobs/stream", headers=headers, timeout=60)
            answer = stack.enter_context(stream)
            assert answer.status_code == 200
            return pool.submit(lambda: "".join(answer.iter_text()))

        pool = stack.enter_context(ThreadPoolExecutor(3))
        http = stack.enter_context(httpx.Client(base_url=api.url))
        stays = stack.enter_context(http.stream("GET", "/jobs/stream", headers=bearer(good)))
        revoked = opened(http, **bearer(spy))
        assert browser.post("/sign_in", data={"key": good}).status_code == 303
        signed_in = opened(browser)
        keys.revoke("spy")

        assert signed_in.result(60).startswith("retry: ")
        assert revoked.result(60).startswith("retry: ")
        assert until(lambda: "energy_streams 1.0" in figures(api), "one stream is left")
        assert stays.status_code == 200


def figures(api: Platform) -> str:
    return httpx.get(f"{api.url}/metrics", headers=bearer(BOOTSTRAP)).text


KEYED = [Grant("a", "1"), Grant("b", "2"), Grant("b", "2", until=100.0), Grant("c", "3")]


def test_each_key_is_asked_for_once() -> None:
    asked: list[str] = []

    def holds(digest: str) -> bool:
        asked.append(digest)
        return digest != "1"

    assert ended([*KEYED, NO_KEY_NEEDED], holds, now=100.0) == {KEYED[0], KEYED[2]}
    assert sorted(asked) == ["1", "2", "3"]
