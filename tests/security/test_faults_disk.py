"""Disks without space: nothing is taken that cannot be kept, and work goes on when there is room."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.meters import Meter
from tests.integration.conftest import load_simulated
from tests.platform import Platform
from tests.reliability import note_fault

ROLES = ("api", "worker-training", "worker-maintenance", "beat")
FULL_FROM = 4096
"""Bytes beyond which no file grows, where the test may not mount a small disk."""

FillDisk = Callable[[], None]


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A file system of 24 MB; None where this user may not mount one."""
    folder = tmp_path_factory.mktemp("small")
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, small_disk: Path | None
) -> Iterator[Platform]:
    """Store, models and uploads on the small disk; Redis and logs beside it."""
    folder = tmp_path_factory.mktemp("disk")
    on = small_disk or folder
    places = {"STATE_DIR": "state", "MODEL_STORE_URL": "models", "UPLOAD_URL": "uploads"}
    env = {name: str(on / place) for name, place in places.items()}
    with Platform(folder, roles=ROLES, MAX_RETRIES="20", **env) as running:
        running.store.put_meter(Meter("electricity", "kept"))
        yield running


class Disk:
    """Full or not: really, or by a limit on the size of the files that processes may write."""

    def __init__(self, platform: Platform, folder: Path | None) -> None:
        self._platform = platform
        self._ballast = folder and folder / "ballast"

    def fill(self) -> None:
        if self._ballast is None:
            self._limit(FULL_FROM)
            return
        with self._ballast.open("ab") as ballast, suppress(OSError):
            while True:
                os.write(ballast.fileno(), b"x" * 4096)

    def clear(self) -> None:
        if self._ballast is None:
            self._limit(resource.RLIM_INFINITY)
        else:
            self._ballast.unlink(missing_ok=True)

    def _limit(self, size: int) -> None:
        for process in self._platform.processes.values():
            family = psutil.Process(process.pid)
            for one in (family, *family.children(recursive=True)):
                resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.fixture
def disk(platform: Platform, small_disk: Path | None) -> Iterator[Disk]:
    one = Disk(platform, small_disk)
    yield one
    one.clear()


def send(platform: Platform, hours: range) -> Any:
    body = [{"time": f"2001-01-{1 + h // 24:02d}T{h % 24:02d}:00Z", "value": h} for h in hours]
    return platform.http.post("/meters/electricity/kept/readings", json=body)


def kept(platform: Platform) -> list[float]:
    path = "/meters/electricity/kept/readings?start=2001-01-01&end=2001-01-31"
    values: list[float] = platform.http.get(path).json()["values"]
    return values


def test_embedded_store_without_space(platform: Platform, disk: Disk) -> None:
    assert send(platform, range(24)).status_code == 200
    disk.fill()

    # A write may still fit into what the store has already; sooner or later none does.
    answers = [send(platform, range(24 * day, 24 * day + 24)) for day in range(1, 30)]
    refused = [answer for answer in answers if answer.status_code != 200]
    acknowledged = 24 + 24 * (len(answers) - len(refused))

    assert refused
    assert {(one.status_code, one.json()["code"]) for one in refused} == {
        (503, "store_unavailable")
    }
    assert refused[0].headers["Retry-After"]
    assert len(kept(platform)) == acknowledged, "every acknowledged reading is there, and no other"
    disk.clear()
    assert send(platform, range(24 * 30)).status_code == 200
    assert kept(platform) == [float(hour) for hour in range(24 * 30)]
    note_fault(
        "Disk of the embedded store full",
        by="a small disk filled to its last byte",
        seen="sending readings: 503 `store_unavailable` with `Retry-After`; reading goes on",
        retried="by the client; all of it fits once there is room",
    )


def test_model_store_without_space(platform: Platform, disk: Disk) -> None:
    one = load_simulated(platform.store, days=100)
    meter = {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}
    disk.fill()

    job_id = platform.submit("/trainmodel/", **meter)
    waiting = platform.wait_for(job_id, lambda job: job["status"] == "retrying", "a retry", 120)
    versions = platform.http.get("/models/{meter_type}/{meter_id}".format(**meter)).json()
    disk.clear()
    job = platform.ended(job_id, seconds=180)

    assert "Trying again in" in waiting["message"], waiting
    assert versions["versions"] == [], "half a model is none"
    assert job["status"] == "succeeded", job["error"]
    note_fault(
        "Disk of the model store full",
        by="a small disk filled to its last byte",
        seen=f"the job is `retrying`: “{waiting['message'].partition(' Trying')[0]}”",
        retried="the training, until there is room; no half model is ever seen",
    )


def test_upload_without_space(platform: Platform, disk: Disk) -> None:
    disk.fill()
    rows = "\n".join(f"{1_700_000_000 + 60 * n},{n % 7}" for n in range(400_000))
    answer = platform.http.post(
        "/meters/electricity/kept/readings",
        content=f"timestamp,value\n{rows}", headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    left = list(Path(platform.settings.upload_url).glob("*"))

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), answer.text
    assert left == []
    note_fault(
        "Disk of the uploads full",
        by="a small disk filled to its last byte",
        seen="503 `store_unavailable`, no job; nothing is left behind",
        retried="by the client",
    )
