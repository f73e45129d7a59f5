"""Other brokers and encrypted Redis, by configuration only: the same platform, the same story."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import free_port, needed, until

pytestmark = pytest.mark.timeout(900)  # many processes start, on a machine that may be busy

ROLES = ("api", "worker-training", "worker-maintenance", "beat")
ERLANG = {"HOME", "PATH", "LANG"}


def trains(platform: Platform, *, times: int = 1) -> None:
    """A job goes out, is taken, worked on and ends, through whatever carries it."""
    one = load_simulated(platform.store, days=40)
    meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
    for _ in range(times):
        job = platform.ended(platform.submit("/trainmodel/", **meter, force=True))
        assert job["status"] == "succeeded", job


SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""The program itself; the one on the PATH changes to a user who may not write into our folder."""


class RabbitMQ:
    """Debian's server with a node, ports and folders of its own; ended with all it started."""

    def __init__(self, folder: Path) -> None:
        needed("rabbitmq-server", "rabbitmq-server")
        self.port, self._epmd, self._distribution = free_port(), free_port(), free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._names: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name in ERLANG},
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"energy{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        with (self.folder / "rabbitmq.out").open("ab") as out:
            # Its name server first and by itself: one that Erlang starts would outlive the test.
            self._names = subprocess.Popen(
                [needed("epmd", "erlang-base"), "-port", str(self._epmd), "-relaxed_command_check"],
                env=environment, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
            self._process = subprocess.Popen(
                [SERVER], cwd=self.folder, env=environment, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        until(self._answers, "RabbitMQ answers", seconds=60)

    def stop(self) -> None:
        for process in (self._process, self._names):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "rabbitmq.out").read_text()[-2000:]
        log = (self.folder / "rabbitmq.out").read_text(errors="replace")
        return "completed with" in log


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    folder = tmp_path / "rabbitmq"
    folder.mkdir()
    server = RabbitMQ(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_rabbitmq_carries_the_jobs(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    with Platform(tmp_path, roles=ROLES, BROKER_URL=rabbitmq.url) as platform:
        trains(platform, times=2)
        # In Redis there are records and events, but no queue.
        assert not platform.jobs.redis.exists("training", "_kombu.binding.training")


@pytest.fixture
def encrypted_redis(tmp_path: Path) -> Iterator[str]:
    """Address of a Redis that speaks TLS only, with the certificate to trust."""
    key, certificate, port = tmp_path / "key.pem", tmp_path / "cert.pem", free_port()
    subprocess.run(
        [needed("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    # Not the one of the wheel, which was built without TLS.
    server = needed("redis-server", "redis-server")
    with (tmp_path / "redis.out").open("ab") as out:
        process = subprocess.Popen(
            [server, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1",
             "--tls-cert-file", str(certificate), "--tls-key-file", str(key),
             "--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no",
             "--dir", str(tmp_path), "--save", ""],
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        until(lambda: "Ready to accept" in (tmp_path / "redis.out").read_text(), "Redis is ready")
        yield f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=required&ssl_ca_certs={certificate}"
    finally:
        process.terminate()
        process.wait(10)


def test_redis_behind_tls(encrypted_redis: str, tmp_path: Path) -> None:
    with Platform(tmp_path, roles=ROLES, REDIS_URL=encrypted_redis) as platform:
        trains(platform)
        with platform.http.stream("GET", "/jobs/stream") as stream:
            assert stream.status_code == 200
