"""One Redis and one server per writer; tests that break one make their own."""

from collections.abc import Iterator

import pytest

from tests.app.streams.harness import Job, RedisServer, Server, Stream

WRITERS = ["socket", "iterator"]


@pytest.fixture(scope="session")
def streams_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session", params=WRITERS)
def server(
    request: pytest.FixtureRequest,
    streams_redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Two processes of gunicorn, with each of the two writers."""
    running = Server(
        streams_redis.url,
        tmp_path_factory.mktemp("server"),
        stream_writer=request.param,
        stream_heartbeat_seconds=1,
    )
    yield running
    running.stop()


@pytest.fixture
def job(streams_redis: RedisServer) -> Job:
    return Job(streams_redis.client)


@pytest.fixture
def listen(server: Server) -> Iterator:
    """Opens streams that are closed after the test."""
    opened: list[Stream] = []

    def open_stream(path: str, **options) -> Stream:
        opened.append(Stream(server, path, **options))
        return opened[-1]

    yield open_stream
    for stream in opened:
        stream.close()
