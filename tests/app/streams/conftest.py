"""One server per writer for all stream tests; tests that break a part make their own."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from tests.app.streams.harness import Job, Server, Stream

WRITERS = ["socket", "iterator"]


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture(scope="session", params=WRITERS)
def server(
    request: pytest.FixtureRequest, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two processes of gunicorn, with each of the two writers."""
    running = Server(
        redis_url,
        tmp_path_factory.mktemp("server"),
        stream_writer=request.param,
        stream_heartbeat_seconds=1,
    )
    yield running
    running.stop()


@pytest.fixture
def job(redis: "Redis") -> Job:
    return Job(redis)


@pytest.fixture
def listen(server: Server) -> Iterator[Callable[..., Stream]]:
    """Opens streams that are closed after the test."""
    opened: list[Stream] = []

    def open_stream(path: str, **options) -> Stream:
        opened.append(Stream(server, path, **options))
        return opened[-1]

    yield open_stream
    for stream in opened:
        stream.close()
