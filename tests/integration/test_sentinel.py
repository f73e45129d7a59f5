"""Redis behind a sentinel: the master dies in the middle of a job, and nobody else has to."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from cli.redis_server import find_redis_server
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.processes import free_port, until

MASTER = "energy"
SENTINEL = """
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {master} 127.0.0.1 {watched} 1
sentinel down-after-milliseconds {master} 1000
sentinel failover-timeout {master} 4000
"""


class Watched:
    """A master, its replica and a sentinel over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("master", "replica", "sentinel")}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"sentinel://127.0.0.1:{self.ports['sentinel']}/0"

    def start(self) -> None:
        self._run("master", "--appendonly", "yes")
        self._run("replica", "--replicaof", "127.0.0.1", str(self.ports["master"]))
        until(lambda: self.info("replica", "master_link_status") == "up", "the replica follows")
        configuration = self.folder / "sentinel.conf"
        configuration.write_text(
            SENTINEL.format(
                port=self.ports["sentinel"],
                folder=self.folder,
                master=MASTER,
                watched=self.ports["master"],
            )
        )
        self._spawn("sentinel", str(configuration), "--sentinel")
        until(lambda: self._knows() == 1, "the sentinel knows the replica", seconds=30)

    def info(self, name: str, field: str) -> object:
        try:
            with Redis(port=self.ports[name]) as redis:
                return redis.info("replication").get(field)
        except RedisError:
            return None

    def lose_master(self) -> None:
        """Kill the master once its replica has all it wrote: replication itself may lag."""
        with Redis(port=self.ports["master"]) as master:
            master.client_pause(10_000, all=False)
            written = master.info("replication")["master_repl_offset"]
            until(lambda: self.info("replica", "slave_repl_offset") >= written, "all is copied")
        self.processes.pop("master").kill()
        until(lambda: self.info("replica", "role") == "master", "the replica leads", seconds=60)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _knows(self) -> object:
        try:
            with Redis(port=self.ports["sentinel"]) as redis:
                return redis.sentinel_master(MASTER)["num-slaves"]
        except RedisError:
            return None

    def _run(self, name: str, *options: str) -> None:
        folder = self.folder / name
        folder.mkdir(parents=True)
        self._spawn(
            name, "--port", str(self.ports[name]), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--repl-diskless-sync-delay", "0", *options,
        )  # fmt: skip
        until(lambda: self.info(name, "role"), f"the {name} answers")

    def _spawn(self, name: str, *arguments: str) -> None:
        command = [str(find_redis_server()), *arguments]
        self.processes[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        redis = Watched(tmp_path / "watched")
        stack.callback(redis.stop)
        redis.start()
        yield redis


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids and data of a stream."""
    event_id = ""
    for line in lines:
        if line.startswith("id: "):
            event_id = line[4:]
        elif line.startswith("data: "):
            yield event_id, json.loads(line[6:])


def test_a_job_and_its_watcher_outlive_the_master(watched: Watched, tmp_path: Path) -> None:
    given = {"REDIS_URL": watched.url, "REDIS_SENTINEL_MASTER": MASTER}
    with Platform(tmp_path / "platform", ("api", "worker-training"), **given) as platform:
        one = load_simulated(platform.store, days=730)
        meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
        job_id = platform.submit("/trainmodel/", **meter)

        seen: list[tuple[str, dict[str, Any]]] = []
        with platform.http.stream("GET", f"/jobs/{job_id}/stream", timeout=120) as stream:
            for event_id, event in events(stream.iter_lines()):
                seen.append((event_id, event))
                if event.get("stage") == "fitting" and "master" in watched.processes:
                    watched.lose_master()

        assert "master" not in watched.processes
        assert seen[-1][1]["status"] == "succeeded", seen[-1][1]
        assert sum("finished_at" in event for _, event in seen[1:]) == 1, "it ended twice"
        ids = [tuple(map(int, event_id.split("-"))) for event_id, _ in seen]
        assert all(a < b for a, b in pairwise(ids)), "events are doubled or out of order"
        story = platform.http.get(f"/jobs/{job_id}/stream?last_event_id=0").text
        kept = [event_id for event_id, _ in events(iter(story.splitlines()))]
        assert kept[kept.index(seen[0][0]) :] == [event_id for event_id, _ in seen]
        after = platform.submit("/trainmodel/", **meter)
        platform.wait_for(after, lambda job: job["status"] == "running", "the next job runs")
        platform.http.delete(f"/jobs/{after}")
        assert platform.ended(after)["status"] == "cancelled"
        assert "Traceback" not in platform.output("api")
