"""A backup holds all that would be missed, is whole or not there, and comes back as it was."""

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from redis import Redis

from cli.archive import END, HEAD, REDIS, InvalidBackup, check, members, writing
from cli.redis_server import running_redis
from config.errors import EnergyError
from data import Meter
from data.embedded import EmbeddedStore
from data.store import Store
from tests.processes import free_port, until
from weather.asked_days import mark_asked, missing_days
from weather.provider import Product, place_of
from workers.api_keys import KEYS, Key, Keys

START = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = (date(2025, 3, 1), date(2026, 3, 5))
ENERGY = str(Path(sys.executable).parent / "energy")


@dataclass(frozen=True)
class Site:
    """The durable parts of a platform, and the `energy` command on them."""

    environment: dict[str, str]
    redis: "Redis"
    store: Store
    models: Path

    def command(self, *arguments: str) -> list[str]:
        return [ENERGY, *arguments]

    def energy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env={**os.environ, **self.environment},
            capture_output=True, text=True,
        )  # fmt: skip

    def model_files(self) -> dict[str, bytes]:
        files = (path for path in self.models.rglob("*") if path.is_file())
        return {str(path.relative_to(self.models)): path.read_bytes() for path in files}

    def keys(self) -> dict[str, object]:
        return {
            "aliases": self.redis.hgetall("model:electricity/m0"),
            "audit": self.redis.xrange("model:electricity/m0:audit"),
            "keys": self.redis.hgetall(KEYS),
            "scores": self.redis.zrange("ledger:skill", 0, -1, withscores=True),
        }


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """Where a backup is taken, and an empty place to restore it to."""
    with (
        running_redis(free_port(), tmp_path / "r1") as one,
        running_redis(free_port(), tmp_path / "r2") as two,
    ):
        made = [site(tmp_path / name, url) for name, url in (("here", one), ("there", two))]
        yield made[0], made[1]
        for each in made:
            each.store.close()
            each.redis.close()


def site(folder: Path, redis_url: str) -> Site:
    environment = {
        "REDIS_URL": redis_url,
        "STATE_DIR": str(folder / "state"),
        "MODEL_STORE_URL": str(folder / "models"),
    }
    store = EmbeddedStore(folder / "state" / "readings.db")
    return Site(environment, Redis.from_url(redis_url), store, folder / "models")


def readings(days: int, *, first: float = 0.0) -> pd.Series:
    index = pd.date_range(START, periods=24 * days, freq="h", tz="UTC", name="time")
    return pd.Series(
        [first + n % 24 for n in range(len(index))], index=index, name="value", dtype=float
    )


def fill(site: Site, *, meters: int = 3, days: int = 30) -> None:
    """Meters with everything a meter can have."""
    for number in range(meters):
        meter = Meter(
            "electricity",
            f"m{number}",
            timezone="Europe/Rome",
            latitude=45.0 + number,
            longitude=9.0,
        )
        site.store.put_meter(meter)
        site.store.write_readings(meter, readings(days, first=number / 7))
        folder = site.models / meter.key / "20260301T000000Z-abc123"
        folder.mkdir(parents=True)
        (folder / "head.ubj").write_bytes(bytes([number]) * 500)
        (folder / "meta.json").write_text(json.dumps({"format": 1, "number": number}))
        site.redis.hset(f"model:{meter.key}", mapping={"champion": folder.name, "rev": 1})
        site.redis.xadd(f"model:{meter.key}:audit", {"d": '{"who":"a key","action":"promote"}'})
        site.redis.zadd("ledger:skill", {meter.key: 0.1 * number})
    bare = Meter("water", "bare", unit="m3")
    site.store.put_meter(bare)
    meter = site.store.meter("electricity", "m0")
    weather = pd.DataFrame(
        {"temperature": [1.0, 2.0, 3.0], "wind_speed": [4.0, float("nan"), 6.0]},
        index=pd.date_range(START, periods=3, freq="h", tz="UTC"),
    )
    site.store.write_weather(meter.location, weather, source="one")
    site.store.write_weather(
        meter.location, weather + 1, source="two", available_at=START - timedelta(days=1)
    )
    place = place_of(meter)
    assert place is not None
    mark_asked(site.store, place, Product.ARCHIVE, ["temperature"], *ASKED)
    for hour in (0, 6):
        at = START + timedelta(days=days, hours=hour)
        points = pd.DataFrame(
            {"p2_5": [0.5, 1.0], "p10": [1.0, 2.0], "p50": [2.0, 3.0], "p90": [3.0, 4.5]},
            index=pd.date_range(at, periods=2, freq="h", tz="UTC"),
        )
        site.store.write_forecast(
            meter, points, issued_at=at, origin=at, model_version="v", source="model"
        )
    Keys(site.redis).create(Key("operator", frozenset({"admin"})))


def everything(site: Site) -> dict[str, object]:
    far = (START - timedelta(days=10), START + timedelta(days=1000))
    meters = site.store.meters()
    return {
        "meters": meters,
        "readings": [site.store.readings(meter).to_dict() for meter in meters],
        "forecasts": [
            site.store.forecasts(meter, *far).to_json(date_format="iso") for meter in meters
        ],
        "weather": [
            site.store.weather(meter.location, *far).to_json(date_format="iso") for meter in meters
        ],
        "to be asked for": [
            missing_days(site.store, place, Product.ARCHIVE, ["temperature"], *ASKED)
            for meter in meters
            if (place := place_of(meter))
        ],
        "models": site.model_files(),
        "redis": site.keys(),
    }


def test_what_was_backed_up_comes_back(sites: tuple[Site, Site], tmp_path: Path) -> None:
    here, there = sites
    fill(here)
    file = tmp_path / "backup.tgz"

    done = here.energy("backup", str(file))
    assert done.returncode == 0, done.stderr
    assert "4 meters" in done.stdout
    assert file.stat().st_mode & 0o077 == 0, "others may not read it"
    done = there.energy("restore", str(file))
    assert done.returncode == 0, done.stderr

    assert everything(there) == everything(here)
    assert len(everything(there)["redis"]["audit"]) == 1  # type: ignore[index]
    assert everything(there)["to be asked for"][0] == []  # type: ignore[index]


def test_a_full_platform_is_not_overwritten_by_mistake(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    here, there = sites
    fill(here, meters=1)
    file = tmp_path / "backup.tgz"
    here.energy("backup", str(file))
    there.store.put_meter(Meter("electricity", "mine"))

    refused = there.energy("restore", str(file))
    assert refused.returncode == 1
    assert "--into-existing" in refused.stderr
    assert [meter.meter_id for meter in there.store.meters()] == ["mine"]

    assert there.energy("restore", str(file), "--into-existing").returncode == 0
    assert [meter.meter_id for meter in there.store.meters()] == ["m0", "mine", "bare"]


def test_a_backup_that_is_killed_leaves_no_file(sites: tuple[Site, Site], tmp_path: Path) -> None:
    here, _ = sites
    fill(here, meters=8, days=250)
    folder = tmp_path / "backups"
    folder.mkdir()
    process = subprocess.Popen(
        here.command("backup", str(folder / "b.tgz")), env={**os.environ, **here.environment}
    )
    until(lambda: [f for f in folder.iterdir() if f.stat().st_size > 20_000], "it is being written")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [file.name for file in folder.iterdir() if not file.name.endswith(".part")] == []


def test_a_restore_that_is_killed_is_finished_by_another(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    here, there = sites
    fill(here, meters=8, days=250)
    file = tmp_path / "backup.tgz"
    assert here.energy("backup", str(file)).returncode == 0
    process = subprocess.Popen(
        there.command("restore", str(file)), env={**os.environ, **there.environment}
    )
    until(lambda: len(there.store.meters()) > 2, "some meters are there", seconds=30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for meter in there.store.meters()[:-1]:
        assert there.store.tally(meter).count == 250 * 24, "a meter that is there is whole"

    done = there.energy("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert everything(there) == everything(here)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "small.tgz"
    with writing(path) as writer:
        writer.add_json("backup.json", {"format": 1, "version": "0.1.0", "created_at": "now"})
        kept = {"key": "ledger:types", "type": "string", "value": "x" * 5000}
        writer.add("redis.jsonl", json.dumps(kept).encode())
    return path


def test_an_archive_reads_as_it_was_written(archive: Path) -> None:
    assert [name for name, _ in members(archive)] == ["backup.json", "redis.jsonl", END]
    assert check(archive)[2] == 2


@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_half_an_archive_is_refused(archive: Path, kept: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InvalidBackup):
        check(archive)


def test_a_changed_archive_is_refused(archive: Path) -> None:
    plain = gzip.decompress(archive.read_bytes())
    archive.write_bytes(gzip.compress(plain.replace(b"xxxx", b"xxyx", 1)))
    with pytest.raises(InvalidBackup, match="not whole"):
        check(archive)


def test_a_backup_of_a_newer_release_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "newer.tgz"
    with writing(path) as writer:
        writer.add_json("backup.json", {"format": 99, "version": "9.0.0", "created_at": "then"})
    with pytest.raises(InvalidBackup, match=r"9\.0\.0") as refused:
        check(path)
    assert "Install that release" in refused.value.hint


def test_any_other_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a backup")
    with pytest.raises(InvalidBackup, match=r"notes\.txt"):
        check(path)


HEADING = {"format": 1, "version": "0.1.0", "created_at": "then"}
QUEUED = {"key": "training", "type": "list", "value": ["a task"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("models/../../outside", b"x", id="up"),
        pytest.param("models/electricity/m0/../../../outside", b"x", id="up-from-a-version"),
        pytest.param("models/electricity/m0/v/../../outside", b"x", id="up-in-a-version"),
        pytest.param("models/electricity/m0/v/deep/outside", b"x", id="too-deep"),
        pytest.param("models/electricity/m0/.hidden/outside", b"x", id="hidden"),
        pytest.param("models/electricity/m0/notes.txt", b"x", id="beside-the-versions"),
        pytest.param("models//m0/v/head.ubj", b"x", id="no-type"),
        pytest.param("models/Electricity/m0/v/head.ubj", b"x", id="no-such-type"),
        pytest.param("models/electricity/m0/v\\..\\..\\x/head.ubj", b"x", id="backslashes"),
        pytest.param("models/electricity/m0/v\n/head.ubj", b"x", id="end-of-line"),
        pytest.param("/etc/outside", b"x", id="absolute"),
        pytest.param("../outside", b"x", id="beside"),
        pytest.param("meters/../m0.json", b"{}", id="meter-up"),
        pytest.param("meters/electricity/..json", b"{}", id="meter-dot"),
        pytest.param("readings/electricity/a/b.parquet", b"x", id="readings-too-deep"),
        pytest.param("readings/electricity/m0.json", b"x", id="readings-of-another-kind"),
        pytest.param("forecasts/electricity/ m0.parquet", b"x", id="forecasts-of-no-id"),
        pytest.param("weather/../0.json", b"{}", id="weather-up"),
        pytest.param("weather/first.parquet", b"x", id="weather-without-number"),
        pytest.param("settings.json", b"{}", id="unknown"),
        pytest.param(REDIS, json.dumps(QUEUED).encode(), id="a-queue-of-redis"),
        pytest.param(REDIS, b'["ledger:types"]', id="no-key-of-redis"),
        pytest.param(REDIS, b'{"key": "ledger:types", "type": "module", "value": ""}', id="type"),
        pytest.param(REDIS, b"{", id="half-a-line"),
    ],
)
def test_a_member_that_no_backup_has_is_refused_before_anything_is_stored(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / "made.tgz"
    with writing(path) as writer:
        writer.add_json(HEAD, HEADING)
        writer.add(name, content)
    with pytest.raises(InvalidBackup, match=r"made\.tgz"):
        check(path)


@pytest.mark.parametrize("head", [b"[]", b"{}", b'{"format": "1"}', b"{", b'"backup"'])
def test_a_head_that_says_nothing_is_refused_in_words(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "made.tgz"
    with writing(path) as writer:
        writer.add(HEAD, head)
    with pytest.raises(InvalidBackup, match=r"made\.tgz"):
        check(path)


def test_what_is_refused_has_left_nothing_anywhere(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    _, there = sites
    path = tmp_path / "made.tgz"
    outside = tmp_path / "outside"
    way = os.path.relpath(outside, there.models)
    with writing(path) as writer:
        writer.add_json(HEAD, HEADING)
        writer.add_json("meters/water/bare.json", Meter("water", "bare").to_dict())
        writer.add(f"models/{way}", b"x")
    done = there.energy("restore", str(path))
    assert (done.returncode, "no part of a backup" in done.stderr) == (1, True), done
    assert not outside.exists()
    assert there.store.meters() == []


def test_what_is_not_of_a_model_is_left_out(sites: tuple[Site, Site], tmp_path: Path) -> None:
    here, there = sites
    fill(here, meters=1, days=2)
    for stray in (".DS_Store", "notes.txt", "20260301T000000Z-abc123/.part"):
        (here.models / "electricity" / "m0" / stray).write_text("stray")
    file = tmp_path / "backup.tgz"
    assert here.energy("backup", str(file)).returncode == 0
    assert there.energy("restore", str(file)).returncode == 0
    assert {Path(name).name for name in there.model_files()} == {"head.ubj", "meta.json"}


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("nowhere/b.tgz", id="no-such-folder"),
        pytest.param("file/b.tgz", id="a-file-as-folder"),
    ],
)
def test_where_nothing_can_be_written_it_says_so(
    sites: tuple[Site, Site], tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")
    done = sites[0].energy("backup", str(tmp_path / place))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert f"{place} cannot be written" in done.stderr
    assert "has room" in done.stderr


def test_a_disk_that_is_full_is_told_and_nothing_stays(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with (
            pytest.raises(EnergyError, match="cannot be written") as refused,
            writing(tmp_path / "b.tgz") as writer,
        ):
            writer.add(REDIS, os.urandom(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "has room" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_without_redis_it_says_so(tmp_path: Path) -> None:
    there = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1", "STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [ENERGY, "backup", str(tmp_path / "b.tgz")], env=there, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.tgz")) == []
