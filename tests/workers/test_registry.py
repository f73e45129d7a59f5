"""Model versions and aliases on a local folder and on an in-memory object store."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from config.errors import ModelNotTrained, UnknownModel
from workers.registry import Registry

METER = ("water", "m1")


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture(params=["folder", "memory"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, redis: "Redis") -> Registry:
    url = str(tmp_path / "models") if request.param == "folder" else f"memory://{tmp_path}"
    return Registry(url, redis)


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "main.ubj").write_bytes(bytes(range(256)))
    (folder / "meta.json").write_text('{"format": 1}')
    return folder


def test_a_version_comes_back_as_it_was(registry: Registry, artifact: Path, tmp_path: Path) -> None:
    version = registry.add(*METER, artifact)
    copy = tmp_path / "copy"
    copy.mkdir()
    registry.fetch(*METER, version, copy)

    assert (copy / "main.ubj").read_bytes() == (artifact / "main.ubj").read_bytes()
    assert registry.versions(*METER) == [version]
    assert registry.meta(*METER, version) == {"format": 1}


def test_a_version_without_its_meta_is_not_there(
    registry: Registry, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(path: str, content: bytes) -> None:
        if path.endswith("meta.json"):
            raise KeyboardInterrupt
        write(path, content)

    write = registry._write
    monkeypatch.setattr(registry, "_write", power_cut)
    with pytest.raises(KeyboardInterrupt):
        registry.add(*METER, artifact)

    assert registry.versions(*METER) == []
    with pytest.raises(ModelNotTrained):
        registry.champion(*METER)


def test_unknown_versions(registry: Registry, tmp_path: Path) -> None:
    assert registry.versions(*METER) == []
    with pytest.raises(UnknownModel):
        registry.meta(*METER, "none")
    with pytest.raises(UnknownModel):
        registry.fetch(*METER, "none", tmp_path)


def test_the_champion_moves_and_is_remembered(registry: Registry, redis: "Redis") -> None:
    assert registry.promote(*METER, "one", instead_of="")
    assert registry.promote(*METER, "two", instead_of="one")
    assert not registry.promote(*METER, "three", instead_of="one")
    assert registry.aliases(*METER) == {"champion": "two", "previous": "one"}

    redis.flushdb()
    assert registry.aliases(*METER) == {"champion": "two", "previous": "one"}


def test_of_twenty_at_once_one_is_promoted(registry: Registry) -> None:
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


def test_forgetting_a_meter(registry: Registry, artifact: Path) -> None:
    version = registry.add(*METER, artifact)
    registry.promote(*METER, version, instead_of="")
    registry.forget(*METER)
    assert registry.versions(*METER) == []
    assert registry.aliases(*METER) == {}
