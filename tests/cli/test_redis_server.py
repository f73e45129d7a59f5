"""The Redis that `energy up` starts: which one, and that it is there again after it died."""

import os
import signal
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from cli.redis_server import NoRedis, find_redis_server, running_redis
from tests.processes import free_port, until


def server_of(folder: Path, version: str) -> Path:
    """A redis-server that says it is of `version`."""
    server = folder / "redis-server"
    server.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=00000000:0 bits=64'\n")
    server.chmod(0o755)
    return server


@pytest.mark.parametrize(
    ("version", "taken"), [("7.0.15", True), ("6.0.16", False), ("unknown", False)]
)
def test_the_newest_server_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    ours = server_of(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/nowhere")

    assert (find_redis_server() == ours) is taken


def test_without_any_server_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("cli.redis_server.find_spec", lambda name: None)

    with pytest.raises(NoRedis, match="apt-get install"):
        find_redis_server()


def test_a_server_that_died_is_there_again_with_what_it_knew(tmp_path: Path) -> None:
    with running_redis(free_port(), tmp_path, restart=True) as url:
        client = Redis.from_url(url)
        client.set("job", "done")
        first = client.info("server")["process_id"]
        os.kill(first, signal.SIGKILL)

        def again() -> bool:
            try:
                return bool(client.info("server")["process_id"] != first)
            except RedisError:
                return False

        until(again, "a Redis after the kill")
        assert client.get("job") == b"done"

    with pytest.raises(RedisError):
        client.ping()
