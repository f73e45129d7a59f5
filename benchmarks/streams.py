"""How many streams, how quickly, at what cost: our server and its peers under one load driver.

    python -m benchmarks.streams                       # 10 000 streams over 50 jobs
    python -m benchmarks.streams main iterator one-job --runs 3 --out streams.json
    python -m benchmarks.streams --list

The driver (`sse_load.py`) and the peers' servers lie in the folder `--bench` or `ENERGY_BENCH`.
FastAPI + Dramatiq runs in an environment of its own: `--fastapi-python`. Everything shares the
cores of this machine, the driver included.
"""

import argparse
import json
import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from cli.redis_server import running_redis

ROOT = Path(__file__).resolve().parent.parent
OURS = "/trainmodel/stream/{channel}"
JOB_IDS = "bench-{i}"
PAYLOAD = '{"message": "{mark}"}'
REDIS_CLIENTS = 19_000
"""The peers need a connection per stream; Redis stops at 10 000 unless told otherwise."""


@dataclass(frozen=True)
class Case:
    """One server under one load."""

    about: str
    server: str = "socket"
    streams: int = 10_000
    jobs: int = 50
    rate: float = 1.0
    burst: bool = False
    ramp: int = 1000


CASES = {
    "main": Case("the aim: 10 000 deliveries/s"),
    "iterator": Case("the same through plain WSGI iterators", server="iterator"),
    "one-job": Case("all on one job", jobs=1),
    "burst": Case("50 jobs change at the same instant", burst=True),
    "one-watcher": Case("2 000 jobs with one watcher each", streams=2000, jobs=2000, rate=0.3),
    "nginx": Case("behind nginx", server="nginx", streams=4000),
    "tls": Case("TLS at gunicorn, so the iterator; nginx unwraps it", server="tls", streams=4000),
    "flask-sse": Case("stock flask-sse", server="flask-sse", ramp=300),
    "fastapi": Case("FastAPI + Dramatiq", server="fastapi", ramp=300),
}


@dataclass(frozen=True)
class Target:
    """A server that runs: where it is, how events reach it, whose memory counts."""

    url: str
    publish: list[str]
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(
    command: list[str], ready_url: str, folder: Path, environment: dict[str, str]
) -> Iterator[int]:
    """A server process that answers at `ready_url`; its output lies in `folder`."""
    output = folder / f"{Path(command[0]).name}.log"
    with output.open("ab") as log:
        started = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        try:
            wait_until_answered(ready_url)
        except TimeoutError:
            print(output.read_text()[-2000:], file=sys.stderr)
            raise
        yield started.pid
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_until_answered(url: str, *, seconds: float = 60) -> None:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5, context=unverified).close()
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass  # does not listen yet
        else:
            return
        time.sleep(0.2)
    raise TimeoutError(f"{url} does not answer")


@contextmanager
def ours(redis_url: str, case: Case, folder: Path) -> Iterator[Target]:
    """The product's own server, with its own gunicorn settings."""
    port = free_port()
    environment = {
        "REDIS_URL": redis_url,
        "API_PORT": str(port),
        "STATE_DIR": str(folder / "state"),
        "LOG_DIR": str(folder / "logs"),
        "MODEL_STORE_URL": str(folder / "models"),
        "STREAM_WRITER": "iterator" if case.server == "iterator" else "auto",
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "app.wsgi:app"]
    if case.server == "tls":
        gunicorn += self_signed(folder)
    publisher = [sys.executable, "-m", "benchmarks.publish"]
    in_environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [*publisher, "create", str(case.jobs), "--ids", JOB_IDS],
        env=in_environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    settings = [f"{name}={value}" for name, value in environment.items()]
    publish = ["env", f"PYTHONPATH={ROOT}", *settings, *publisher, "events"]
    scheme = "https" if case.server == "tls" else "http"
    base = f"{scheme}://127.0.0.1:{port}"
    with process(gunicorn, f"{base}/health/live", folder, environment) as pid:
        if case.server in ("nginx", "tls"):
            with nginx(base, folder) as front:
                yield Target(front + OURS, publish_options(publish), pid)
        else:
            yield Target(base + OURS, publish_options(publish), pid)


def publish_options(command: list[str]) -> list[str]:
    return ["--payload", PAYLOAD, "--publish-cmd", shlex.join(command)]


def self_signed(folder: Path) -> list[str]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return ["--keyfile", str(key), "--certfile", str(certificate)]


@contextmanager
def nginx(upstream: str, folder: Path) -> Iterator[str]:
    """A proxy with the settings of `docs/streaming.md`."""
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(f"""
        daemon off; worker_processes 1; worker_rlimit_nofile 19000; pid {folder}/nginx.pid;
        error_log {folder}/nginx-error.log; events {{ worker_connections 18000; }}
        http {{ access_log off; server {{ listen 127.0.0.1:{port} backlog=4096;
          location / {{ proxy_pass {upstream}; proxy_http_version 1.1; proxy_buffering off;
            proxy_set_header Connection ""; proxy_read_timeout 1h; proxy_ssl_verify off; }} }} }}
    """)
    base = f"http://127.0.0.1:{port}"
    command = ["nginx", "-e", f"{folder}/nginx-start.log", "-c", str(configuration)]
    with process(command, f"{base}/health/live", folder, {}):
        yield base


@contextmanager
def peer(redis_url: str, case: Case, folder: Path, options: Any) -> Iterator[Target]:
    """A skeleton of another design, helped where its stock settings would break it."""
    port = free_port()
    peers = options.bench / "peers"
    environment = {"REDIS_URL": redis_url, "PYTHONPATH": str(peers)}
    if case.server == "fastapi":
        command = [options.fastapi_python, "-m", "uvicorn", "p1_seed:app", "--port", str(port),
                   "--workers", "2", "--backlog", "8192", "--log-level", "warning"]  # fmt: skip
        path, channel = OURS, "task:{channel}"
    else:
        command = [sys.executable, "-m", "gunicorn", "p2_stock:app", "-k", "gevent", "-w", "2",
                   "-b", f"127.0.0.1:{port}", "--worker-connections", "20000",
                   "--backlog", "8192", "--no-control-socket"]  # fmt: skip
        path, channel = "/stream?channel={channel}", "{channel}"
    base = f"http://127.0.0.1:{port}"
    with process(command, f"{base}/health", folder, environment) as pid:
        publish = ["--redis-cmd", json.dumps(["PUBLISH", channel, "{payload}"])]
        yield Target(base + path, publish, pid)


def measure(name: str, case: Case, options: Any) -> dict[str, Any]:
    """Run one case on a fresh Redis and server; the driver's report."""
    servers = peer if case.server in ("flask-sse", "fastapi") else ours
    extra = (options,) if servers is peer else ()
    with tempfile.TemporaryDirectory(prefix="streams-") as made:
        folder = Path(made)
        with running_redis(free_port(), folder / "redis") as redis_url:
            Redis.from_url(redis_url).config_set("maxclients", REDIS_CLIENTS)
            with servers(redis_url, case, folder, *extra) as target:
                command = [
                    sys.executable, str(options.bench / "sse_load.py"), "--url", target.url,
                    "-n", str(options.streams or case.streams), "-k", str(case.jobs),
                    "--rate", str(case.rate), "--ramp", str(case.ramp),
                    # The publisher needs a moment to start, or the first events wait for it.
                    "--settle", "4", "--duration", str(options.duration),
                    "--channel-format", JOB_IDS, "--redis-url", redis_url,
                    "--server-pid", str(target.pid), "--label", name,
                    *target.publish, *(["--burst"] if case.burst else []),
                ]  # fmt: skip
                report = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return dict(json.loads(report))


COLUMNS = (
    ("case", 12), ("streams", 7), ("held", 6), ("lost", 5), ("twice", 5), ("p50 ms", 7),
    ("p99 ms", 8), ("max ms", 8), ("PSS MB", 7), ("CPU µs", 7), ("events/s", 8), ("Redis +", 7),
)  # fmt: skip


def row(report: dict[str, Any]) -> str:
    latency, server = report["latency_ms"], report["server"]
    values = (
        report["label"], report["streams_asked"], report["streams_held"], report["lost"],
        report["repeated"], latency["p50"], latency["p99"], latency["max"],
        server["pss_mb_held"], server["cpu_us_per_event"], report["delivered_per_s"],
        report["redis"]["clients_added"],
    )  # fmt: skip
    return " ".join(f"{v!s:>{width}}" for v, (_, width) in zip(values, COLUMNS, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", default=["main"], metavar="CASE")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--bench", type=Path, default=os.environ.get("ENERGY_BENCH"),
                        help="folder of sse_load.py [ENERGY_BENCH or ../shared/bench]")  # fmt: skip
    parser.add_argument("--fastapi-python", default=sys.executable, help="interpreter with FastAPI")
    parser.add_argument("--streams", type=int, help="instead of the case's own number")
    parser.add_argument("--duration", type=float, default=12, help="seconds of publishing")
    parser.add_argument("--runs", type=int, default=1, help="rounds; cases are interleaved")
    parser.add_argument("--out", type=Path, help="write the driver's reports as a JSON list")
    options = parser.parse_args()
    options.bench = Path(options.bench or ROOT.parent / "shared" / "bench")
    if options.list:
        print("\n".join(f"{name:12} {case.about}" for name, case in CASES.items()))
        return
    unknown = set(options.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}; see --list")
    print(" ".join(f"{title:>{width}}" for title, width in COLUMNS), flush=True)
    reports = []
    for _ in range(options.runs):
        for name in options.cases:
            reports.append(measure(name, CASES[name], options))
            print(row(reports[-1]), flush=True)
            if options.out:
                options.out.write_text(json.dumps(reports, indent=1) + "\n")


if __name__ == "__main__":
    main()
