"""The platform on four hosts, for the test and the benchmark that cut one of them off."""

import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from cli.redis_server import find_redis_server
from config import load_settings
from data import open_store
from data.simulation import simulate
from tests.cluster.hosts import Host, Network
from tests.integration.conftest import END
from tests.platform import QUICK
from tests.processes import needed, until
from workers.broker.presence import present
from workers.jobs import Jobs, open_jobs

KEY = "cluster-test-key-" + "0123456789abcdef"
PASSWORD = "of-the-cluster-test"

INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:8088"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "0.0.0.0:8086"
log-enabled = false
"""


class Cluster:
    """Hosts `data` (Redis, InfluxDB, object store), `api`, `east` and `west` (workers)."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.data, self.api = network.host("data"), network.host("api")
        self.workers = [network.host("east"), network.host("west")]
        self.folder = folder
        self.environment = {
            "REDIS_URL": f"redis://:{PASSWORD}@{self.data.address}:6379/0",
            "INFLUX_URL": f"http://{self.data.address}:8086",
            "INFLUX_TIMEOUT": "5",
            "MODEL_STORE_URL": "s3://models",
            "UPLOAD_URL": "s3://uploads",
            "AWS_ENDPOINT_URL": f"http://{self.data.address}:9000",
            "AWS_ACCESS_KEY_ID": "cluster",
            "AWS_SECRET_ACCESS_KEY": "cluster",
            "AWS_DEFAULT_REGION": "eu-south-1",
            "LOG_DIR": str(folder / "logs"),
            "LOG_FORMAT": "plain",
            "BOOTSTRAP_API_KEY": KEY,
            "BATCH_WINDOW": "6",
            **QUICK,
        }
        self.settings = load_settings(self.environment)
        self.http = httpx.Client(
            base_url=f"http://{self.api.address}:8000", timeout=60,
            headers={"Authorization": f"Bearer {KEY}"},
        )  # fmt: skip

    def start(self) -> None:
        folder = self.folder / "data"
        folder.mkdir()
        (folder / "influxdb.conf").write_text(INFLUX.format(folder=folder))
        self.data.start("redis", [
            str(find_redis_server()), "--requirepass", PASSWORD, "--dir", str(folder),
            "--appendonly", "yes", "--save", "", "--bind", "0.0.0.0",
        ], {})  # fmt: skip
        influxd = needed("influxd", "influxdb")
        self.data.start("influx", [influxd, "run", "-config", str(folder / "influxdb.conf")], {})
        moto = str(Path(sys.executable).parent / "moto_server")
        self.data.start("objects", [moto, "-H", "0.0.0.0", "-p", "9000"], {})
        self.jobs: Jobs = open_jobs(self.settings)
        until(self._data_answers, "Redis, InfluxDB and the object store answer", seconds=60)
        self.api.energy("api", environment={**self.environment, "API_HOST": "0.0.0.0"})
        self.api.energy("beat", environment=self.environment)
        self.api.energy("worker", "maintenance", environment=self.environment)
        for host in self.workers:
            host.energy("worker", "training", environment=self.environment)
        until(lambda: len(self.present()) == 3, "all workers are there", seconds=90)
        until(self._api_answers, "the API answers", seconds=60)

    def add_meters(self, count: int, *, days: int) -> None:
        """Meters `m00`, `m01` … with hourly readings."""
        store = open_store(self.settings)
        simulated = simulate(7, END, days)[2]
        for number in range(count):
            meter = replace(simulated.meter, meter_id=f"m{number:02d}")
            store.put_meter(meter)
            store.write_readings(meter, simulated.readings)
        store.close()

    def present(self) -> set[str]:
        """Names of the workers that show themselves."""
        found = present(self.jobs.redis, heartbeat=self.settings.heartbeat)
        return {worker["name"] for worker in found}

    def train(self, count: int) -> str:
        """Start a batch of trainings of the first meters; its id."""
        meters = [{"meter_type": "electricity", "meter_id": f"m{n:02d}"} for n in range(count)]
        answer = self.http.post("/trainmodel/batch", json={"meters": meters})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def ended(self, batch_id: str, seconds: float = 150) -> dict[str, Any]:
        """The batch's job object once it has ended, with the outcome of each member."""

        def finished() -> dict[str, Any] | None:
            time.sleep(0.1)
            job = self.jobs.read(batch_id).record
            return job if job["finished_at"] else None

        job: dict[str, Any] = until(finished, "the batch ends", seconds=seconds)
        result = json.loads(self.jobs.result_json(batch_id) or b"{}")
        return {**job, "members": result["members"]}

    def worked(self, batch: dict[str, Any]) -> Counter[str]:
        """How many of a batch's jobs each host ended."""
        return Counter(self.host_of(member["task_id"]) for member in batch["members"])

    def host_of(self, job_id: str) -> str:
        """The host that took a job last; "" while none has."""
        worker = cast(bytes, self.jobs.redis.hget(f"job:{job_id}", "worker") or b"")
        return worker.decode().partition(":")[0]

    def endings(self, job_id: str) -> int:
        """How often a job's log says that it ended."""
        kept = cast(
            list[tuple[bytes, dict[bytes, bytes]]], self.jobs.redis.xrange(f"job:{job_id}:events")
        )
        events = [json.loads(fields[b"d"]) for _, fields in kept]
        return sum(event["status"] in ("succeeded", "failed", "cancelled") for event in events)

    def running_on(self, host: Host, batch_id: str) -> bool:
        """Whether a host works on a job of the batch now."""
        held = cast(list[bytes], self.jobs.redis.hkeys(f"batch:{batch_id}:outstanding"))
        return any(
            self.host_of(job.decode()) == host.name
            and self.jobs.read(job.decode()).record["status"] == "running"
            for job in held
        )

    def _data_answers(self) -> bool:
        time.sleep(0.1)
        client = boto3.client("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                              aws_access_key_id="cluster", aws_secret_access_key="cluster",
                              region_name="eu-south-1")  # fmt: skip
        location = {"LocationConstraint": "eu-south-1"}
        try:
            for bucket in ("models", "uploads"):
                client.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        except client.exceptions.BucketAlreadyOwnedByYou:
            pass
        except (BotoCoreError, ClientError):
            return False
        try:
            ready = httpx.get(f"{self.environment['INFLUX_URL']}/ping").status_code == 204
        except httpx.TransportError:
            return False
        return ready and bool(self.jobs.redis.ping())

    def _api_answers(self) -> bool:
        time.sleep(0.1)
        try:
            return self.http.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False
