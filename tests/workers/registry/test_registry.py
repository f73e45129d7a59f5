"""Model versions and aliases on a local folder and on an S3-compatible server: the same tests."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from redis import Redis
from s3fs import S3FileSystem

from config.errors import (
    ChampionMoved,
    ModelNotTrained,
    ModelStoreUnavailable,
    NoPreviousVersion,
    UnknownModel,
)
from workers.registry import Registry
from workers.registry.disk_use import disk_use

ROOT = Path(__file__).resolve().parents[3]
METER = ("water", "m1")
WRITES = 5
"""Of a saving: two boosters, meta.json, audit.jsonl, aliases.json."""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture(params=["folder", "s3"])
def url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    if request.param == "folder":
        yield str(tmp_path / "models")
        return
    # As a user would: s3fs takes keys and address from the environment.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
    yield f"s3://{tmp_path.name.replace('_', '-')}/models"


@pytest.fixture
def registry(url: str, redis: "Redis") -> Registry:
    made = Registry(url, redis)
    made.ping()
    return made


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "main.ubj").write_bytes(bytes(range(256)))
    (folder / "other.ubj").write_bytes(b"other")
    (folder / "meta.json").write_text('{"format": 1}')
    return folder


def test_a_version_comes_back_as_it_was(registry: Registry, artifact: Path, tmp_path: Path) -> None:
    version = registry.add(*METER, artifact, facts={"release": "0.1.0"})
    copy = tmp_path / "copy"
    copy.mkdir()
    registry.fetch(*METER, version, copy)

    assert (copy / "main.ubj").read_bytes() == (artifact / "main.ubj").read_bytes()
    assert registry.versions(*METER) == [version]
    assert registry.meta(*METER, version) == {"format": 1, "release": "0.1.0", "bytes": 261}


def test_unknown_versions(registry: Registry, tmp_path: Path) -> None:
    assert registry.versions(*METER) == []
    with pytest.raises(UnknownModel):
        registry.meta(*METER, "none")
    with pytest.raises(UnknownModel):
        registry.fetch(*METER, "none", tmp_path)
    with pytest.raises(UnknownModel):
        registry.promote_existing(*METER, "none", who="me", reason="")


def test_the_champion_moves_and_is_remembered(registry: Registry, redis: "Redis") -> None:
    assert registry.promote(*METER, "one", instead_of="", reason="first")
    assert registry.promote(*METER, "two", instead_of="one", who="anna", reason="better")
    assert not registry.promote(*METER, "three", instead_of="one")
    registry.challenge(*METER, "three", reason="worse")
    expected = {"champion": "two", "previous": "one", "challenger": "three"}
    assert registry.aliases(*METER) == expected
    log = registry.audit(*METER)

    redis.flushdb()
    assert registry.aliases(*METER) == expected
    assert registry.audit(*METER) == log
    assert [(e["who"], e["action"], e["from"], e["to"], e["reason"]) for e in log] == [
        ("worker", "promote", "", "one", "first"),
        ("anna", "promote", "one", "two", "better"),
        ("worker", "challenge", "two", "three", "worse"),
    ]


def test_rolling_back_and_again(registry: Registry) -> None:
    with pytest.raises(ModelNotTrained):
        registry.champion(*METER)
    registry.promote(*METER, "one")
    with pytest.raises(NoPreviousVersion):
        registry.rollback(*METER, who="anna", reason="")
    registry.promote(*METER, "two")

    registry.rollback(*METER, who="anna", reason="worse in the cold")
    assert registry.aliases(*METER) == {"champion": "one", "previous": "two"}
    registry.rollback(*METER, who="anna", reason="no, it was not")
    assert registry.aliases(*METER) == {"champion": "two", "previous": "one"}
    assert [entry["action"] for entry in registry.audit(*METER)][-2:] == ["rollback", "rollback"]


def test_a_rollback_that_is_asked_for_twice_is_done_once(registry: Registry) -> None:
    registry.promote(*METER, "one")
    registry.promote(*METER, "two")
    registry.rollback(*METER, instead_of="two", who="anna", reason="")
    with pytest.raises(ChampionMoved):
        registry.rollback(*METER, instead_of="two", who="anna", reason="")
    assert registry.aliases(*METER) == {"champion": "one", "previous": "two"}


def test_promoting_the_champion_changes_nothing(registry: Registry) -> None:
    registry.promote(*METER, "one")
    registry.promote(*METER, "one")
    assert registry.aliases(*METER) == {"champion": "one"}
    assert len(registry.audit(*METER)) == 1


def test_a_damaged_champion_is_retired(registry: Registry) -> None:
    registry.promote(*METER, "one")
    registry.promote(*METER, "two")
    registry.retire(*METER, "two", reason="main.ubj is truncated")
    assert registry.aliases(*METER) == {"champion": "one"}
    registry.retire(*METER, "one", reason="this one too")
    assert registry.aliases(*METER) == {}


def test_pruning_keeps_the_newest_and_the_named(registry: Registry, artifact: Path) -> None:
    versions = [registry.add(*METER, artifact) for _ in range(6)]
    registry.promote(*METER, versions[0])
    registry.promote(*METER, versions[1])
    registry.challenge(*METER, versions[2], reason="")

    deleted = registry.prune(*METER, keep=2)

    assert deleted == [versions[3]]
    assert set(registry.versions(*METER)) == set(versions) - {versions[3]}
    with pytest.raises(UnknownModel):
        registry.promote_existing(*METER, versions[3], who="me", reason="")


def test_disk_use_is_counted(registry: Registry, artifact: Path, redis: "Redis") -> None:
    registry.add(*METER, artifact)
    registry.add("water", "m2", artifact)
    used = disk_use(redis)
    assert used["meters"] == 2
    assert used["bytes"] == sum(one["bytes"] for one in used["largest"]) > 2 * 261
    assert registry.versions_store.meters() == [METER, ("water", "m2")]

    registry.forget(*METER)
    assert disk_use(redis)["meters"] == 1
    assert registry.versions(*METER) == []
    assert registry.aliases(*METER) == {}


def test_the_account_of_a_meter(registry: Registry, artifact: Path) -> None:
    old, new = registry.add(*METER, artifact), registry.add(*METER, artifact)
    registry.promote(*METER, old, reason="first")
    registry.challenge(*METER, new, reason="worse")

    account = registry.account(*METER)

    assert account["aliases"] == {"champion": old, "previous": None, "challenger": new}
    assert [(one["version"], one["reason"]) for one in account["versions"]] == [
        (new, "worse"),
        (old, "first"),
    ]
    assert account["versions"][0]["bytes"] == 261
    assert "format" not in account["versions"][0]
    assert [entry["action"] for entry in account["audit"]] == ["challenge", "promote"]


def test_the_account_leaves_out_what_is_pruned_meanwhile(
    registry: Registry, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was 404, as if there were no such meter."""
    old, new = registry.add(*METER, artifact), registry.add(*METER, artifact)
    listed = registry.versions

    def pruned_once_listed(meter_type: str, meter_id: str) -> list[str]:
        found = listed(meter_type, meter_id)
        registry.versions_store.delete(meter_type, meter_id, old)
        return found

    monkeypatch.setattr(registry, "versions", pruned_once_listed)

    assert [one["version"] for one in registry.account(*METER)["versions"]] == [new]


def test_of_twenty_threads_one_is_promoted(registry: Registry) -> None:
    won: list[str] = []

    def promote(version: str) -> None:
        if registry.promote(*METER, version, instead_of=""):
            won.append(version)

    threads = [threading.Thread(target=promote, args=(f"v{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [registry.champion(*METER)]


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=2)


def processes(what: str, url: str, redis_url: str, artifact: Path, count: int) -> list[int]:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.workers.registry_processes", what, url, redis_url, artifact, str(count)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=200,
    )  # fmt: skip
    return [int(code) for code in answer.stdout.split()]


def test_of_twenty_processes_one_is_promoted(
    registry: Registry, url: str, redis_url: str, artifact: Path, tmp_path: Path
) -> None:
    assert processes("race", url, redis_url, artifact, 20) == [0] * 20

    champion, log = registry.champion(*METER), registry.audit(*METER)
    assert len(registry.versions(*METER)) == len({entry["to"] for entry in log}) == 20
    promoted = [entry for entry in log if entry["action"] == "promote"]
    assert champion == promoted[-1]["to"]
    # Whoever promoted did so instead of the champion of that moment.
    assert [entry["from"] for entry in promoted] == ["", *(e["to"] for e in promoted[:-1])]
    registry.fetch(*METER, champion, tmp_path)
    assert (tmp_path / "main.ubj").read_bytes() == bytes(range(256))
    store = registry.versions_store
    mirrored = store.read(f"{store.folder(*METER)}/audit.jsonl")
    assert [json.loads(line) for line in (mirrored or b"").splitlines()] == log


def test_killed_at_every_step_of_saving(
    registry: Registry, url: str, redis_url: str, redis: "Redis", artifact: Path, tmp_path: Path
) -> None:
    codes = processes("killed", url, redis_url, artifact, WRITES + 1)
    assert codes == [-9] * WRITES + [0]

    for step in range(1, WRITES + 2):
        meter = ("water", f"killed-{step}")
        whole = registry.versions(*meter)
        assert len(whole) == (step >= 3)
        aliases = registry.aliases(*meter)
        assert set(aliases.values()) <= set(whole)
        for version in whole:
            into = tmp_path / meter[1]
            into.mkdir()
            registry.fetch(*meter, version, into)
            assert {f.name: f.stat().st_size for f in into.glob("*.ubj")} == {
                "main.ubj": 256, "other.ubj": 5,
            }  # fmt: skip
        # The next training does as if nothing had been.
        version = registry.add(*meter, artifact)
        assert registry.promote(*meter, version)
        redis.delete("model:water/" + meter[1])
        assert registry.champion(*meter) == version
        Registry(url, redis, clock=tomorrow).prune(*meter, keep=1)
        left = {version, *aliases.values()}
        assert set(registry.versions(*meter)) == left
        assert not registry.versions_store.unfinished(*meter, before=datetime.now(UTC))


def test_a_store_that_is_away(redis: "Redis", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    S3FileSystem.clear_instance_cache()  # else the address of the server that ran is used
    registry = Registry("s3://gone/models", redis)
    with pytest.raises(ModelStoreUnavailable):
        registry.ping()
    with pytest.raises(ModelStoreUnavailable):
        registry.versions(*METER)
