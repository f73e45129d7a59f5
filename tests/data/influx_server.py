"""A real InfluxDB 1.x for the tests: started on free ports in a temporary folder, then stopped.

from tests.data.influx_server import influx_url    # the fixture, in a conftest.py
"""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import free_port, needed

_CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
index-version = "tsi1"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
max-row-limit = {max_row_limit}
"""

START_SECONDS = 30.0


@dataclass
class InfluxServer:
    """One influxd over one folder; it can be stopped and started again on the same port."""

    folder: Path
    port: int
    max_row_limit: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        configuration = self.folder / "influxdb.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                rpc=free_port(),
                http=self.port,
                max_row_limit=self.max_row_limit,
            )
        )
        with (self.folder / "influxd.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["influxd", "run", "-config", str(configuration)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError((self.folder / "influxd.log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@contextmanager
def running_influx(folder: Path, *, max_row_limit: int = 0) -> Iterator[InfluxServer]:
    """A server for the length of the block. Skips (fails under CI=true) without influxd."""
    needed("influxd", "influxdb")
    folder.mkdir(parents=True, exist_ok=True)
    server = InfluxServer(folder, free_port(), max_row_limit)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def influx_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that all tests of the session share: use a database of your own."""
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server.url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=1) as answer:
            return bool(answer.status == 204)
    except (urllib.error.URLError, OSError):
        return False
